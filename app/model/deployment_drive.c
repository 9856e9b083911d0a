/* The worker's hand on deployments. */
#include "model/deployment_drive.h"

#include <stddef.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/build_drive.h"
#include "model/workers.h"

/* In the order that read_row reads them. */
#define COLUMNS                                                                                                                  \
	"d.id, d.project_id, d.action, d.applied_at IS NOT NULL, d.deadline_at IS NOT NULL,"                                     \
	" coalesce((extract(epoch FROM d.deadline_at - now()) * 1000000)::bigint, 0), d.claims, d.cluster_id"

/* A leftover that is noted already: the later deployment counts. */
#define KEEP_LATEST " ON CONFLICT (project_id, cluster_id) DO UPDATE SET deployment_id = excluded.deployment_id, tried_at = NULL"

/* The fence. */
#define MINE "d.id = $1::bigint AND d.worker_id = $2::bigint AND d.lease_epoch = $3::bigint AND d.state = 'deploying'"

static void read_row(const struct db_rows *r, int i, struct deployment_drive *d)
{
	*d = (struct deployment_drive){
		.id = db_int(r, i, 0),
		.project_id = db_int(r, i, 1),
		.action = ACT_DEPLOY,
		.applied = db_bool(r, i, 3),
		.has_deadline = db_bool(r, i, 4),
		.deadline_in_us = db_int(r, i, 5),
		.claims = (int)db_int(r, i, 6),
		.cluster_id = db_int(r, i, 7),
	};
	if (!deployment_action_parse(db_text(r, i, 2), &d->action))
		d->action = ACT_DEPLOY;
}

static enum err touched(enum err e, const struct db_rows *r)
{
	return e ? e : r->count == 1 ? ERR_NONE : ERR_CONFLICT;
}

static enum err claim(struct db *db, struct arena *a, const struct lease *l, int64_t timeout_seconds, struct db_rows *r)
{
	struct db_rows lock;
	enum err e = db_query(db, a, r,
			      "SELECT id, project_id FROM deployments WHERE state = 'pending'"
			      " AND (retry_at IS NULL OR retry_at <= now()) ORDER BY id LIMIT 1");
	if (e || !r->count)
		return e;
	int64_t id = db_int(r, 0, 0), project_id = db_int(r, 0, 1);
	/* The project's row first, as those who ask do: the other order is a deadlock. */
	e = db_query(db, a, &lock, "SELECT id FROM projects WHERE id = $1::bigint FOR NO KEY UPDATE", DB_INT(project_id));
	if (!e)
		e = db_query(
			db, a, &lock,
			"WITH old AS (UPDATE deployments SET state = 'superseded', superseded_by = $2::bigint, finished_at = "
			"now(),"
			"  progress_code = NULL, progress_values = NULL, progress_at = NULL WHERE project_id = $1::bigint AND "
			"state = 'deploying'"
			"  AND EXISTS (SELECT 1 FROM deployments n WHERE n.id = $2::bigint AND n.state = 'pending')"
			"  RETURNING id, cluster_id),"
			" left_behind AS (INSERT INTO project_leftovers (project_id, cluster_id, deployment_id)"
			"  SELECT p.id, old.cluster_id, old.id FROM old JOIN projects p ON p.id = $1::bigint"
			"  JOIN deployments n ON n.id = $2::bigint WHERE old.cluster_id IS DISTINCT FROM p.applied_cluster_id"
			"  AND old.cluster_id IS DISTINCT FROM n.cluster_id AND old.cluster_id IS NOT NULL" KEEP_LATEST ")"
			" INSERT INTO deployment_events (deployment_id, kind, value) SELECT id, 'state', 'superseded' FROM old",
			DB_INT(project_id), DB_INT(id));
	/* What goes down goes down where it is now: a move may have ended since it was asked for. */
	if (!e)
		e = db_query(db, a, r,
			     "WITH taken AS (UPDATE deployments d SET state = 'deploying', worker_id = $2::bigint, lease_epoch = "
			     "$3::bigint,"
			     "  claims = 1, started_at = now(), deadline_at = now() + make_interval(secs => $4::bigint),"
			     "  cluster_id = CASE WHEN d.action IN ('stop', 'delete') THEN coalesce(p.applied_cluster_id, "
			     "d.cluster_id) ELSE d.cluster_id END"
			     "  FROM projects p WHERE d.id = $1::bigint AND d.state = 'pending' AND p.id = d.project_id "
			     "RETURNING " COLUMNS "),"
			     " event AS (INSERT INTO deployment_events (deployment_id, kind, value) SELECT id, 'state', "
			     "'deploying' FROM taken),"
			     " shown AS (UPDATE projects p SET app_state = 'deploying', app_message = NULL, app_reason = NULL,"
			     "  app_details = NULL, app_evidence = NULL, app_reason_at = NULL FROM taken WHERE p.id = "
			     "taken.project_id)"
			     " SELECT * FROM taken",
			     DB_INT(id), DB_INT(l->worker_id), DB_INT(l->epoch), DB_INT(timeout_seconds));
	return e;
}

