/* Courses: their list, one at a glance, one act on many of its projects. The forms are in course_forms.c. */
#include <string.h>

#include "auth/authorize.h"
#include "base/arena.h"
#include "model/builds.h"
#include "model/bulk.h"
#include "model/courses.h"
#include "model/glance.h"
#include "model/projects.h"
#include "model/settings.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { GLANCE_ROWS = 500 };

INPUT_SET(query_courses, { .name = "archived", .kind = IN_BOOL });

int page_courses_list(struct request *req, struct response *res)
{
	struct input_value in[1];
	struct course *courses;
	int count;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	enum err e = model_courses_list(request_db(req), req->arena, in[0].flag, &courses, &count);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	view_set(v, "Page.title", view_string(v, in[0].flag ? "courses.archived" : "courses.title"));
	frame_filter(v, req, in);
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Courses", i);
		view_set_int(row, "id", courses[i].id);
		view_set(row, "code", courses[i].code);
		view_set(row, "name", courses[i].name);
		view_set_int(row, "students", courses[i].students);
		view_set_int(row, "running", courses[i].running);
		view_set_int(row, "failed", courses[i].failed);
	}
	return page_answer(res, 200, v, "courses_list");
}

/* The course of the path: 0, or the answered status. */
static int load(struct request *req, struct response *res, struct course *c)
{
	enum err e = model_courses_get(request_db(req), req->arena, request_id_param(req, "id"), c);
	return e ? response_err(res, e, NULL) : 0;
}

void part_course_frame(struct view *v, struct request *req, const struct course *c, const char *title)
{
	frame_crumb(v, "/courses", view_string(v, "courses.title"));
	frame_crumb(v, title ? arena_printf(req->arena, "/courses/%lld", (long long)c->id) : NULL, c->code);
	if (title)
		frame_crumb(v, NULL, title);
	view_set(v, "Page.title", title ? arena_printf(req->arena, "%s · %s", title, c->code) : c->name);
	view_set(v, "Nav", "/courses");
	view_set_int(v, "Course.id", c->id);
	view_set(v, "Course.code", c->code);
	view_set(v, "Course.name", c->name);
	view_set_bool(v, "Course.archived", c->archived_at != NULL);
	view_set_int(v, "Course.students", c->students);
	view_set_int(v, "Course.running", c->running);
	view_set_int(v, "Course.failed", c->failed);
}

void part_course_choice(struct view *v, const struct course *courses, int count)
{
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Courses", i);
		view_set_int(row, "value", courses[i].id);
		view_set(row, "word", arena_printf(view_arena(v), "%s %s", courses[i].code, courses[i].name));
	}
}

enum { Q, STATE, BUILD, FAILED, SORT, ALL, QUERY_FIELDS };
INPUT_SET(query_course, [Q] = { .name = "q", .kind = IN_TEXT, .max = 100 },
	  [STATE] = { .name = "state", .kind = IN_ENUM, .choices = APP_STATES },
	  [BUILD] = { .name = "build", .kind = IN_ENUM, .choices = BUILD_STATUSES "|none" },
	  [FAILED] = { .name = "failed", .kind = IN_BOOL },
	  [SORT] = { .name = "sort", .kind = IN_ENUM, .choices = GLANCE_ORDERS }, [ALL] = { .name = "all", .kind = IN_BOOL });

static struct glance_filter filter(int64_t course_id, const struct input_value *in)
{
	struct glance_filter f = { .course_id = course_id,
				   .search = in[Q].text,
				   .app_state = in[STATE].present ? in[STATE].text : NULL,
				   .build_status = in[BUILD].present ? in[BUILD].text : NULL,
				   .failed = in[FAILED].flag,
				   .limit = GLANCE_ROWS };
	glance_order(&f, in[SORT].present ? in[SORT].text : NULL);
	return f;
}

static void show_row(struct view *v, const struct glance_row *g, const struct settings *s)
{
	view_set(v, "student", g->student_name);
	view_set_int(v, "student_id", g->student_id);
	view_set(v, "number", g->student_number);
	if (!g->project_id)
		return;
	view_set_int(v, "id", g->project_id);
	view_set(v, "name", g->project_name);
	view_set(v, "state", g->app_state);
	view_set(v, "badge", part_app_badge(g->app_state));
	view_set(v, "word", frame_word(v, "app", g->app_state));
	const char *reason = g->deployment_reason ? g->deployment_reason : g->app_reason;
	view_set(v, "short", reason ? part_say(v, "dreason", reason, ".short", NULL) : NULL);
	view_set_bool(v, "drift", g->drift != NULL);
	view_set_time(v, "pushed", g->pushed_at);
	if (!strcmp(g->app_state, "running"))
		part_app(v, s, g->base_domain, g->project_id);
	if (!g->build_id)
		return;
	view_set_int(v, "build.id", g->build_id);
	view_set(v, "build.status", g->build_status);
	view_set(v, "build.word", frame_word(v, "status", g->build_status));
	view_set(v, "build.commit", g->build_commit);
	if (g->build_reason)
		view_set(v, "build.short", frame_word(v, arena_printf(view_arena(v), "reason.%s", g->build_reason), "short"));
}

