/* A build's log over the API: from the archive by nginx, before that from the chunks that are there, a piece at a time. */
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/str.h"
#include "http/app.h"
#include "model/log_bytes.h"
#include "model/log_source.h"
#include "objects/objects.h"

enum { PIECE_MAX = 4 << 20, TAIL_MAX = 1 << 20 };

/* A part of something of `total` bytes. */
struct range {
	int64_t from, len;
};

/* One range of RFC 9110: "bytes=0-99", "bytes=100-", "bytes=-100". False: another form, which may be ignored. *fits: it lies
 * within. */
static bool read_range(struct arena *a, const char *header, int64_t total, struct range *out, bool *fits)
{
	int64_t first = 0, last = 0;
	if (!str_starts(header, "bytes="))
		return false;
	char *spec = arena_strdup(a, header + strlen("bytes="));
	char *dash = strchr(spec, '-');
	if (!dash || strchr(spec, ','))
		return false;
	*dash++ = 0;
	if (*spec && !str_to_int(spec, 0, INT64_MAX, &first))
		return false;
	if (*dash && !str_to_int(dash, 0, INT64_MAX - 1, &last))
		return false;
	if (!*spec && !*dash)
		return false;
	if (!*spec) {
		first = last < total ? total - last : 0;
		last = total - 1;
	} else if (!*dash || last >= total) {
		last = total - 1;
	}
	*fits = first <= last && first < total;
	*out = (struct range){ .from = first, .len = last - first + 1 };
	return true;
}

static int no_such_part(struct response *res, int64_t total)
{
	response_header(res, "Content-Range", arena_printf(res->req->arena, "bytes */%lld", (long long)total));
	return response_error(res, 416, NULL);
}

/* nginx serves ranges, and a log of any size, without this process. One that it would refuse is refused here, in words. */
static int from_archive(struct request *req, struct response *res, const struct build *b)
{
	struct objects_handover h;
	struct range r;
	bool fits = false;
	const char *range = request_header(req, "HTTP_RANGE");
	if (str_starts(range, "bytes=") && !strchr(range, ',') &&
	    !(read_range(req->arena, range, b->log_bytes, &r, &fits) && fits))
		return no_such_part(res, b->log_bytes);
	if (!req->app->objects)
		return response_error(res, 503, api_string(req, "log.no_archive"));
	enum err e = objects_handover(req->app->objects, req->arena, b->log_object_key, &h);
	if (e)
		return response_err(res, e, NULL);
	response_header(res, "X-Accel-Redirect", h.accel);
	if (h.signed_uri)
		response_header(res, "X-Signed-Uri", h.signed_uri);
	return 200;
}

static int send(struct response *res, int status, const char *bytes, size_t len)
{
	buf_add(&res->body, bytes, len);
	return res->body.failed ? response_error(res, 503, NULL) : status;
}

static int archived_tail(struct request *req, struct response *res, const struct build *b, int64_t tail)
{
	const char *bytes;
	size_t got;
	int64_t total, from = b->log_bytes > tail ? b->log_bytes - tail : 0;
	if (!req->app->objects)
		return response_error(res, 503, api_string(req, "log.no_archive"));
	enum err e = objects_read(req->app->objects, req->arena, b->log_object_key, from, (size_t)tail, &bytes, &got, &total);
	return e ? response_err(res, e, NULL) : send(res, 200, bytes, got);
}

/* What is there of a log that is still growing. A whole one that is longer than a piece begins with a line that says what is left
 * out. */
static int from_chunks(struct request *req, struct response *res, const struct build *b, int64_t tail)
{
	struct log_sizes sizes;
	enum err e = model_log_bytes_sizes(request_db(req), req->arena, b->id, &sizes);
	if (e)
		return response_err(res, e, NULL);
	bool fits = true;
	struct range r = { .from = 0, .len = sizes.total };
	bool ranged = !tail && read_range(req->arena, request_header(req, "HTTP_RANGE"), sizes.total, &r, &fits);
	if (!fits)
		return no_such_part(res, sizes.total);
	if (ranged && r.len > PIECE_MAX)
		r.len = PIECE_MAX;
	int64_t most = tail ? tail : PIECE_MAX;
	if (!ranged && r.len > most)
		r = (struct range){ .from = sizes.total - most, .len = most };
	const char *bytes;
	size_t got;
	e = model_log_bytes_range(request_db(req), req->arena, b->id, r.from, (size_t)r.len, &bytes, &got);
	if (e)
		return response_err(res, e, NULL);
	response_header(res, "Accept-Ranges", "bytes");
	if (ranged)
		response_header(
			res, "Content-Range",
			arena_printf(req->arena, "bytes %lld-%lld/%s", (long long)r.from, (long long)r.from + (long long)got - 1,
				     build_is_live(b->status) ? "*" : arena_printf(req->arena, "%lld", (long long)sizes.total)));
	else if (r.from && !tail)
		buf_printf(&res->body, "[%lld earlier bytes are left out here: ask for them with a Range header]\n",
			   (long long)r.from);
	return send(res, ranged ? 206 : 200, bytes, got);
}

