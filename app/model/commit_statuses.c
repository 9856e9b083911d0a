/* What Gitea is told of each build. */
#include "model/commit_statuses.h"

#include "db/db.h"

enum err model_commit_statuses_next(struct db *db, struct arena *a, struct commit_status *out)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"UPDATE builds b SET status_attempts = status_attempts + 1, status_retry_at = CASE WHEN status_attempts < 12"
		"  THEN now() + least(interval '10 minutes', interval '5 seconds' * 2 ^ status_attempts) END"
		" WHERE b.id = (SELECT id FROM builds WHERE status_retry_at <= now() ORDER BY status_retry_at LIMIT 1"
		"  FOR UPDATE SKIP LOCKED)"
		" RETURNING b.id, b.config->>'repo_url', b.commit_sha, b.status, b.message, coalesce(b.duration, -1)");
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	*out = (struct commit_status){ db_int(&r, 0, 0),  db_text(&r, 0, 1), db_text(&r, 0, 2),
				       db_text(&r, 0, 3), db_text(&r, 0, 4), db_int(&r, 0, 5) };
	return ERR_NONE;
}

enum err model_commit_statuses_told(struct db *db, struct arena *a, int64_t build_id, const char *status)
{
	return db_query(db, a, NULL,
			"UPDATE builds SET commit_status = $2, status_attempts = 0,"
			" status_retry_at = CASE WHEN status = $2 THEN NULL ELSE now() END WHERE id = $1::bigint",
			DB_INT(build_id), DB_TEXT(status));
}