/* GET /courses/:id: every student, by one statement. */
int page_courses_show(struct request *req, struct response *res)
{
	struct input_value in[QUERY_FIELDS];
	struct course c;
	struct glance found;
	struct settings *s;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (!refused)
		refused = load(req, res, &c);
	if (refused)
		return refused;
	struct glance_filter f = filter(c.id, in);
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (!e)
		e = model_glance_read(request_db(req), req->arena, &f, &found);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	part_course_frame(v, req, &c, NULL);
	frame_filter(v, req, in);
	frame_sort(v, req, in, GLANCE_SORTS, in[SORT].present ? in[SORT].text : "name");
	view_options(v, "States", APP_STATES, "app", in[STATE].text);
	view_options(v, "Statuses", BUILD_STATUSES "|none", "status", in[BUILD].text);
	for (int i = 0; i < found.count; i++)
		show_row(view_row(v, "Rows", i), &found.rows[i], s);
	view_set(v, "All", frame_link(req, in, "all", in[ALL].flag ? NULL : "1"));
	view_set_int(v, "Count", found.count);
	view_set_bool(v, "Cut", found.more);
	return page_answer(res, 200, v, "courses_show");
}

enum { ACTION, PROJECTS, CONFIRMED, ACT_FIELDS };
INPUT_SET(body_course_act, [ACTION] = { .name = "action", .kind = IN_ENUM, .required = true, .choices = BULK_ACTIONS },
	  [PROJECTS] = { .name = "project", .kind = IN_IDS, .max = BULK_MAX },
	  [CONFIRMED] = { .name = "confirmed", .kind = IN_BOOL });

/* Before it is done every project is named, with what would happen to it; afterwards what came of it. */
static int show_act(struct request *req, struct response *res, const struct course *c, enum deployment_action action, bool done,
		    const struct bulk_row *rows, int count)
{
	struct view *v = page_view(req);
	int able = 0;
	part_course_frame(v, req, c, frame_word(v, "bulk", deployment_action_name(action)));
	view_set(v, "Action", deployment_action_name(action));
	view_set(v, "Question", frame_word(v, "bulk.question", deployment_action_name(action)));
	view_set_bool(v, "Done", done);
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Rows", i);
		view_set_int(row, "id", rows[i].project_id);
		view_set(row, "name", rows[i].project_name);
		view_set(row, "student", rows[i].student_name);
		view_set(row, "number", rows[i].student_number);
		view_set(row, "badge", part_app_badge(rows[i].app_state));
		view_set(row, "word", frame_word(row, "app", rows[i].app_state));
		view_set(row, "commit", rows[i].commit_sha);
		if (rows[i].refusal)
			view_set(row, "refusal", frame_word(row, "refused", deployment_refusal_name(rows[i].refusal)));
		able += done ? rows[i].asked : rows[i].refusal == REFUSED_NOT;
	}
	view_set_int(v, "Able", able);
	view_set_int(v, "Unable", count - able);
	return page_answer(res, 200, v, "courses_act");
}

/* POST /courses/:id/act: without `confirmed` it asks back. */
int page_courses_act(struct request *req, struct response *res)
{
	struct input_value in[ACT_FIELDS];
	struct course c;
	struct bulk_row *rows;
	enum deployment_action action;
	int count, refused = load(req, res, &c);
	if (!refused)
		refused = input_check(req, res, INPUT_BODY, in);
	if (refused)
		return refused;
	if (!in[PROJECTS].present)
		return page_redirect_notice(res, arena_printf(req->arena, "/courses/%lld", (long long)c.id),
					    "notice.none_chosen");
	if (!deployment_action_parse(in[ACTION].text, &action))
		return response_error(res, 422, NULL);
	enum err e = model_bulk_plan(request_db(req), req->arena, c.id, arena_printf(req->arena, "{%s}", in[PROJECTS].text),
				     action, &rows, &count);
	if (!e && in[CONFIRMED].flag)
		e = model_bulk_act(req, action, rows, count);
	return e ? response_err(res, e, NULL) : show_act(req, res, &c, action, in[CONFIRMED].flag, rows, count);
}
