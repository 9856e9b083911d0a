/* Between the streams and the database: who watches what, what is to be read again, whom an answer wakes. */
#include "stream/hub.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "stream/holders.h"

enum {
	BATCH = 256 << 10,   /* bytes of log in one read for all */
	OWN_BATCH = 8 << 10, /* in one read for a client that lags */
	LOG_PAUSE_MS = 100,  /* between two reads of one log */
	AWAY_MS = 1000,	     /* after a failed read */
	HEARTBEAT_MS = 15000,
	STALLED_MS = 60000,    /* a client that takes no byte for so long is closed */
	SAFETY_TICKS = 5,      /* what is under way is read again, notified or not */
	FULL_TICKS = 30,       /* and everything that has not ended */
	STATES_AT_ONCE = 2000, /* ids in one read */
	HOLDERS_TICKS = 5,     /* who is let in is looked at again */
};

/* ---- streams come and go ---- */

static bool link_all(struct hub *h, struct client *c, bool is_project, const int64_t *ids, size_t count, int64_t after)
{
	for (size_t i = 0; i < count; i++) {
		struct topic *t = topic_get(&h->topics, is_project, ids[i], after);
		if (!t)
			return false;
		struct link *l = &c->links[c->link_count++];
		l->client = c;
		topic_link(t, l);
		if (c->is_log)
			t->log_dirty = true;
	}
	return true;
}

struct client *hub_open(struct hub *h, void *connection, const struct wish *wish)
{
	struct client *c = calloc(1, sizeof(*c) + sizeof(struct link) * (wish->build_count + wish->project_count));
	if (!c)
		return NULL;
	*c = (struct client){ .connection = connection, .serial = ++h->serial, .is_log = wish->is_log, .seq = wish->after };
	if (wish->holder)
		snprintf(c->holder, sizeof c->holder, "%s", wish->holder);
	c->own_end = &c->own;
	c->wrote_ms = clock_ms();
	c->next = h->clients;
	c->where = &h->clients;
	if (c->next)
		c->next->where = &c->next;
	h->clients = c;
	h->client_count++;
	h->opened++;
	h->flush_wanted = true;
	if (link_all(h, c, false, wish->builds, wish->build_count, wish->after) &&
	    link_all(h, c, true, wish->projects, wish->project_count, 0))
		return c;
	hub_close(h, c);
	return NULL;
}

void hub_close(struct hub *h, struct client *c)
{
	for (size_t i = 0; i < c->link_count; i++)
		topic_unlink(&h->topics, &c->links[i]);
	*c->where = c->next;
	if (c->next)
		c->next->where = c->where;
	event_unref(c->sending);
	event_unref_list(c->own);
	h->client_count--;
	free(c);
}

static void wake(struct hub *h, struct client *c)
{
	if (!c->woken_ms)
		c->woken_ms = clock_ms();
	h->wake(c);
}

static void wake_all(struct hub *h, struct topic *t, bool log_only)
{
	for (struct link *l = t->links; l; l = l->next)
		if (!log_only || l->client->is_log)
			wake(h, l->client);
}

/* ---- asking ---- */

static bool is_away(struct hub *h)
{
	return clock_ms() < h->away_until_ms;
}

static void ask(struct hub *h, struct work *w)
{
	h->reads++;
	reader_ask(h->reader, w);
}

void hub_ask_for(struct hub *h, struct client *c)
{
	struct work *w = is_away(h) ? NULL : work_new(WORK_CHUNKS);
	if (!w)
		return; /* the next tick wakes it again */
	const struct topic *t = c->links[0].topic;
	w->topic = t->serial;
	w->client = c->serial;
	w->id = t->id;
	w->after = c->seq;
	w->max_bytes = OWN_BATCH;
	w->prime = c->seq > 0;
	c->asked = true;
	ask(h, w);
}

/* Somebody has all that was read: reading on has a taker. The slowest do not hold up the rest. */
static bool has_taker(const struct topic *t)
{
	for (const struct link *l = t->links; l; l = l->next)
		if (l->client->is_log && l->client->seq >= t->head)
			return true;
	return false;
}

static void ask_log(struct hub *h, struct topic *t, int64_t now)
{
	if (!t->log_dirty || t->log_asked || !has_taker(t))
		return;
	struct work *w = now - t->asked_ms < LOG_PAUSE_MS ? NULL : work_new(WORK_CHUNKS);
	if (!w) {
		h->flush_wanted = true;
		return;
	}
	w->topic = t->serial;
	w->id = t->id;
	w->after = t->head;
	w->max_bytes = BATCH;
	w->prime = !t->primed && t->head > 0;
	w->final = t->ended;
	memcpy(w->lines, t->lines, sizeof w->lines);
	t->log_dirty = false;
	t->log_asked = true;
	t->asked_ms = now;
	ask(h, w);
}

