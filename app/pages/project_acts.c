/* What people do to an application: deploy, roll back, restart, stop, start, delete. Each becomes a row that the worker drives.
 */
#include "auth/authorize.h"
#include "base/arena.h"
#include "model/acts.h"
#include "model/settings.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"
#include "view/words.h"

INPUT_SET(body_deploy, { .name = "build_id", .kind = IN_ID });
INPUT_SET(body_rollback, { .name = "deployment_id", .kind = IN_ID, .required = true });

/* Loads the project, reads which build or deployment the form names, and asks. */
static int act(struct request *req, struct response *res, enum action right, enum deployment_action what)
{
	struct project p;
	struct input_value named[1] = { 0 };
	struct deployment_asked asked;
	int refused = part_load_project(req, res, right, &p);
	if (!refused && (what == ACT_DEPLOY || what == ACT_ROLLBACK))
		refused = input_check(req, res, INPUT_BODY, named);
	else if (!refused)
		refused = input_none(req, res);
	if (refused)
		return refused;
	struct deployment_ask d = { .action = what };
	*(what == ACT_ROLLBACK ? &d.rollback_to : &d.build_id) = named[0].number;
	enum err e = model_act_deploy(req, &p, &d, &asked);
	if (e == ERR_CONFLICT && asked.refusal >= REFUSED_QUOTA)
		return part_quota_full(req, res, &asked);
	if (e == ERR_CONFLICT && asked.refusal != REFUSED_NOT) {
		const char *name = arena_printf(req->arena, "refused.%s", deployment_refusal_name(asked.refusal));
		return response_error(res, 409, view_catalogue(req->language, name));
	}
	if (e == ERR_NOT_FOUND)
		return response_error(res, 409, view_catalogue(req->language, "refused.no_such_build"));
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	const char *notice =
		asked.created ? arena_printf(req->arena, "notice.%s", deployment_action_name(what)) : "notice.already";
	return page_redirect_notice(res, arena_printf(req->arena, "/projects/%lld", (long long)p.id), notice);
}

int page_projects_repair(struct request *req, struct response *res)
{
	struct project p;
	int refused = part_load_project(req, res, ACTION_DEPLOY, &p);
	if (!refused)
		refused = input_none(req, res);
	if (refused)
		return refused;
	enum err e = model_act_repair(req, &p);
	if (e == ERR_CONFLICT)
		return response_error(res, 409, view_catalogue(req->language, "refused.no_drift"));
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	return page_redirect_notice(res, arena_printf(req->arena, "/projects/%lld", (long long)p.id), "notice.repair");
}

int page_projects_deploy(struct request *req, struct response *res)
{
	return act(req, res, ACTION_DEPLOY, ACT_DEPLOY);
}

int page_projects_rollback(struct request *req, struct response *res)
{
	return act(req, res, ACTION_DEPLOY, ACT_ROLLBACK);
}

int page_projects_restart(struct request *req, struct response *res)
{
	return act(req, res, ACTION_RESTART, ACT_RESTART);
}

int page_projects_stop(struct request *req, struct response *res)
{
	return act(req, res, ACTION_STOP, ACT_STOP);
}

int page_projects_start(struct request *req, struct response *res)
{
	return act(req, res, ACTION_START, ACT_START);
}

int page_projects_delete_form(struct request *req, struct response *res)
{
	struct project p;
	struct settings *s;
	int refused = part_load_project(req, res, ACTION_DELETE, &p);
	if (refused)
		return refused;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	struct project_head head = project_head(&p);
	part_project_frame(v, req, &head, PROJECT_TAB__MAX);
	view_set(v, "Page.title", arena_printf(req->arena, "%s · %s", view_string(v, "delete.title"), p.name));
	frame_crumb(v, NULL, view_string(v, "delete.title"));
	part_project(view_row(v, "One", 0), &p, s);
	return page_answer(res, 200, v, "projects_delete");
}

int page_projects_delete(struct request *req, struct response *res)
{
	return act(req, res, ACTION_DELETE, ACT_DELETE);
}
