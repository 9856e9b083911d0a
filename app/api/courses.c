/* Courses over the API: their list, one with all its students, one act on many of its applications. */
#include "model/courses.h"
#include "api/api.h"
#include "base/arena.h"
#include "model/bulk.h"
#include "model/course_acts.h"
#include "model/glance.h"
#include "model/settings.h"
#include "view/words.h"

enum { GLANCE_ROWS = 1000 };

SHAPE(shape_course, "Course", struct course, MEMBER("id", SHAPE_INT64, struct course, id),
      MEMBER("code", SHAPE_STRING, struct course, code), MEMBER("name", SHAPE_STRING, struct course, name),
      MEMBER("students", SHAPE_INT, struct course, students),
      MEMBER("running", SHAPE_INT, struct course, running, .about = "applications that run"),
      MEMBER("failed", SHAPE_INT, struct course, failed, .about = "projects whose newest build or deployment failed"),
      MEMBER("archived_at", SHAPE_TIME, struct course, archived_at, .about = "null: it is in use"),
      MEMBER("created_at", SHAPE_TIME, struct course, created_at),
      MEMBER("version", SHAPE_INT, struct course, version, .about = "also the ETag: send it as If-Match"));
SHAPE_LIST(shape_courses, "CourseList", shape_course);

INPUT_SET(query_api_courses, { .name = "archived", .kind = IN_BOOL, .about = "those that are, instead of those in use" });

/* GET /api/v1/courses */
int api_courses_list(struct request *req, struct response *res)
{
	struct input_value v[1];
	struct course *rows;
	int count, status = input_check(req, res, INPUT_QUERY, v);
	if (status)
		return status;
	enum err e = model_courses_list(request_db(req), req->arena, v[0].flag, &rows, &count);
	return e ? response_err(res, e, NULL) : api_rows(res, rows, count, NULL);
}

/* The course of the path: 0, or the answered status. */
static int load(struct request *req, struct response *res, struct course *c)
{
	enum err e = model_courses_get(request_db(req), req->arena, request_id_param(req, "id"), c);
	return e ? response_err(res, e, NULL) : 0;
}

static int answer(struct request *req, struct response *res, int status, int64_t id)
{
	struct course c;
	enum err e = model_courses_get(request_db(req), req->arena, id, &c);
	return e ? response_err(res, e, NULL) : api_version(res, status, c.version, &shape_course, &c);
}

/* GET /api/v1/courses/:id */
int api_courses_show(struct request *req, struct response *res)
{
	return answer(req, res, 200, request_id_param(req, "id"));
}

/* What the model says against code and name, at its field. 0, or the answered status. */
static int explain(struct request *req, struct response *res, enum err e, bool taken)
{
	struct input_errors errors = { 0 };
	if (e != ERR_INVALID && (e != ERR_CONFLICT || !taken))
		return 0;
	input_fail(req, &errors, "code", e == ERR_INVALID ? "error.course_code" : "error.taken");
	return e == ERR_INVALID ? input_refuse(res, &errors) : input_conflict(res, &errors);
}

enum { CODE, NAME, CREATE_FIELDS, ARCHIVED = CREATE_FIELDS, CHANGE_FIELDS };
INPUT_SET(body_api_course_new,
	  [CODE] = { .name = "code", .kind = IN_TEXT, .required = true, .min = 1, .max = 40, .pattern = "^[A-Za-z0-9._-]+$" },
	  [NAME] = { .name = "name", .kind = IN_TEXT, .required = true, .min = 1, .max = 100 });

/* POST /api/v1/courses */
int api_courses_create(struct request *req, struct response *res)
{
	struct input_value v[CREATE_FIELDS];
	int64_t id;
	int status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	enum err e = model_act_course_create(req, v[CODE].text, v[NAME].text, &id);
	status = explain(req, res, e, true);
	return status ? status : e ? response_err(res, e, NULL) : answer(req, res, 201, id);
}

INPUT_SET(body_api_course, [CODE] = { .name = "code", .kind = IN_TEXT, .min = 1, .max = 40, .pattern = "^[A-Za-z0-9._-]+$" },
	  [NAME] = { .name = "name", .kind = IN_TEXT, .min = 1, .max = 100 },
	  [ARCHIVED] = { .name = "archived", .kind = IN_BOOL, .about = "not in the list any more; what runs goes on running" });

