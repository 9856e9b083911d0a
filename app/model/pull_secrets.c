/* The Secrets by which the cluster pulls images for applications. */
#include "model/pull_secrets.h"

#include "base/arena.h"
#include "db/db.h"
#include "model/registries.h"

enum err model_pull_secrets_made(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id, const char *uid,
				 const struct registry *r)
{
	return db_query(db, a, NULL,
			"INSERT INTO pull_secrets (project_id, cluster_id, uid, check_at) SELECT $1, $2,"
			" CASE WHEN g.version = $5::integer THEN $3 END,"
			" CASE WHEN g.version = $5::integer THEN " LOOK_AGAIN " ELSE now() END"
			" FROM registries g WHERE g.id = $4 FOR SHARE"
			" ON CONFLICT (project_id, cluster_id) DO UPDATE SET uid = excluded.uid, missing_at = NULL,"
			" check_at = excluded.check_at",
			DB_INT(project_id), DB_INT(cluster_id), DB_TEXT(uid), DB_INT(r->id), DB_INT(r->version));
}

enum err model_pull_secrets_forget(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id)
{
	return db_query(db, a, NULL, "DELETE FROM pull_secrets WHERE project_id = $1 AND cluster_id = $2", DB_INT(project_id),
			DB_INT(cluster_id));
}

enum err model_pull_secrets_renew(struct db *db, struct arena *a, int64_t registry_id)
{
	return db_query(db, a, NULL,
			"UPDATE pull_secrets s SET uid = NULL, check_at = now() WHERE $1::bigint = (SELECT"
			" (d.snapshot->>'registry_id')::bigint FROM deployments d WHERE d.project_id = s.project_id"
			" AND d.cluster_id = s.cluster_id AND d.applied_at IS NOT NULL AND d.snapshot IS NOT NULL"
			" ORDER BY d.id DESC LIMIT 1)",
			DB_INT(registry_id));
}

enum err model_pull_secrets_due(struct db *db, struct arena *a, int limit, struct pull_secret **out, int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e = db_query(db, a, &r,
			      "WITH due AS (SELECT project_id, cluster_id FROM pull_secrets WHERE check_at <= now()"
			      " ORDER BY check_at LIMIT $1 FOR UPDATE SKIP LOCKED)"
			      " UPDATE pull_secrets s SET check_at = " LOOK_AGAIN " FROM due"
			      " WHERE s.project_id = due.project_id AND s.cluster_id = due.cluster_id"
			      " RETURNING s.project_id, s.cluster_id, s.uid, s.missing_at IS NOT NULL",
			      DB_INT(limit));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(r.count + 1));
	*count = r.count;
	for (int i = 0; i < r.count; i++)
		(*out)[i] = (struct pull_secret){ db_int(&r, i, 0), db_int(&r, i, 1), db_text(&r, i, 2), db_bool(&r, i, 3) };
	return ERR_NONE;
}

enum err model_pull_secrets_seen(struct db *db, struct arena *a, const struct pull_secret *s, bool missing)
{
	return db_query(db, a, NULL,
			"UPDATE pull_secrets SET missing_at = CASE WHEN $4 THEN now() END"
			" WHERE project_id = $1 AND cluster_id = $2 AND uid = $3 AND (missing_at IS NOT NULL) <> $4",
			DB_INT(s->project_id), DB_INT(s->cluster_id), DB_TEXT(s->uid), DB_BOOL(missing));
}
