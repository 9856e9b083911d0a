/* What streams are about: builds and projects that somebody watches. */
#include "stream/topic.h"

#include <stdlib.h>
#include <string.h>

#include "stream/client.h"

/* Of one log in memory: kept for those who come next, at most, and at most when all logs together are over their limit. */
enum { WINDOW_KEEP = 32 << 10, WINDOW_MAX = 512 << 10, WINDOW_COUNT = 256, ALL_WINDOWS = 32 << 20 };

static struct topic **bucket_of(struct topics *all, bool is_project, int64_t id)
{
	return &all->bucket[((uint64_t)id * 2 + is_project) % TOPIC_BUCKETS];
}

struct topic *topic_find(struct topics *all, bool is_project, int64_t id, uint64_t serial)
{
	for (struct topic *t = *bucket_of(all, is_project, id); t; t = t->next)
		if (t->id == id && t->is_project == is_project)
			return !serial || t->serial == serial ? t : NULL;
	return NULL;
}

struct topic *topic_get(struct topics *all, bool is_project, int64_t id, int64_t after)
{
	struct topic *t = topic_find(all, is_project, id, 0);
	if (t)
		return t;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	struct topic **bucket = bucket_of(all, is_project, id);
	*t = (struct topic){ .next = *bucket, .is_project = is_project, .id = id, .serial = ++all->serial };
	t->window_end = &t->window;
	t->base = t->head = after;
	t->state_dirty = true;
	*bucket = t;
	all->count++;
	all->projects += is_project;
	return t;
}

static void drop_first(struct topics *all, struct topic *t)
{
	struct event *e = t->window;
	t->window = e->next;
	if (!t->window)
		t->window_end = &t->window;
	t->base = e->seq;
	t->window_count--;
	t->window_bytes -= e->len;
	all->window_bytes -= e->len;
	e->next = NULL;
	event_unref(e);
}

static void destroy(struct topics *all, struct topic *t)
{
	struct topic **at = bucket_of(all, t->is_project, t->id);
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	while (t->window)
		drop_first(all, t);
	event_unref(t->state);
	all->count--;
	all->projects -= t->is_project;
	free(t);
}

void topic_link(struct topic *t, struct link *l)
{
	l->topic = t;
	l->next = t->links;
	l->where = &t->links;
	if (l->next)
		l->next->where = &l->next;
	t->links = l;
	t->log_clients += l->client->is_log;
	/* The page may be newer than what was read for those before. */
	t->state_dirty = true;
}

void topic_unlink(struct topics *all, struct link *l)
{
	struct topic *t = l->topic;
	*l->where = l->next;
	if (l->next)
		l->next->where = l->where;
	t->log_clients -= l->client->is_log;
	if (!t->links)
		destroy(all, t);
}

bool topic_see(struct topic *t, struct event *state)
{
	if (t->state && t->state->len == state->len && !memcmp(t->state->text, state->text, state->len)) {
		event_unref(state);
		return false;
	}
	event_unref(t->state);
	t->state = state;
	t->version++;
	return true;
}

void topic_append(struct topics *all, struct topic *t, struct event *events)
{
	*t->window_end = events;
	for (struct event *e = events; e; e = e->next) {
		t->window_end = &e->next;
		t->head = e->seq;
		t->window_count++;
		t->window_bytes += e->len;
		all->window_bytes += e->len;
	}
	size_t limit = all->window_bytes > ALL_WINDOWS ? WINDOW_KEEP : WINDOW_MAX;
	while (t->window_count > 1 && (t->window_bytes > limit || t->window_count > WINDOW_COUNT))
		drop_first(all, t);
}

void topic_prune(struct topics *all, struct topic *t)
{
	if (t->window_bytes <= WINDOW_KEEP)
		return;
	int64_t passed = t->head;
	for (struct link *l = t->links; l; l = l->next)
		if (l->client->is_log && l->client->seq < passed)
			passed = l->client->seq;
	while (t->window && t->window_bytes > WINDOW_KEEP && t->window->seq <= passed)
		drop_first(all, t);
}

void topic_rewind(struct topics *all, struct topic *t, int64_t after)
{
	while (t->window)
		drop_first(all, t);
	t->base = t->head = after;
	t->primed = false;
	memset(t->lines, 0, sizeof t->lines);
}
