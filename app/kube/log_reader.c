/* From the bytes of a log with time stamps to whole lines without, minus what was taken before. */
#include "kube/log_reader.h"

#include <string.h>

#include "base/clock.h"

enum { LINE_MAX_BYTES = 1 << 20, KEEP_BUFFER = 64 * 1024 };

/* Lines of two streams may lie in a log slightly out of order: look back a second further than the seam. */
enum { LOOK_BACK_S = 1 };

static bool has_shape(const char *s, size_t len, const char *shape)
{
	for (size_t i = 0; shape[i]; i++) {
		bool digit = i < len && s[i] >= '0' && s[i] <= '9';
		if (i >= len || (shape[i] == '0' ? !digit : s[i] != shape[i]))
			return false;
	}
	return true;
}

bool stamp_parse(const char *text, size_t len, struct stamp *out, size_t *length)
{
	enum { SECONDS = 19 };
	char whole[SECONDS + 7];
	const char *space = memchr(text, ' ', len < sizeof((struct stamped *)0)->text ? len : sizeof((struct stamped *)0)->text);
	size_t n = space ? (size_t)(space - text) : len;
	if (n >= sizeof((struct stamped *)0)->text || !has_shape(text, n, "0000-00-00T00:00:00"))
		return false;
	size_t at = SECONDS;
	int nanos = 0, digits = 0;
	if (at < n && text[at] == '.') {
		for (at++; at < n && text[at] >= '0' && text[at] <= '9' && digits < 9; at++, digits++)
			nanos = nanos * 10 + (text[at] - '0');
		if (!digits)
			return false;
		for (; digits < 9; digits++)
			nanos *= 10;
	}
	size_t zone = n - at;
	bool utc = zone == 1 && text[at] == 'Z';
	if (!utc && (zone != 6 || !(has_shape(text + at, zone, "+00:00") || has_shape(text + at, zone, "-00:00"))))
		return false;
	memcpy(whole, text, SECONDS);
	memcpy(whole + SECONDS, text + at, zone);
	whole[SECONDS + zone] = 0;
	int64_t us;
	if (!clock_parse(whole, &us))
		return false;
	*out = (struct stamp){ .seconds = us / 1000000, .nanos = nanos };
	*length = n;
	return true;
}

int stamp_compare(const struct stamp *x, const struct stamp *y)
{
	if (x->seconds != y->seconds)
		return x->seconds < y->seconds ? -1 : 1;
	return x->nanos < y->nanos ? -1 : x->nanos > y->nanos;
}

void reader_init(struct log_reader *r, const struct kube_log_seam *seam)
{
	size_t length;
	*r = (struct log_reader){ .at = READER_NEW, .newest.seconds = INT64_MIN };
	if (!seam || !stamp_parse(seam->stamp, strnlen(seam->stamp, sizeof seam->stamp), &r->from, &length))
		return;
	r->seam = *seam;
	r->newest = r->from;
	r->to_skip = seam->lines;
	r->at = READER_BEFORE;
}

void reader_free(struct log_reader *r)
{
	buf_free(&r->line);
	buf_free(&r->out);
}

bool reader_since(const struct log_reader *r, char out[32])
{
	char full[32];
	if (r->newest.seconds == INT64_MIN)
		return false;
	clock_format((r->newest.seconds - LOOK_BACK_S) * 1000000, full);
	memcpy(out, full, 19);
	out[19] = 'Z';
	out[20] = 0;
	return true;
}

/* Whether a line with that stamp lies behind the seam. The order of lines is the log's, not the stamps'. */
static bool is_new(struct log_reader *r, const struct stamp *at)
{
	int order = stamp_compare(at, &r->from);
	if (r->at == READER_NEW)
		return true;
	if (r->at == READER_BEFORE && order < 0)
		return false;
	/* A later stamp than the newest one taken: the lines of the seam are gone from the log, and perhaps others behind them.
	 */
	if (order > 0 || r->to_skip <= 0) {
		if (r->at == READER_BEFORE && r->to_skip > 0)
			buf_puts(&r->out, "[... lines are missing here: the node had rotated them away ...]\n");
		r->at = READER_NEW;
		return true;
	}
	r->at = --r->to_skip ? READER_OVERLAP : READER_NEW;
	return false;
}

/* The seam moves behind a line: the newest stamp, and the lines from the first one bearing it on that will be shown again. */
static void advance(struct log_reader *r, const struct stamped *line)
{
	if (stamp_compare(&line->at, &r->newest) > 0) {
		r->newest = line->at;
		memcpy(r->seam.stamp, line->text, sizeof r->seam.stamp);
		r->seam.lines = 1;
	} else if (line->at.seconds >= r->newest.seconds - LOOK_BACK_S) {
		r->seam.lines++;
	}
}

/* What the kubelet says instead of a log, such as that the container's files are gone. */
static void complain(struct log_reader *r, const char *text, size_t len)
{
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (len >= sizeof r->complaint)
		len = sizeof r->complaint - 1;
	memcpy(r->complaint, text, len);
	r->complaint[len] = 0;
}

/* The beginning of a line, or all of it. True when it is given out; then *line is its stamp. */
static bool take(struct log_reader *r, const char *text, size_t len, struct stamped *line)
{
	size_t length;
	if (!stamp_parse(text, len, &line->at, &length) &&
	    !(len && text[len - 1] == '\n' && stamp_parse(text, len - 1, &line->at, &length))) {
		complain(r, text, len);
		return false;
	}
	memcpy(line->text, text, length);
	line->text[length] = 0;
	r->complaint[0] = 0;
	if (!is_new(r, &line->at))
		return false;
	length += length < len && text[length] == ' ';
	buf_add(&r->out, text + length, len - length);
	return true;
}

static void take_line(struct log_reader *r, const char *text, size_t len)
{
	struct stamped line;
	if (take(r, text, len, &line))
		advance(r, &line);
}

/* The rest of a line of which a piece is gone already. */
static void take_rest(struct log_reader *r, const char *bytes, size_t len, bool ends)
{
	if (!r->drop_rest)
		buf_add(&r->out, bytes, len);
	if (!ends)
		return;
	if (!r->drop_rest)
		advance(r, &r->giant);
	r->inside = false;
}

static void take_piece(struct log_reader *r, const char *bytes, size_t len, bool ends)
{
	if (r->inside) {
		take_rest(r, bytes, len, ends);
	} else if (ends && !r->line.len) {
		take_line(r, bytes, len);
	} else {
		buf_add(&r->line, bytes, len);
		if (ends) {
			take_line(r, r->line.data, r->line.len);
		} else if (r->line.len > LINE_MAX_BYTES) {
			r->drop_rest = !take(r, r->line.data, r->line.len, &r->giant);
			r->inside = true;
		} else {
			return;
		}
		buf_reset(&r->line);
		if (r->line.size > KEEP_BUFFER)
			buf_free(&r->line);
	}
}

void reader_feed(struct log_reader *r, const char *bytes, size_t len)
{
	while (len) {
		const char *newline = memchr(bytes, '\n', len);
		size_t n = newline ? (size_t)(newline - bytes) + 1 : len;
		take_piece(r, bytes, n, newline != NULL);
		bytes += n;
		len -= n;
	}
}

void reader_end(struct log_reader *r)
{
	if (r->inside)
		take_rest(r, "", 0, true);
	else if (r->line.len)
		take_line(r, r->line.data, r->line.len);
	buf_free(&r->line);
}
