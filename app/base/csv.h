/* Tables as CSV (RFC 4180) that spreadsheets open as text and never as formulas. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* One table that is written into a buffer of the caller's, row by row. A refused append shows in out->failed. */
struct csv {
	struct buf *out;
	bool within; /* a row has begun */
};

/* Begins a table: UTF-8 with a byte order mark, without which spreadsheets take Chinese for another encoding. */
struct csv csv_begin(struct buf *out);

/*
 * The next cell of the row; NULL is an empty one. Quoted where it holds a comma, a quote or a line end. One that begins with
 * = + - @, a tab or CR gets ' in front: a spreadsheet would run it as a formula, and names come from people.
 */
void csv_text(struct csv *c, const char *text);

/* A number, without that rule. */
void csv_number(struct csv *c, int64_t number);
/* NAN is an empty cell. */
void csv_decimal(struct csv *c, double number);

/* Ends the row with CR LF. */
void csv_end_row(struct csv *c);

#endif
