/* Students over the API: the roster, one entry, its changes, an import of many. */
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "config.h"
#include "http/app.h"
#include "model/course_acts.h"
#include "model/courses.h"

#define STUDENT_MEMBERS                                                                                                          \
	MEMBER("id", SHAPE_INT64, struct student, id), MEMBER("student_number", SHAPE_STRING, struct student, student_number),   \
		MEMBER("name", SHAPE_STRING, struct student, name),                                                              \
		MEMBER("login", SHAPE_TEXT, struct student, login, .about = "of the account; null: none yet"),                   \
		MEMBER("course_id", SHAPE_INT64, struct student, course_id),                                                     \
		MEMBER("course", SHAPE_STRING, struct student, course_code),                                                     \
		MEMBER("project_id", SHAPE_ID, struct student, project_id, .about = "the first project"),                        \
		MEMBER("projects", SHAPE_INT, struct student, projects, .about = "how many there are"),                          \
		MEMBER("app_state", SHAPE_TEXT, struct student, app_state, .about = "of the first project",                      \
		       .choices = APP_STATES),                                                                                   \
		MEMBER("created_at", SHAPE_TIME, struct student, created_at)

SHAPE(shape_student, "Student", struct student, STUDENT_MEMBERS);
SHAPE_LIST(shape_students, "StudentList", shape_student);
SHAPE(shape_student_one, "StudentDetail", struct student, STUDENT_MEMBERS,
      MEMBER("left_at", SHAPE_TIME, struct student, left_at, .about = "when the student was taken off the roster; null: never"),
      MEMBER("has_password", SHAPE_BOOL, struct student, has_password, .about = "the account has been used"),
      MEMBER("version", SHAPE_INT, struct student, version, .about = "also the ETag: send it as If-Match"));

enum { COURSE, CURSOR, LIMIT, LIST_FIELDS };
INPUT_SET(
	query_api_students, [COURSE] = { .name = "course_id", .kind = IN_ID }, [CURSOR] = API_CURSOR, [LIMIT] = API_LIMIT_FIELD);

/* GET /api/v1/students: the roster; a student sees his own entries */
int api_students_list(struct request *req, struct response *res)
{
	struct input_value v[LIST_FIELDS];
	struct student_list list;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (status)
		return status;
	int64_t own = authorized(&req->actor, ACTION_LIST_ALL, object_portal()) ? 0 : req->actor.id;
	enum err e = model_students_list(request_db(req), req->arena, v[COURSE].number, own, v[CURSOR].number,
					 api_limit(&v[LIMIT]), &list);
	if (e)
		return response_err(res, e, NULL);
	return api_rows(res, list.rows, list.count, api_cursor(req, list.more ? list.rows[list.count - 1].id : 0));
}

/* The student of the path: 0, or the answered status. */
static int load(struct request *req, struct response *res, struct student *s)
{
	enum err e = model_students_get(request_db(req), req->arena, request_id_param(req, "id"), s);
	return e ? response_err(res, e, NULL) : 0;
}

static int answer(struct request *req, struct response *res, int status, int64_t id)
{
	struct student s;
	enum err e = model_students_get(request_db(req), req->arena, id, &s);
	return e ? response_err(res, e, NULL) : api_version(res, status, s.version, &shape_student_one, &s);
}

/* GET /api/v1/students/:id */
int api_students_show(struct request *req, struct response *res)
{
	return answer(req, res, 200, request_id_param(req, "id"));
}

enum { NUMBER, NAME, LOGIN, FIELDS };

/* What was wrong, at its field. 0, or the answered status. */
static int explain(struct request *req, struct response *res, enum student_fault fault, struct input_errors *errors)
{
	if (errors->count)
		return input_refuse(res, errors);
	if (fault == STUDENT_NO_ACCOUNT)
		input_fail(req, errors, "login", "roster.fault.no_account");
	else if (fault == STUDENT_NUMBER_TAKEN)
		input_fail(req, errors, "student_number", "error.taken");
	return fault == STUDENT_STALE ? api_changed(req, res) : errors->count ? input_conflict(res, errors) : 0;
}

/* Reads the fields; those that were not sent are the ones of `old`. False: errors. */
static bool take(struct request *req, const struct student_input *old, struct student_input *out, struct input_errors *errors)
{
	struct input_value v[FIELDS];
	if (!input_read(req, INPUT_BODY, v, errors))
		return false;
	*out = (struct student_input){ .number = v[NUMBER].present ? v[NUMBER].text : old->number,
				       .name = v[NAME].present ? v[NAME].text : old->name,
				       .login = v[LOGIN].present ? v[LOGIN].text : old->login };
	if (!student_number_valid(out->number))
		input_fail(req, errors, "student_number", "roster.fault.number");
	return !errors->count;
}

