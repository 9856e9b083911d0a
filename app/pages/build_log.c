/* The part of a build's page that shows its log: a window whatever the log's length, in steps that fold, or what was looked for.
 */
#include "pages/build_log.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "http/app.h"
#include "http/input.h"
#include "model/builds.h"
#include "model/log_source.h"
#include "pages/frame.h"
#include "pages/parts.h"
#include "view/loglines.h"
#include "view/logsteps.h"

enum { SHOWN_BYTES = 256 << 10, SHOWN_LINES = 2000, BEFORE_LINE = 20, HTML_CAP = 4 << 20, TITLE_MAX = 160 };

enum { FROM, UNTIL, LINE, Q, LEVEL, QUERY_FIELDS };
_Static_assert((int)QUERY_FIELDS == (int)BUILD_LOG_FIELDS, "the header's number");
INPUT_SET(query_log, [FROM] = { .name = "from", .kind = IN_INT }, [UNTIL] = { .name = "until", .kind = IN_INT },
	  [LINE] = { .name = "line", .kind = IN_INT, .min = 1, .max = INT32_MAX },
	  [Q] = { .name = "q", .kind = IN_TEXT, .max = 100 },
	  [LEVEL] = { .name = "level", .kind = IN_ENUM, .choices = "warning|error" });

/* What of the log the page shows. */
struct window {
	struct log_source source;
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
		if (!newline && end && w->start + (int64_t)w->len < w->source.sizes.total)
			break;
		end = newline ? (size_t)(newline - w->bytes) + 1 : w->len;
	}
	w->len = end;
}

