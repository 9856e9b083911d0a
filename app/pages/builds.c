/* Builds: a project's history, one build with its log, cancel and build again. */
#include <string.h>

#include "auth/authorize.h"
#include "base/arena.h"
#include "base/str.h"
#include "model/acts.h"
#include "model/builds.h"
#include "model/quotas.h"
#include "pages/build_log.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { HISTORY_ROWS = 50 };

enum { STATUS, BRANCH, CURSOR, HISTORY_FIELDS };
INPUT_SET(query_history, [STATUS] = { .name = "status", .kind = IN_ENUM, .choices = BUILD_STATUSES },
	  [BRANCH] = { .name = "branch", .kind = IN_BRANCH }, [CURSOR] = { .name = "before", .kind = IN_ID });

int page_builds_history(struct request *req, struct response *res)
{
	struct input_value in[HISTORY_FIELDS];
	struct build_project p;
	struct build_list found;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	struct build_filter f = {
		.project_id = request_id_param(req, "id"),
		.status = in[STATUS].present ? in[STATUS].text : NULL,
		.branch = in[BRANCH].present ? in[BRANCH].text : NULL,
		.before = in[CURSOR].number,
		.limit = HISTORY_ROWS,
	};
	enum err e = model_builds_history(request_db(req), req->arena, &f, &p, &found);
	if (e == ERR_NONE)
		e = authorize(&req->actor, ACTION_VIEW, object_project(p.student_user_id));
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	struct project_head head = { p.id, p.course_id, p.name, p.student_name, p.course_code, p.app_state };
	part_project_frame(v, req, &head, TAB_BUILDS);
	view_set_bool(v, "May.build", authorized(&req->actor, ACTION_BUILD, object_project(p.student_user_id)));
	frame_filter(v, req, in);
	view_options(v, "Statuses", BUILD_STATUSES, "status", in[STATUS].text);
	for (int i = 0; i < found.count; i++)
		part_build_row(view_row(v, "Builds", i), &found.rows[i]);
	frame_pager(v, req, in, "before", found.more ? frame_number(req->arena, found.rows[found.count - 1].id) : NULL);
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

/* When a phase began: the first event that says so. NULL: it was not reached. */
static const char *phase_began(const struct build_event *events, int count, enum build_phase phase)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(events[i].kind, "phase") && !strcmp(events[i].value, build_phase_name(phase)))
			return events[i].at;
	return NULL;
}

/* The phases that every build goes through, with how long each took: until the next one that was reached, or the end. */
static void show_phases(struct view *v, const struct build *b, const struct build_event *events, int count)
{
	static const enum build_phase phases[] = { PHASE_PREPARING, PHASE_CLONING, PHASE_BUILDING, PHASE_PUSHING,
						   PHASE_ARCHIVING };
	enum { PHASES = sizeof phases / sizeof *phases };
	const char *began[PHASES + 1];
	for (int i = 0; i < PHASES; i++)
		began[i] = phases[i] == PHASE_PREPARING ? b->started_at : phase_began(events, count, phases[i]);
	if (!began[PHASES - 1] && b->archived_at)
		began[PHASES - 1] = b->finished_at;
	began[PHASES] = b->archived_at ? b->archived_at : b->finished_at;
	for (int i = 0; i < PHASES; i++) {
		struct view *row = view_row(v, "Phases", i);
		bool now = build_is_live(b->status) && b->phase == phases[i];
		const char *end = NULL;
		for (int k = i + 1; k <= PHASES && !end; k++)
			end = began[k];
		bool ended_here = i + 1 == PHASES || !began[i + 1] || phases[i + 1] == PHASE_ARCHIVING;
		bool last = began[i] && !now && b->status == BUILD_FAILED && ended_here && phases[i] != PHASE_ARCHIVING;
		view_set(row, "word", frame_word(v, "phase", build_phase_name(phases[i])));
		view_set(row, "state", now ? "running" : last ? "failed" : began[i] ? "success" : "none");
		view_set(row, "state_word",
			 view_string(v, now	   ? "phase.now"
					: last	   ? "phase.broke"
					: began[i] ? "phase.over"
						   : "phase.not"));
		view_set_time(row, "at", began[i]);
		if (began[i] && end && !now)
			view_set(row, "took", frame_duration(v, view_seconds_between(began[i], end)));
		view_set_bool(row, "now", now);
	}
}

int page_builds_show(struct request *req, struct response *res)
{
	struct build b;
	struct build_event *events;
	struct input_value in[BUILD_LOG_FIELDS];
	const char *kept_back = NULL;
	int count;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (!refused)
		refused = load(req, res, ACTION_VIEW, &b);
	if (refused)
		return refused;
	struct view *v = page_view(req);
	enum err e = model_builds_events(request_db(req), req->arena, b.id, &events, &count);
	if (e == ERR_NONE && b.status == BUILD_PENDING)
		e = part_queue_place(v, req, b.id);
	if (e == ERR_NONE && b.status == BUILD_SUCCESS)
		e = model_quotas_kept_back(request_db(req), req->arena, b.id, &kept_back);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	const char *title = arena_printf(req->arena, "%s %lld", view_string(v, "build.title"), (long long)b.id);
	struct project_head head = { b.project_id, b.course_id, b.project_name, b.student_name, b.course_code, NULL };
	part_project_frame(v, req, &head, PROJECT_TAB__MAX);
	view_set(v, "Page.title",
		 arena_printf(req->arena, "%s %s · %s", title, frame_word(v, "status", build_status_name(b.status)),
			      b.project_name));
	frame_crumb(v, arena_printf(req->arena, "/projects/%lld/builds", (long long)b.project_id), view_string(v, "tab.builds"));
	frame_crumb(v, NULL, title);
	part_build(view_row(v, "One", 0), &b);
	view_set_bool(v, "May.build", authorized(&req->actor, ACTION_BUILD, object_project(b.student_user_id)));
	view_set_bool(v, "May.deploy", b.digest && authorized(&req->actor, ACTION_DEPLOY, object_project(b.student_user_id)));
	if (kept_back)
		view_set(v, "KeptBack", frame_word(v, "refused", kept_back));
	show_phases(v, &b, events, count);
	build_log_show(req, v, &b, in);
	return page_answer(res, 200, v, "builds_show");
}

int page_builds_cancel(struct request *req, struct response *res)
{
	struct build b;
	int refused = load(req, res, ACTION_BUILD, &b);
	if (!refused)
		refused = input_none(req, res);
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
		return response_error(res, 409,
				      arena_printf(req->arena, "%s %s", view_catalogue(req->language, model_act_build_refusal(e)),
						   part_phrase(req, why)));
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	return page_redirect_notice(res, arena_printf(req->arena, "/builds/%lld", (long long)id), "notice.again");
}

int page_builds_again(struct request *req, struct response *res)
{
	struct build b;
	struct project p;
	int refused = load(req, res, ACTION_BUILD, &b);
	if (!refused)
		refused = input_none(req, res);
	if (refused)
		return refused;
	enum err e = model_projects_get(request_db(req), req->arena, b.project_id, &p);
	return e == ERR_NONE ? start(req, res, &p, b.branch, b.commit_sha) : response_err(res, e, NULL);
}

int page_builds_start(struct request *req, struct response *res)
{
	struct project p;
	int refused = part_load_project(req, res, ACTION_BUILD, &p);
	if (!refused)
		refused = input_none(req, res);
	return refused ? refused : start(req, res, &p, NULL, NULL);
}
