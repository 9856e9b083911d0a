/* Students: one with projects and account, the forms to add, change and take off the roster. */
#include "auth/authorize.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/csv.h"
#include "model/course_acts.h"
#include "model/courses.h"
#include "model/projects.h"
#include "model/settings.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { PROJECTS = 50 };

int part_load_student(struct request *req, struct response *res, struct student *s)
{
	enum err e = model_students_get(request_db(req), req->arena, request_id_param(req, "id"), s);
	return e ? response_err(res, e, NULL) : 0;
}

void part_student_frame(struct view *v, struct request *req, const struct student *s, const char *title)
{
	const char *home = arena_printf(req->arena, "/students/%lld", (long long)s->id);
	frame_crumb(v, "/courses", view_string(v, "courses.title"));
	frame_crumb(v, arena_printf(req->arena, "/courses/%lld", (long long)s->course_id), s->course_code);
	frame_crumb(v, title ? home : NULL, s->name);
	if (title)
		frame_crumb(v, NULL, view_string(v, title));
	view_set(v, "Page.title", title ? arena_printf(req->arena, "%s · %s", view_string(v, title), s->name) : s->name);
	view_set(v, "Nav", "/courses");
	view_set(v, "Home", home);
	view_set_int(v, "Student.id", s->id);
	view_set(v, "Student.name", s->name);
	view_set(v, "Student.number", s->student_number);
	view_set(v, "Student.course", s->course_name);
	view_set_int(v, "Student.course_id", s->course_id);
	view_set(v, "Student.login", s->login);
	view_set_bool(v, "Student.has_password", s->has_password);
	view_set_time(v, "Student.left", s->left_at);
}

static struct view *frame(struct request *req, const struct student *s, const char *title)
{
	struct view *v = page_view(req);
	part_student_frame(v, req, s, title);
	return v;
}

int page_students_show(struct request *req, struct response *res)
{
	struct student s;
	struct settings *settings;
	struct project_list found;
	int refused = part_load_student(req, res, &s);
	if (refused)
		return refused;
	struct project_filter f = { .student_id = s.id, .limit = PROJECTS };
	enum err e = model_settings_load(request_db(req), req->arena, &settings);
	if (!e)
		e = model_projects_list(request_db(req), req->arena, &f, &found);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = frame(req, &s, NULL);
	for (int i = 0; i < found.count; i++)
		part_project_row(view_row(v, "Projects", i), &found.rows[i], settings);
	return page_answer(res, 200, v, "students_show");
}

enum { NUMBER, NAME, LOGIN, NEW_FIELDS, VERSION = NEW_FIELDS, FIELDS };
#define STUDENT_INPUT                                                                                                            \
	[NUMBER] = { .name = "number", .kind = IN_TEXT, .required = true, .min = 1, .max = 40 },                                 \
	[NAME] = { .name = "name", .kind = IN_TEXT, .required = true, .min = 1, .max = 60 },                                     \
	[LOGIN] = { .name = "login", .kind = IN_LOGIN }
INPUT_SET(body_student_new, STUDENT_INPUT);
INPUT_SET(body_student,
	  STUDENT_INPUT, [VERSION] = { .name = "version", .kind = IN_INT, .required = true, .min = 1, .max = INT32_MAX });

/* Reads the form of the route and its rule that no kind of input knows. */
static bool take(struct request *req, struct input_value *in, struct input_errors *errors, struct student_input *out)
{
	bool read = input_read_(req, INPUT_BODY, in, req->route->body->count, errors);
	if (read && !student_number_valid(in[NUMBER].text))
		input_fail(req, errors, "number", "roster.fault.number");
	*out = (struct student_input){ in[NUMBER].text, in[NAME].text, in[LOGIN].text };
	return !errors->count;
}

/* What the model says against it, at its field. */
static void explain(struct request *req, enum student_fault fault, struct input_errors *errors)
{
	switch (fault) {
	case STUDENT_NO_ACCOUNT:
		input_fail(req, errors, "login", "roster.fault.no_account");
		break;
	case STUDENT_NUMBER_TAKEN:
		input_fail(req, errors, "number", "error.taken");
		break;
	case STUDENT_STALE:
		input_fail(req, errors, "", "error.changed_meanwhile");
		break;
	case STUDENT_FINE:
		break;
	}
}

static int show_form(struct response *res, struct view *v, const struct input_set *set, const struct input_value *in,
		     const struct input_errors *errors)
{
	frame_form(v, set, in, errors);
	return page_answer(res, errors && errors->count ? 422 : 200, v, "students_edit");
}

static int load_course(struct request *req, struct response *res, struct course *c)
{
	enum err e = model_courses_get(request_db(req), req->arena, request_id_param(req, "id"), c);
	return e ? response_err(res, e, NULL) : 0;
}

static int show_new(struct request *req, struct response *res, const struct course *c, const struct input_value *in,
		    const struct input_errors *errors)
{
	struct view *v = page_view(req);
	part_course_frame(v, req, c, view_string(v, "students.new"));
	view_set(v, "Title", view_string(v, "students.new"));
	view_set(v, "Back", arena_printf(req->arena, "/courses/%lld", (long long)c->id));
	return show_form(res, v, &body_student_new, in, errors);
}

int page_students_new(struct request *req, struct response *res)
{
	struct course c;
	struct input_value in[NEW_FIELDS] = { [NUMBER].text = "", [NAME].text = "", [LOGIN].text = "" };
	int refused = load_course(req, res, &c);
	return refused ? refused : show_new(req, res, &c, in, NULL);
}

