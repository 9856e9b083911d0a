/* Branch heads: whose turn it is to be read from the git server, and what was read. */
#include "model/heads.h"

#include "db/db.h"

enum err model_heads_next(struct db *db, struct arena *a, int64_t interval_seconds, struct head *out)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r,
			 "UPDATE build_configs SET head_check_at = now() + make_interval(secs => $1::bigint)"
			 " WHERE project_id = (SELECT project_id FROM build_configs WHERE auto_build AND head_check_at <= now()"
			 "  ORDER BY head_check_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING project_id, repo_url, branch",
			 DB_INT(interval_seconds));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	*out = (struct head){ db_int(&r, 0, 0), db_text(&r, 0, 1), db_text(&r, 0, 2) };
	return ERR_NONE;
}

enum err model_heads_seen(struct db *db, struct arena *a, int64_t project_id, const char *error, bool again)
{
	return db_query(db, a, NULL,
			"UPDATE build_configs SET head_error = $2::text,"
			" head_seen_at = CASE WHEN $2::text IS NULL THEN now() ELSE head_seen_at END,"
			" head_check_at = CASE WHEN $3::boolean THEN least(head_check_at, now() + interval '30 seconds') ELSE "
			"head_check_at END"
			" WHERE project_id = $1::bigint",
			DB_INT(project_id), DB_TEXT(error), DB_BOOL(again));
}
