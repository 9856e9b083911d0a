/* A table from a CSV file as spreadsheets write it. */
#include "base/csv_table.h"

#include <csv.h>
#include <iconv.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

struct reading {
	struct arena *arena;
	struct csv_table *table;
	struct csv_record record; /* the one under way */
	int line, max_records;	  /* where that one begins */
	bool open;		  /* it has begun on an earlier line */
	enum err err;
};

/* The text as UTF-8 with a NUL behind; NULL: it is in no encoding that we know. */
static const char *to_utf8(struct arena *a, const char *bytes, size_t *len)
{
	if (*len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) {
		bytes += 3;
		*len -= 3;
	}
	if (str_is_utf8(bytes, *len))
		return arena_memdup(a, bytes, *len);
	iconv_t how = iconv_open("UTF-8", "GB18030");
	if (how == (iconv_t)-1)
		return NULL;
	size_t room = *len * 2 + 16, left = room;
	char *out = arena_alloc(a, room + 1), *to = out, *from = arena_memdup(a, bytes, *len);
	bool good = iconv(how, &from, len, &to, &left) != (size_t)-1;
	iconv_close(how);
	*len = room - left;
	return good && str_is_utf8(out, *len) ? out : NULL;
}

static unsigned char separator(const char *text)
{
	size_t line = strcspn(text, "\r\n"), commas = 0, semicolons = 0, tabs = 0;
	bool quoted = false;
	for (size_t i = 0; i < line; i++) {
		quoted = quoted != (text[i] == '"');
		commas += !quoted && text[i] == ',';
		semicolons += !quoted && text[i] == ';';
		tabs += !quoted && text[i] == '\t';
	}
	if (tabs > commas && tabs > semicolons)
		return '\t';
	return semicolons > commas ? ';' : ',';
}

static const char *trimmed(struct arena *a, const char *s, size_t len)
{
	while (len && strchr(" \t\r\n", s[len - 1]))
		len--;
	while (len && strchr(" \t\r\n", *s)) {
		s++;
		len--;
	}
	return arena_memdup(a, s, len);
}

static void cell(void *bytes, size_t len, void *context)
{
	struct reading *r = context;
	if (r->record.count == CSV_CELLS_MAX || len > CSV_CELL_BYTES)
		r->err = ERR_TOO_LARGE;
	else
		r->record.cells[r->record.count++] = trimmed(r->arena, bytes, len);
}

static void record(int terminator, void *context)
{
	struct reading *r = context;
	bool empty = true;
	(void)terminator;
	for (int i = 0; i < CSV_CELLS_MAX; i++) {
		if (i >= r->record.count)
			r->record.cells[i] = "";
		empty = empty && !*r->record.cells[i];
	}
	r->record.number = r->line;
	r->open = false;
	if (!empty && r->table->count == r->max_records)
		r->err = ERR_TOO_LARGE;
	else if (!empty)
		r->table->records[r->table->count++] = r->record;
	r->record = (struct csv_record){ .count = 0 };
}

/* A line with its end: "\n", "\r" or both. */
static size_t line_len(const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && text[n] != '\n' && text[n] != '\r')
		n++;
	n += n + 1 < len && text[n] == '\r' && text[n + 1] == '\n';
	return n < len ? n + 1 : n;
}

/* Line by line, as the parser does not say where a record begins, and passes over lines without one. */
static bool parse(struct csv_parser *parser, struct reading *r, const char *text, size_t len)
{
	for (int line = 1; len; line++) {
		size_t n = line_len(text, len);
		if (!r->open)
			r->line = line;
		r->open = r->open || strspn(text, " \t\r\n") < n;
		if (csv_parse(parser, text, n, cell, record, r) != n)
			return false;
		text += n;
		len -= n;
	}
	return !csv_fini(parser, cell, record, r);
}

enum err csv_table_read(struct arena *a, const char *bytes, size_t len, int max_records, struct csv_table *out)
{
	struct csv_parser parser;
	struct reading r = { .arena = a, .table = out, .max_records = max_records };
	*out = (struct csv_table){ .records = arena_alloc(a, sizeof *out->records * (size_t)(max_records + 1)) };
	const char *text = to_utf8(a, bytes, &len);
	if (!text || memchr(text, 0, len) || csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL))
		return ERR_INVALID;
	csv_set_delim(&parser, separator(text));
	bool good = parse(&parser, &r, text, len);
	csv_free(&parser);
	return r.err ? r.err : good ? ERR_NONE : ERR_INVALID;
}