int page_students_add(struct request *req, struct response *res)
{
	struct course c;
	struct input_value in[NEW_FIELDS];
	struct input_errors errors;
	struct student_input wanted;
	enum student_fault fault = STUDENT_FINE;
	int64_t id;
	int refused = load_course(req, res, &c);
	if (refused)
		return refused;
	enum err e = take(req, in, &errors, &wanted) ? model_act_student_add(req, &c, &wanted, &id, &fault) : ERR_NONE;
	explain(req, fault, &errors);
	if (errors.count)
		return show_new(req, res, &c, in, &errors);
	if (e)
		return response_err(res, e, NULL);
	return page_redirect_notice(res, arena_printf(req->arena, "/students/%lld", (long long)id), "notice.student");
}

static int show_edit(struct request *req, struct response *res, const struct student *s, const struct input_value *in,
		     const struct input_errors *errors)
{
	struct view *v = frame(req, s, "students.edit");
	view_set(v, "Title", view_string(v, "students.edit"));
	view_set(v, "Back", arena_printf(req->arena, "/students/%lld", (long long)s->id));
	return show_form(res, v, &body_student, in, errors);
}

int page_students_edit(struct request *req, struct response *res)
{
	struct student s;
	int refused = part_load_student(req, res, &s);
	if (refused)
		return refused;
	struct input_value in[FIELDS] = { [NUMBER].text = s.student_number,
					  [NAME].text = s.name,
					  [LOGIN].text = s.login ? s.login : "",
					  [VERSION].text = frame_number(req->arena, s.version) };
	return show_edit(req, res, &s, in, NULL);
}

int page_students_change(struct request *req, struct response *res)
{
	struct student s;
	struct input_value in[FIELDS];
	struct input_errors errors;
	struct student_input wanted;
	enum student_fault fault = STUDENT_FINE;
	int refused = part_load_student(req, res, &s);
	if (refused)
		return refused;
	enum err e = take(req, in, &errors, &wanted) ? model_act_student_change(req, &s, &wanted, (int)in[VERSION].number, &fault)
						     : ERR_NONE;
	explain(req, fault, &errors);
	if (errors.count)
		return show_edit(req, res, &s, in, &errors);
	if (e)
		return response_err(res, e, NULL);
	return page_redirect_notice(res, arena_printf(req->arena, "/students/%lld", (long long)s.id), "notice.student");
}

int page_students_remove_form(struct request *req, struct response *res)
{
	struct student s;
	int refused = part_load_student(req, res, &s);
	return refused ? refused : page_answer(res, 200, frame(req, &s, "students.remove"), "students_remove");
}

int page_students_remove(struct request *req, struct response *res)
{
	struct student s;
	int refused = part_load_student(req, res, &s);
	if (!refused)
		refused = input_none(req, res);
	if (refused)
		return refused;
	enum err e = model_act_student_remove(req, &s);
	if (e)
		return response_err(res, e, NULL);
	return page_redirect_notice(res, arena_printf(req->arena, "/courses/%lld", (long long)s.course_id),
				    "notice.student_removed");
}

/* --- first passwords --------------------------------------------------------------------------------------------------- */

static void show_invited(struct view *v, const struct student_invited *rows, int count, bool made)
{
	struct buf text = { .cap = 1 << 20 };
	struct csv table = csv_begin(&text);
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Invited", i);
		view_set_int(row, "id", rows[i].student_id);
		view_set(row, "number", rows[i].number);
		view_set(row, "name", rows[i].name);
		view_set(row, "login", rows[i].login);
		view_set(row, "url", rows[i].url);
		csv_text(&table, rows[i].number);
		csv_text(&table, rows[i].name);
		csv_text(&table, rows[i].login);
		csv_text(&table, rows[i].url);
		csv_end_row(&table);
	}
	if (made && count) {
		view_set(v, "Csv", arena_memdup(view_arena(v), text.data, text.len));
		view_set_time(v, "Expires", rows[0].expires_at);
	}
	view_set_bool(v, "Made", made);
	buf_free(&text);
}

/* Of a whole course: who would get a link, or those links. */
static int invite_course(struct request *req, struct response *res, bool make)
{
	struct course c;
	struct student_invited *rows;
	int count, refused = load_course(req, res, &c);
	if (!refused && make)
		refused = input_none(req, res);
	if (refused)
		return refused;
	enum err e = model_course_uninvited(req, c.id, 0, &rows, &count);
	if (!e && make)
		e = model_act_students_invite(req, rows, count);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	part_course_frame(v, req, &c, view_string(v, "invite.title"));
	view_set(v, "Back", arena_printf(req->arena, "/courses/%lld", (long long)c.id));
	show_invited(v, rows, count, make);
	return make ? page_answer_once(res, arena_printf(req->arena, "/courses/%lld/invite", (long long)c.id), v,
				       "students_invited")
		    : page_answer(res, 200, v, "students_invited");
}

int page_course_invite_form(struct request *req, struct response *res)
{
	return invite_course(req, res, false);
}

int page_course_invite(struct request *req, struct response *res)
{
	return invite_course(req, res, true);
}

/* POST /students/:id/invite: a new link for whoever lost the password, too; the old one works until the new one is set. */
int page_students_invite(struct request *req, struct response *res)
{
	struct student s;
	struct student_invited *rows;
	int count, refused = part_load_student(req, res, &s);
	if (!refused)
		refused = input_none(req, res);
	if (refused)
		return refused;
	enum err e = model_course_uninvited(req, s.course_id, s.id, &rows, &count);
	if (!e && !count)
		return response_error(res, 409, view_catalogue(req->language, "invite.cannot"));
	if (!e)
		e = model_act_students_invite(req, rows, count);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = frame(req, &s, "invite.title");
	const char *home = arena_printf(req->arena, "/students/%lld", (long long)s.id);
	view_set(v, "Back", home);
	show_invited(v, rows, count, true);
	return page_answer_once(res, home, v, "students_invited");
}
