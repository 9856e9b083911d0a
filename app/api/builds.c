/* Builds over the API: lists, one, trigger, cancel. Logs are in logs.c. */
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/json.h"
#include "http/input.h"
#include "model/acts.h"
#include "routes.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 200 };

/* GET /api/v1/builds: a student's list holds his own builds only, whatever he asks for. */
int api_builds_list(struct request *req, struct response *res)
{
	enum { STUDENT, PROJECT, COURSE, STATUS, BRANCH, CURSOR, LIMIT, FIELDS };
	static const struct input_field fields[FIELDS] = {
		[STUDENT] = { .name = "student_id", .kind = IN_ID },
		[PROJECT] = { .name = "project_id", .kind = IN_ID },
		[COURSE] = { .name = "course_id", .kind = IN_ID },
		[STATUS] = { .name = "status", .kind = IN_ENUM, .choices = "pending|running|success|failed|cancelled" },
		[BRANCH] = { .name = "branch", .kind = IN_BRANCH },
		[CURSOR] = { .name = "cursor", .kind = IN_ID },
		[LIMIT] = { .name = "limit", .kind = IN_INT, .min = 1, .max = LIMIT_MAX },
	};
	struct input_value v[FIELDS];
	int status = input_check(req, res, INPUT_QUERY, fields, FIELDS, v);
	if (status)
		return status;
	bool all = authorized(&req->actor, ACTION_LIST_ALL, object_portal());
	struct build_filter f = { .student_id = v[STUDENT].number,
				  .project_id = v[PROJECT].number,
				  .course_id = v[COURSE].number,
				  .user_id = all ? 0 : req->actor.id,
				  .status = v[STATUS].present ? v[STATUS].text : NULL,
				  .branch = v[BRANCH].present ? v[BRANCH].text : NULL,
				  .before = v[CURSOR].number,
				  .limit = v[LIMIT].present ? (int)v[LIMIT].number : LIMIT_DEFAULT };
	struct build_list list;
	enum err e = model_builds_list(request_db(req), req->arena, &f, &list);
	if (e)
		return api_fail(req, res, e, NULL);
	json_object *items = json_object_new_array();
	for (int i = 0; i < list.count; i++)
		json_object_array_add(items, api_build_json(req->arena, &list.rows[i]));
	return api_list(req, res, items, list.more, list.more ? list.rows[list.count - 1].id : 0);
}

/* GET /api/v1/builds/:id */
int api_builds_show(struct request *req, struct response *res)
{
	struct build b;
	int status = api_build(req, res, request_id_param(req, "id"), ACTION_VIEW, &b);
	if (status)
		return status;
	json_object *o = json_own(req->arena, api_build_json(req->arena, &b));
	json_add_text(o, "evidence", b.evidence);
	json_add_text(o, "repo_url", b.repo_url);
	json_add_text(o, "builder", b.builder);
	return response_json(res, 200, o);
}

/* The project that a body names by itself or by its student (whose first one is meant). 0 in *id: none. */
static enum err named_project(struct request *req, const struct input_value *project, const struct input_value *student,
			      int64_t *id)
{
	*id = project->number;
	if (project->present)
		return ERR_NONE;
	return model_projects_first_of_student(request_db(req), req->arena, student->number, id);
}

/* POST /api/v1/builds/trigger {student_id | project_id, branch?, commit_sha?} */
int api_builds_trigger(struct request *req, struct response *res)
{
	enum { STUDENT, PROJECT, BRANCH, COMMIT, FIELDS };
	static const struct input_field fields[FIELDS] = {
		[STUDENT] = { .name = "student_id", .kind = IN_ID },
		[PROJECT] = { .name = "project_id", .kind = IN_ID },
		[BRANCH] = { .name = "branch", .kind = IN_BRANCH },
		[COMMIT] = { .name = "commit_sha", .kind = IN_SHA },
	};
	struct input_value v[FIELDS];
	struct input_errors errors;
	if (input_read(req, INPUT_BODY, fields, FIELDS, v, &errors) && v[STUDENT].present == v[PROJECT].present)
		input_fail(req, &errors, "project_id", "error.one_of_ids");
	if (errors.count)
		return input_refuse(res, &errors);
	int64_t id, build_id;
	struct project p;
	enum err e = named_project(req, &v[PROJECT], &v[STUDENT], &id);
	if (e)
		return api_fail(req, res, e, NULL);
	int status = api_project(req, res, id, ACTION_BUILD, &p);
	if (status)
		return status;
	bool created;
	const char *why;
	e = model_act_build(req, &p, v[BRANCH].present ? v[BRANCH].text : NULL, v[COMMIT].present ? v[COMMIT].text : NULL,
			    &build_id, &created, &why);
	if (e == ERR_NOT_FOUND || e == ERR_INVALID)
		return response_error(res, 409,
				      arena_printf(req->arena, "%s %s", api_string(req, model_act_build_refusal(e)), why));
	if (e)
		return api_fail(req, res, e, NULL);
	struct build b;
	status = api_build(req, res, build_id, ACTION_VIEW, &b);
	return status ? status : response_json(res, created ? 202 : 200, json_own(req->arena, api_build_json(req->arena, &b)));
}

/* POST /api/v1/builds/:id/cancel */
int api_builds_cancel(struct request *req, struct response *res)
{
	struct build b;
	int status = api_build(req, res, request_id_param(req, "id"), ACTION_BUILD, &b);
	if (!status)
		status = api_no_fields(req, res);
	if (status)
		return status;
	enum err e = model_act_cancel(req, &b);
	if (e)
		return api_fail(req, res, e, e == ERR_CONFLICT ? api_string(req, "refused.build_ended") : NULL);
	status = api_build(req, res, b.id, ACTION_VIEW, &b);
	return status ? status : response_json(res, 202, json_own(req->arena, api_build_json(req->arena, &b)));
}
