/* Deployments over the API: the acts on an application, one deployment, all of the portal's. */
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/json.h"
#include "http/input.h"
#include "model/acts.h"
#include "model/settings.h"
#include "routes.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 200 };

/* What authorize() is asked for each act. */
static const enum action rights[DEPLOYMENT_ACTION__MAX] = {
	[ACT_DEPLOY] = ACTION_DEPLOY, [ACT_ROLLBACK] = ACTION_DEPLOY, [ACT_RESTART] = ACTION_RESTART,
	[ACT_START] = ACTION_START,   [ACT_STOP] = ACTION_STOP,	      [ACT_DELETE] = ACTION_DELETE,
};

static int answer(struct request *req, struct response *res, int64_t project_id, const struct deployment_asked *asked)
{
	struct deployment d;
	enum err e = model_deployments_get(request_db(req), req->arena, asked->id, &d);
	if (e)
		return api_fail(req, res, e, NULL);
	json_object *o = json_own(req->arena, json_object_new_object());
	json_add_int(o, "id", d.id);
	json_add_int(o, "deployment_id", d.id);
	json_add_int(o, "project_id", project_id);
	json_add(o, "build_id", d.build_id ? json_object_new_int64(d.build_id) : NULL);
	json_add_text(o, "action", deployment_action_name(d.action));
	json_add_text(o, "state", deployment_state_name(d.state));
	json_add_bool(o, "created", asked->created);
	json_add(o, "superseded_id", asked->superseded ? json_object_new_int64(asked->superseded) : NULL);
	response_header(res, "Location", arena_printf(req->arena, "/api/v1/deployments/%lld", (long long)d.id));
	return response_json(res, 202, o);
}

/* POST /api/projects/:id/:action and under /api/v1: deploy {build_id?}, rollback {deployment_id}, restart, stop, start, delete */
int api_deployments_ask(struct request *req, struct response *res)
{
	enum { BUILD, DEPLOYMENT, FIELDS };
	static const struct input_field fields[FIELDS] = {
		[BUILD] = { .name = "build_id", .kind = IN_ID },
		[DEPLOYMENT] = { .name = "deployment_id", .kind = IN_ID },
	};
	struct deployment_ask ask = { 0 };
	if (!deployment_action_parse(request_param(req, "action"), &ask.action))
		return response_error(res, 404, NULL);
	struct project p;
	int status = api_project(req, res, request_id_param(req, "id"), rights[ask.action], &p);
	if (status)
		return status;
	struct input_value v[FIELDS];
	struct input_errors errors;
	if (input_read(req, INPUT_BODY, fields, FIELDS, v, &errors) && ask.action == ACT_ROLLBACK && !v[DEPLOYMENT].present)
		input_fail(req, &errors, "deployment_id", "error.required");
	if (errors.count)
		return input_refuse(res, &errors);
	ask.build_id = v[BUILD].number;
	ask.rollback_to = v[DEPLOYMENT].number;
	struct deployment_asked asked;
	enum err e = model_act_deploy(req, &p, &ask, &asked);
	if (e == ERR_CONFLICT && asked.refusal)
		return response_error(
			res, 409,
			api_string(req, arena_printf(req->arena, "refused.%s", deployment_refusal_name(asked.refusal))));
	if (e == ERR_NOT_FOUND)
		return response_error(res, 409, api_string(req, "refused.no_such_build"));
	return e ? api_fail(req, res, e, NULL) : answer(req, res, p.id, &asked);
}

/* GET /api/v1/deployments/:id */
int api_deployments_show(struct request *req, struct response *res)
{
	struct deployment d;
	enum err e = model_deployments_get(request_db(req), req->arena, request_id_param(req, "id"), &d);
	if (!e)
		e = authorize(&req->actor, ACTION_VIEW, object_project(d.student_user_id));
	if (e)
		return api_fail(req, res, e, NULL);
	json_object *o = json_own(req->arena, api_deployment_json(req->arena, &d));
	json_add_text(o, "evidence", d.evidence);
	return response_json(res, 200, o);
}

/* GET /api/v1/deploy/resources/list: what the portal keeps in the students' namespace, with what is so of it. */
int api_resources_list(struct request *req, struct response *res)
{
	enum { STATE, CURSOR, LIMIT, FIELDS };
	static const struct input_field fields[FIELDS] = {
		[STATE] = { .name = "state", .kind = IN_ENUM, .choices = "none|pending|deploying|running|failed|stopped" },
		[CURSOR] = { .name = "cursor", .kind = IN_ID },
		[LIMIT] = { .name = "limit", .kind = IN_INT, .min = 1, .max = LIMIT_MAX },
	};
	struct input_value v[FIELDS];
	struct settings *settings;
	struct project_list list;
	int status = input_check(req, res, INPUT_QUERY, fields, FIELDS, v);
	if (status)
		return status;
	bool all = authorized(&req->actor, ACTION_LIST_ALL, object_portal());
	struct project_filter f = { .state = v[STATE].present ? v[STATE].text : NULL,
				    .user_id = all ? 0 : req->actor.id,
				    .before = v[CURSOR].number,
				    .limit = v[LIMIT].present ? (int)v[LIMIT].number : LIMIT_DEFAULT };
	enum err e = model_settings_load(request_db(req), req->arena, &settings);
	if (!e)
		e = model_projects_list(request_db(req), req->arena, &f, &list);
	if (e)
		return api_fail(req, res, e, NULL);
	json_object *items = json_object_new_array();
	for (int i = 0; i < list.count; i++) {
		const struct project *p = &list.rows[i];
		json_object *o = api_project_json(req->arena, settings, p);
		json_add_text(o, "namespace", settings_text(settings, SETTING_STUDENTS_NAMESPACE));
		json_add_text(o, "deployment", arena_printf(req->arena, "prj-%lld", (long long)p->id));
		json_add_text(o, "service", arena_printf(req->arena, "student-%lld", (long long)p->id));
		json_add_text(o, "ingress", arena_printf(req->arena, "student-%lld", (long long)p->id));
		json_add_int(o, "ready_replicas", p->app_ready);
		json_add_text(o, "drift", p->drift);
		json_add_text(o, "observed_at", api_time(req->arena, p->observed_at));
		json_object_array_add(items, o);
	}
	return api_list(req, res, items, list.more, list.more ? list.rows[list.count - 1].id : 0);
}
