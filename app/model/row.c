/* What edits of a row have in common. */
#include "model/row.h"

#include "db/db.h"

enum err row_version(const struct db_rows *rows, int version)
{
	if (!rows->count)
		return ERR_NOT_FOUND;
	return version && db_int(rows, 0, 0) != version ? ERR_GONE : ERR_NONE;
}
