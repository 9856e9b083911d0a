/* How a pod becomes values of a page. */
#include "pages/pod_parts.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "pages/frame.h"
#include "view/loglines.h"

enum { HTML_CAP = 4 << 20 };

void part_pod(struct view *row, const struct kube_pod *p)
{
	const struct kube_container *c = p->count ? &p->containers[0] : NULL;
	bool good = p->ready && !p->deleting;
	view_set(row, "name", p->name);
	view_set(row, "badge", good ? "running-app" : p->deleting ? "stopped" : c && *c->last_reason ? "failed" : "pending");
	view_set(row, "word",
		 frame_word(row, "pod",
			    good	       ? "ready"
			    : p->deleting      ? "ending"
			    : c && c->state[0] ? c->state
					       : "pending"));
	view_set(row, "why", *p->message ? p->message : c && *c->reason ? c->reason : *p->reason ? p->reason : NULL);
	view_set_time(row, "created", p->created_at);
	if (!c)
		return;
	view_set_int(row, "restarts", c->restarts);
	if (*c->last_reason)
		view_set(row, "last", arena_printf(view_arena(row), "%s (%d)", c->last_reason, c->last_exit_code));
	view_set_bool(row, "crashed", c->restarts > 0);
}

static void free_html(void *b)
{
	buf_free(b);
}

void part_pod_log(struct view *v, struct request *req, const char *text, size_t len, bool stamps)
{
	struct arena *a = req->arena;
	char *copy = arena_memdup(a, text, len);
	struct buf *html = arena_alloc(a, sizeof(*html));
	struct loglines lines = { 0 };
	html->cap = HTML_CAP;
	arena_defer(a, free_html, html);
	if (!stamps)
		len = kube_pods_log_unstamp(copy, len);
	loglines_add(&lines, copy, len, html);
	view_set_html(v, "Log.html", html);
	view_set_bool(v, "Log.empty", !len);
}

void part_pod_events(struct view *v, const struct kube_event *events, int count)
{
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Events", i);
		view_set(row, "badge", strcmp(events[i].type, "Normal") ? "failed" : "none");
		view_set(row, "reason", events[i].reason);
		view_set(row, "object", arena_printf(view_arena(v), "%s %s", events[i].kind, events[i].name));
		view_set(row, "message", events[i].message);
		view_set_int(row, "count", events[i].count);
		view_set_time(row, "at", events[i].last_at);
	}
}
