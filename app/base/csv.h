/* CSV for people's spreadsheets: RFC 4180, and no cell that a spreadsheet would take for a formula. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/buf.h"

/* Begins a file: the mark by which a spreadsheet knows UTF-8. */
void csv_begin(struct buf *out);

/*
 * Appends one cell (NULL: an empty one) behind the cells of the line so far: quoted where it holds a comma, a quote or a line
 * end; one that begins with = + - @ tab or CR gets a ' before it, for a spreadsheet would run it.
 */
void csv_cell(struct buf *out, const char *text);

/* Ends the line. */
void csv_end(struct buf *out);

#endif
