/* What edits of a row have in common. */
#ifndef MODEL_ROW_H
#define MODEL_ROW_H

#include "base/err.h"

struct db_rows;

/*
 * `rows` is of a statement "SELECT version ... FOR UPDATE" of one row. ERR_NOT_FOUND: there is none; ERR_GONE: its version is not
 * the one that the edit was made from (0: of any).
 */
enum err row_version(const struct db_rows *rows, int version) MUST_CHECK;

#endif
