/* Deployments over the API: the acts on an application, one deployment, all of the portal's. */
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "kube/names.h"
#include "model/acts.h"
#include "model/deployment_diff.h"
#include "model/settings.h"
#include "view/words.h"

static const char *action_word(int x)
{
	return deployment_action_name((enum deployment_action)x);
}

static const char *state_word(int x)
{
	return deployment_state_name((enum deployment_state)x);
}

static const char *trigger_word(int x)
{
	return deployment_trigger_name((enum deployment_trigger)x);
}

#define DEPLOYMENT_MEMBERS                                                                                                       \
	MEMBER("id", SHAPE_INT64, struct api_deployment, row.id),                                                                \
		MEMBER("project_id", SHAPE_INT64, struct api_deployment, row.project_id),                                        \
		MEMBER("build_id", SHAPE_ID, struct api_deployment, row.build_id),                                               \
		MEMBER("action", SHAPE_WORD, struct api_deployment, row.action, .word = action_word,                             \
		       .words = DEPLOYMENT_ACTION__MAX),                                                                         \
		MEMBER("trigger", SHAPE_WORD, struct api_deployment, row.trigger, .word = trigger_word,                          \
		       .words = DEPLOYMENT_TRIGGER__MAX),                                                                        \
		MEMBER("state", SHAPE_WORD, struct api_deployment, row.state, .word = state_word,                                \
		       .words = DEPLOYMENT_STATE__MAX),                                                                          \
		MEMBER("image", SHAPE_TEXT, struct api_deployment, row.image,                                                    \
		       .about = "with its digest; null for stop and delete"),                                                    \
		MEMBER("commit_sha", SHAPE_TEXT, struct api_deployment, row.commit_sha),                                         \
		MEMBER("replicas", SHAPE_INT, struct api_deployment, row.replicas),                                              \
		MEMBER("reason", SHAPE_TEXT, struct api_deployment, row.reason, .choices = DEPLOYMENT_REASONS,                   \
		       .about = "why it failed"),                                                                                \
		MEMBER("message", SHAPE_TEXT, struct api_deployment, message, .about = "the same in words"),                     \
		MEMBER("progress_code", SHAPE_TEXT, struct api_deployment, row.progress_code, .choices = DEPLOYMENT_PROGRESS,    \
		       .about = "what is waited for just now"),                                                                  \
		MEMBER("progress", SHAPE_TEXT, struct api_deployment, progress, .about = "the same in words"),                   \
		MEMBER("progress_since", SHAPE_TIME, struct api_deployment, row.progress_at),                                    \
		MEMBER("superseded_by", SHAPE_ID, struct api_deployment, row.superseded_by,                                      \
		       .about = "the deployment that took its place"),                                                           \
		MEMBER("created_by", SHAPE_TEXT, struct api_deployment, row.created_by_name),                                    \
		MEMBER("created_at", SHAPE_TIME, struct api_deployment, row.created_at),                                         \
		MEMBER("started_at", SHAPE_TIME, struct api_deployment, row.started_at),                                         \
		MEMBER("finished_at", SHAPE_TIME, struct api_deployment, row.finished_at)

SHAPE(shape_deployment, "Deployment", struct api_deployment, DEPLOYMENT_MEMBERS);
SHAPE(shape_deployment_one, "DeploymentDetail", struct api_deployment, DEPLOYMENT_MEMBERS,
      MEMBER("advice", SHAPE_TEXT, struct api_deployment, advice, .about = "what to do about it"),
      MEMBER("hint", SHAPE_TEXT, struct api_deployment, hint, .about = "what its log speaks of"),
      MEMBER("said", SHAPE_TEXT, struct api_deployment, row.message, .about = "the cluster's own words"),
      MEMBER("evidence", SHAPE_TEXT, struct api_deployment, row.evidence, .about = "the application's last lines"));

