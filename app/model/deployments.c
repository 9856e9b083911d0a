/* Deployments: their words, one row, lists. What asks for them is in deployments_ask.c. */
#include "model/deployments.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/list.h"

static const char *const actions[DEPLOYMENT_ACTION__MAX] = { "deploy", "rollback", "restart", "start", "stop", "delete", "move" };
static const char *const states[DEPLOYMENT_STATE__MAX] = { "pending", "deploying",  "running", "failed",
							   "stopped", "superseded", "deleted" };
static const char *const triggers[DEPLOYMENT_TRIGGER__MAX] = { "auto", "manual", "repair", "idle" };
static const char *const refusals[DEPLOYMENT_REFUSAL__MAX] = {
	[REFUSED_NOT] = "",
	[REFUSED_NO_IMAGE] = "no_image",
	[REFUSED_BUILD_NOT_READY] = "build_not_ready",
	[REFUSED_NOT_DEPLOYED] = "not_deployed",
	[REFUSED_NOTHING_EARLIER] = "nothing_earlier",
	[REFUSED_CHANGED] = "no_such_build",
	[REFUSED_QUOTA + QUOTA_STUDENT_APPS] = "quota_student_apps",
	[REFUSED_QUOTA + QUOTA_STUDENT_CPU] = "quota_student_cpu",
	[REFUSED_QUOTA + QUOTA_STUDENT_MEMORY] = "quota_student_memory",
	[REFUSED_QUOTA + QUOTA_COURSE_APPS] = "quota_course_apps",
	[REFUSED_QUOTA + QUOTA_CLUSTER_APPS] = "quota_cluster_apps",
	[REFUSED_QUOTA + QUOTA_CLUSTER_CPU] = "quota_cluster_cpu",
	[REFUSED_QUOTA + QUOTA_CLUSTER_MEMORY] = "quota_cluster_memory",
	[REFUSED_QUOTA + QUOTA_TOTAL_APPS] = "quota_total_apps",
};

const char *deployment_action_name(enum deployment_action x)
{
	return actions[x];
}

enum phrase deployment_action_phrase(enum deployment_action x)
{
	static const enum phrase said[ACT_MOVE] = { PHRASE_AUDIT_DEPLOYED, PHRASE_AUDIT_ROLLED_BACK, PHRASE_AUDIT_RESTARTED,
						    PHRASE_AUDIT_STARTED,  PHRASE_AUDIT_STOPPED,     PHRASE_AUDIT_DELETED };
	return said[x];
}

const char *deployment_state_name(enum deployment_state x)
{
	return states[x];
}

const char *deployment_trigger_name(enum deployment_trigger x)
{
	return triggers[x];
}

const char *deployment_refusal_name(enum deployment_refusal r)
{
	return refusals[r];
}

static int word(const char *const *table, int count, const char *text, int otherwise)
{
	for (int i = 0; text && i < count; i++)
		if (!strcmp(table[i], text))
			return i;
	return otherwise;
}

bool deployment_action_parse(const char *text, enum deployment_action *out)
{
	int at = word(actions, DEPLOYMENT_ACTION__MAX, text, -1);
	if (at >= 0)
		*out = (enum deployment_action)at;
	return at >= 0;
}

bool deployment_state_parse(const char *text, enum deployment_state *out)
{
	int at = word(states, DEPLOYMENT_STATE__MAX, text, -1);
	if (at >= 0)
		*out = (enum deployment_state)at;
	return at >= 0;
}

#define SELECT_DEPLOYMENTS                                                                                                       \
	"SELECT d.id, d.project_id, d.build_id, d.action, d.trigger, d.state, d.image, d.commit_sha, d.replicas, d.reason,"      \
	" d.message, d.evidence, d.progress_code, d.created_by, d.superseded_by, u.name, d.created_at, d.started_at,"            \
	" d.finished_at, d.retry_at, p.name, s.name, s.user_id, " DEPLOYMENT_CAN_RETURN(                                         \
		"d") ", c.code, c.id, d.details, d.progress_values, d.progress_at, n.action, nu.name,"                           \
		     " greatest(0, extract(epoch FROM now() - d.progress_at))::bigint, d.snapshot IS NOT NULL, k.name"           \
		     " FROM deployments d"                                                                                       \
		     " JOIN projects p ON p.id = d.project_id JOIN students s ON s.id = p.student_id"                            \
		     " JOIN courses c ON c.id = s.course_id LEFT JOIN users u ON u.id = d.created_by"                            \
		     " LEFT JOIN deployments n ON n.id = d.superseded_by LEFT JOIN users nu ON nu.id = n.created_by"             \
		     " LEFT JOIN clusters k ON k.id = d.cluster_id AND d.action = 'move'"

