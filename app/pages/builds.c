/* Builds: a project's history, one build with its log, cancel and build again, and the queue. */
#include <string.h>

#include "auth/authorize.h"
#include "base/arena.h"
#include "base/str.h"
#include "model/acts.h"
#include "model/builds.h"
#include "model/settings.h"
#include "pages/build_log.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { HISTORY_ROWS = 50 };

INPUT_SET(query_history, { .name = "status", .kind = IN_ENUM, .choices = BUILD_STATUSES },
	  { .name = "branch", .kind = IN_BRANCH }, { .name = "before", .kind = IN_ID });

static void show_filter(struct view *v, struct request *req, const struct input_value *in)
{
	static const char *const statuses[] = { "pending", "running", "success", "failed", "cancelled" };
	view_set(v, "Filter.status", in[0].text);
	view_set(v, "Filter.branch", in[1].text);
	view_set_bool(v, "Filtered", in[0].present || in[1].present || in[2].present);
	for (int i = 0; i < 5; i++) {
		struct view *row = view_row(v, "Statuses", i);
		view_set(row, "value", statuses[i]);
		view_set(row, "word", part_word(v, req->arena, "status", statuses[i]));
	}
}

static void show_pager(struct view *v, struct request *req, const struct input_value *in, const struct build_list *found)
{
	const char *base = arena_printf(req->arena, "%s?status=%s&branch=%s", req->path, in[0].text,
					str_url_encode(req->arena, in[1].text, false));
	if (found->more)
		view_set(v, "Older",
			 arena_printf(req->arena, "%s&before=%lld", base, (long long)found->rows[found->count - 1].id));
	if (in[2].present)
		view_set(v, "Newer", base);
}

int page_builds_history(struct request *req, struct response *res)
{
	struct input_value in[3];
	struct build_project p;
	struct build_list found;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	struct build_filter f = {
		.project_id = request_id_param(req, "id"),
		.status = in[0].present ? in[0].text : NULL,
		.branch = in[1].present ? in[1].text : NULL,
		.before = in[2].number,
		.limit = HISTORY_ROWS,
	};
	enum err e = model_builds_history(request_db(req), req->arena, &f, &p, &found);
	if (e == ERR_NONE)
		e = authorize(&req->actor, ACTION_VIEW, object_project(p.student_user_id));
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	const char *title = view_string(v, "history.title");
	view_set(v, "Page.title", arena_printf(req->arena, "%s · %s", title, p.name));
	part_crumb(v, 0, req->actor.role >= ROLE_TEACHER ? "/projects" : "/me", view_string(v, "projects.title"));
	part_crumb(v, 1, arena_printf(req->arena, "/projects/%lld", (long long)p.id), p.name);
	part_crumb(v, 2, NULL, title);
	view_set(v, "Self", req->path);
	view_set(v, "Student", p.student_name);
	show_filter(v, req, in);
	for (int i = 0; i < found.count; i++)
		part_build_row(view_row(v, "Builds", i), req->arena, &found.rows[i]);
	show_pager(v, req, in, &found);
	return page_answer(res, 200, v, "builds_history");
}

/* One build that the user may do that with: 0, or the answered status. */
static int load(struct request *req, struct response *res, enum action right, struct build *b)
{
	enum err e = model_builds_get(request_db(req), req->arena, request_id_param(req, "id"), b);
	if (e == ERR_NONE)
		e = authorize(&req->actor, right, object_project(b->student_user_id));
	return e == ERR_NONE ? 0 : response_err(res, e, NULL);
}

static void show_phases(struct view *v, struct request *req, const struct build *b, const struct build_event *events, int count)
{
	int n = 0;
	for (int i = 0; i < count; i++) {
		if (strcmp(events[i].kind, "phase"))
			continue;
		struct view *row = view_row(v, "Phases", n++);
		view_set(row, "word", part_word(v, req->arena, "phase", events[i].value));
		view_set_time(row, "at", events[i].at);
		view_set_bool(row, "now", build_is_live(b->status) && !strcmp(events[i].value, build_phase_name(b->phase)));
	}
}

/* Read by build_log.c. */
INPUT_SET(query_log, { .name = "from", .kind = IN_INT }, { .name = "until", .kind = IN_INT },
	  { .name = "line", .kind = IN_INT, .max = INT32_MAX });

