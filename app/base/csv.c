/* Tables as CSV (RFC 4180) that spreadsheets open as text and never as formulas. */
#include "base/csv.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

struct csv csv_begin(struct buf *out)
{
	buf_puts(out, "\xEF\xBB\xBF");
	return (struct csv){ .out = out };
}

static void separate(struct csv *c)
{
	if (c->within)
		buf_puts(c->out, ",");
	c->within = true;
}

void csv_text(struct csv *c, const char *text)
{
	separate(c);
	if (!text)
		return;
	const char *prefix = *text && strchr("=+-@\t\r", *text) ? "'" : "";
	if (!strpbrk(text, ",\"\r\n")) {
		buf_printf(c->out, "%s%s", prefix, text);
		return;
	}
	buf_printf(c->out, "\"%s", prefix);
	for (const char *quote; (quote = strchr(text, '"')); text = quote + 1)
		buf_printf(c->out, "%.*s\"\"", (int)(quote - text), text);
	buf_printf(c->out, "%s\"", text);
}

void csv_number(struct csv *c, int64_t number)
{
	separate(c);
	buf_printf(c->out, "%" PRId64, number);
}

void csv_decimal(struct csv *c, double number)
{
	separate(c);
	if (!isnan(number))
		buf_printf(c->out, "%.10g", number);
}

void csv_end_row(struct csv *c)
{
	buf_puts(c->out, "\r\n");
	c->within = false;
}
