/* Applications that no deployment drives just now. */
#include "model/app_states.h"

#include <stddef.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/build_drive.h"

/* Nothing is waiting or under way for project p: then only what is seen counts. */
#define SETTLED                                                                                                                  \
	"NOT EXISTS (SELECT 1 FROM deployments u WHERE u.project_id = p.id AND u.state = 'pending')"                             \
	" AND NOT EXISTS (SELECT 1 FROM deployments u WHERE u.project_id = p.id AND u.state = 'deploying')"

enum err model_app_states_settled(struct db *db, struct arena *a, const char *ids, struct app_state **out, int *count)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "SELECT p.id, d.id, d.state, p.applied, p.app_state, p.app_message, p.app_ready, p.drift,"
			      " p.applied_cluster_id"
			      " FROM projects p JOIN deployments d ON d.id = p.wanted_deployment_id"
			      " WHERE p.id = ANY($1::bigint[]) AND p.applied IS NOT NULL AND " SETTLED,
			      DB_TEXT(ids));
	if (e)
		return e;
	*out = arena_alloc(a, (size_t)(r.count + 1) * sizeof **out);
	*count = r.count;
	for (int i = 0; i < r.count; i++)
		(*out)[i] = (struct app_state){
			.project_id = db_int(&r, i, 0),
			.deployment_id = db_int(&r, i, 1),
			.state = db_text(&r, i, 2),
			.applied = db_text(&r, i, 3),
			.app_state = db_text(&r, i, 4),
			.app_message = db_text(&r, i, 5),
			.app_ready = (int)db_int(&r, i, 6),
			.drift = db_text(&r, i, 7),
			.cluster_id = db_int(&r, i, 8),
		};
	return ERR_NONE;
}

enum err model_app_states_applied(struct db *db, struct arena *a, int64_t **out, int *count)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT id FROM projects WHERE applied IS NOT NULL ORDER BY id LIMIT 100000");
	if (e)
		return e;
	*out = arena_alloc(a, (size_t)(r.count + 1) * sizeof **out);
	*count = r.count;
	for (int i = 0; i < r.count; i++)
		(*out)[i] = db_int(&r, i, 0);
	return ERR_NONE;
}

enum err model_app_states_observe(struct db *db, struct arena *a, int64_t project_id, const char *app_state, const char *message,
				  int ready)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"UPDATE projects p SET app_state = $2, app_message = $3, app_ready = $4::integer, observed_at = now()"
		" WHERE p.id = $1::bigint AND (p.app_state, p.app_message, p.app_ready) IS DISTINCT FROM ($2, $3, $4::integer)"
		" AND p.applied IS NOT NULL AND " SETTLED " RETURNING p.id",
		DB_INT(project_id), DB_TEXT(app_state), DB_TEXT(message), DB_INT(ready));
	if (!e && r.count)
		model_build_drive_notify(db, a, "project", project_id);
	return e;
}

enum err model_app_states_drift(struct db *db, struct arena *a, int64_t project_id, const char *drift)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "WITH seen AS (UPDATE projects p SET drift = $2::text WHERE p.id = $1::bigint AND p.drift IS "
			      "DISTINCT FROM $2::text"
			      "  AND " SETTLED " RETURNING p.wanted_deployment_id),"
			      " event AS (INSERT INTO deployment_events (deployment_id, kind, value, message)"
			      "  SELECT wanted_deployment_id, 'drift', CASE WHEN $2::text IS NULL THEN 'repaired' ELSE 'seen' "
			      "END, $2::text FROM seen"
			      "  WHERE wanted_deployment_id IS NOT NULL)"
			      " SELECT 1 FROM seen",
			      DB_INT(project_id), DB_TEXT(drift));
	if (!e && r.count)
		model_build_drive_notify(db, a, "project", project_id);
	return e;
}

enum err model_app_states_repair(struct db *db, struct arena *a, int64_t project_id, bool *mine, const char **snapshot)
{
	struct db_rows r;
	*mine = false;
	enum err e = db_query(
		db, a, &r,
		"WITH due AS (UPDATE projects p SET drift_at = now(),"
		"  drift_count = CASE WHEN p.drift_at < now() - interval '15 minutes' THEN 1 ELSE p.drift_count + 1 END"
		"  WHERE p.id = $1::bigint AND p.applied IS NOT NULL AND " SETTLED
		"  AND (p.drift_at IS NULL OR p.drift_at < now() - least(interval '10 minutes',"
		"   interval '5 seconds' * 2 ^ least(p.drift_count, 10))) RETURNING p.id, p.applied_cluster_id)"
		" SELECT d.snapshot FROM due JOIN LATERAL (SELECT d.snapshot FROM deployments d WHERE d.project_id = due.id"
		"  AND d.cluster_id = due.applied_cluster_id"
		"  AND d.applied_at IS NOT NULL AND d.snapshot IS NOT NULL ORDER BY d.id DESC LIMIT 1) d ON true",
		DB_INT(project_id));
	if (e || !r.count)
		return e;
	*mine = true;
	*snapshot = db_text(&r, 0, 0);
	return ERR_NONE;
}

enum err model_app_states_repaired(struct db *db, struct arena *a, int64_t project_id, const char *applied)
{
	return db_query(db, a, NULL, "UPDATE projects p SET applied = $2 WHERE p.id = $1::bigint AND " SETTLED,
			DB_INT(project_id), DB_TEXT(applied));
}