/* What became of an act that was asked for. */
struct asked {
	struct deployment row;
	bool created;
	int64_t superseded;
};
SHAPE(shape_asked, "Act", struct asked, MEMBER("id", SHAPE_INT64, struct asked, row.id),
      MEMBER("deployment_id", SHAPE_INT64, struct asked, row.id, .about = "the same"),
      MEMBER("project_id", SHAPE_INT64, struct asked, row.project_id), MEMBER("build_id", SHAPE_ID, struct asked, row.build_id),
      MEMBER("action", SHAPE_WORD, struct asked, row.action, .word = action_word, .words = DEPLOYMENT_ACTION__MAX),
      MEMBER("state", SHAPE_WORD, struct asked, row.state, .word = state_word, .words = DEPLOYMENT_STATE__MAX),
      MEMBER("created", SHAPE_BOOL, struct asked, created, .about = "false: the same act was already waiting"),
      MEMBER("superseded_id", SHAPE_ID, struct asked, superseded, .about = "the waiting deployment that gave way"));

/* What authorize() is asked for each act. */
static const enum action rights[ACT_MOVE] = {
	[ACT_DEPLOY] = ACTION_DEPLOY, [ACT_ROLLBACK] = ACTION_DEPLOY, [ACT_RESTART] = ACTION_RESTART,
	[ACT_START] = ACTION_START,   [ACT_STOP] = ACTION_STOP,	      [ACT_DELETE] = ACTION_DELETE,
};

static int answer(struct request *req, struct response *res, const struct deployment_asked *asked)
{
	struct asked done = { .created = asked->created, .superseded = asked->superseded };
	enum err e = model_deployments_get(request_db(req), req->arena, asked->id, &done.row);
	if (e)
		return response_err(res, e, NULL);
	response_header(res, "Location", arena_printf(req->arena, "/api/v1/deployments/%lld", (long long)done.row.id));
	return api_row(res, 202, &shape_asked, &done);
}

enum { BUILD, DEPLOYMENT, ASK_FIELDS };
INPUT_SET(body_api_act, [BUILD] = { .name = "build_id", .kind = IN_ID, .about = "deploy: the newest successful one unless said" },
	  [DEPLOYMENT] = { .name = "deployment_id", .kind = IN_ID, .about = "rollback: the earlier deployment" });

/* POST /api/projects/:id/:action and under /api/v1: deploy {build_id?}, rollback {deployment_id}, restart, stop, start, delete */
int api_deployments_ask(struct request *req, struct response *res)
{
	struct deployment_ask ask = { 0 };
	if (!deployment_action_parse(request_param(req, "action"), &ask.action) || ask.action == ACT_MOVE)
		return response_error(res, 404, NULL);
	struct project p;
	int status = api_project(req, res, request_id_param(req, "id"), rights[ask.action], &p);
	if (status)
		return status;
	struct input_value v[ASK_FIELDS];
	struct input_errors errors = { 0 };
	status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	if (ask.action == ACT_ROLLBACK && !v[DEPLOYMENT].present) {
		input_fail(req, &errors, "deployment_id", "error.required");
		return input_conflict(res, &errors);
	}
	ask.build_id = v[BUILD].number;
	ask.rollback_to = v[DEPLOYMENT].number;
	struct deployment_asked asked;
	enum err e = model_act_deploy(req, &p, &ask, &asked);
	if (e == ERR_CONFLICT && asked.refusal >= REFUSED_QUOTA)
		return api_quota_full(req, res, &asked);
	if (e == ERR_CONFLICT && asked.refusal)
		return response_error(
			res, 409,
			api_string(req, arena_printf(req->arena, "refused.%s", deployment_refusal_name(asked.refusal))));
	if (e == ERR_NOT_FOUND)
		return response_error(res, 409, api_string(req, "refused.no_such_build"));
	return e ? response_err(res, e, NULL) : answer(req, res, &asked);
}

/* A deployment that may be seen: 0, or the answered status. */
static int load(struct request *req, struct response *res, struct deployment *d)
{
	enum err e = model_deployments_get(request_db(req), req->arena, request_id_param(req, "id"), d);
	if (!e)
		e = authorize(&req->actor, ACTION_VIEW, object_project(d->student_user_id));
	return e ? response_err(res, e, NULL) : 0;
}

/* GET /api/v1/deployments/:id */
int api_deployments_show(struct request *req, struct response *res)
{
	struct deployment d;
	int status = load(req, res, &d);
	if (status)
		return status;
	struct api_deployment one = api_deployment_of(req, &d);
	return api_row(res, 200, &shape_deployment_one, &one);
}