enum err model_deployment_drive_claim(struct db *db, struct arena *a, const struct lease *l, int64_t timeout_seconds,
				      struct deployment_drive *out, bool *found)
{
	struct db_rows r = { 0 };
	*found = false;
	enum err e = db_begin(db);
	if (!e)
		e = claim(db, a, l, timeout_seconds, &r);
	if (!e)
		e = db_commit(db);
	if (e) {
		db_rollback(db);
		return e;
	}
	*found = r.count == 1;
	if (*found) {
		read_row(&r, 0, out);
		model_build_drive_notify(db, a, "project", out->project_id);
	}
	return ERR_NONE;
}

enum err model_deployment_drive_adopt(struct db *db, struct arena *a, const struct lease *l, const char *runs,
				      struct deployment_drive **out, int *count)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"WITH free AS (SELECT d.id, d.claims, w.id IS DISTINCT FROM $1::bigint AND w.stopped_at IS NULL AS crash"
		"  FROM deployments d LEFT JOIN workers w ON w.id = d.worker_id WHERE d.state = 'deploying'"
		"  AND (w.id IS NULL OR w.id = $1::bigint OR w.stopped_at IS NOT NULL OR d.lease_epoch IS DISTINCT FROM w.epoch"
		"   OR w.heartbeat_at < now() - make_interval(secs => $3::integer)) AND d.id <> ALL($4::bigint[])"
		"  ORDER BY d.claims, d.id LIMIT 1000 FOR UPDATE OF d SKIP LOCKED),"
		" chosen AS (SELECT id, crash FROM free WHERE claims < 2 OR NOT crash OR id = (SELECT id FROM free "
		"WHERE claims >= 2"
		"  ORDER BY claims, id LIMIT 1))"
		" UPDATE deployments d SET worker_id = $1::bigint, lease_epoch = $2::bigint,"
		"  claims = d.claims + chosen.crash::integer FROM chosen WHERE d.id = chosen.id RETURNING " COLUMNS,
		DB_INT(l->worker_id), DB_INT(l->epoch), DB_INT(LEASE_SECONDS), DB_TEXT(runs));
	if (e)
		return e;
	*out = arena_alloc(a, (size_t)(r.count + 1) * sizeof **out);
	*count = r.count;
	for (int i = 0; i < r.count; i++)
		read_row(&r, i, &(*out)[i]);
	return ERR_NONE;
}

enum err model_deployment_drive_held(struct db *db, struct arena *a, const struct lease *l, int64_t **out, int *count)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT id FROM deployments WHERE state = 'deploying' AND worker_id = $1::bigint AND lease_epoch = $2::bigint"
		" ORDER BY id",
		DB_INT(l->worker_id), DB_INT(l->epoch));
	if (e)
		return e;
	*out = arena_alloc(a, (size_t)(r.count + 1) * sizeof **out);
	*count = r.count;
	for (int i = 0; i < r.count; i++)
		(*out)[i] = db_int(&r, i, 0);
	return ERR_NONE;
}

enum err model_deployment_drive_basis(struct db *db, struct arena *a, const struct lease *l, int64_t id,
				      struct deployment_basis *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "SELECT d.image, d.commit_sha, d.replicas, p.container_port, p.health_path,"
			      " to_char(p.restarted_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), d.snapshot,"
			      " (SELECT e.snapshot FROM deployments e WHERE e.project_id = d.project_id AND e.id < d.id"
			      "  AND e.cluster_id = d.cluster_id AND d.cluster_id = p.applied_cluster_id"
			      "  AND e.applied_at IS NOT NULL AND e.snapshot IS NOT NULL ORDER BY e.id DESC LIMIT 1)"
			      " FROM deployments d JOIN projects p ON p.id = d.project_id WHERE " MINE,
			      DB_INT(id), DB_INT(l->worker_id), DB_INT(l->epoch));
	if (e || r.count != 1)
		return touched(e, &r);
	*out = (struct deployment_basis){
		.image = db_text(&r, 0, 0),
		.commit_sha = db_text(&r, 0, 1),
		.replicas = (int)db_int(&r, 0, 2),
		.port = (int)db_int(&r, 0, 3),
		.health_path = db_text(&r, 0, 4),
		.restarted_at = db_text(&r, 0, 5),
		.snapshot = db_text(&r, 0, 6),
		.earlier = db_text(&r, 0, 7),
	};
	return ERR_NONE;
}

