/* What lists have in common. */
#ifndef MODEL_LIST_H
#define MODEL_LIST_H

#include "db/db.h"

/*
 * How many rows a list asks for stands in the text of its statement, not among the parameters: only so PostgreSQL sees how little
 * is wanted, and one plan fits all values and is kept. Of at most 5 rows 6 are asked for, of 20 21, of 50 51, of 200 201: the one
 * more tells whether there is more. `text` is a macro that takes that number.
 */
enum { LIST_FEW = 5, LIST_SHORT = 20, LIST_PAGE = 50, LIST_MAX = 200 };

#define list_query(db, a, rows, limit, text, ...) list_by(db_query, db, a, rows, limit, text, ##__VA_ARGS__)
#define list_query_anew(db, a, rows, limit, text, ...) list_by(db_query_anew, db, a, rows, limit, text, ##__VA_ARGS__)
#define list_by(query, db, a, rows, limit, text, ...)                                                                            \
	((limit) <= LIST_FEW	 ? query((db), (a), (rows), text("6"), ##__VA_ARGS__)                                            \
	 : (limit) <= LIST_SHORT ? query((db), (a), (rows), text("21"), ##__VA_ARGS__)                                           \
	 : (limit) <= LIST_PAGE	 ? query((db), (a), (rows), text("51"), ##__VA_ARGS__)                                           \
				 : query((db), (a), (rows), text("201"), ##__VA_ARGS__))

#endif