/* PUT /api/v1/courses/:id; a field that was not sent stays as it is */
int api_courses_change(struct request *req, struct response *res)
{
	struct course c;
	struct input_value v[CHANGE_FIELDS];
	bool taken;
	int status = load(req, res, &c);
	int version = status ? 0 : c.version;
	if (!status)
		status = api_match(req, res, &version);
	if (!status)
		status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	enum err e =
		model_act_course_change(req, &c, v[CODE].present ? v[CODE].text : c.code, v[NAME].present ? v[NAME].text : c.name,
					v[ARCHIVED].present ? v[ARCHIVED].flag : c.archived_at != NULL, version, &taken);
	status = explain(req, res, e, taken);
	if (status)
		return status;
	if (e == ERR_CONFLICT)
		return api_changed(req, res);
	return e ? response_err(res, e, NULL) : answer(req, res, 200, c.id);
}

/* --- every student at a glance ---------------------------------------------------------------------------------------- */

struct glance_student {
	struct glance_row row;
	const char *address, *drift;
};
SHAPE(shape_glance, "CourseStudent", struct glance_student,
      MEMBER("student_id", SHAPE_INT64, struct glance_student, row.student_id),
      MEMBER("student_number", SHAPE_STRING, struct glance_student, row.student_number),
      MEMBER("student_name", SHAPE_STRING, struct glance_student, row.student_name),
      MEMBER("login", SHAPE_TEXT, struct glance_student, row.login, .about = "of the account; null: none yet"),
      MEMBER("project_id", SHAPE_ID, struct glance_student, row.project_id, .about = "null: the student has no project"),
      MEMBER("project_name", SHAPE_TEXT, struct glance_student, row.project_name),
      MEMBER("app_state", SHAPE_TEXT, struct glance_student, row.app_state, .choices = APP_STATES),
      MEMBER("app_reason", SHAPE_TEXT, struct glance_student, row.app_reason, .choices = DEPLOYMENT_REASONS,
	     .about = "what is wrong with what runs"),
      MEMBER("address", SHAPE_TEXT, struct glance_student, address, .about = "where the application answers while it runs"),
      MEMBER("drift", SHAPE_TEXT, struct glance_student, drift, .about = "what somebody changed behind the portal's back"),
      MEMBER("commit_sha", SHAPE_TEXT, struct glance_student, row.commit_sha, .about = "what serves"),
      MEMBER("deployment_reason", SHAPE_TEXT, struct glance_student, row.deployment_reason, .about = "why the last act failed"),
      MEMBER("build_id", SHAPE_ID, struct glance_student, row.build_id, .about = "the newest"),
      MEMBER("build_status", SHAPE_TEXT, struct glance_student, row.build_status, .choices = BUILD_STATUSES),
      MEMBER("build_reason", SHAPE_TEXT, struct glance_student, row.build_reason),
      MEMBER("build_commit", SHAPE_TEXT, struct glance_student, row.build_commit),
      MEMBER("build_at", SHAPE_TIME, struct glance_student, row.build_at),
      MEMBER("pushed_at", SHAPE_TIME, struct glance_student, row.pushed_at, .about = "the last push"));
SHAPE_LIST(shape_glances, "CourseStudentList", shape_glance);

enum { Q, STATE, BUILD, FAILED, SORT, GLANCE_FIELDS };
INPUT_SET(query_api_glance, [Q] = { .name = "q", .kind = IN_TEXT, .max = 100, .about = "a part of a name or number" },
	  [STATE] = { .name = "state", .kind = IN_ENUM, .choices = APP_STATES },
	  [BUILD] = { .name = "build", .kind = IN_ENUM, .choices = BUILD_STATUSES "|none", .about = "of the newest build" },
	  [FAILED] = { .name = "failed",
		       .kind = IN_BOOL,
		       .about = "true: only where the application or its newest build failed" },
	  [SORT] = { .name = "sort", .kind = IN_ENUM, .choices = GLANCE_ORDERS, .about = "with - before it downwards" });