INPUT_SET(query_api_log,
	  { .name = "tail", .kind = IN_INT, .min = 1, .max = TAIL_MAX, .about = "so many bytes of its end alone" });

/* GET /api/v1/builds/:id/logs, with Range, or ?tail=BYTES for the end alone */
int api_builds_logs(struct request *req, struct response *res)
{
	struct input_value v[1];
	struct build b;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (!status)
		status = api_build(req, res, request_id_param(req, "id"), ACTION_VIEW, &b);
	if (status)
		return status;
	bool archived = b.archived_at && b.log_object_key;
	status = !archived	? from_chunks(req, res, &b, v[0].number)
		 : v[0].present ? archived_tail(req, res, &b, v[0].number)
				: from_archive(req, res, &b);
	if (status < 300) {
		res->content_type = "text/plain; charset=utf-8";
		response_header(res, "Content-Disposition",
				arena_printf(req->arena, "inline; filename=\"build-%lld.log\"", (long long)b.id));
	}
	return status;
}

/* --- lines that are looked for ------------------------------------------------------------------------------------------- */

static const char *level_word(int x)
{
	static const char *const words[] = { "plain", "warning", "error" };
	return words[x];
}

SHAPE(shape_log_line, "LogLine", struct log_match,
      MEMBER("line", SHAPE_INT64, struct log_match, line, .about = "its number, from 1"),
      MEMBER("offset", SHAPE_INT64, struct log_match, offset, .about = "the byte at which it begins"),
      MEMBER("level", SHAPE_WORD, struct log_match, level, .word = level_word, .words = LOGLEVEL_ERROR + 1),
      MEMBER("text", SHAPE_STRING, struct log_match, text, .about = "at most 1,024 bytes of it"));
SHAPE_LIST(shape_log_lines, "LogLineList", shape_log_line);

enum { Q, LEVEL, AFTER, SEARCH_FIELDS };
INPUT_SET(query_api_log_search, [Q] = { .name = "q", .kind = IN_TEXT, .max = 100, .about = "a part of the line, in either case" },
	  [LEVEL] = { .name = "level", .kind = IN_ENUM, .choices = "warning|error", .about = "at least" },
	  [AFTER] = { .name = "cursor",
		      .kind = IN_TEXT,
		      .min = 1,
		      .max = 40,
		      .pattern = "^[0-9]{1,18}-[0-9]{1,18}$",
		      .about = "next_cursor of the page before" });

/* A cursor is "LINE-OFFSET": where the search stopped. */
static bool read_place(struct arena *a, const char *text, struct log_place_at *out)
{
	char *line = arena_strdup(a, text), *dash = strchr(line, '-');
	*out = (struct log_place_at){ 0 };
	if (!*text)
		return true;
	if (!dash)
		return false;
	*dash = 0;
	return str_to_int(line, 0, INT64_MAX, &out->line) && str_to_int(dash + 1, 0, INT64_MAX, &out->offset);
}

/* GET /api/v1/builds/:id/lines: the lines of the log that hold a text or are warnings or errors */
int api_log_search(struct request *req, struct response *res)
{
	struct input_value v[SEARCH_FIELDS];
	struct build b;
	struct log_source source;
	struct log_place_at at;
	struct log_match *found;
	int count;
	bool ended;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (!status && !read_place(req->arena, v[AFTER].text, &at)) {
		struct input_errors errors = { 0 };
		input_fail(req, &errors, "cursor", "error.cursor");
		status = input_refuse(res, &errors);
	}
	if (!status)
		status = api_build(req, res, request_id_param(req, "id"), ACTION_VIEW, &b);
	if (status)
		return status;
	struct log_query q = { .text = *v[Q].text ? v[Q].text : NULL,
			       .level = v[LEVEL].present ? LOGLEVEL_WARNING + (enum loglevel)v[LEVEL].number : LOGLEVEL_PLAIN };
	enum err e = log_source_open(req, &b, &source);
	if (!e && source.archived)
		request_release_db(req); /* a slow store must not keep a connection */
	if (!e)
		e = log_source_find(&source, &q, &at, &found, &count, &ended);
	if (e)
		return response_err(res, e, NULL);
	for (int i = 0; i < count; i++)
		found[i].text = str_utf8_clean(req->arena, found[i].text, found[i].len);
	return api_rows(res, found, count,
			ended ? NULL : arena_printf(req->arena, "%lld-%lld", (long long)at.line, (long long)at.offset));
}
