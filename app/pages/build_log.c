/* The part of a build's page that shows its log: bounded whatever the log's length. */
#include "pages/build_log.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "http/app.h"
#include "model/builds.h"
#include "model/log_chunks.h"
#include "model/log_reads.h"
#include "objects/objects.h"
#include "pages/parts.h"
#include "view/loglines.h"

enum { SHOWN = 256 * 1024, HTML_CAP = 24 << 20 };

static const char *const containers[LOG_CONTAINERS] = { "clone", "build", "push" };

static void free_html(void *b)
{
	buf_free(b);
}

/* A buffer that ends with the request. */
static struct buf *html_new(struct request *req)
{
	struct buf *html = arena_alloc(req->arena, sizeof(*html));
	html->cap = HTML_CAP;
	arena_defer(req->arena, free_html, html);
	return html;
}

static void add_part(struct view *v, int n, int container, const struct buf *html, struct arena *a)
{
	struct view *row = view_row(v, "Log.parts", n);
	view_set_int(row, "container", container);
	if (container >= 0)
		view_set(row, "word", part_word(v, a, "container", containers[container]));
	view_set_html(row, "html", html);
}

/* Chunks in the order of their containers, each container one section; lines are numbered when all are there. */
static void show_live(struct request *req, struct view *v, const struct build *b)
{
	struct log_piece *pieces;
	int count, n = 0;
	bool whole;
	view_set(v, "Log.state", "live");
	if (model_log_reads_tail(request_db(req), req->arena, b->id, SHOWN, &pieces, &count, &whole) != ERR_NONE) {
		view_set(v, "Log.state", "away");
		return;
	}
	struct loglines lines = { .next = whole ? 1 : 0 };
	for (int c = 0; c < LOG_CONTAINERS; c++) {
		struct buf *html = html_new(req);
		lines.ansi = (struct ansi){ 0 };
		lines.open = false;
		for (int i = 0; i < count; i++) {
			const void *data;
			size_t len;
			if (pieces[i].container == c &&
			    model_log_chunks_data(request_db(req), req->arena, b->id, pieces[i].seq, &data, &len) == ERR_NONE)
				loglines_add(&lines, data, len, html);
		}
		if (html->len)
			add_part(v, n++, c, html, req->arena);
	}
	view_set_int(v, "Log.last", count ? pieces[count - 1].seq : 0);
	if (whole)
		view_set_int(v, "Log.lines", lines.next - 1);
	view_set_bool(v, "Log.cut", !whole);
	if (build_is_live(b->status))
		view_set(v, "Log.stream", arena_printf(req->arena, "/stream/builds/%lld/log", (long long)b->id));
}

static int64_t first_byte(struct request *req, int64_t total)
{
	const char *from = pairs_get(&req->query, "from");
	int64_t at;
	if (from && str_to_int(from, 0, total, &at))
		return at;
	return total > SHOWN ? total - SHOWN : 0;
}

static void show_archived(struct request *req, struct view *v, const struct build *b)
{
	const char *bytes;
	size_t got;
	int64_t total = b->log_bytes, from = first_byte(req, total);
	enum err e = req->app->objects
			     ? objects_read(req->app->objects, req->arena, b->log_object_key, from, SHOWN, &bytes, &got, &total)
			     : ERR_UNAVAILABLE;
	view_set(v, "Log.state", e == ERR_NONE ? "archived" : e == ERR_NOT_FOUND ? "lost" : "away");
	if (e != ERR_NONE)
		return;
	/* A page begins and ends at whole lines, but where a line is longer than a page. */
	size_t skip = 0, end = got;
	const char *newline = from ? memchr(bytes, '\n', got) : NULL;
	if (newline && (size_t)(newline - bytes) + 1 < got)
		skip = (size_t)(newline - bytes) + 1;
	const char *last = from + (int64_t)got < total ? memrchr(bytes + skip, '\n', got - skip) : NULL;
	if (last)
		end = (size_t)(last - bytes) + 1;
	struct buf *html = html_new(req);
	struct loglines lines = { .next = from ? 0 : 1 };
	loglines_add(&lines, bytes + skip, end - skip, html);
	add_part(v, 0, -1, html, req->arena);
	if (from)
		view_set(v, "Log.earlier",
			 arena_printf(req->arena, "%s?from=%lld#log", req->path, (long long)(from > SHOWN ? from - SHOWN : 0)));
	if (from + (int64_t)end < total) /* one byte back: the page skips to the newline before its first line */
		view_set(v, "Log.later",
			 arena_printf(req->arena, "%s?from=%lld#log", req->path, (long long)(from + (int64_t)end - 1)));
	view_set_bool(v, "Log.incomplete", !b->log_complete);
}

void build_log_show(struct request *req, struct view *v, const struct build *b)
{
	if (b->archived_at && b->log_object_key)
		show_archived(req, v, b);
	else if (b->status == BUILD_PENDING || !b->started_at)
		view_set(v, "Log.state", "none");
	else
		show_live(req, v, b);
	view_set_int(v, "Log.bytes", b->log_bytes);
}
