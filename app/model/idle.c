/* Applications that nobody has used for long: they are stopped, and come back by a click. */
#include "model/idle.h"

#include "base/arena.h"
#include "base/phrases.h"
#include "db/db.h"
#include "model/audit.h"
#include "model/deployments.h"
#include "model/settings.h"

enum { AT_ONCE = 20, AGAIN_MINUTES = 60 };

/* Under the project's lock it is asked again: somebody may have come back meanwhile. */
static enum err stop_one(struct db *db, struct arena *a, const struct settings *s, int64_t project_id, int64_t student_id,
			 bool *stopped)
{
	struct db_rows r;
	struct deployment_asked asked;
	const struct deployment_ask ask = { .project_id = project_id, .action = ACT_STOP, .trigger = DEPLOYMENT_IDLE };
	int64_t days = settings_int(s, SETTING_IDLE_STOP_DAYS);
	*stopped = false;
	enum err e = db_query(db, a, &r,
			      "SELECT 1 FROM projects WHERE id = $1 AND takes_cpu IS NOT NULL"
			      " AND active_at < now() - make_interval(days => $2::integer) FOR UPDATE",
			      DB_INT(project_id), DB_INT(days));
	if (e || !r.count)
		return e;
	e = model_deployments_ask(db, a, s, &ask, &asked);
	if (e == ERR_CONFLICT)
		return ERR_NONE;
	*stopped = !e && asked.created;
	const struct audit line = { .action = "deployment.stop",
				    .object = arena_printf(a, "project %lld", (long long)project_id),
				    .project_id = project_id,
				    .student_id = student_id,
				    .detail = phrase(a, PHRASE_AUDIT_IDLE, arena_printf(a, "%lld", (long long)days)) };
	return *stopped ? model_audit_write(db, a, &line) : e;
}

enum err model_idle_stop(struct db *db, struct arena *a, const struct settings *s, int *count)
{
	struct db_rows r;
	int64_t days = settings_int(s, SETTING_IDLE_STOP_DAYS);
	*count = 0;
	if (!days)
		return ERR_NONE;
	enum err e = db_query(db, a, &r,
			      "SELECT p.id, p.student_id FROM projects p LEFT JOIN deployments w ON w.id = p.wanted_deployment_id"
			      " WHERE p.takes_cpu IS NOT NULL AND p.active_at < now() - make_interval(days => $1::integer)"
			      " AND ((w.action NOT IN ('stop', 'delete') AND w.state IN ('running', 'failed'))"
			      "  OR (w.action = 'stop' AND w.state = 'failed'"
			      "   AND w.finished_at < now() - make_interval(mins => $3::integer)))"
			      " ORDER BY p.active_at LIMIT $2",
			      DB_INT(days), DB_INT(AT_ONCE), DB_INT(AGAIN_MINUTES));
	for (int i = 0; i < r.count && !e; i++) {
		bool stopped = false;
		e = db_begin(db);
		if (e)
			return e;
		e = stop_one(db, a, s, db_int(&r, i, 0), db_int(&r, i, 1), &stopped);
		e = db_end(db, e);
		*count += !e && stopped;
	}
	return e;
}

enum err model_idle_of(struct db *db, struct arena *a, int64_t project_id, struct idle *out)
{
	struct db_rows r;
	*out = (struct idle){ false };
	enum err e =
		db_query(db, a, &r,
			 "SELECT w.created_at, p.active_at FROM projects p JOIN deployments w ON w.id = p.wanted_deployment_id"
			 " WHERE p.id = $1 AND p.app_state = 'stopped' AND w.action = 'stop' AND w.trigger = 'idle'",
			 DB_INT(project_id));
	if (!e && r.count)
		*out = (struct idle){ true, db_text(&r, 0, 0), db_text(&r, 0, 1) };
	return e;
}
