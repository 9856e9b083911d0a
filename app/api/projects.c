/* Projects and students over the API. */
#include "api/api.h"
#include "base/arena.h"
#include "base/json.h"
#include "http/input.h"
#include "model/courses.h"
#include "model/settings.h"
#include "routes.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 200 };

/* GET /api/v1/projects/:id */
int api_projects_show(struct request *req, struct response *res)
{
	struct project p;
	struct settings *settings;
	int status = api_project(req, res, request_id_param(req, "id"), ACTION_VIEW, &p);
	if (status)
		return status;
	enum err e = model_settings_load(request_db(req), req->arena, &settings);
	return e ? api_fail(req, res, e, NULL)
		 : response_json(res, 200, json_own(req->arena, api_project_json(req->arena, settings, &p)));
}

/* GET /api/v1/admin/projects: every project with its state, for teachers and admins */
int api_projects_list(struct request *req, struct response *res)
{
	enum { SEARCH, STATE, CURSOR, LIMIT, FIELDS };
	static const struct input_field fields[FIELDS] = {
		[SEARCH] = { .name = "q", .kind = IN_TEXT, .max = 100 },
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
	struct project_filter f = { .search = *v[SEARCH].text ? v[SEARCH].text : NULL,
				    .state = v[STATE].present ? v[STATE].text : NULL,
				    .before = v[CURSOR].number,
				    .limit = v[LIMIT].present ? (int)v[LIMIT].number : LIMIT_DEFAULT };
	enum err e = model_settings_load(request_db(req), req->arena, &settings);
	if (!e)
		e = model_projects_list(request_db(req), req->arena, &f, &list);
	if (e)
		return api_fail(req, res, e, NULL);
	json_object *items = json_object_new_array();
	for (int i = 0; i < list.count; i++)
		json_object_array_add(items, api_project_json(req->arena, settings, &list.rows[i]));
	return api_list(req, res, items, list.more, list.more ? list.rows[list.count - 1].id : 0);
}

/* GET /api/v1/students: the roster; a student sees his own entries */
int api_students_list(struct request *req, struct response *res)
{
	enum { COURSE, CURSOR, LIMIT, FIELDS };
	static const struct input_field fields[FIELDS] = {
		[COURSE] = { .name = "course_id", .kind = IN_ID },
		[CURSOR] = { .name = "cursor", .kind = IN_ID },
		[LIMIT] = { .name = "limit", .kind = IN_INT, .min = 1, .max = LIMIT_MAX },
	};
	struct input_value v[FIELDS];
	struct student_list list;
	int status = input_check(req, res, INPUT_QUERY, fields, FIELDS, v);
	if (status)
		return status;
	int64_t own = authorized(&req->actor, ACTION_LIST_ALL, object_portal()) ? 0 : req->actor.id;
	enum err e = model_students_list(request_db(req), req->arena, v[COURSE].number, own, v[CURSOR].number,
					 v[LIMIT].present ? (int)v[LIMIT].number : LIMIT_DEFAULT, &list);
	if (e)
		return api_fail(req, res, e, NULL);
	json_object *items = json_object_new_array();
	for (int i = 0; i < list.count; i++) {
		const struct student *s = &list.rows[i];
		json_object *o = json_object_new_object();
		json_add_int(o, "id", s->id);
		json_add_text(o, "student_number", s->student_number);
		json_add_text(o, "name", s->name);
		json_add_text(o, "login", s->login);
		json_add_int(o, "course_id", s->course_id);
		json_add_text(o, "course", s->course_code);
		json_add(o, "project_id", s->project_id ? json_object_new_int64(s->project_id) : NULL);
		json_add_int(o, "projects", s->projects);
		json_add_text(o, "app_state", s->app_state);
		json_add_text(o, "created_at", api_time(req->arena, s->created_at));
		json_object_array_add(items, o);
	}
	return api_list(req, res, items, list.more, list.more ? list.rows[list.count - 1].id : 0);
}
