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
	enum err e =
		db_query(db, a, &r,
			 "SELECT p.id, d.id, d.state, p.applied, p.app_state, p.app_reason, p.app_details, p.app_evidence,"
			 " p.app_ready, p.drift, p.repair_asked_at IS NOT NULL, EXISTS (SELECT 1 FROM app_secrets s"
			 "  WHERE s.project_id = p.id AND s.missing_at IS NOT NULL AND s.dropped_at IS NULL"
			 "  AND s.id = (SELECT (l.snapshot->>'secret_id')::bigint FROM deployments l WHERE l.project_id = p.id"
			 "   AND l.cluster_id = p.applied_cluster_id AND l.applied_at IS NOT NULL AND l.snapshot IS NOT NULL"
			 "   ORDER BY l.id DESC LIMIT 1)), EXISTS (SELECT 1 FROM pull_secrets s WHERE s.project_id = p.id"
			 "  AND s.cluster_id = p.applied_cluster_id AND s.missing_at IS NOT NULL), p.applied_cluster_id"
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
			.reason = db_text(&r, i, 5),
			.details = db_text(&r, i, 6),
			.evidence = db_text(&r, i, 7),
			.app_ready = (int)db_int(&r, i, 8),
			.drift = db_text(&r, i, 9),
			.repair_asked = db_bool(&r, i, 10),
			.secret_missing = db_bool(&r, i, 11),
			.pull_missing = db_bool(&r, i, 12),
			.cluster_id = db_int(&r, i, 13),
		};
	return ERR_NONE;
}

enum err model_app_states_plan(struct db *db, struct arena *a, int64_t project_id, const char **snapshot)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "SELECT d.snapshot FROM projects p JOIN deployments d ON d.project_id = p.id"
			      " AND d.cluster_id = p.applied_cluster_id AND d.applied_at IS NOT NULL AND d.snapshot IS NOT NULL"
			      " WHERE p.id = $1::bigint ORDER BY d.id DESC LIMIT 1",
			      DB_INT(project_id));
	*snapshot = !e && r.count ? db_text(&r, 0, 0) : NULL;
	return e;
}

enum err model_app_states_plan_on(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id, const char **snapshot)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r,
			 "SELECT d.snapshot FROM projects p JOIN deployments d ON d.project_id = p.id"
			 " AND d.cluster_id = p.applied_cluster_id AND d.applied_at IS NOT NULL AND d.snapshot IS NOT NULL"
			 " WHERE p.id = $1::bigint AND p.applied IS NOT NULL AND p.applied_cluster_id = $2::bigint AND " SETTLED
			 " ORDER BY d.id DESC LIMIT 1",
			 DB_INT(project_id), DB_INT(cluster_id));
	*snapshot = !e && r.count ? db_text(&r, 0, 0) : NULL;
	return e;
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

enum err model_app_states_observe(struct db *db, struct arena *a, int64_t project_id, const struct app_health *h)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"UPDATE projects p SET app_state = $2, app_reason = $3, app_details = $4::jsonb, app_evidence = $5,"
		" app_reason_at = CASE WHEN $3::text IS NULL THEN NULL WHEN $6::bigint > 0 THEN to_timestamp($6::bigint / 1e6)"
		"  WHEN p.app_reason IS DISTINCT FROM $3 THEN now() ELSE p.app_reason_at END,"
		" app_ready = $7::integer, observed_at = now()"
		" WHERE p.id = $1::bigint AND (p.app_state, p.app_reason, p.app_details, p.app_evidence, p.app_ready)"
		"  IS DISTINCT FROM ($2, $3, $4::jsonb, $5, $7::integer)"
		" AND p.applied IS NOT NULL AND " SETTLED " RETURNING p.id",
		DB_INT(project_id), DB_TEXT(h->app_state), DB_TEXT(h->reason), DB_TEXT(h->details), DB_TEXT(h->evidence),
		DB_INT(h->since_us), DB_INT(h->ready));
	if (!e && r.count)
		model_build_drive_notify(db, a, "project", project_id);
	return e;
}

