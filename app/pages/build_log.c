/* The part of a build's page that shows its log: a window of bytes whatever the log's length, in whole lines. */
#include "pages/build_log.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "http/app.h"
#include "model/builds.h"
#include "model/log_bytes.h"
#include "objects/objects.h"
#include "pages/frame.h"
#include "view/loglines.h"

enum { SHOWN_BYTES = 256 << 10, SHOWN_LINES = 2000, HTML_CAP = 4 << 20 };

/* The log as it lies now, and what of it the page shows. */
struct window {
	bool archived;
	struct log_sizes sizes; /* of one that lies in chunks */
	int64_t total;
	int64_t start; /* of the first byte that is shown */
	const char *bytes;
	size_t len;
	int64_t line; /* number of the first line; 0: not known */
	bool at_end;
};

static void free_html(void *b)
{
	buf_free(b);
}

static enum err read_bytes(struct request *req, const struct build *b, struct window *w, int64_t from, int64_t len)
{
	w->start = from;
	if (!w->archived)
		return model_log_bytes_range(request_db(req), req->arena, b->id, from, (size_t)len, &w->bytes, &w->len);
	return objects_read(req->app->objects, req->arena, b->log_object_key, from, (size_t)len, &w->bytes, &w->len, &w->total);
}

/* A number of the query, or otherwise. */
static int64_t asked(struct request *req, const char *name, int64_t max, int64_t otherwise)
{
	const char *text = pairs_get(&req->query, name);
	int64_t n;
	return text && str_to_int(text, 0, max, &n) ? n : otherwise;
}

/* Leaves out the beginning of what was read: a line that it cuts in two, and lines over the limit. */
static void keep_last_lines(struct window *w)
{
	size_t from = w->len;
	for (int lines = 0; lines < SHOWN_LINES && from; lines++) {
		const char *newline = from > 1 ? memrchr(w->bytes, '\n', from - 1) : NULL;
		if (!newline && w->start && from < w->len)
			break; /* the rest of this line lies before the window */
		from = newline ? (size_t)(newline - w->bytes) + 1 : 0;
	}
	w->bytes += from;
	w->len -= from;
	w->start += (int64_t)from;
}

/* The same at the end. A line that is longer than the window is shown as far as it goes. */
static void keep_first_lines(struct window *w)
{
	size_t end = 0;
	for (int lines = 0; lines < SHOWN_LINES && end < w->len; lines++) {
		const char *newline = memchr(w->bytes + end, '\n', w->len - end);
		if (!newline && end && w->start + (int64_t)w->len < w->total)
			break;
		end = newline ? (size_t)(newline - w->bytes) + 1 : w->len;
	}
	w->len = end;
}

/* Forwards from ?from= (whose line has the number ?line=), or backwards from ?until=; without either, the log's end. */
static enum err load(struct request *req, const struct build *b, struct window *w)
{
	enum err e = ERR_NONE;
	if (w->archived && !req->app->objects)
		return ERR_UNAVAILABLE;
	w->total = b->log_bytes;
	if (!w->archived)
		e = model_log_bytes_sizes(request_db(req), req->arena, b->id, &w->sizes);
	if (e)
		return e;
	if (!w->archived)
		w->total = w->sizes.total;
	int64_t from = asked(req, "from", w->total, -1), until = asked(req, "until", w->total, w->total);
	if (from >= 0) {
		e = read_bytes(req, b, w, from, w->total - from < SHOWN_BYTES ? w->total - from : SHOWN_BYTES);
		keep_first_lines(w);
	} else {
		from = until > SHOWN_BYTES ? until - SHOWN_BYTES : 0;
		e = read_bytes(req, b, w, from, until - from);
		keep_last_lines(w);
	}
	w->line = w->start ? asked(req, "line", INT32_MAX, 0) : 1;
	w->at_end = w->start + (int64_t)w->len >= w->total;
	return e;
}

/* One section: its lines become HTML, numbered on where the number is known. */
static void add_part(struct request *req, struct view *v, int n, int container, const char *bytes, size_t len, int64_t *line)
{
	static const char *const words[LOG_PARTS] = { "clone", "build", "push" };
	struct buf *html = arena_alloc(req->arena, sizeof(*html));
	html->cap = HTML_CAP;
	arena_defer(req->arena, free_html, html);
	struct loglines lines = { .next = *line };
	loglines_add(&lines, bytes, len, html);
	*line = lines.next;
	struct view *row = view_row(v, "Log.parts", n);
	view_set_int(row, "container", container);
	if (container >= 0)
		view_set(row, "word", frame_word(v, "container", words[container]));
	view_set_html(row, "html", html);
}

/* The archive knows no containers any more; chunks are shown by theirs, as the live stream appends to them. */
static void add_parts(struct request *req, struct view *v, struct window *w)
{
	int n = 0;
	int64_t part_start = 0, end = w->start + (int64_t)w->len;
	if (w->archived)
		add_part(req, v, n++, -1, w->bytes, w->len, &w->line);
	for (int c = 0; !w->archived && c < LOG_PARTS; part_start += w->sizes.part[c++]) {
		int64_t part_end = part_start + w->sizes.part[c];
		int64_t from = part_start > w->start ? part_start : w->start, to = part_end < end ? part_end : end;
		if (from < to)
			add_part(req, v, n++, c, w->bytes + (from - w->start), (size_t)(to - from), &w->line);
	}
}

static void show(struct request *req, struct view *v, const struct build *b, struct window *w)
{
	int64_t end = w->start + (int64_t)w->len;
	add_parts(req, v, w);
	if (w->start)
		view_set(v, "Log.earlier", arena_printf(req->arena, "%s?until=%lld#log", req->path, (long long)w->start));
	if (!w->at_end && w->line)
		view_set(v, "Log.later",
			 arena_printf(req->arena, "%s?from=%lld&line=%lld#log", req->path, (long long)end, (long long)w->line));
	else if (!w->at_end)
		view_set(v, "Log.later", arena_printf(req->arena, "%s?from=%lld#log", req->path, (long long)end));
	view_set_bool(v, "Log.incomplete", w->archived && !b->log_complete);
	if (!build_is_live(b->status) || !w->at_end)
		return;
	view_set(v, "Log.stream", arena_printf(req->arena, "/stream/builds/%lld/log", (long long)b->id));
	view_set_int(v, "Log.last", w->sizes.last_seq);
	if (w->line)
		view_set_int(v, "Log.lines", w->line - 1);
}

void build_log_show(struct request *req, struct view *v, const struct build *b)
{
	struct window w = { .archived = b->archived_at && b->log_object_key };
	if (!w.archived && (b->status == BUILD_PENDING || !b->started_at)) {
		view_set(v, "Log.state", "none");
		return;
	}
	enum err e = load(req, b, &w);
	view_set(v, "Log.state", e == ERR_NOT_FOUND ? "lost" : e ? "away" : w.archived ? "archived" : "live");
	if (!e)
		show(req, v, b, &w);
}
