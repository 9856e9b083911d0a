/* Watches: changes of a collection out of the world's history; each reader goes through it at its own pace. */
#include "kubesim/watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "kubesim/faults.h"
#include "kubesim/selector.h"
#include "kubesim/status.h"

enum { CHUNK = 64 * 1024, BOOKMARK_MS = 60000, LONGEST_S = 3600, DEFAULT_S = 1800 };

struct watch {
	struct stream stream; /* first */
	struct arena *arena;
	struct selector selector;
	const char *ns;
	uint64_t at;		   /* the next happening to look at */
	struct revision **initial; /* what was there at the start, still to be told */
	size_t initial_at, initial_count;
	bool bookmarks, mark_initial, expire;
	int64_t ends_ms, bookmark_ms, told; /* told: the last resourceVersion that the client knows of */
};

static void tell(struct watch *t, const char *type, const struct revision *r)
{
	buf_printf(&t->stream.out, "{\"type\":\"%s\",\"object\":", type);
	buf_add(&t->stream.out, r->json, r->len);
	buf_puts(&t->stream.out, "}\n");
	t->told = r->rv;
}

static void tell_expired(struct watch *t)
{
	buf_printf(&t->stream.out,
		   "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":"
		   "\"Failure\",\"message\":"
		   "\"too old resource version: %" PRId64 " (%" PRId64 ")\",\"reason\":\"Expired\",\"code\":410}}\n",
		   t->told, t->stream.w->compacted);
	t->stream.state = STREAM_ENDED;
}

static void tell_bookmark(struct watch *t, bool initial)
{
	const struct sim_kind_info *k = &sim_kinds[t->stream.kind];
	struct buf *b = &t->stream.out;
	buf_printf(b,
		   "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"%s\",\"apiVersion\":\"%s%s%s\",\"metadata\":{"
		   "\"resourceVersion\":\"%" PRId64 "\"",
		   k->kind, k->group, *k->group ? "/" : "", k->version, t->stream.w->rv);
	buf_puts(b, initial ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "");
	buf_printf(b, "}%s}}\n",
		   t->stream.kind == SIM_POD	     ? ",\"spec\":{\"containers\":null},\"status\":{}"
		   : t->stream.kind == SIM_NAMESPACE ? ",\"spec\":{},\"status\":{}"
						     : "");
	t->told = t->stream.w->rv;
}

/* A change as this watch sees it: an object that begins to match is added, one that ceases to is deleted. */
static void tell_change(struct watch *t, const struct happening *h)
{
	if (h->now->kind != t->stream.kind || (*t->ns && strcmp(h->now->ns, t->ns)))
		return;
	bool now = h->change != CHANGE_DELETED && selector_match(&t->selector, h->now);
	bool before = h->before && selector_match(&t->selector, h->before);
	if (now)
		tell(t, before ? "MODIFIED" : "ADDED", h->now);
	else if (before)
		tell(t, "DELETED", h->now);
}

static void more(struct stream *s)
{
	struct watch *t = (struct watch *)s;
	struct world *w = s->w;
	int64_t now = clock_ms();
	while (t->initial_at < t->initial_count && s->out.len < CHUNK) {
		tell(t, "ADDED", t->initial[t->initial_at]);
		revision_put(t->initial[t->initial_at++]);
	}
	if (t->initial_at < t->initial_count)
		return;
	if (t->mark_initial) {
		tell_bookmark(t, true);
		t->mark_initial = false;
	}
	if (t->expire || t->at < w->first) {
		tell_expired(t);
		return;
	}
	for (; t->at < w->next && s->out.len < CHUNK; t->at++)
		tell_change(t, &w->history[t->at % HISTORY]);
	if (t->at < w->next)
		return;
	if (t->bookmarks && now >= t->bookmark_ms) {
		tell_bookmark(t, false);
		t->bookmark_ms = now + BOOKMARK_MS;
	}
	if (now >= t->ends_ms)
		s->state = STREAM_ENDED;
	timer_at(w, &s->timer, t->bookmarks && t->bookmark_ms < t->ends_ms ? t->bookmark_ms : t->ends_ms);
}

static void close_watch(struct stream *s)
{
	struct watch *t = (struct watch *)s;
	while (t->initial_at < t->initial_count)
		revision_put(t->initial[t->initial_at++]);
	arena_free(t->arena);
	free(t);
}

