/* CSV for people's spreadsheets. */
#include "base/csv.h"

#include <string.h>

static const char mark[] = "\xef\xbb\xbf";

void csv_begin(struct buf *out)
{
	buf_puts(out, mark);
}

/* Whether the line has no cell yet. */
static bool is_first(const struct buf *out)
{
	return !out->len || out->data[out->len - 1] == '\n' ||
	       (out->len == sizeof mark - 1 && !memcmp(out->data, mark, out->len));
}

void csv_cell(struct buf *out, const char *text)
{
	text = text ? text : "";
	if (!is_first(out))
		buf_puts(out, ",");
	else if (!*text)
		buf_puts(out, "\"\""); /* a line that begins with nothing would look like one without cells */
	const char *guard = *text && strchr("=+-@\t\r", *text) ? "'" : "";
	if (!text[strcspn(text, ",\"\r\n")]) {
		buf_puts(out, guard);
		buf_puts(out, text);
		return;
	}
	buf_puts(out, "\"");
	buf_puts(out, guard);
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, "\"");
		buf_add(out, p, n);
		p += n;
		if (*p == '"') {
			buf_puts(out, "\"\"");
			p++;
		}
	}
	buf_puts(out, "\"");
}

void csv_end(struct buf *out)
{
	buf_puts(out, "\r\n");
}
