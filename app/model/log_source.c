/* A build's log wherever it lies. */
#include "model/log_source.h"

#include <string.h>

#include "base/arena.h"
#include "http/app.h"
#include "http/request.h"
#include "model/builds.h"
#include "objects/objects.h"

enum { PIECE = 1 << 20, PIECE_ARENA = 24 << 20, SEARCHED_MAX = 32 << 20 };

enum err log_source_open(struct request *req, const struct build *b, struct log_source *out)
{
	*out = (struct log_source){ .req = req, .build = b, .archived = b->archived_at && b->log_object_key, .parted = true };
	if (!out->archived)
		return model_log_bytes_sizes(request_db(req), req->arena, b->id, &out->sizes);
	out->parted = b->log_part_bytes[0] + b->log_part_bytes[1] + b->log_part_bytes[2] == b->log_bytes;
	out->sizes = (struct log_sizes){ .total = b->log_bytes, .lines = b->log_lines };
	out->sizes.part[0] = b->log_bytes;
	if (out->parted)
		memcpy(out->sizes.part, b->log_part_bytes, sizeof out->sizes.part);
	return req->app->objects ? ERR_NONE : ERR_UNAVAILABLE;
}

static enum err read_into(struct log_source *s, struct arena *a, int64_t from, size_t len, const char **bytes, size_t *got)
{
	int64_t total;
	if (!s->archived)
		return model_log_bytes_range(request_db(s->req), a, s->build->id, from, len, bytes, got);
	return objects_read(s->req->app->objects, a, s->build->log_object_key, from, len, bytes, got, &total);
}

enum err log_source_read(struct log_source *s, int64_t from, size_t len, const char **bytes, size_t *got)
{
	return read_into(s, s->req->arena, from, len, bytes, got);
}

/* Calls `each` for piece after piece of [from, end) until it says false; memory does not grow with the log. */
static enum err walk(struct log_source *s, int64_t from, int64_t end,
		     bool (*each)(void *context, int64_t at, const char *bytes, size_t len), void *context)
{
	struct arena *a = arena_new(PIECE_ARENA);
	enum err e = a ? ERR_NONE : ERR_INTERNAL;
	for (bool more = true; more && !e && from < end;) {
		const char *bytes;
		size_t got;
		arena_reset(a);
		e = read_into(s, a, from, end - from < PIECE ? (size_t)(end - from) : PIECE, &bytes, &got);
		if (e || !got)
			break;
		more = each(context, from, bytes, got);
		from += (int64_t)got;
	}
	arena_free(a);
	return e;
}

struct counting {
	int64_t left; /* newlines before the line */
	int64_t offset;
};

static bool count_lines(void *context, int64_t at, const char *bytes, size_t len)
{
	struct counting *c = context;
	for (const char *p = bytes, *newline; c->left && (newline = memchr(p, '\n', len - (size_t)(p - bytes)));
	     p = newline + 1) {
		c->left--;
		c->offset = at + (newline - bytes) + 1;
	}
	return c->left > 0;
}

enum err log_source_line(struct log_source *s, int64_t line, int64_t *offset)
{
	struct counting c = { .left = line - 1 };
	enum err e = walk(s, 0, s->sizes.total, count_lines, &c);
	*offset = c.left ? s->sizes.total : c.offset;
	return e;
}

struct finding {
	const struct log_query *query;
	struct arena *arena;
	struct log_match *at;
	int count;
	struct log_place_at place;
	/* Of a line that goes on in the next piece: its beginning. */
	char head[LOG_MATCH_SHOWN];
	size_t head_len;
	int64_t head_offset;
	bool open;
};

static bool contains(const char *line, size_t len, const char *text)
{
	size_t n = strlen(text);
	for (size_t i = 0; i + n <= len; i++)
		if (!strncasecmp(line + i, text, n))
			return true;
	return false;
}

static void judge(struct finding *f, int64_t offset, const char *line, size_t len)
{
	const struct log_query *q = f->query;
	enum loglevel level = loglevel_of(line, len);
	if (level < q->level || (q->text && !contains(line, len, q->text)))
		return;
	size_t shown = len < LOG_MATCH_SHOWN ? len : LOG_MATCH_SHOWN;
	f->at[f->count++] = (struct log_match){ f->place.line, offset, arena_memdup(f->arena, line, shown), shown, level };
}

/* A line that is cut between two pieces is judged by its first bytes. */
static void keep_head(struct finding *f, int64_t offset, const char *line, size_t len)
{
	if (!f->open) {
		f->head_len = 0;
		f->head_offset = offset;
		f->open = true;
	}
	size_t room = sizeof f->head - f->head_len, n = len < room ? len : room;
	memcpy(f->head + f->head_len, line, n);
	f->head_len += n;
}

static bool find_in(void *context, int64_t at, const char *bytes, size_t len)
{
	struct finding *f = context;
	for (size_t from = 0; from < len && f->count < LOG_MATCHES_MAX;) {
		const char *newline = memchr(bytes + from, '\n', len - from);
		size_t n = newline ? (size_t)(newline - bytes) - from : len - from;
		if (!newline || f->open)
			keep_head(f, at + (int64_t)from, bytes + from, n);
		if (newline) {
			f->place.line++;
			f->place.offset = at + (int64_t)(from + n) + 1;
			if (f->open)
				judge(f, f->head_offset, f->head, f->head_len);
			else
				judge(f, at + (int64_t)from, bytes + from, n);
			f->open = false;
		}
		from += n + 1;
	}
	return f->count < LOG_MATCHES_MAX;
}

enum err log_source_find(struct log_source *s, const struct log_query *q, struct log_place_at *place, struct log_match **out,
			 int *count, bool *ended)
{
	int64_t total = s->sizes.total, from = place->offset < total ? place->offset : total;
	int64_t end = total - from > SEARCHED_MAX ? from + SEARCHED_MAX : total;
	struct finding f = { .query = q, .arena = s->req->arena, .place = *place };
	f.at = arena_alloc(s->req->arena, sizeof *f.at * (LOG_MATCHES_MAX + 1));
	enum err e = walk(s, from, end, find_in, &f);
	/* The log's last line may lack its newline. */
	if (!e && end == total && f.open && f.count < LOG_MATCHES_MAX) {
		f.place = (struct log_place_at){ f.place.line + 1, total };
		judge(&f, f.head_offset, f.head, f.head_len);
	}
	/* A line longer than all that is searched at once must not hold the search up. */
	if (!e && end < total && f.place.offset == from)
		f.place.offset = end;
	*place = f.place;
	*out = f.at;
	*count = f.count;
	*ended = f.place.offset >= total;
	return e;
}