static void add_id(struct buf *list, int64_t id)
{
	buf_printf(list, "%s%" PRId64, list->len ? "," : "{", id);
}

static char *take_list(struct buf *list)
{
	if (list->len)
		buf_puts(list, "}");
	char *text = list->failed || !list->len ? NULL : list->data;
	if (!text)
		buf_free(list);
	return text;
}

static void ask_states(struct hub *h)
{
	struct buf builds = { 0 }, projects = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < TOPIC_BUCKETS; i++)
		for (struct topic *t = h->topics.bucket[i]; t && n < STATES_AT_ONCE; t = t->next)
			if (t->state_dirty) {
				add_id(t->is_project ? &projects : &builds, t->id);
				t->state_dirty = false;
				t->state_asked = true;
				n++;
			}
	for (size_t i = 0; i < h->stranger_count; i++)
		add_id(&builds, h->strangers[i]);
	n += h->stranger_count;
	h->stranger_count = 0;
	struct work *w = n ? work_new(WORK_STATES) : NULL;
	if (w) {
		w->builds = take_list(&builds);
		w->projects = take_list(&projects);
		h->states_asked = true;
		ask(h, w);
	} else {
		buf_free(&builds);
		buf_free(&projects);
	}
	if (n >= STATES_AT_ONCE)
		h->flush_wanted = true;
}

void hub_flush(struct hub *h)
{
	h->flush_wanted = false;
	if (is_away(h))
		return; /* the next tick asks for a flush */
	int64_t now = clock_ms();
	for (size_t i = 0; i < TOPIC_BUCKETS; i++)
		for (struct topic *t = h->topics.bucket[i]; t; t = t->next)
			ask_log(h, t, now);
	if (!h->states_asked)
		ask_states(h);
}

/* ---- answers ---- */

static void own_chunks(struct hub *h, struct topic *t, struct work *w)
{
	struct link *l = t->links;
	while (l && l->client->serial != w->client)
		l = l->next;
	if (!l)
		return;
	struct client *c = l->client;
	c->asked = false;
	if (w->err)
		return;
	if (!w->events && c->seq < t->base)
		c->seq = t->base; /* they are not there any more: go on with what is */
	*c->own_end = w->events;
	for (; w->events; w->events = w->events->next)
		c->own_end = &w->events->next;
	wake(h, c);
}

static void new_chunks(struct hub *h, struct topic *t, struct work *w)
{
	t->log_asked = false;
	if (w->err) {
		t->log_dirty = true;
		return;
	}
	t->primed = true;
	memcpy(t->lines, w->lines, sizeof t->lines);
	bool any = w->events != NULL;
	for (struct event *e = w->events; e; e = e->next)
		h->chunks++;
	topic_append(&h->topics, t, w->events);
	w->events = NULL;
	if (w->more || (w->final && any))
		t->log_dirty = true;
	if (w->final && !any)
		t->drained = true;
	if (t->log_dirty)
		h->flush_wanted = true;
	if (any || t->drained)
		wake_all(h, t, true);
}

static void chunks_read(struct hub *h, struct work *w)
{
	struct topic *t = topic_find(&h->topics, false, w->id, w->topic);
	if (!t)
		return; /* nobody waits for it any more */
	if (w->client)
		own_chunks(h, t, w);
	else
		new_chunks(h, t, w);
}

static void mark_state(struct hub *h, struct topic *t)
{
	t->state_dirty = true;
	h->flush_wanted = true;
}

static void mark_log(struct hub *h, struct topic *t)
{
	if (!t->log_clients)
		return;
	t->log_dirty = true;
	h->flush_wanted = true;
}

static void build_seen(struct hub *h, struct topic *t, const struct seen *s)
{
	/* A client claimed to have more than there is: that must not make the others wait for it. */
	if (!s->ended && t->head > s->last_seq && !t->log_asked)
		topic_rewind(&h->topics, t, s->last_seq);
	if (s->last_seq > t->head || (s->ended && !t->drained))
		mark_log(h, t);
	t->ended = s->ended;
	t->archived = s->archived;
}