/* GET /api/v1/courses/:id/students: all of them in one answer */
int api_courses_glance(struct request *req, struct response *res)
{
	struct input_value v[GLANCE_FIELDS];
	struct course c;
	struct glance found;
	struct settings *settings;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (!status)
		status = load(req, res, &c);
	if (status)
		return status;
	struct glance_filter f = { .course_id = c.id,
				   .search = v[Q].text,
				   .app_state = v[STATE].present ? v[STATE].text : NULL,
				   .build_status = v[BUILD].present ? v[BUILD].text : NULL,
				   .failed = v[FAILED].flag,
				   .limit = GLANCE_ROWS };
	glance_order(&f, v[SORT].present ? v[SORT].text : NULL);
	enum err e = model_settings_load(request_db(req), req->arena, &settings);
	if (!e)
		e = model_glance_read(request_db(req), req->arena, &f, &found);
	if (e)
		return response_err(res, e, NULL);
	struct glance_student *rows = arena_alloc(req->arena, sizeof *rows * (size_t)(found.count + 1));
	for (int i = 0; i < found.count; i++) {
		int64_t project = found.rows[i].project_id;
		rows[i] = (struct glance_student){
			found.rows[i], project ? project_address(req->arena, settings, found.rows[i].base_domain, project) : NULL,
			view_changes_text(req->arena, req->language, found.rows[i].drift)
		};
	}
	return api_rows(res, rows, found.count, NULL);
}

/* --- one act on many ----------------------------------------------------------------------------------------------------- */

SHAPE(shape_bulk, "CourseAct", struct bulk_row, MEMBER("project_id", SHAPE_INT64, struct bulk_row, project_id),
      MEMBER("project_name", SHAPE_STRING, struct bulk_row, project_name),
      MEMBER("student_name", SHAPE_STRING, struct bulk_row, student_name),
      MEMBER("student_number", SHAPE_STRING, struct bulk_row, student_number),
      MEMBER("app_state", SHAPE_STRING, struct bulk_row, app_state, .choices = APP_STATES),
      MEMBER("build_id", SHAPE_ID, struct bulk_row, build_id, .about = "what deploy would bring"),
      MEMBER("deployment_id", SHAPE_ID, struct bulk_row, deployment_id, .about = "what rollback would bring back"),
      MEMBER("commit_sha", SHAPE_TEXT, struct bulk_row, commit_sha, .about = "of that"),
      MEMBER("refusal", SHAPE_WORD, struct bulk_row, refusal, .word = api_refusal, .words = DEPLOYMENT_REFUSAL__MAX,
	     .about = "why it cannot be done; null: it can"),
      MEMBER("asked", SHAPE_BOOL, struct bulk_row, asked, .about = "it was asked for; false in a rehearsal"));
SHAPE_LIST(shape_bulks, "CourseActList", shape_bulk);

enum { ACTION, PROJECTS, CONFIRMED, ACT_FIELDS };
INPUT_SET(body_api_course_act, [ACTION] = { .name = "action", .kind = IN_ENUM, .required = true, .choices = BULK_ACTIONS },
	  [PROJECTS] = { .name = "project_ids", .kind = IN_IDS, .required = true, .max = BULK_MAX },
	  [CONFIRMED] = { .name = "confirmed", .kind = IN_BOOL, .about = "without it a rehearsal: what would be done to each" });

/* POST /api/v1/courses/:id/act */
int api_courses_act(struct request *req, struct response *res)
{
	struct input_value v[ACT_FIELDS];
	struct course c;
	struct bulk_row *rows;
	enum deployment_action action;
	int count, status = load(req, res, &c);
	if (!status)
		status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	if (!deployment_action_parse(v[ACTION].text, &action))
		return response_error(res, 422, NULL);
	enum err e = model_bulk_plan(request_db(req), req->arena, c.id, arena_printf(req->arena, "{%s}", v[PROJECTS].text),
				     action, &rows, &count);
	if (!e && v[CONFIRMED].flag)
		e = model_bulk_act(req, action, rows, count);
	return e ? response_err(res, e, NULL) : api_rows(res, rows, count, NULL);
}