static int64_t newlines(const struct window *w)
{
	int64_t n = 0;
	for (const char *p = w->bytes, *end = p + w->len; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		n++;
	return n;
}

static enum err read_forwards(struct window *w, int64_t from)
{
	int64_t left = w->source.sizes.total - from;
	w->start = from;
	enum err e = log_source_read(&w->source, from, (size_t)(left < SHOWN_BYTES ? left : SHOWN_BYTES), &w->bytes, &w->len);
	keep_first_lines(w);
	return e;
}

static enum err read_backwards(struct window *w, int64_t until)
{
	w->start = until > SHOWN_BYTES ? until - SHOWN_BYTES : 0;
	enum err e = log_source_read(&w->source, w->start, (size_t)(until - w->start), &w->bytes, &w->len);
	keep_last_lines(w);
	return e;
}

/* Forwards from ?from=, whose line has the number ?line=; backwards from ?until= likewise; around ?line= alone; else the log's
 * end. */
static enum err load(struct window *w, const struct input_value *in)
{
	const struct log_sizes *sizes = &w->source.sizes;
	enum err e;
	if (in[FROM].present && in[FROM].number <= sizes->total) {
		e = read_forwards(w, in[FROM].number);
		w->line = in[LINE].number;
	} else if (in[UNTIL].present && in[UNTIL].number <= sizes->total) {
		e = read_backwards(w, in[UNTIL].number);
		w->line = in[LINE].present && in[LINE].number > newlines(w) ? in[LINE].number - newlines(w) : 0;
	} else if (in[LINE].present) {
		int64_t first = in[LINE].number > BEFORE_LINE ? in[LINE].number - BEFORE_LINE : 1, at;
		e = log_source_line(&w->source, first, &at);
		if (!e)
			e = read_forwards(w, at);
		w->line = first;
	} else {
		e = read_backwards(w, sizes->total);
		w->line = sizes->lines ? sizes->lines - newlines(w) + 1 : 0;
	}
	if (!w->start)
		w->line = 1;
	w->at_end = w->start + (int64_t)w->len >= sizes->total;
	return e;
}

/* One part under construction: what is a step goes into a section of its own that folds. */
struct part {
	struct request *req;
	struct view *v;
	struct loglines lines;
	int steps;
	struct view *step;
	struct buf *html;
	const char *title; /* of the step; NULL: lines outside any */
	size_t title_len;
	int warnings, errors;
	int64_t first;
};

static void begin_step(struct part *p, const char *title, size_t len)
{
	p->step = view_row(p->v, "steps", p->steps++);
	p->html = arena_alloc(p->req->arena, sizeof(*p->html));
	p->html->cap = HTML_CAP;
	arena_defer(p->req->arena, free_html, p->html);
	p->title = title;
	p->title_len = len;
	p->warnings = p->errors = 0;
	p->first = p->lines.next;
}

/* `last`: the page's last step, or the one that a build ended in, is open; so is one with an error. */
static void end_step(struct part *p, bool last)
{
	if (!p->step)
		return;
	if (p->title) {
		size_t n = str_utf8_cut(p->title, p->title_len, TITLE_MAX);
		char *title = arena_memdup(p->req->arena, p->title, n);
		for (char *c = title; *c; c++)
			if ((unsigned char)*c < ' ')
				*c = ' ';
		if (str_is_utf8(title, strlen(title)))
			view_set(p->step, "title", title);
		view_set_bool(p->step, "open", last || p->errors);
		view_set_int(p->step, "warnings", p->warnings);
		view_set_int(p->step, "errors", p->errors);
		if (p->first)
			view_set_int(p->step, "first", p->first);
	}
	view_set_html(p->step, "html", p->html);
	p->step = NULL;
}

/* Adds a line with its newline, if it has one; the portal's own ("so much is left out") in the reader's language. */
static void add_line(struct request *req, struct loglines *lines, const char *line, size_t len, struct buf *html)
{
	size_t n = len && line[len - 1] == '\n' ? len - 1 : len;
	const char *own = part_own_line(req->arena, req->language, line, n);
	if (own) {
		line = arena_printf(req->arena, "%s%s", own, n < len ? "\n" : "");
		len = strlen(line);
	}
	loglines_add(lines, line, len, html);
}

static void add_lines(struct part *p, const char *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		const char *line = bytes + at, *newline = memchr(line, '\n', len - at), *title;
		size_t n = newline ? (size_t)(newline - line) : len - at, title_len, whole = n + (newline != NULL);
		bool begins = logstep_begins(line, n, &title, &title_len), ends = logstep_ends(line, n);
		if (begins || ends || !p->step) {
			end_step(p, false);
			begin_step(p, begins ? title : NULL, begins ? title_len : 0);
		}
		enum loglevel level = loglevel_of(line, n);
		p->warnings += level == LOGLEVEL_WARNING;
		p->errors += level == LOGLEVEL_ERROR;
		add_line(p->req, &p->lines, line, whole, p->html);
		at += whole;
	}
}

/* One container's lines, numbered on where the number is known. */
static void add_part(struct request *req, struct view *v, int n, int container, const char *bytes, size_t len, struct window *w)
{
	static const char *const words[LOG_PARTS] = { "clone", "build", "push" };
	struct part p = { .req = req, .v = view_row(v, "Log.parts", n) };
	p.lines = (struct loglines){ .next = w->line, .far = w->start || !w->at_end };
	view_set_int(p.v, "container", container);
	if (container >= 0)
		view_set(p.v, "word", frame_word(v, "container", words[container]));
	add_lines(&p, bytes, len);
	end_step(&p, w->at_end);
	w->line = p.lines.next;
}

static void add_parts(struct request *req, struct view *v, struct window *w)
{
	int n = 0;
	int64_t part_start = 0, end = w->start + (int64_t)w->len;
	if (!w->source.parted)
		add_part(req, v, n++, -1, w->bytes, w->len, w);
	for (int c = 0; w->source.parted && c < LOG_PARTS; part_start += w->source.sizes.part[c++]) {
		int64_t part_end = part_start + w->source.sizes.part[c];
		int64_t from = part_start > w->start ? part_start : w->start, to = part_end < end ? part_end : end;
		if (from < to)
			add_part(req, v, n++, c, w->bytes + (from - w->start), (size_t)(to - from), w);
	}
}