enum err model_deployment_drive_plan(struct db *db, struct arena *a, const struct lease *l, int64_t id, const char *snapshot)
{
	struct db_rows r;
	struct takes takes = { 0 };
	bool runs = takes_of_plan(a, snapshot, &takes);
	/* Limits that were changed since it was asked for: from here on the plan's count. */
	enum err e = db_query(db, a, &r,
			      "WITH mine AS (UPDATE deployments d SET snapshot = coalesce(d.snapshot, $4::jsonb) WHERE " MINE
			      " RETURNING d.id, d.project_id), counted AS (UPDATE projects p SET takes_cpu = $5::bigint,"
			      " takes_memory = $6::bigint FROM mine WHERE p.id = mine.project_id AND $7"
			      " AND (p.takes_cpu, p.takes_memory) IS DISTINCT FROM ($5::bigint, $6::bigint)) SELECT id FROM mine",
			      DB_INT(id), DB_INT(l->worker_id), DB_INT(l->epoch), DB_TEXT(snapshot), DB_INT(takes.cpu),
			      DB_INT(takes.memory), DB_BOOL(runs));
	return touched(e, &r);
}

enum err model_deployment_drive_applied(struct db *db, struct arena *a, const struct lease *l, int64_t id, const char *applied)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r,
			 "WITH done AS (UPDATE deployments d SET applied_at = now(), applied = $4, claims = 1"
			 "  WHERE " MINE " RETURNING d.id, d.project_id, d.cluster_id),"
			 " noted AS (UPDATE projects p SET applied = $4, drift = NULL, drift_since = NULL, drift_error = NULL,"
			 "  repair_asked_at = NULL,"
			 "  applied_cluster_id = CASE WHEN $4::text IS NULL THEN NULL ELSE done.cluster_id END FROM done"
			 "  WHERE p.id = done.project_id AND coalesce(p.applied_cluster_id, done.cluster_id) = done.cluster_id)"
			 " SELECT id FROM done",
			 DB_INT(id), DB_INT(l->worker_id), DB_INT(l->epoch), DB_TEXT(applied));
	return touched(e, &r);
}

enum err model_deployment_drive_progress(struct db *db, struct arena *a, const struct lease *l, int64_t id, const char *code,
					 const char *values, int64_t since_us)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"WITH old AS (SELECT d.id, d.progress_code AS code, d.progress_at AS since FROM deployments d WHERE " MINE
		" FOR UPDATE),"
		" said AS (UPDATE deployments d SET progress_code = $4, progress_values = $5::jsonb,"
		"  progress_at = CASE WHEN $4::text IS NULL THEN NULL WHEN $6::bigint > 0 THEN to_timestamp($6::bigint / 1e6)"
		"   WHEN old.code IS DISTINCT FROM $4 THEN now() ELSE old.since END"
		"  FROM old WHERE d.id = old.id RETURNING d.project_id),"
		" event AS (INSERT INTO deployment_events (deployment_id, kind, value, message) SELECT id, 'progress', $4, $5 "
		"FROM old"
		"  WHERE $4::text IS NOT NULL AND old.code IS DISTINCT FROM $4)"
		" SELECT project_id FROM said",
		DB_INT(id), DB_INT(l->worker_id), DB_INT(l->epoch), DB_TEXT(code), DB_TEXT(values), DB_INT(since_us));
	e = touched(e, &r);
	if (!e)
		model_build_drive_notify(db, a, "project", db_int(&r, 0, 0));
	return e;
}

enum err model_deployment_drive_settle(struct db *db, struct arena *a, const struct lease *l, int64_t id)
{
	return db_query(db, a, NULL, "UPDATE deployments d SET claims = 1 WHERE " MINE, DB_INT(id), DB_INT(l->worker_id),
			DB_INT(l->epoch));
}

/*
 * The application as it is from now on. A failed deployment leaves the version before serving; it takes room as long as any
 * object of it is there.
 */
