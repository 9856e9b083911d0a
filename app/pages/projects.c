/* Projects: the list of all for staff, one's own for students, and one project with everything about it. */
#include <string.h>

#include "auth/authorize.h"
#include "base/arena.h"
#include "base/str.h"
#include "model/builds.h"
#include "model/deployments.h"
#include "model/idle.h"
#include "model/projects.h"
#include "model/settings.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { LIST_ROWS = 50, RECENT_BUILDS = 5, RECENT_DEPLOYMENTS = 3 };

int page_home(struct request *req, struct response *res)
{
	return response_redirect(res, req->actor.role >= ROLE_TEACHER ? "/courses" : "/me");
}

enum { Q, STATE, CURSOR, LIST_FIELDS };
INPUT_SET(query_projects, [Q] = { .name = "q", .kind = IN_TEXT, .max = 100 },
	  [STATE] = { .name = "state", .kind = IN_ENUM, .choices = APP_STATES }, [CURSOR] = { .name = "before", .kind = IN_ID });

/* The list with its filter; user_id restricts it to that user's own. */
static int list(struct request *req, struct response *res, int64_t user_id)
{
	struct input_value in[LIST_FIELDS];
	struct project_list found;
	struct settings *s;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	struct project_filter f = {
		.search = in[Q].text,
		.state = in[STATE].present ? in[STATE].text : NULL,
		.user_id = user_id,
		.before = in[CURSOR].number,
		.limit = LIST_ROWS,
	};
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (e == ERR_NONE)
		e = model_projects_list(request_db(req), req->arena, &f, &found);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	if (user_id && found.count == 1 && !f.before && !*f.search && !f.state)
		return response_redirect(res, arena_printf(req->arena, "/projects/%lld", (long long)found.rows[0].id));
	struct view *v = page_view(req);
	view_set(v, "Page.title", view_string(v, user_id ? "projects.mine" : "projects.title"));
	frame_filter(v, req, in);
	view_options(v, "States", APP_STATES, "app", in[STATE].text);
	for (int i = 0; i < found.count; i++)
		part_project_row(view_row(v, "Projects", i), &found.rows[i], s);
	frame_pager(v, req, in, "before", found.more ? frame_number(req->arena, found.rows[found.count - 1].id) : NULL);
	return page_answer(res, 200, v, "projects_list");
}

int page_projects_list(struct request *req, struct response *res)
{
	return list(req, res, 0);
}

int page_me(struct request *req, struct response *res)
{
	return list(req, res, req->actor.id);
}

static void show_rights(struct view *v, const struct actor *actor, struct object o)
{
	view_set_bool(v, "May.build", authorized(actor, ACTION_BUILD, o));
	view_set_bool(v, "May.deploy", authorized(actor, ACTION_DEPLOY, o));
	view_set_bool(v, "May.delete", authorized(actor, ACTION_DELETE, o));
	view_set_bool(v, "May.repair", actor->role >= ROLE_TEACHER);
	view_set_bool(v, "May.configure", authorized(actor, ACTION_CONFIGURE, o));
}

/* What a project's page reads; one query each, none a row. */
struct detail {
	struct settings *settings;
	struct build_list builds;
	struct deployment_list deployments;
	struct idle idle;
};

static enum err load_detail(struct request *req, int64_t id, struct detail *d)
{
	struct db *db = request_db(req);
	struct build_filter f = { .project_id = id, .limit = RECENT_BUILDS };
	enum err e = model_settings_load(db, req->arena, &d->settings);
	if (e == ERR_NONE)
		e = model_builds_list(db, req->arena, &f, &d->builds);
	if (e == ERR_NONE)
		e = model_deployments_list(db, req->arena, id, 0, RECENT_DEPLOYMENTS, &d->deployments);
	if (e == ERR_NONE)
		e = model_idle_of(db, req->arena, id, &d->idle);
	return e;
}

/* The newest build where it says something about now: it is under way, or it failed (then with its evidence, which a list does
 * not hold) and nothing newer was deployed. */
static enum err show_newest_build(struct request *req, struct view *v, const struct project *p, const struct build_list *builds)
{
	struct build b;
	if (!builds->count || builds->rows->id < p->serving_build_id)
		return ERR_NONE;
	if (build_is_live(builds->rows->status))
		part_build(view_row(v, "Newest", 0), builds->rows);
	if (builds->rows->status != BUILD_FAILED)
		return ERR_NONE;
	enum err e = model_builds_get(request_db(req), req->arena, builds->rows->id, &b);
	if (e == ERR_NONE)
		part_build(view_row(v, "Newest", 0), &b);
	return e;
}

/* Where the cluster's limit is used up: who runs, for those who may see it. */
static enum err show_quota(struct view *v, struct request *req, const struct project *p, const struct deployment *d)
{
	enum { NAMES = 5 };
	struct project_up *up;
	int count;
	int64_t total;
	const char *code = d->state == DEPLOYMENT_FAILED ? d->reason : d->progress_code;
	if (!code || strcmp(code, "QUOTA") != 0)
		return ERR_NONE;
	enum err e = model_projects_up(request_db(req), req->arena, p->course_id, NAMES, &up, &count, &total);
	if (e)
		return e;
	view_set(v, "Up.total", view_fill(v, "quota.total", "n", frame_number(req->arena, total)));
	for (int i = 0; i < count && req->actor.role >= ROLE_TEACHER; i++) {
		struct view *row = view_row(v, "Ups", i);
		view_set_int(row, "id", up[i].id);
		view_set(row, "name", up[i].name);
		view_set(row, "student", up[i].student_name);
	}
	return ERR_NONE;
}

int page_projects_show(struct request *req, struct response *res)
{
	struct project p;
	struct detail d;
	int refused = part_load_project(req, res, ACTION_VIEW, &p);
	if (refused)
		return refused;
	enum err e = load_detail(req, p.id, &d);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	struct project_head head = project_head(&p);
	part_project_frame(v, req, &head, TAB_OVERVIEW);
	part_project(view_row(v, "One", 0), &p, d.settings);
	show_rights(v, &req->actor, object_project(p.student_user_id));
	part_drift(v, &p, !strcmp(settings_text(d.settings, SETTING_DRIFT), "repair"));
	e = show_newest_build(req, v, &p, &d.builds);
	if (!e && d.deployments.count)
		e = show_quota(v, req, &p, d.deployments.rows);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	if (d.idle.stopped) {
		view_set_time(v, "Idle.stopped", d.idle.stopped_at);
		view_set_time(v, "Idle.used", d.idle.used_at);
	}
	bool image = strcmp(p.app_state, "none") != 0; /* there is one to deploy */
	for (int i = 0; i < d.builds.count; i++) {
		part_build_row(view_row(v, "Builds", i), &d.builds.rows[i]);
		image = image || d.builds.rows[i].status == BUILD_SUCCESS;
	}
	view_set_bool(v, "Image", image);
	for (int i = 0; i < d.deployments.count; i++)
		part_deployment(view_row(v, "Deployments", i), &d.deployments.rows[i]);
	return page_answer(res, 200, v, "projects_show");
}
