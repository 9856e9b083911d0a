/* The three reads of the reader's thread, each from rows to what the event loop takes. */
#include "stream/read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "model/stream_reads.h"

enum { ARENA_LIMIT = 16 << 20, HTML_LIMIT = 64 << 20 };

static struct event *lines_event(const struct stream_chunk *c, const struct buf *html)
{
	struct buf text = { .cap = HTML_LIMIT };
	json_object *o = json_object_new_string_len(html->data ? html->data : "", (int)html->len);
	buf_printf(&text, "{\"container\":%d,\"seq\":%" PRId64 ",\"html\":%s}", c->container, c->seq,
		   o ? json_object_to_json_string_ext(o, JSON_PLAIN) : "\"\"");
	json_object_put(o);
	struct event *e = text.failed ? NULL : event_new(c->seq, "lines", text.data, text.len);
	buf_free(&text);
	return e;
}

enum err read_chunks(struct db *db, struct work *w)
{
	struct arena *a = arena_new(ARENA_LIMIT);
	if (!a)
		return ERR_UNAVAILABLE;
	struct stream_chunks chunks;
	struct buf html = { .cap = HTML_LIMIT };
	struct event **end = &w->events;
	size_t bytes = 0;
	enum err e = model_stream_chunks(db, a, w->id, w->after, w->max_bytes, w->prime, &chunks);
	for (size_t i = 0; !e && i < chunks.count; i++) {
		const struct stream_chunk *c = &chunks.at[i];
		int place = c->container < 0 || c->container >= CONTAINERS ? 0 : c->container;
		buf_reset(&html);
		loglines_add(&w->lines[place], c->data, c->len, &html);
		if (c->seq <= w->after)
			continue; /* read for its colours alone */
		*end = html.failed ? NULL : lines_event(c, &html);
		if (!*end) {
			e = ERR_UNAVAILABLE;
			break;
		}
		end = &(*end)->next;
		bytes += c->len;
	}
	w->more = !e && (bytes >= w->max_bytes || chunks.count >= 256);
	buf_free(&html);
	arena_free(a);
	return e;
}

static void see(struct work *w, struct seen seen, json_object *o)
{
	size_t len;
	const char *text = json_object_to_json_string_length(o, JSON_PLAIN, &len);
	seen.event = text ? event_new(0, "state", text, len) : NULL;
	if (seen.event)
		w->seen[w->seen_count++] = seen;
}

static void see_build(struct arena *a, struct work *w, const struct stream_build *b)
{
	json_object *o = json_build(
		a,
		"{'kind':'build','id':%d,'project_id':%d,'status':%s,'phase':%s,'reason':%s,'message':%s,"
		"'waiting_for':%s,'image_tag':%s,'digest':%s,'started_at':%s,'finished_at':%s,'ended':%b,'archived':%b}",
		b->id, b->project_id, b->status, b->phase, b->reason, b->message, b->waiting_for, b->image_tag, b->digest,
		b->started_at, b->finished_at, (int)b->ended, (int)b->archived);
	if (b->duration >= 0)
		json_add_int(o, "duration", b->duration);
	see(w,
	    (struct seen){ .id = b->id,
			   .project_id = b->project_id,
			   .ended = b->ended,
			   .archived = b->archived,
			   .settled = b->ended,
			   .last_seq = b->last_seq },
	    o);
}

static void see_project(struct arena *a, struct work *w, const struct stream_project *p)
{
	json_object *o = json_build(
		a, "{'kind':'project','id':%d,'app_state':%s,'app_reason':%s,'app_ready':%d,'drift':%s,'drift_error':%s}", p->id,
		p->app_state, p->app_reason, p->app_ready, p->drift, p->drift_error);
	if (p->deployment_id)
		json_add(o, "deployment",
			 json_object_get(json_build(a,
						    "{'id':%d,'action':%s,'state':%s,'reason':%s,'message':%s,'progress_code':%s,"
						    "'progress_values':%s}",
						    p->deployment_id, p->action, p->state, p->reason, p->message,
						    p->progress_code, p->progress_values)));
	if (p->build_id)
		json_add(o, "build",
			 json_object_get(json_build(a, "{'id':%d,'status':%s,'phase':%s}", p->build_id, p->build_status,
						    p->build_phase)));
	see(w, (struct seen){ .is_project = true, .id = p->id, .settled = p->settled }, o);
}

enum err read_states(struct db *db, struct work *w)
{
	struct arena *a = arena_new(ARENA_LIMIT);
	if (!a)
		return ERR_UNAVAILABLE;
	struct stream_build *builds = NULL;
	struct stream_project *projects = NULL;
	size_t build_count = 0, project_count = 0;
	enum err e = w->builds ? model_stream_builds(db, a, w->builds, &builds, &build_count) : ERR_NONE;
	if (!e && w->projects)
		e = model_stream_projects(db, a, w->projects, &projects, &project_count);
	if (!e && !(w->seen = calloc(build_count + project_count + 1, sizeof(*w->seen))))
		e = ERR_UNAVAILABLE;
	for (size_t i = 0; !e && i < build_count; i++)
		see_build(a, w, &builds[i]);
	for (size_t i = 0; !e && i < project_count; i++)
		see_project(a, w, &projects[i]);
	arena_free(a);
	return e;
}

enum err read_holders(struct db *db, struct work *w)
{
	struct arena *a = arena_new(ARENA_LIMIT);
	if (!a)
		return ERR_UNAVAILABLE;
	const char **gone = NULL;
	size_t count = 0;
	enum err e = model_stream_gone(db, a, w->holders, &gone, &count);
	if (!e && !(w->gone = calloc(count + 1, sizeof *w->gone)))
		e = ERR_UNAVAILABLE;
	for (size_t i = 0; !e && i < count; i++)
		snprintf(w->gone[w->gone_count++], sizeof *w->gone, "%s", gone[i]);
	arena_free(a);
	return e;
}