INPUT_SET(body_api_student_new,
	  [NUMBER] = { .name = "student_number",
		       .kind = IN_TEXT,
		       .required = true,
		       .min = 1,
		       .max = 40,
		       .pattern = "^[A-Za-z0-9._-]+$",
		       .about = "the number of one who left brings him back" },
	  [NAME] = { .name = "name", .kind = IN_TEXT, .required = true, .min = 1, .max = 60 },
	  [LOGIN] = { .name = "login", .kind = IN_LOGIN, .about = "of an account that exists" });

/* POST /api/v1/courses/:id/students */
int api_students_add(struct request *req, struct response *res)
{
	struct course c;
	struct student_input in;
	struct input_errors errors;
	enum student_fault fault = STUDENT_FINE;
	int64_t id = 0;
	enum err e = model_courses_get(request_db(req), req->arena, request_id_param(req, "id"), &c);
	if (e)
		return response_err(res, e, NULL);
	if (take(req, &(struct student_input){ "", "", "" }, &in, &errors))
		e = model_act_student_add(req, &c, &in, &id, &fault);
	int status = explain(req, res, fault, &errors);
	return status ? status : e ? response_err(res, e, NULL) : answer(req, res, 201, id);
}

INPUT_SET(body_api_student,
	  [NUMBER] = { .name = "student_number", .kind = IN_TEXT, .min = 1, .max = 40, .pattern = "^[A-Za-z0-9._-]+$" },
	  [NAME] = { .name = "name", .kind = IN_TEXT, .min = 1, .max = 60 }, [LOGIN] = { .name = "login", .kind = IN_LOGIN });

/* PUT /api/v1/students/:id; a field that was not sent stays as it is */
int api_students_change(struct request *req, struct response *res)
{
	struct student s;
	struct student_input in;
	struct input_errors errors;
	enum student_fault fault = STUDENT_FINE;
	enum err e = ERR_NONE;
	int status = load(req, res, &s);
	int version = status ? 0 : s.version;
	if (!status)
		status = api_match(req, res, &version);
	if (status)
		return status;
	if (take(req, &(struct student_input){ s.student_number, s.name, s.login ? s.login : "" }, &in, &errors))
		e = model_act_student_change(req, &s, &in, version, &fault);
	status = explain(req, res, fault, &errors);
	return status ? status : e ? response_err(res, e, NULL) : answer(req, res, 200, s.id);
}

/* DELETE /api/v1/students/:id: off the roster; the applications are deleted, builds and history stay */
int api_students_remove(struct request *req, struct response *res)
{
	struct student s;
	int status = load(req, res, &s);
	if (!status)
		status = input_none(req, res);
	if (status)
		return status;
	enum err e = model_act_student_remove(req, &s);
	return e ? response_err(res, e, NULL) : answer(req, res, 200, s.id);
}

/* --- many at once ---------------------------------------------------------------------------------------------------------- */

static const char *change_word(int x)
{
	return roster_change_name((enum roster_change)x);
}

SHAPE(shape_roster_line, "RosterLine", struct roster_line,
      MEMBER("line", SHAPE_INT, struct roster_line, number, .about = "of the text, from 1"),
      MEMBER("student_number", SHAPE_STRING, struct roster_line, student_number),
      MEMBER("name", SHAPE_STRING, struct roster_line, name), MEMBER("login", SHAPE_STRING, struct roster_line, login),
      MEMBER("repo_url", SHAPE_STRING, struct roster_line, repo_url),
      MEMBER("change", SHAPE_WORD, struct roster_line, change, .word = change_word, .words = ROSTER_CHANGE__MAX),
      MEMBER("new_account", SHAPE_BOOL, struct roster_line, new_account),
      MEMBER("new_project", SHAPE_BOOL, struct roster_line, new_project),
      MEMBER("fault", SHAPE_TEXT, struct roster_line, fault, .about = "why the line is left out"),
      MEMBER("student_id", SHAPE_ID, struct roster_line, student_id, .about = "once it is done"),
      MEMBER("project_id", SHAPE_ID, struct roster_line, project_id, .about = "of a new one, once it is done"));

struct import {
	struct roster roster;
	bool done;
};
SHAPE(shape_roster, "Roster", struct import, MEMBER("done", SHAPE_BOOL, struct import, done, .about = "false: a rehearsal"),
      MEMBER("count", SHAPE_INT, struct import, roster.count), MEMBER("faults", SHAPE_INT, struct import, roster.wrong),
      MEMBER("changes", SHAPE_INT, struct import, roster.changes),
      MEMBER("lines", SHAPE_ROWS, struct import, roster.lines, .of = &shape_roster_line,
	     .count_at = offsetof(struct import, roster.count)));