static void state_seen(struct hub *h, struct seen *s)
{
	struct topic *t = topic_find(&h->topics, s->is_project, s->id, 0);
	bool is_new = !t;
	if (t) {
		t->state_asked = false;
		t->missing = false;
		t->settled = s->settled;
		if (!s->is_project)
			build_seen(h, t, s);
		is_new = topic_see(t, s->event);
		s->event = NULL;
		if (is_new)
			wake_all(h, t, false);
	}
	struct topic *project = s->is_project || !is_new ? NULL : topic_find(&h->topics, true, s->project_id, 0);
	if (project)
		mark_state(h, project);
}

static void states_read(struct hub *h, struct work *w)
{
	h->states_asked = false;
	for (size_t i = 0; !w->err && i < w->seen_count; i++)
		state_seen(h, &w->seen[i]);
	for (size_t i = 0; i < TOPIC_BUCKETS; i++)
		for (struct topic *t = h->topics.bucket[i]; t; t = t->next) {
			if (t->state_asked && w->err) {
				t->state_dirty = true;
			} else if (t->state_asked) {
				t->missing = true;
				wake_all(h, t, true);
			}
			t->state_asked = false;
			h->flush_wanted |= t->state_dirty;
		}
}

static void stranger(struct hub *h, int64_t build_id)
{
	if (!h->topics.projects)
		return;
	for (size_t i = 0; i < h->stranger_count; i++)
		if (h->strangers[i] == build_id)
			return;
	if (h->stranger_count < STRANGERS_MAX)
		h->strangers[h->stranger_count++] = build_id;
	h->flush_wanted = true;
}

static void heard(struct hub *h, const struct hint *hint)
{
	struct topic *t = topic_find(&h->topics, hint->kind == HINT_PROJECT, hint->id, 0);
	if (!t && hint->kind == HINT_BUILD)
		stranger(h, hint->id);
	else if (t && hint->kind == HINT_LOG)
		mark_log(h, t);
	else if (t)
		mark_state(h, t);
}

static void all_dirty(struct hub *h)
{
	for (size_t i = 0; i < TOPIC_BUCKETS; i++)
		for (struct topic *t = h->topics.bucket[i]; t; t = t->next) {
			mark_state(h, t);
			mark_log(h, t);
		}
}

static void note_database(struct hub *h, bool away)
{
	if (h->away != away)
		log_event(away ? LOG_WARN : LOG_INFO, away ? "stream_database_away" : "stream_database_back",
			  LOG_NUM("streams", h->client_count));
	h->away = away;
	h->away_until_ms = away ? clock_ms() + AWAY_MS : 0;
}

void hub_answers(struct hub *h)
{
	for (struct work *w = reader_take(h->reader), *next; w; w = next) {
		next = w->next;
		if (w->kind == WORK_HINTS)
			for (size_t i = 0; i < w->hint_count; i++)
				heard(h, &w->hints[i]);
		else if (w->kind == WORK_LISTENING)
			all_dirty(h);
		else if (w->kind == WORK_CHUNKS)
			chunks_read(h, w);
		else if (w->kind == WORK_HOLDERS)
			holders_answer(h, w);
		else
			states_read(h, w);
		if (w->kind == WORK_CHUNKS || w->kind == WORK_STATES)
			note_database(h, w->err != ERR_NONE);
		work_free(w);
	}
}

/* ---- time ---- */

static void tick_client(struct hub *h, struct client *c, int64_t now)
{
	if (c->woken_ms && now - c->woken_ms > STALLED_MS) {
		h->stalled++;
		h->drop(c);
		return;
	}
	bool lags = c->is_log && !c->asked && c->seq < c->links[0].topic->base;
	if (now - c->wrote_ms >= HEARTBEAT_MS)
		c->beat = true;
	if (c->beat || lags)
		wake(h, c);
}

void hub_tick(struct hub *h)
{
	int64_t now = clock_ms();
	h->ticks++;
	for (struct client *c = h->clients, *next; c; c = next) {
		next = c->next;
		tick_client(h, c, now);
	}
	if (h->ticks % HOLDERS_TICKS == 0 && !is_away(h))
		holders_ask(h);
	for (size_t i = 0; i < TOPIC_BUCKETS; i++)
		for (struct topic *t = h->topics.bucket[i]; t; t = t->next) {
			bool under_way = !t->state || (!t->settled && !t->ended);
			if ((under_way && h->ticks % SAFETY_TICKS == 0) || (!t->ended && h->ticks % FULL_TICKS == 0))
				mark_state(h, t);
			h->flush_wanted |= t->state_dirty || (t->log_dirty && t->log_clients);
		}
}
