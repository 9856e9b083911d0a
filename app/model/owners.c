/* Whose builds and projects these are. */
#include "model/owners.h"

#include "base/arena.h"
#include "db/db.h"

enum err model_owners_read(struct db *db, struct arena *a, const char *builds, const char *projects, int64_t **out, int *count)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows,
			      "SELECT s.user_id FROM unnest($1::bigint[]) i(id) LEFT JOIN builds b ON b.id = i.id "
			      "LEFT JOIN students s ON s.id = b.student_id UNION ALL "
			      "SELECT s.user_id FROM unnest($2::bigint[]) i(id) LEFT JOIN projects p ON p.id = i.id "
			      "LEFT JOIN students s ON s.id = p.student_id",
			      DB_TEXT(builds), DB_TEXT(projects));
	if (e != ERR_NONE)
		return e;
	*count = rows.count;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(rows.count + 1));
	for (int i = 0; i < rows.count; i++)
		(*out)[i] = db_int(&rows, i, 0);
	return ERR_NONE;
}