enum { CSV, ACCOUNTS, PROJECT, REPOSITORY, CONFIRMED, ROSTER_FIELDS };
enum { CSV_MAX = 500 << 10 };
INPUT_SET(body_api_roster,
	  [CSV] = { .name = "csv",
		    .kind = IN_LINES,
		    .required = true,
		    .max = CSV_MAX,
		    .about = "number, name and, if wanted, login and repository; a first line may name the columns" },
	  [ACCOUNTS] = { .name = "accounts", .kind = IN_BOOL, .about = "an account for each student without one" },
	  [PROJECT] = { .name = "project", .kind = IN_SLUG, .max = 40, .about = "a project of that name for each who has none" },
	  [REPOSITORY] = { .name = "repo_url",
			   .kind = IN_TEXT,
			   .max = 500,
			   .about = "its repository: {login}, {number}, {project}" },
	  [CONFIRMED] = { .name = "confirmed", .kind = IN_BOOL, .about = "without it a rehearsal: what each line would do" });

/* POST /api/v1/courses/:id/roster */
int api_roster_import(struct request *req, struct response *res)
{
	struct course c;
	struct input_value v[ROSTER_FIELDS];
	struct input_errors errors = { 0 };
	struct import done = { 0 };
	const char *why;
	enum err e = model_courses_get(request_db(req), req->arena, request_id_param(req, "id"), &c);
	if (e)
		return response_err(res, e, NULL);
	int status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	struct roster_options o = { .accounts = v[ACCOUNTS].flag,
				    .project = v[PROJECT].present ? v[PROJECT].text : NULL,
				    .repo_url = v[REPOSITORY].text,
				    .repo_schemes = req->app->config->repo_schemes };
	e = model_roster_read(request_db(req), req->arena, c.id, v[CSV].text, strlen(v[CSV].text), &o, &done.roster, &why);
	if (e == ERR_INVALID || e == ERR_TOO_LARGE) {
		input_fail(req, &errors, "csv", why);
		return input_conflict(res, &errors);
	}
	if (!e && v[CONFIRMED].flag)
		e = model_act_roster_import(req, &c, &o, &done.roster, &why);
	if (e == ERR_INVALID || e == ERR_CONFLICT)
		return response_error(res, 409, why);
	if (e)
		return response_err(res, e, NULL);
	done.done = v[CONFIRMED].flag;
	for (int i = 0; i < done.roster.count; i++)
		if (done.roster.lines[i].fault)
			done.roster.lines[i].fault = api_string(req, done.roster.lines[i].fault);
	return api_row(res, 200, &shape_roster, &done);
}

/* --- first passwords ----------------------------------------------------------------------------------------------------------
 */

#define INVITED_MEMBERS                                                                                                          \
	MEMBER("student_id", SHAPE_INT64, struct student_invited, student_id),                                                   \
		MEMBER("student_number", SHAPE_STRING, struct student_invited, number),                                          \
		MEMBER("name", SHAPE_STRING, struct student_invited, name),                                                      \
		MEMBER("login", SHAPE_STRING, struct student_invited, login)
SHAPE(shape_uninvited_student, "StudentWithoutPassword", struct student_invited, INVITED_MEMBERS);
SHAPE_LIST(shape_uninvited, "StudentWithoutPasswordList", shape_uninvited_student);
SHAPE(shape_invitation, "StudentInvitation", struct student_invited, INVITED_MEMBERS,
      MEMBER("invitation_url", SHAPE_STRING, struct student_invited, url,
	     .about = "shown once: whoever has it sets the password"),
      MEMBER("expires_at", SHAPE_TIME, struct student_invited, expires_at));
SHAPE_LIST(shape_invitations, "StudentInvitationList", shape_invitation);

INPUT_SET(body_api_invite, { .name = "student_id", .kind = IN_ID, .about = "that student alone, whatever password there is" });

/* GET /api/v1/courses/:id/invitations: by name, at most INVITED_MAX */
int api_students_uninvited(struct request *req, struct response *res)
{
	struct course c;
	struct student_invited *rows;
	int count;
	enum err e = model_courses_get(request_db(req), req->arena, request_id_param(req, "id"), &c);
	if (!e)
		e = model_course_uninvited(req, c.id, 0, &rows, &count);
	return e ? response_err(res, e, NULL) : api_rows(res, rows, count, NULL);
}

/* POST /api/v1/courses/:id/invitations */
int api_students_invite(struct request *req, struct response *res)
{
	struct course c;
	struct input_value v[1];
	struct student_invited *rows;
	int count;
	enum err e = model_courses_get(request_db(req), req->arena, request_id_param(req, "id"), &c);
	if (e)
		return response_err(res, e, NULL);
	int status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	e = model_course_uninvited(req, c.id, v[0].number, &rows, &count);
	if (!e && v[0].present && !count)
		return response_error(res, 409, api_string(req, "invite.cannot"));
	if (!e)
		e = model_act_students_invite(req, rows, count);
	if (e)
		return response_err(res, e, NULL);
	response_header(res, "Location", arena_printf(req->arena, "/api/v1/courses/%lld/invitations", (long long)c.id));
	status = api_rows(res, rows, count, NULL);
	return status == 200 ? 201 : status;
}