static void read_row(const struct db_rows *r, int i, struct deployment *d)
{
	*d = (struct deployment){ .id = db_int(r, i, 0), .project_id = db_int(r, i, 1), .build_id = db_int(r, i, 2) };
	d->action = (enum deployment_action)word(actions, DEPLOYMENT_ACTION__MAX, db_text(r, i, 3), ACT_DEPLOY);
	d->trigger = (enum deployment_trigger)word(triggers, DEPLOYMENT_TRIGGER__MAX, db_text(r, i, 4), DEPLOYMENT_MANUAL);
	d->state = (enum deployment_state)word(states, DEPLOYMENT_STATE__MAX, db_text(r, i, 5), DEPLOYMENT_FAILED);
	d->image = db_text(r, i, 6);
	d->commit_sha = db_text(r, i, 7);
	d->replicas = (int)db_int(r, i, 8);
	d->reason = db_text(r, i, 9);
	d->message = db_text(r, i, 10);
	d->evidence = db_text(r, i, 11);
	d->progress_code = db_text(r, i, 12);
	d->created_by = db_int(r, i, 13);
	d->superseded_by = db_int(r, i, 14);
	d->created_by_name = db_text(r, i, 15);
	d->created_at = db_text(r, i, 16);
	d->started_at = db_text(r, i, 17);
	d->finished_at = db_text(r, i, 18);
	d->retry_at = db_text(r, i, 19);
	d->project_name = db_text(r, i, 20);
	d->student_name = db_text(r, i, 21);
	d->student_user_id = db_int(r, i, 22);
	d->can_return = db_bool(r, i, 23);
	d->course_code = db_text(r, i, 24);
	d->course_id = db_int(r, i, 25);
	d->details = db_text(r, i, 26);
	d->progress_values = db_text(r, i, 27);
	d->progress_at = db_text(r, i, 28);
	d->superseded_by_action = (enum deployment_action)word(actions, DEPLOYMENT_ACTION__MAX, db_text(r, i, 29), ACT_DEPLOY);
	d->superseded_by_name = db_text(r, i, 30);
	d->progress_seconds = db_is_null(r, i, 31) ? -1 : db_int(r, i, 31);
	d->planned = db_bool(r, i, 32);
	d->moves_to = db_text(r, i, 33);
}

enum err model_deployments_get(struct db *db, struct arena *a, int64_t id, struct deployment *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, SELECT_DEPLOYMENTS " WHERE d.id = $1", DB_INT(id));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	read_row(&r, 0, out);
	return ERR_NONE;
}

#define LIST(which, limit) SELECT_DEPLOYMENTS " WHERE d.id < $1" which " ORDER BY d.id DESC LIMIT " limit
#define ALL(limit) LIST("", limit)
#define OF_PROJECT(limit) LIST(" AND d.project_id = $2", limit)

enum err model_deployments_list(struct db *db, struct arena *a, int64_t project_id, int64_t before, int limit,
				struct deployment_list *out)
{
	struct db_rows r;
	if (!before)
		before = INT64_MAX;
	enum err e = project_id ? list_query(db, a, &r, limit, OF_PROJECT, DB_INT(before), DB_INT(project_id))
				: list_query(db, a, &r, limit, ALL, DB_INT(before));
	if (e)
		return e;
	*out = (struct deployment_list){ .rows = arena_alloc(a, sizeof(struct deployment) * (size_t)(r.count + 1)),
					 .count = r.count > limit ? limit : r.count,
					 .more = r.count > limit };
	for (int i = 0; i < out->count; i++)
		read_row(&r, i, &out->rows[i]);
	return ERR_NONE;
}

/* With the cluster that it was for, by its name of today: it may have been renamed without any change to what runs. */
#define PLAN "d.snapshot || jsonb_build_object('cluster', (SELECT name FROM clusters WHERE id = d.cluster_id))"

static enum err read_plan(struct db *db, struct arena *a, int64_t project_id, int64_t id, const char **plan)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT " PLAN " FROM deployments d WHERE d.id = $1 AND d.project_id = $2", DB_INT(id),
			      DB_INT(project_id));
	if (!e && !r.count)
		return ERR_NOT_FOUND;
	*plan = e ? NULL : db_text(&r, 0, 0);
	return e;
}

enum err model_deployments_plans(struct db *db, struct arena *a, int64_t project_id, int64_t id, int64_t *with, const char **plan,
				 const char **with_plan)
{
	struct db_rows r;
	*with_plan = NULL;
	enum err e = read_plan(db, a, project_id, id, plan);
	if (e)
		return e;
	if (*with)
		return read_plan(db, a, project_id, *with, with_plan);
	e = db_query(db, a, &r,
		     "SELECT d.id, " PLAN " FROM deployments d WHERE d.project_id = $1 AND d.id < $2 AND d.snapshot IS NOT NULL"
		     " ORDER BY d.id DESC LIMIT 1",
		     DB_INT(project_id), DB_INT(id));
	if (e || !r.count)
		return e;
	*with = db_int(&r, 0, 0);
	*with_plan = db_text(&r, 0, 1);
	return ERR_NONE;
}

enum err model_deployments_events(struct db *db, struct arena *a, int64_t id, struct deployment_event **out, int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e = db_query(db, a, &r,
			      "SELECT at, kind, value, message FROM (SELECT * FROM deployment_events WHERE deployment_id = $1"
			      " ORDER BY id DESC LIMIT $2) newest ORDER BY id",
			      DB_INT(id), DB_INT(DEPLOYMENT_EVENTS));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(r.count + 1));
	for (int i = 0; i < r.count; i++)
		(*out)[i] = (struct deployment_event){ .at = db_text(&r, i, 0),
						       .kind = db_text(&r, i, 1),
						       .value = db_text(&r, i, 2),
						       .message = db_text(&r, i, 3) };
	*count = r.count;
	return ERR_NONE;
}
