/* What must hold of the rows whatever happened. */
#include "model/invariants.h"

#include "base/arena.h"
#include "db/db.h"

/* The rows that break it, counted. */
#define BROKEN(ids) "SELECT count(*), left(string_agg(x.id::text, ' '), 60) FROM (" ids ") x"
#define CHECK(sentence, ids)                                                                                                     \
	if (!e && *count < INVARIANTS_MAX) {                                                                                     \
		e = db_query(db, a, &r, BROKEN(ids));                                                                            \
		if (!e)                                                                                                          \
			out[(*count)++] = (struct invariant){ sentence, db_text(&r, 0, 1), db_int(&r, 0, 0) };                   \
	}

static enum err of_builds(struct db *db, struct arena *a, struct invariant *out, int *count)
{
	struct db_rows r;
	enum err e = ERR_NONE;
	CHECK("an accepted push has its build or says why not",
	      "SELECT id FROM webhook_deliveries WHERE outcome = 'accepted' AND build_id IS NULL AND reason NOT"
	      " IN ('redeployed', 'already_built')")
	CHECK("a superseded build names its successor",
	      "SELECT id FROM builds WHERE reason = 'SUPERSEDED' AND superseded_by IS NULL")
	CHECK("no build outlives its deadline by more than 90 seconds",
	      "SELECT id FROM builds WHERE status = 'running' AND deadline_at < now() - interval '90 seconds'")
	CHECK("an ended build says when, and why unless it succeeded",
	      "SELECT id FROM builds WHERE status IN ('success', 'failed', 'cancelled') AND (finished_at IS"
	      " NULL OR (status <> 'success' AND reason IS NULL))")
	CHECK("a build that succeeded has its digest", "SELECT id FROM builds WHERE status = 'success' AND digest IS NULL")
	CHECK("a running build has a driver",
	      "SELECT b.id FROM builds b LEFT JOIN workers w ON w.id = b.worker_id WHERE b.status = 'running'"
	      " AND w.id IS NULL")
	CHECK("an archived log has its length and digest",
	      "SELECT id FROM builds WHERE archived_at IS NOT NULL AND log_object_key IS NOT NULL AND"
	      " (log_bytes IS NULL OR log_sha256 IS NULL)")
	CHECK("the log of an ended build is archived within an hour",
	      "SELECT id FROM builds WHERE status IN ('success', 'failed') AND job_name IS NOT NULL AND"
	      " archived_at IS NULL AND finished_at < now() - interval '1 hour'")
	return e;
}

static enum err of_applications(struct db *db, struct arena *a, struct invariant *out, int *count)
{
	struct db_rows r;
	enum err e = ERR_NONE;
	CHECK("a superseded deployment names its successor",
	      "SELECT id FROM deployments WHERE state = 'superseded' AND superseded_by IS NULL")
	CHECK("no deployment outlives its deadline by more than 90 seconds",
	      "SELECT id FROM deployments WHERE state = 'deploying' AND deadline_at < now() - interval '90"
	      " seconds'")
	CHECK("what is wanted and what serves is of the project itself",
	      "SELECT p.id FROM projects p JOIN deployments d ON d.id IN (p.wanted_deployment_id,"
	      " p.serving_deployment_id) WHERE d.project_id <> p.id")
	CHECK("what serves is a digest of a build that succeeded",
	      "SELECT p.id FROM projects p JOIN deployments d ON d.id = p.serving_deployment_id LEFT JOIN"
	      " builds b ON b.id = d.build_id WHERE d.image IS NOT NULL AND (b.id IS NULL OR b.status <>"
	      " 'success' OR d.image NOT LIKE '%@' || b.digest)")
	CHECK("an application that is up takes of the quotas, one that is not takes nothing",
	      "SELECT p.id FROM projects p LEFT JOIN deployments w ON w.id = p.wanted_deployment_id"
	      " WHERE (p.app_state IN ('pending', 'deploying', 'running') AND p.takes_cpu IS NULL"
	      "  AND w.action IS DISTINCT FROM 'stop' AND w.action IS DISTINCT FROM 'delete')"
	      " OR (p.app_state = 'none' AND p.takes_cpu IS NOT NULL)")
	CHECK("every project has a build configuration (portalctl backfill)",
	      "SELECT p.id FROM projects p LEFT JOIN build_configs b ON b.project_id = p.id WHERE b.project_id"
	      " IS NULL")
	CHECK("each act of a person on an application is in the audit trail",
	      "SELECT d.id FROM deployments d WHERE d.created_by IS NOT NULL AND NOT EXISTS (SELECT FROM"
	      " audit_log a WHERE a.project_id = d.project_id AND a.action IN ('deployment.deploy',"
	      " 'deployment.rollback', 'deployment.restart', 'deployment.start', 'deployment.stop',"
	      " 'deployment.delete', 'student.remove', 'project.move'))")
	return e;
}

enum err model_invariants(struct db *db, struct arena *a, struct invariant out[INVARIANTS_MAX], int *count)
{
	*count = 0;
	enum err e = of_builds(db, a, out, count);
	return e ? e : of_applications(db, a, out, count);
}

enum err model_invariants_sample(struct db *db, struct arena *a, const char *noun, int64_t *id)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT CASE $1 WHEN 'courses' THEN (SELECT min(id) FROM courses)"
		" WHEN 'students' THEN (SELECT min(id) FROM students)"
		" WHEN 'projects' THEN (SELECT min(project_id) FROM build_configs)"
		" WHEN 'build-configs' THEN (SELECT min(p.student_id) FROM projects p)"
		" WHEN 'builds' THEN (SELECT min(id) FROM builds) WHEN 'deployments' THEN (SELECT min(id) FROM deployments)"
		" WHEN 'registries' THEN (SELECT min(id) FROM registries) WHEN 'users' THEN (SELECT min(id) FROM users)"
		" WHEN 'clusters' THEN (SELECT min(id) FROM clusters) WHEN 'gitea' THEN (SELECT min(id) FROM gitea_servers)"
		" WHEN 'gitea-servers' THEN (SELECT min(id) FROM gitea_servers) END",
		DB_TEXT(noun));
	*id = e || db_is_null(&r, 0, 0) ? 0 : db_int(&r, 0, 0);
	return e;
}