static enum err set_project(struct db *db, struct arena *a, int64_t id, int64_t project_id, const struct deployment_end *end)
{
	return db_query(
		db, a, NULL,
		"UPDATE projects SET app_ready = $4::integer, observed_at = now(), app_message = NULL, app_reason = NULL,"
		" app_details = NULL, app_evidence = NULL, app_reason_at = NULL,"
		" app_state = CASE $3 WHEN 'deleted' THEN 'none' ELSE $3 END,"
		" serving_deployment_id = CASE $3 WHEN 'running' THEN $2::bigint WHEN 'failed' THEN serving_deployment_id END,"
		" takes_cpu = CASE WHEN $3 = 'running' OR ($3 = 'failed' AND applied IS NOT NULL) THEN takes_cpu END,"
		" takes_memory = CASE WHEN $3 = 'running' OR ($3 = 'failed' AND applied IS NOT NULL) THEN takes_memory END"
		" WHERE id = $1::bigint",
		DB_INT(project_id), DB_INT(id), DB_TEXT(deployment_state_name(end->state)), DB_INT(end->ready));
}

/* After a move: the application is where it runs now; on the other cluster there is something to be deleted. */
static enum err leave_behind(struct db *db, struct arena *a, int64_t id, int64_t project_id, const struct deployment_end *end)
{
	enum err e = db_query(
		db, a, NULL,
		"INSERT INTO project_leftovers (project_id, cluster_id, deployment_id)"
		" SELECT p.id, CASE WHEN $3 THEN p.applied_cluster_id ELSE d.cluster_id END, d.id"
		" FROM projects p JOIN deployments d ON d.id = $2::bigint WHERE p.id = $1::bigint AND d.applied_at IS NOT NULL"
		" AND p.applied_cluster_id <> d.cluster_id" KEEP_LATEST,
		DB_INT(project_id), DB_INT(id), DB_BOOL(end->state == DEPLOYMENT_RUNNING));
	if (e || end->state != DEPLOYMENT_RUNNING)
		return e;
	return db_query(db, a, NULL,
			"UPDATE projects p SET applied = d.applied, applied_cluster_id = d.cluster_id FROM deployments d"
			" WHERE p.id = $1::bigint AND d.id = $2::bigint AND p.applied_cluster_id <> d.cluster_id",
			DB_INT(project_id), DB_INT(id));
}

static enum err finish(struct db *db, struct arena *a, const struct lease *l, int64_t id, const struct deployment_end *end,
		       int64_t *project_id)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r,
			 "SELECT p.id FROM projects p WHERE p.id = (SELECT project_id FROM deployments WHERE id = $1::bigint)"
			 " FOR NO KEY UPDATE",
			 DB_INT(id));
	if (!e)
		e = db_query(db, a, &r,
			     "WITH ended AS (UPDATE deployments d SET state = $4, reason = $5, message = $6, evidence = $7,"
			     "  details = $8::jsonb, progress_code = NULL, progress_values = NULL, progress_at = NULL,"
			     "  finished_at = now() WHERE " MINE " RETURNING d.id, d.project_id),"
			     " event AS (INSERT INTO deployment_events (deployment_id, kind, value, message)"
			     "  SELECT id, 'state', $4, $5 FROM ended)"
			     " SELECT project_id FROM ended",
			     DB_INT(id), DB_INT(l->worker_id), DB_INT(l->epoch), DB_TEXT(deployment_state_name(end->state)),
			     DB_TEXT(end->reason), DB_TEXT(end->message), DB_TEXT(end->evidence), DB_TEXT(end->details));
	if (e || r.count != 1)
		return touched(e, &r);
	*project_id = db_int(&r, 0, 0);
	if (end->state != DEPLOYMENT_FAILED)
		e = db_query(
			db, a, NULL,
			"WITH old AS (UPDATE deployments SET state = 'superseded', superseded_by = $2::bigint"
			"  WHERE project_id = $1::bigint AND state IN ('running', 'stopped') AND id < $2::bigint RETURNING id)"
			" INSERT INTO deployment_events (deployment_id, kind, value) SELECT id, 'state', 'superseded' FROM old",
			DB_INT(*project_id), DB_INT(id));
	if (!e)
		e = leave_behind(db, a, id, *project_id, end);
	return e ? e : set_project(db, a, id, *project_id, end);
}

enum err model_deployment_drive_finish(struct db *db, struct arena *a, const struct lease *l, int64_t id,
				       const struct deployment_end *end)
{
	int64_t project_id = 0;
	enum err e = db_begin(db);
	if (!e)
		e = finish(db, a, l, id, end, &project_id);
	if (!e)
		e = db_commit(db);
	if (e) {
		db_rollback(db);
		return e;
	}
	model_build_drive_notify(db, a, "project", project_id);
	return ERR_NONE;
}