enum err model_app_states_late(struct db *db, struct arena *a, int64_t project_id, int64_t deployment_id, int ready)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"WITH held AS (SELECT p.id FROM projects p WHERE p.id = $1::bigint AND p.wanted_deployment_id = $2::bigint "
		"AND " SETTLED "  FOR NO KEY UPDATE),"
		" late AS (UPDATE deployments d SET state = 'running', reason = NULL, details = NULL, message = NULL, evidence = "
		"NULL"
		"  FROM held WHERE d.id = $2::bigint AND d.project_id = held.id AND d.state = 'failed' RETURNING d.id),"
		" event AS (INSERT INTO deployment_events (deployment_id, kind, value) SELECT id, 'late', 'running' FROM late),"
		" old AS (UPDATE deployments d SET state = 'superseded', superseded_by = late.id FROM late"
		"  WHERE d.project_id = $1::bigint AND d.state IN ('running', 'stopped') AND d.id < late.id RETURNING d.id),"
		" noted AS (INSERT INTO deployment_events (deployment_id, kind, value) SELECT id, 'state', 'superseded' FROM "
		"old),"
		" shown AS (UPDATE projects p SET app_state = 'running', app_reason = NULL, app_details = NULL, app_evidence = "
		"NULL,"
		"  app_reason_at = NULL, app_ready = $3::integer, observed_at = now(), serving_deployment_id = late.id"
		"  FROM late WHERE p.id = $1::bigint RETURNING p.id)"
		" SELECT id FROM shown",
		DB_INT(project_id), DB_INT(deployment_id), DB_INT(ready));
	if (!e && r.count)
		model_build_drive_notify(db, a, "project", project_id);
	return e;
}

enum err model_app_states_drift(struct db *db, struct arena *a, int64_t project_id, const char *drift)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "WITH seen AS (UPDATE projects p SET drift = $2::text, drift_error = NULL,"
			      "  drift_since = CASE WHEN $2::text IS NULL THEN NULL ELSE coalesce(p.drift_since, now()) END,"
			      "  repair_asked_at = CASE WHEN $2::text IS NULL THEN NULL ELSE p.repair_asked_at END"
			      "  WHERE p.id = $1::bigint AND p.drift IS DISTINCT FROM $2::text AND " SETTLED
			      " RETURNING p.wanted_deployment_id),"
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
		"  AND (p.drift_at IS NULL OR p.repair_asked_at > p.drift_at OR " APP_STATES_REPAIR_DUE(
			"p") " < now()"
			     /* Asked for, and whoever began it has not said how it ended. */
			     "  OR (p.repair_asked_at IS NOT NULL AND p.drift_at < now() - interval '30 seconds')) RETURNING "
			     "p.id, p.applied_cluster_id)"
			     " SELECT d.snapshot FROM due JOIN LATERAL (SELECT d.snapshot FROM deployments d WHERE d.project_id "
			     "= due.id AND d.cluster_id = due.applied_cluster_id"
			     "  AND d.applied_at IS NOT NULL AND d.snapshot IS NOT NULL ORDER BY d.id DESC LIMIT 1) d ON true",
		DB_INT(project_id));
	if (e || !r.count)
		return e;
	*mine = true;
	*snapshot = db_text(&r, 0, 0);
	return ERR_NONE;
}

/* What was asked for before a repair began has had its answer when that one ends. */
#define ANSWERED "repair_asked_at = CASE WHEN p.repair_asked_at > p.drift_at THEN p.repair_asked_at END"

enum err model_app_states_repaired(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id, const char *applied)
{
	return db_query(db, a, NULL,
			"UPDATE projects p SET applied = $3, drift_error = NULL, " ANSWERED " WHERE p.id = $1::bigint"
			" AND p.applied_cluster_id = $2::bigint AND " SETTLED,
			DB_INT(project_id), DB_INT(cluster_id), DB_TEXT(applied));
}

enum err model_app_states_unrepaired(struct db *db, struct arena *a, int64_t project_id, const char *why)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r,
			 "UPDATE projects p SET drift_error = $2, " ANSWERED " WHERE p.id = $1::bigint AND p.drift IS NOT NULL"
			 " AND (p.drift_error IS DISTINCT FROM $2 OR p.repair_asked_at <= p.drift_at) RETURNING p.id",
			 DB_INT(project_id), DB_TEXT(why));
	if (!e && r.count)
		model_build_drive_notify(db, a, "project", project_id);
	return e;
}

enum err model_app_states_ask_repair(struct db *db, struct arena *a, int64_t project_id)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r, "UPDATE projects SET repair_asked_at = now() WHERE id = $1::bigint AND drift IS NOT NULL RETURNING id",
		DB_INT(project_id));
	return e ? e : r.count ? ERR_NONE : ERR_CONFLICT;
}
