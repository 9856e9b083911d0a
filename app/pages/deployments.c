/* Deployments: a project's history of acts, one of them with what it changed. */
#include <string.h>

#include "auth/authorize.h"
#include "base/arena.h"
#include "model/deployment_diff.h"
#include "model/deployments.h"
#include "model/projects.h"
#include "model/settings.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"
#include "view/words.h"

enum { LIST_ROWS = 50 };

INPUT_SET(query_deployments, { .name = "before", .kind = IN_ID });

int page_deployments_list(struct request *req, struct response *res)
{
	struct input_value in[1];
	struct project p;
	struct deployment_list found;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (!refused)
		refused = part_load_project(req, res, ACTION_VIEW, &p);
	if (refused)
		return refused;
	enum err e = model_deployments_list(request_db(req), req->arena, p.id, in[0].number, LIST_ROWS, &found);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	struct project_head head = project_head(&p);
	part_project_frame(v, req, &head, TAB_DEPLOYMENTS);
	view_set_bool(v, "May.deploy", authorized(&req->actor, ACTION_DEPLOY, object_project(p.student_user_id)));
	for (int i = 0; i < found.count; i++)
		part_deployment(view_row(v, "Deployments", i), &found.rows[i]);
	frame_pager(v, req, in, "before", found.more ? frame_number(req->arena, found.rows[found.count - 1].id) : NULL);
	return page_answer(res, 200, v, "deployments_list");
}

/* What an event says: what was waited for, why it failed, what somebody changed. */
static const char *event_words(const struct view *v, const struct deployment_event *e)
{
	const char *said = NULL;
	if (!strcmp(e->kind, "progress"))
		said = part_say(v, "dprogress", e->value, "", e->message);
	else if (!strcmp(e->kind, "drift"))
		said = e->message ? view_changes_text(view_arena(v), view_language(v), e->message)
				  : frame_word(v, "drift_event", e->value);
	else if (!strcmp(e->kind, "state") && e->message)
		said = part_say(v, "dreason", e->message, ".title", NULL);
	if (!said)
		said = view_phrase(view_arena(v), view_language(v), e->message);
	return said ? said : e->message;
}

/* What happened, in its order: states and progress in the reader's words, the rest as it was noted. */
static void show_events(struct view *v, const struct deployment_event *events, int count)
{
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Events", i);
		bool state = !strcmp(events[i].kind, "state");
		view_set(row, "word",
			 state ? frame_word(row, "dstate", events[i].value) : frame_word(row, "devent", events[i].kind));
		view_set(row, "message", event_words(row, &events[i]));
		view_set_time(row, "at", events[i].at);
	}
}

static enum err show_changes(struct view *v, struct request *req, const struct deployment *d, int64_t with)
{
	const char *plan, *with_plan;
	struct deployment_change *changes;
	int count = 0;
	enum err e = model_deployments_plans(request_db(req), req->arena, d->project_id, d->id, &with, &plan, &with_plan);
	if (!e && plan && with_plan)
		e = deployment_diff(req->arena, with_plan, plan, &changes, &count);
	view_set_bool(v, "Planned", !e && plan);
	if (e || !plan)
		return e;
	if (with_plan)
		view_set_int(v, "With", with);
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Changes", i);
		view_set(row, "what", frame_word(row, "plan", changes[i].field));
		view_set(row, "variable", changes[i].variable);
		view_set(row, "before", changes[i].before);
		view_set(row, "after", changes[i].after);
		view_set_bool(row, "before_secret", changes[i].before_secret);
		view_set_bool(row, "after_secret", changes[i].after_secret);
	}
	return ERR_NONE;
}

/* What goes on serving, where it is the last act and failed. */
static enum err show_serving(struct view *v, struct request *req, const struct deployment *d)
{
	struct project p;
	struct settings *s;
	if (d->state != DEPLOYMENT_FAILED)
		return ERR_NONE;
	enum err e = model_projects_get(request_db(req), req->arena, d->project_id, &p);
	if (!e)
		e = model_settings_load(request_db(req), req->arena, &s);
	if (!e && p.wanted_deployment_id == d->id)
		part_project(view_row(v, "Serving", 0), &p, s);
	return e;
}

/* Those that it can be compared with. */
static void show_others(struct view *v, const struct deployment_list *all, int64_t id)
{
	for (int i = 0; i < all->count; i++) {
		const struct deployment *o = &all->rows[i];
		if (o->id == id || !o->planned)
			continue;
		struct view *row = view_next(v, "Others");
		view_set_int(row, "value", o->id);
		view_set(row, "word",
			 arena_printf(view_arena(v), "%lld · %s", (long long)o->id,
				      frame_word(v, "action", deployment_action_name(o->action))));
	}
}

INPUT_SET(query_deployment, { .name = "with", .kind = IN_ID });

/* GET /deployments/:id?with=ID: compared with the one before it, or with that one of the same project. */
int page_deployments_show(struct request *req, struct response *res)
{
	struct input_value in[1];
	struct deployment d;
	struct deployment_event *events;
	struct deployment_list others;
	int count, refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	enum err e = model_deployments_get(request_db(req), req->arena, request_id_param(req, "id"), &d);
	if (!e)
		e = authorize(&req->actor, ACTION_VIEW, object_project(d.student_user_id));
	if (!e)
		e = model_deployments_events(request_db(req), req->arena, d.id, &events, &count);
	if (!e)
		e = model_deployments_list(request_db(req), req->arena, d.project_id, 0, LIST_ROWS, &others);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	struct project_head head = { d.project_id, d.course_id, d.project_name, d.student_name, d.course_code, NULL };
	part_project_frame(v, req, &head, PROJECT_TAB__MAX);
	const char *title = arena_printf(req->arena, "%s %lld", view_string(v, "deployment.title"), (long long)d.id);
	frame_crumb(v, arena_printf(req->arena, "/projects/%lld/deployments", (long long)d.project_id),
		    view_string(v, "tab.deployments"));
	frame_crumb(v, NULL, title);
	view_set(v, "Page.title", arena_printf(req->arena, "%s · %s", title, d.project_name));
	part_deployment(view_row(v, "One", 0), &d);
	view_set_bool(v, "May.deploy", authorized(&req->actor, ACTION_DEPLOY, object_project(d.student_user_id)));
	show_events(v, events, count);
	show_others(v, &others, d.id);
	e = show_serving(v, req, &d);
	if (!e)
		e = show_changes(v, req, &d, in[0].number);
	return e ? response_err(res, e, NULL) : page_answer(res, 200, v, "deployments_show");
}
