/* One open stream: what its page has got, and what comes next. */
#include "stream/client.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "stream/hub.h"

static struct event *next_state(struct client *c)
{
	for (size_t i = 0; i < c->link_count; i++) {
		struct link *l = &c->links[i];
		if (l->sent != l->topic->version) {
			l->sent = l->topic->version;
			return event_ref(l->topic->state);
		}
	}
	return NULL;
}

static struct event *next_own(struct client *c)
{
	struct event *e;
	while ((e = c->own)) {
		c->own = e->next;
		if (!c->own)
			c->own_end = &c->own;
		e->next = NULL;
		if (e->seq > c->seq)
			return e;
		event_unref(e);
	}
	return NULL;
}

static struct event *last_event(struct client *c, const struct topic *t)
{
	char json[64];
	int n = snprintf(json, sizeof json, "{\"archived\":%s,\"missing\":%s}", t->archived ? "true" : "false",
			 t->missing ? "true" : "false");
	struct event *e = event_new(0, "end", json, (size_t)n);
	c->ending = e != NULL;
	return e;
}

static struct event *next_lines(struct hub *h, struct client *c)
{
	struct topic *t = c->links[0].topic;
	struct event *e = next_own(c);
	if (e || c->asked || c->ending)
		return e;
	if (c->seq < t->base && !t->missing) {
		hub_ask_for(h, c);
		return NULL;
	}
	for (e = t->window; e && e->seq <= c->seq; e = e->next)
		;
	if (e)
		return event_ref(e);
	if (t->log_dirty)
		h->flush_wanted = true;
	return t->missing || (t->ended && t->drained) ? last_event(c, t) : NULL;
}

static bool take_next(struct hub *h, struct client *c)
{
	struct event *e = next_state(c);
	if (!e && c->is_log) {
		e = next_lines(h, c);
		if (e && e->seq)
			c->seq = e->seq;
	}
	c->sending = e;
	c->sent = 0;
	return e != NULL;
}

size_t client_fill(struct hub *h, struct client *c, char *out, size_t room)
{
	static const char greeting[] = "retry: 2000\n\n", heartbeat[] = ":\n\n";
	size_t n = 0;
	if (!c->greeted) {
		memcpy(out, greeting, sizeof greeting - 1);
		n = sizeof greeting - 1;
		c->greeted = true;
	}
	while (n < room && (c->sending || take_next(h, c))) {
		size_t left = c->sending->len - c->sent;
		size_t piece = left < room - n ? left : room - n;
		memcpy(out + n, c->sending->text + c->sent, piece);
		n += piece;
		c->sent += piece;
		if (piece == left) {
			event_unref(c->sending);
			c->sending = NULL;
		}
	}
	if (!n && c->beat) {
		memcpy(out, heartbeat, sizeof heartbeat - 1);
		n = sizeof heartbeat - 1;
	}
	c->beat = false;
	c->woken_ms = 0;
	if (n)
		c->wrote_ms = clock_ms();
	if (c->is_log)
		topic_prune(&h->topics, c->links[0].topic);
	return n;
}

bool client_is_done(const struct client *c)
{
	return c->ending && !c->sending;
}