enum { BEFORE, ROWS, LIST_FIELDS };
INPUT_SET(query_api_deployments, [BEFORE] = API_CURSOR, [ROWS] = API_LIMIT_FIELD);
SHAPE_LIST(shape_deployments, "DeploymentList", shape_deployment);

/* GET /api/v1/projects/:id/deployments: newest first */
int api_deployments_list(struct request *req, struct response *res)
{
	struct input_value v[LIST_FIELDS];
	struct project p;
	struct deployment_list list;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (!status)
		status = api_project(req, res, request_id_param(req, "id"), ACTION_VIEW, &p);
	if (status)
		return status;
	enum err e = model_deployments_list(request_db(req), req->arena, p.id, v[BEFORE].number, api_limit(&v[ROWS]), &list);
	if (e)
		return response_err(res, e, NULL);
	struct api_deployment *rows = arena_alloc(req->arena, sizeof *rows * (size_t)(list.count + 1));
	for (int i = 0; i < list.count; i++)
		rows[i] = api_deployment_of(req, &list.rows[i]);
	return api_rows(res, rows, list.count, api_cursor(req, list.more ? list.rows[list.count - 1].id : 0));
}

SHAPE(shape_event, "DeploymentEvent", struct deployment_event, MEMBER("at", SHAPE_TIME, struct deployment_event, at),
      MEMBER("kind", SHAPE_STRING, struct deployment_event, kind), MEMBER("value", SHAPE_TEXT, struct deployment_event, value),
      MEMBER("message", SHAPE_TEXT, struct deployment_event, message));
SHAPE_LIST(shape_events, "DeploymentEventList", shape_event);

/* In words: what it waited for, why it failed, what somebody changed. */
static const char *event_message(struct request *req, const struct deployment_event *e)
{
	const char *said = NULL;
	if (!strcmp(e->kind, "progress"))
		said = api_say(req, "dprogress", e->value, "", e->message);
	else if (!strcmp(e->kind, "drift"))
		said = view_changes_text(req->arena, req->language, e->message);
	else if (!strcmp(e->kind, "state"))
		said = api_say(req, "dreason", e->message, ".title", NULL);
	return said ? said : e->message;
}

/* GET /api/v1/deployments/:id/events: what happened to it, oldest first */
int api_deployments_events(struct request *req, struct response *res)
{
	struct deployment d;
	struct deployment_event *rows;
	int count, status = load(req, res, &d);
	if (status)
		return status;
	enum err e = model_deployments_events(request_db(req), req->arena, d.id, &rows, &count);
	for (int i = 0; !e && i < count; i++)
		rows[i].message = event_message(req, &rows[i]);
	return e ? response_err(res, e, NULL) : api_rows(res, rows, count, NULL);
}

SHAPE(shape_change, "DeploymentChange", struct deployment_change,
      MEMBER("field", SHAPE_STRING, struct deployment_change, field, .about = "env: of the variable"),
      MEMBER("variable", SHAPE_TEXT, struct deployment_change, variable),
      MEMBER("before", SHAPE_TEXT, struct deployment_change, before, .about = "null: it was not there"),
      MEMBER("after", SHAPE_TEXT, struct deployment_change, after),
      MEMBER("secret", SHAPE_BOOL, struct deployment_change, after_secret,
	     .about = "of a secret variable digests stand in for the values"));

struct changes {
	int64_t id, with;
	bool planned;
	struct deployment_change *rows;
	int count;
};
SHAPE(shape_changes, "DeploymentChanges", struct changes, MEMBER("id", SHAPE_INT64, struct changes, id),
      MEMBER("with", SHAPE_ID, struct changes, with, .about = "what it is compared with; null: there is nothing"),
      MEMBER("planned", SHAPE_BOOL, struct changes, planned,
	     .about = "false: it was never applied, so there is nothing to compare"),
      MEMBER("changes", SHAPE_ROWS, struct changes, rows, .of = &shape_change, .count_at = offsetof(struct changes, count)));

INPUT_SET(query_api_changes,
	  { .name = "with", .kind = IN_ID, .about = "a deployment of the same project; the one before unless said" });