static void take_initial(struct world *w, struct watch *t)
{
	struct table *all = &w->tables[t->stream.kind];
	t->initial = arena_alloc(t->arena, (all->n + 1) * sizeof(void *));
	for (size_t i = 0; i < all->n; i++) {
		struct revision *r = all->at[i]->rev;
		if ((*t->ns && strcmp(r->ns, t->ns)) || !selector_match(&t->selector, r))
			continue;
		r->refs++;
		t->initial[t->initial_count++] = r;
	}
}

/* The place in history behind a resourceVersion; false when that is forgotten. */
static bool find_start(struct world *w, struct watch *t, int64_t rv)
{
	if (rv < w->compacted)
		return false;
	for (t->at = w->first; t->at < w->next && w->history[t->at % HISTORY].rv <= rv; t->at++)
		;
	return true;
}

static void disturb(struct request *r, struct watch *t)
{
	const char *resource = sim_kinds[r->kind].plural;
	const struct fault *f;
	if (sim_fault_for_request(r->w, FAULT_WATCH_410, "watch", resource, r->ns))
		t->expire = true;
	if ((f = sim_fault_for_request(r->w, FAULT_WATCH_END, "watch", resource, r->ns)))
		t->ends_ms = clock_ms() + (f->seconds > 0 ? f->seconds * 1000 : 0);
	if (sim_fault_for_request(r->w, FAULT_WATCH_HALF_OPEN, "watch", resource, r->ns))
		t->stream.mute = true;
}

static bool begin(struct request *r, struct answer *a, struct watch *t)
{
	const char *why = "", *text = request_arg(r, "resourceVersion");
	int64_t seconds = DEFAULT_S, rv = 0;
	bool initial = request_flag(r, "sendInitialEvents");
	if (!selector_labels(t->arena, &t->selector, request_arg(r, "labelSelector"), &why) ||
	    !selector_fields(t->arena, &t->selector, r->kind, request_arg(r, "fieldSelector"), &why)) {
		sim_status_bad(r, a, arena_strdup(r->arena, why));
		return false;
	}
	const char *limit = request_arg(r, "timeoutSeconds");
	if ((limit && !str_to_int(limit, 0, INT32_MAX, &seconds)) || (text && *text && !str_to_int(text, 0, INT64_MAX, &rv))) {
		sim_status_bad(r, a,
			       arena_printf(r->arena, "invalid resource version or timeout: \"%.50s\"", text ? text : limit));
		return false;
	}
	t->bookmarks = request_flag(r, "allowWatchBookmarks");
	t->ends_ms = clock_ms() + (seconds && seconds < LONGEST_S ? seconds : DEFAULT_S) * 1000;
	t->bookmark_ms = clock_ms() + BOOKMARK_MS;
	t->at = r->w->next;
	t->told = rv ? rv : r->w->rv;
	t->mark_initial = initial && t->bookmarks;
	if (!rv || initial)
		take_initial(r->w, t);
	else if (!find_start(r->w, t, rv))
		t->expire = true;
	disturb(r, t);
	return true;
}

void sim_watch_answer(struct request *r, struct answer *a)
{
	struct watch *t = calloc(1, sizeof *t);
	if (!t || !(t->arena = arena_new(16 << 20))) {
		log_event(LOG_ERROR, "out_of_memory");
		abort();
	}
	t->ns = arena_strdup(t->arena, r->ns);
	t->stream = (struct stream){ .more = more, .close = close_watch, .watch = true, .kind = r->kind, .cut_after = -1 };
	if (!begin(r, a, t)) {
		close_watch(&t->stream);
		return;
	}
	a->status = 200;
	a->type = "application/json";
	a->stream = &t->stream;
}

int sim_watch_disturb(struct world *w, enum watch_disturbance what)
{
	int n = 0;
	for (struct stream *s = w->streams; s; s = s->next) {
		if (!s->watch)
			continue;
		n++;
		if (what == WATCH_EXPIRE)
			((struct watch *)s)->expire = true;
		else if (what == WATCH_END)
			s->state = STREAM_ENDED;
		else
			s->mute = true;
		stream_wake(s);
	}
	return n;
}