int page_builds_show(struct request *req, struct response *res)
{
	struct build b;
	struct build_event *events;
	struct input_value in[3];
	int count;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (!refused)
		refused = load(req, res, ACTION_VIEW, &b);
	if (refused)
		return refused;
	enum err e = model_builds_events(request_db(req), req->arena, b.id, &events, &count);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	const char *title = arena_printf(req->arena, "%s %lld", view_string(v, "build.title"), (long long)b.id);
	view_set(v, "Page.title", arena_printf(req->arena, "%s · %s", title, b.project_name));
	part_crumb(v, 0, req->actor.role >= ROLE_TEACHER ? "/projects" : "/me", view_string(v, "projects.title"));
	part_crumb(v, 1, arena_printf(req->arena, "/projects/%lld", (long long)b.project_id), b.project_name);
	part_crumb(v, 2, arena_printf(req->arena, "/projects/%lld/builds", (long long)b.project_id),
		   view_string(v, "history.title"));
	part_crumb(v, 3, NULL, title);
	part_build(view_row(v, "One", 0), req->arena, &b);
	view_set_bool(v, "May.build", authorized(&req->actor, ACTION_BUILD, object_project(b.student_user_id)));
	view_set_bool(v, "May.deploy", b.digest && authorized(&req->actor, ACTION_DEPLOY, object_project(b.student_user_id)));
	show_phases(v, req, &b, events, count);
	build_log_show(req, v, &b);
	return page_answer(res, 200, v, "builds_show");
}

int page_builds_cancel(struct request *req, struct response *res)
{
	struct build b;
	int refused = load(req, res, ACTION_BUILD, &b);
	if (refused)
		return refused;
	enum err e = model_act_cancel(req, &b);
	if (e == ERR_CONFLICT)
		return response_error(res, 409, view_catalogue(req->language, "refused.build_ended"));
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	return page_redirect_notice(res, arena_printf(req->arena, "/builds/%lld", (long long)b.id), "notice.cancel");
}

/* Starts a build of a project and leads to it; commit NULL: the branch's head. */
static int start(struct request *req, struct response *res, const struct project *p, const char *branch, const char *commit)
{
	int64_t id;
	bool created;
	const char *why;
	enum err e = model_act_build(req, p, branch, commit, &id, &created, &why);
	if (e == ERR_NOT_FOUND || e == ERR_INVALID)
		return response_error(
			res, 409,
			arena_printf(req->arena, "%s %s", view_catalogue(req->language, model_act_build_refusal(e)), why));
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	return page_redirect_notice(res, arena_printf(req->arena, "/builds/%lld", (long long)id), "notice.again");
}

int page_builds_again(struct request *req, struct response *res)
{
	struct build b;
	struct project p;
	int refused = load(req, res, ACTION_BUILD, &b);
	if (refused)
		return refused;
	enum err e = model_projects_get(request_db(req), req->arena, b.project_id, &p);
	return e == ERR_NONE ? start(req, res, &p, b.branch, b.commit_sha) : response_err(res, e, NULL);
}

int page_builds_start(struct request *req, struct response *res)
{
	struct project p;
	int refused = part_load_project(req, res, ACTION_BUILD, &p);
	return refused ? refused : start(req, res, &p, NULL, NULL);
}

int page_queue(struct request *req, struct response *res)
{
	struct build_queue q;
	struct settings *s;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (e == ERR_NONE)
		e = model_builds_queue(request_db(req), req->arena, &q);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	view_set(v, "Page.title", view_string(v, "queue.title"));
	view_set(v, "Nav", "/queue");
	view_set_int(v, "Running", q.running);
	view_set_int(v, "Waiting", q.waiting);
	view_set_int(v, "Limit", settings_int(s, SETTING_BUILD_LIMIT));
	for (int i = 0; i < q.count; i++) {
		struct view *row = view_row(v, "Queue", i);
		part_build(row, req->arena, &q.rows[i].build);
		view_set(row, "course", q.rows[i].build.course_code);
		if (!q.rows[i].position)
			continue;
		view_set_int(row, "position", q.rows[i].position);
		view_set(row, "why", view_string(v, q.rows[i].own_running ? "queue.own_running" : "queue.limit"));
	}
	return page_answer(res, 200, v, "queue");
}