/* GET /api/v1/deployments/:id/changes */
int api_deployments_changes(struct request *req, struct response *res)
{
	struct input_value v[1];
	struct deployment d;
	const char *plan, *other;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (!status)
		status = load(req, res, &d);
	if (status)
		return status;
	struct changes c = { .id = d.id, .with = v[0].number };
	enum err e = model_deployments_plans(request_db(req), req->arena, d.project_id, d.id, &c.with, &plan, &other);
	c.planned = !e && plan;
	if (c.planned && c.with)
		e = deployment_diff(req->arena, other, plan, &c.rows, &c.count);
	return e ? response_err(res, e, NULL) : api_row(res, 200, &shape_changes, &c);
}

/* What the portal keeps of a project in the students' namespace. */
struct resource {
	struct api_project project;
	const char *ns, *deployment, *name;
};
SHAPE(shape_resource, "Resource", struct resource,
      MEMBER("id", SHAPE_INT64, struct resource, project.row.id, .about = "of the project"),
      MEMBER("name", SHAPE_STRING, struct resource, project.row.name),
      MEMBER("student_id", SHAPE_INT64, struct resource, project.row.student_id),
      MEMBER("student_name", SHAPE_STRING, struct resource, project.row.student_name),
      MEMBER("course", SHAPE_STRING, struct resource, project.row.course_code),
      MEMBER("app_state", SHAPE_STRING, struct resource, project.row.app_state, .choices = APP_STATES),
      MEMBER("app_message", SHAPE_TEXT, struct resource, project.message),
      MEMBER("address", SHAPE_STRING, struct resource, project.address),
      MEMBER("image", SHAPE_TEXT, struct resource, project.row.image),
      MEMBER("commit_sha", SHAPE_TEXT, struct resource, project.row.commit_sha),
      MEMBER("namespace", SHAPE_STRING, struct resource, ns), MEMBER("deployment", SHAPE_STRING, struct resource, deployment),
      MEMBER("service", SHAPE_STRING, struct resource, name), MEMBER("ingress", SHAPE_STRING, struct resource, name),
      MEMBER("ready_replicas", SHAPE_INT, struct resource, project.row.app_ready),
      MEMBER("drift", SHAPE_TEXT, struct resource, project.drift, .about = "what somebody changed behind the portal's back"),
      MEMBER("observed_at", SHAPE_TIME, struct resource, project.row.observed_at));
SHAPE_LIST(shape_resources, "ResourceList", shape_resource);

enum { STATE, CURSOR, LIMIT, RESOURCE_FIELDS };
INPUT_SET(query_api_resources, [STATE] = { .name = "state", .kind = IN_ENUM, .choices = APP_STATES }, [CURSOR] = API_CURSOR,
	  [LIMIT] = API_LIMIT_FIELD);

/* GET /api/v1/deploy/resources/list: what the portal keeps in the students' namespace, with what is so of it. */
int api_resources_list(struct request *req, struct response *res)
{
	struct input_value v[RESOURCE_FIELDS];
	struct settings *settings;
	struct project_list list;
	struct arena *a = req->arena;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (status)
		return status;
	bool all = authorized(&req->actor, ACTION_LIST_ALL, object_portal());
	struct project_filter f = { .state = v[STATE].present ? v[STATE].text : NULL,
				    .user_id = all ? 0 : req->actor.id,
				    .before = v[CURSOR].number,
				    .limit = api_limit(&v[LIMIT]) };
	enum err e = model_settings_load(request_db(req), a, &settings);
	if (!e)
		e = model_projects_list(request_db(req), a, &f, &list);
	if (e)
		return response_err(res, e, NULL);
	struct resource *rows = arena_alloc(a, sizeof *rows * (size_t)(list.count + 1));
	for (int i = 0; i < list.count; i++) {
		int64_t id = list.rows[i].id;
		rows[i] = (struct resource){ .project = api_project_of(req, &list.rows[i], settings),
					     .ns = settings_text(settings, SETTING_STUDENTS_NAMESPACE),
					     .deployment = app_name(a, id),
					     .name = app_front_name(a, id) };
	}
	return api_rows(res, rows, list.count, api_cursor(req, list.more ? list.rows[list.count - 1].id : 0));
}
