/* A table from a CSV file as spreadsheets write it: any usual separator and encoding in, UTF-8 out. */
#ifndef BASE_CSV_TABLE_H
#define BASE_CSV_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena;

enum { CSV_CELLS_MAX = 16, CSV_CELL_BYTES = 4096 };

/* A record; empty ones are left out. Cells are UTF-8, white space at their ends is taken off; behind `count` they are "". */
struct csv_record {
	int number; /* of the line of the file where it begins, from 1 */
	const char *cells[CSV_CELLS_MAX];
	int count;
};

struct csv_table {
	struct csv_record *records;
	int count;
};

/*
 * Reads RFC 4180 with ',' or, where the first line has more of them outside quotes, ';' or a tab. A byte order mark is passed
 * over; what is not UTF-8 is taken for GB18030, which Chinese spreadsheets write. In the arena. ERR_INVALID: neither of both, or
 * a quote that does not end; ERR_TOO_LARGE: more than max_records, CSV_CELLS_MAX cells in one, or CSV_CELL_BYTES in a cell.
 */
enum err csv_table_read(struct arena *a, const char *bytes, size_t len, int max_records, struct csv_table *out) MUST_CHECK;

#endif
