/* What people do to an application: deploy, roll back, restart, stop, start, delete. Each becomes a row that the worker drives.
 */
#include "auth/authorize.h"
#include "base/arena.h"
#include "db/db.h"
#include "http/input.h"
#include "model/audit.h"
#include "model/builds.h"
#include "model/deployments.h"
#include "model/projects.h"
#include "model/settings.h"
#include "pages/page.h"
#include "pages/parts.h"

static enum err ask(struct request *req, const struct project *p, const struct deployment_ask *d, struct deployment_asked *out)
{
	struct db *db = request_db(req);
	struct settings *s;
	struct audit line = audit_of(req, arena_printf(req->arena, "deployment.%s", deployment_action_name(d->action)),
				     arena_printf(req->arena, "project %lld", (long long)p->id));
	line.project_id = p->id;
	line.student_id = p->student_id;
	enum err e = model_settings_load(db, req->arena, &s);
	if (e == ERR_NONE)
		e = db_begin(db);
	if (e != ERR_NONE)
		return e;
	e = model_deployments_ask(db, req->arena, s, d, out);
	/* A second click asks for what is asked for already: one act, one line. */
	if (e == ERR_NONE && out->created)
		e = model_audit_write(db, req->arena, &line);
	if (e == ERR_NONE)
		e = db_commit(db);
	if (e != ERR_NONE)
		db_rollback(db);
	return e;
}

static int act(struct request *req, struct response *res, enum action right, struct deployment_ask d)
{
	struct project p;
	struct deployment_asked asked = { 0 };
	int refused = part_load_project(req, res, (int)right, &p);
	if (refused)
		return refused;
	d.project_id = p.id;
	d.trigger = DEPLOYMENT_MANUAL;
	d.user_id = req->actor.id;
	enum err e = ask(req, &p, &d, &asked);
	if (e == ERR_CONFLICT && asked.refusal != REFUSED_NOT) {
		const char *name = arena_printf(req->arena, "refused.%s", deployment_refusal_name(asked.refusal));
		return response_error(res, 409, view_catalogue(req->language, name));
	}
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	model_builds_notify(request_db(req), req->arena);
	return page_redirect_notice(res, arena_printf(req->arena, "/projects/%lld", (long long)p.id),
				    arena_printf(req->arena, "notice.%s", deployment_action_name(d.action)));
}

int page_projects_deploy(struct request *req, struct response *res)
{
	static const struct input_field fields[] = { { .name = "build_id", .kind = IN_ID } };
	struct input_value in[1];
	int refused = input_check(req, res, INPUT_BODY, fields, 1, in);
	return refused ? refused
		       : act(req, res, ACTION_DEPLOY, (struct deployment_ask){ .action = ACT_DEPLOY, .build_id = in[0].number });
}

int page_projects_rollback(struct request *req, struct response *res)
{
	static const struct input_field fields[] = { { .name = "deployment_id", .kind = IN_ID, .required = true } };
	struct input_value in[1];
	int refused = input_check(req, res, INPUT_BODY, fields, 1, in);
	return refused ? refused
		       : act(req, res, ACTION_DEPLOY,
			     (struct deployment_ask){ .action = ACT_ROLLBACK, .rollback_to = in[0].number });
}

int page_projects_restart(struct request *req, struct response *res)
{
	return act(req, res, ACTION_RESTART, (struct deployment_ask){ .action = ACT_RESTART });
}

int page_projects_stop(struct request *req, struct response *res)
{
	return act(req, res, ACTION_STOP, (struct deployment_ask){ .action = ACT_STOP });
}

int page_projects_start(struct request *req, struct response *res)
{
	return act(req, res, ACTION_START, (struct deployment_ask){ .action = ACT_START });
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
	view_set(v, "Page.title", view_string(v, "delete.title"));
	part_crumb(v, 0, "/projects", view_string(v, "projects.title"));
	part_crumb(v, 1, arena_printf(req->arena, "/projects/%lld", (long long)p.id), p.name);
	part_crumb(v, 2, NULL, view_string(v, "delete.title"));
	part_project(view_row(v, "One", 0), req->arena, &p, s);
	return page_answer(res, 200, v, "projects_delete");
}

int page_projects_delete(struct request *req, struct response *res)
{
	return act(req, res, ACTION_DELETE, (struct deployment_ask){ .action = ACT_DELETE });
}
