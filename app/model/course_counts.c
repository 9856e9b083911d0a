/* Keeping the numbers of the courses that have changed. */
#include "model/course_counts.h"

#include "base/arena.h"
#include "db/db.h"

/*
 * The courses' rows are locked first: what another worker counted before us is older than what the second statement sees. A line
 * that is there then is of a change that it sees as well.
 */
static enum err count(struct db *db, struct arena *a)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "SELECT array_agg(id) FROM (SELECT id FROM courses c"
			      " WHERE EXISTS (SELECT 1 FROM course_changes WHERE course_id = c.id)"
			      " ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) c");
	if (e)
		return e;
	const char *ids = db_text(&r, 0, 0);
	return db_query(db, a, NULL,
			"WITH gone AS (DELETE FROM course_changes x WHERE course_id = ANY ($1::bigint[])"
			"  OR NOT EXISTS (SELECT 1 FROM courses WHERE id = x.course_id))"
			" UPDATE courses c SET kept_students = n.students, kept_running = n.running, kept_failed = n.failed"
			" FROM unnest($1::bigint[]) AS changed (id) CROSS JOIN LATERAL (" COURSE_COUNTS(
				"changed.id") ") n WHERE c.id = changed.id"
					      " AND (c.kept_students, c.kept_running, c.kept_failed) <> (n.students, n.running, "
					      "n.failed)",
			DB_TEXT(ids ? ids : "{}"));
}

enum err model_course_counts_keep(struct db *db, struct arena *a)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT 1 FROM course_changes LIMIT 1");
	if (e || !r.count)
		return e;
	e = db_begin(db);
	if (e)
		return e;
	e = count(db, a);
	return db_end(db, e);
}
