/* Builds: a project's history, one build with its log, cancel and build again, and the queue. */
#include <string.h>

#include "auth/authorize.h"
#include "base/arena.h"
#include "base/str.h"
#include "db/db.h"
#include "http/input.h"
#include "model/audit.h"
#include "model/builds.h"
#include "model/settings.h"
#include "pages/build_log.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { HISTORY_ROWS = 50 };

static const struct input_field history_fields[] = {
	{ .name = "status", .kind = IN_ENUM, .choices = "pending|running|success|failed|cancelled" },
	{ .name = "branch", .kind = IN_BRANCH },
	{ .name = "before", .kind = IN_ID },
};

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
	int refused = input_check(req, res, INPUT_QUERY, history_fields, 3, in);
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
		part_build(view_row(v, "Builds", i), req->arena, &found.rows[i]);
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

int page_builds_show(struct request *req, struct response *res)
{
	struct build b;
	struct build_event *events;
	int count;
	int refused = load(req, res, ACTION_VIEW, &b);
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

/* Does one act with its audit line in one transaction. */
static enum err recorded(struct request *req, const struct build *b, const char *action,
			 enum err (*act)(struct request *req, const struct build *b, int64_t *id), int64_t *id)
{
	struct db *db = request_db(req);
	struct audit line = audit_of(req, action, arena_printf(req->arena, "build %lld", (long long)b->id));
	line.project_id = b->project_id;
	line.student_id = b->student_id;
	enum err e = db_begin(db);
	if (e != ERR_NONE)
		return e;
	e = act(req, b, id);
	if (e == ERR_NONE)
		e = model_audit_write(db, req->arena, &line);
	if (e == ERR_NONE)
		e = db_commit(db);
	if (e != ERR_NONE)
		db_rollback(db);
	return e;
}

static enum err do_cancel(struct request *req, const struct build *b, int64_t *id)
{
	*id = b->id;
	return model_builds_cancel(request_db(req), req->arena, b->id, req->actor.id);
}

static enum err do_again(struct request *req, const struct build *b, int64_t *id)
{
	struct settings *s;
	bool created;
	struct build_trigger_ask ask = {
		.project_id = b->project_id,
		.branch = b->branch,
		.commit_sha = b->commit_sha,
		.message = b->commit_message,
		.author = b->commit_author,
		.trigger = TRIGGER_MANUAL,
		.user_id = req->actor.id,
	};
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	return e == ERR_NONE ? model_builds_trigger(request_db(req), req->arena, s, &ask, id, &created) : e;
}

static int act_and_show(struct request *req, struct response *res, const char *action,
			enum err (*act)(struct request *, const struct build *, int64_t *), const char *notice)
{
	struct build b;
	int64_t id;
	int refused = load(req, res, ACTION_BUILD, &b);
	if (refused)
		return refused;
	enum err e = recorded(req, &b, action, act, &id);
	if (e == ERR_CONFLICT)
		return response_error(res, 409, view_catalogue(req->language, "build.has_ended"));
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	model_builds_notify(request_db(req), req->arena);
	return page_redirect_notice(res, arena_printf(req->arena, "/builds/%lld", (long long)id), notice);
}

int page_builds_cancel(struct request *req, struct response *res)
{
	return act_and_show(req, res, "build.cancel", do_cancel, "notice.cancel");
}

int page_builds_again(struct request *req, struct response *res)
{
	return act_and_show(req, res, "build.trigger", do_again, "notice.again");
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