static const char *place(struct request *req, const char *name, int64_t offset, int64_t line)
{
	const char *link = arena_printf(req->arena, "%s?%s=%lld", req->path, name, (long long)offset);
	return arena_printf(req->arena, line ? "%s&line=%lld#log" : "%s#log", link, (long long)line);
}

static void show_window(struct request *req, struct view *v, const struct build *b, struct window *w)
{
	int64_t end = w->start + (int64_t)w->len, first = w->line;
	add_parts(req, v, w);
	if (w->start)
		view_set(v, "Log.earlier", place(req, "until", w->start, first));
	if (!w->at_end)
		view_set(v, "Log.later", place(req, "from", end, w->line));
	view_set_bool(v, "Log.incomplete", w->source.archived && !b->log_complete);
	if (!build_is_live(b->status) || !w->at_end)
		return;
	view_set(v, "Log.stream", arena_printf(req->arena, "/stream/builds/%lld/log", (long long)b->id));
	view_set_int(v, "Log.last", w->source.sizes.last_seq);
	if (w->line)
		view_set_int(v, "Log.lines", w->line - 1);
}

static void show_match(struct request *req, struct view *row, const struct log_match *m)
{
	struct buf *html = arena_alloc(req->arena, sizeof(*html));
	struct loglines line = { .next = m->line, .far = true };
	html->cap = HTML_CAP;
	arena_defer(req->arena, free_html, html);
	add_line(req, &line, m->text, m->len, html);
	view_set_html(row, "html", html);
}

/* The lines that hold what was asked for, each leading to its place. */
static enum err show_found(struct request *req, struct view *v, struct log_source *s, const struct input_value *in)
{
	struct log_query q = { .text = *in[Q].text ? in[Q].text : NULL,
			       .level = !in[LEVEL].present		   ? LOGLEVEL_PLAIN
					: !strcmp(in[LEVEL].text, "error") ? LOGLEVEL_ERROR
									   : LOGLEVEL_WARNING };
	struct log_place_at at = { .line = in[FROM].present && in[LINE].present ? in[LINE].number - 1 : 0,
				   .offset = in[FROM].number };
	struct log_match *found;
	int count;
	bool ended;
	enum err e = log_source_find(s, &q, &at, &found, &count, &ended);
	if (e)
		return e;
	for (int i = 0; i < count; i++)
		show_match(req, view_row(v, "Log.found", i), &found[i]);
	view_set_bool(v, "Log.searched", true);
	view_set_int(v, "Log.count", count);
	if (!ended) {
		struct input_value next[QUERY_FIELDS];
		memcpy(next, in, sizeof next);
		next[LINE].text = frame_number(req->arena, at.line + 1);
		view_set(v, "Log.more", frame_link(req, next, "from", frame_number(req->arena, at.offset)));
	}
	return ERR_NONE;
}

void build_log_show(struct request *req, struct view *v, const struct build *b, const struct input_value *in)
{
	struct window w = { .bytes = "" };
	bool archived = b->archived_at && b->log_object_key, searches = *in[Q].text || in[LEVEL].present;
	frame_filter(v, req, in);
	view_options(v, "Levels", "warning|error", "loglevel", in[LEVEL].text);
	if (!archived && (b->status == BUILD_PENDING || !b->started_at)) {
		view_set(v, "Log.state", "none");
		return;
	}
	enum err e = log_source_open(req, b, &w.source);
	if (!e && archived)
		request_release_db(req); /* a slow store must not keep a connection */
	if (!e && searches)
		e = show_found(req, v, &w.source, in);
	else if (!e)
		e = load(&w, in);
	view_set(v, "Log.state", e == ERR_NOT_FOUND ? "lost" : e ? "away" : archived ? "archived" : "live");
	if (!e && !searches)
		show_window(req, v, b, &w);
}
