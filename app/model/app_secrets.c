/* The Secrets that applications take their secret variables from. */
#include "model/app_secrets.h"

#include "base/arena.h"
#include "base/secret.h"
#include "db/db.h"
#include "model/pull_secrets.h"

static const char *place(struct arena *a, int64_t id)
{
	return arena_printf(a, "app_secrets.content.%lld", (long long)id);
}

/* One at a time says of a project what is needed: what is kept meanwhile is not dropped. */
static enum err hold(struct db *db, struct arena *a, int64_t project_id)
{
	return db_query(db, a, NULL, "SELECT id FROM projects WHERE id = $1 FOR NO KEY UPDATE", DB_INT(project_id));
}

enum err model_app_secrets_keep(struct db *db, struct arena *a, struct keyring *k, const struct app_secret_new *s, int64_t *id)
{
	struct db_rows r;
	enum err e = hold(db, a, s->project_id);
	if (e)
		return e;
	e = db_query(
		db, a, &r,
		"INSERT INTO app_secrets (project_id, cluster_id, digest, content_sealed) VALUES ($1, $2, $3, '')"
		" ON CONFLICT (project_id, cluster_id, digest) WHERE dropped_at IS NULL DO UPDATE SET digest = excluded.digest"
		" RETURNING id, content_sealed = ''",
		DB_INT(s->project_id), DB_INT(s->cluster_id), DB_TEXT(s->digest));
	if (e)
		return e;
	*id = db_int(&r, 0, 0);
	if (!db_bool(&r, 0, 1))
		return ERR_NONE;
	return db_query(db, a, NULL, "UPDATE app_secrets SET content_sealed = $2 WHERE id = $1", DB_INT(*id),
			DB_TEXT(keyring_seal(k, a, place(a, *id), s->content)));
}

enum err model_app_secrets_content(struct db *db, struct arena *a, struct keyring *k, int64_t project_id, int64_t id,
				   const char **content)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT content_sealed FROM app_secrets WHERE id = $1 AND project_id = $2", DB_INT(id),
			      DB_INT(project_id));
	if (e || !r.count)
		return e ? e : ERR_NOT_FOUND;
	*content = keyring_open(k, a, place(a, id), db_text(&r, 0, 0));
	return *content ? ERR_NONE : ERR_INTERNAL;
}

enum err model_app_secrets_made(struct db *db, struct arena *a, int64_t id, const char *uid)
{
	return db_query(db, a, NULL, "UPDATE app_secrets SET uid = $2, missing_at = NULL WHERE id = $1", DB_INT(id),
			DB_TEXT(uid));
}

static void read_rows(struct arena *a, const struct db_rows *r, struct app_secret **out, int *count)
{
	*out = arena_alloc(a, sizeof(**out) * (size_t)(r->count + 1));
	*count = r->count;
	for (int i = 0; i < r->count; i++)
		(*out)[i] = (struct app_secret){ db_int(r, i, 0), db_int(r, i, 1), db_int(r, i, 2), db_text(r, i, 3),
						 db_bool(r, i, 4) };
}

enum err model_app_secrets_due(struct db *db, struct arena *a, int limit, struct app_secret **out, int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e = db_query(db, a, &r,
			      "WITH due AS (SELECT id FROM app_secrets WHERE check_at <= now() AND uid IS NOT NULL"
			      " AND dropped_at IS NULL ORDER BY check_at LIMIT $1 FOR UPDATE SKIP LOCKED)"
			      " UPDATE app_secrets s SET check_at = " LOOK_AGAIN " FROM due WHERE s.id = due.id"
			      " RETURNING s.id, s.project_id, s.cluster_id, s.uid, s.missing_at IS NOT NULL",
			      DB_INT(limit));
	if (!e)
		read_rows(a, &r, out, count);
	return e;
}

enum err model_app_secrets_seen(struct db *db, struct arena *a, const struct app_secret *s, bool missing)
{
	return db_query(db, a, NULL,
			"UPDATE app_secrets SET missing_at = CASE WHEN $3 THEN now() END WHERE id = $1 AND uid = $2"
			" AND (missing_at IS NOT NULL) <> $3",
			DB_INT(s->id), DB_TEXT(s->uid), DB_BOOL(missing));
}

static enum err drop(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id, int64_t upto, struct db_rows *r)
{
	enum err e = hold(db, a, project_id);
	if (!e)
		e = db_query(db, a, NULL,
			     "UPDATE app_secrets s SET dropped_at = now() WHERE s.project_id = $1 AND s.cluster_id = $2"
			     " AND s.dropped_at IS NULL"
			     " AND s.id NOT IN (SELECT (d.snapshot->>'secret_id')::bigint FROM deployments d JOIN projects p"
			     "  ON p.id = d.project_id WHERE d.project_id = $1 AND d.snapshot->>'secret_id' IS NOT NULL"
			     "  AND CASE WHEN $3::bigint > 0 THEN d.id > $3::bigint ELSE d.id = p.serving_deployment_id"
			     "   OR d.state IN ('pending', 'deploying') OR d.id = (SELECT l.id FROM deployments l"
			     "    WHERE l.project_id = $1 AND l.cluster_id = $2 AND l.applied_at IS NOT NULL AND l.snapshot IS "
			     "NOT NULL"
			     "    ORDER BY l.id DESC LIMIT 1) END)",
			     DB_INT(project_id), DB_INT(cluster_id), DB_INT(upto));
	return e ? e
		 : db_query(db, a, r,
			    "SELECT id, project_id, cluster_id, uid, missing_at IS NOT NULL FROM app_secrets"
			    " WHERE project_id = $1 AND cluster_id = $2 AND dropped_at IS NOT NULL",
			    DB_INT(project_id), DB_INT(cluster_id));
}

enum err model_app_secrets_drop(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id, int64_t upto,
				struct app_secret **out, int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e = db_begin(db);
	if (!e)
		e = drop(db, a, project_id, cluster_id, upto, &r);
	if (!e)
		e = db_commit(db);
	if (e) {
		db_rollback(db);
		return e;
	}
	read_rows(a, &r, out, count);
	return ERR_NONE;
}

enum err model_app_secrets_forget(struct db *db, struct arena *a, int64_t id)
{
	return db_query(db, a, NULL, "DELETE FROM app_secrets WHERE id = $1 AND dropped_at IS NOT NULL", DB_INT(id));
}
