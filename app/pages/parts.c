/* How a noun's row becomes values of a page: the same names in every template. */
#include "pages/parts.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "model/builds.h"
#include "model/deployments.h"
#include "model/projects.h"
#include "pages/frame.h"
#include "view/words.h"

enum { CHANGES = 16, OWN_LINE_MAX = 1000 };

static void set_reason(struct view *v, const char *reason)
{
	if (!reason)
		return;
	view_set(v, "reason", reason);
	view_set(v, "title", frame_word(v, arena_printf(view_arena(v), "reason.%s", reason), "title"));
	view_set(v, "advice", frame_word(v, arena_printf(view_arena(v), "reason.%s", reason), "advice"));
}

const char *part_say(const struct view *v, const char *prefix, const char *code, const char *part, const char *values)
{
	return view_words(view_arena(v), view_language(v), arena_printf(view_arena(v), "%s.%s%s", prefix, code, part), values);
}

void part_words(struct view *v, const char *name, const char *words, const char *text, bool whole)
{
	struct arena *a = view_arena(v);
	if (!text)
		return;
	const char *said = words ? view_build_words(a, view_language(v), words, whole) : NULL;
	view_set(v, name, said ? said : text);
	view_set_bool(v, arena_printf(a, "%s.foreign", name), !said);
}

const char *part_phrase(const struct request *req, const char *text)
{
	const char *own = view_phrase(req->arena, req->language, text);
	return own ? own : text;
}

void part_said(struct view *v, const char *name, const char *text)
{
	const char *own = view_phrase(view_arena(v), view_language(v), text);
	view_set(v, name, own ? own : text);
	if (text)
		view_set_bool(v, arena_printf(view_arena(v), "%s.foreign", name), !own);
}

void part_trouble(struct view *v, const char *name, const char *why, enum err e)
{
	if (*why)
		part_said(v, name, why);
	else
		view_set(v, name, frame_word(v, "err", err_name(e)));
}

/* NAME.own in the reader's language where the portal itself said it, NAME.said where the cluster did. */
static void set_voice(struct view *v, const char *own_name, const char *said_name, const char *text)
{
	const char *own = view_phrase(view_arena(v), view_language(v), text);
	view_set(v, own ? own_name : said_name, own ? own : text);
}

/* What is wrong with an application or a deployment of one. */
static void set_trouble(struct view *v, const char *reason, const char *details, const char *said, const char *evidence)
{
	if (!reason)
		return;
	const char *title = part_say(v, "dreason", reason, ".title", details);
	const char *hint = view_value(view_arena(v), details, "hint");
	view_set(v, "reason", reason);
	view_set(v, "title", title ? title : reason);
	view_set(v, "says", part_say(v, "dreason", reason, ".says", details));
	view_set(v, "advice", part_say(v, "dreason", reason, ".advice", details));
	view_set(v, "hint", hint ? part_say(v, "dhint", hint, "", details) : NULL);
	set_voice(v, "own", "said", said);
	view_set(v, "evidence", evidence);
}

static void set_progress(struct view *v, const struct deployment *d)
{
	if (!d->progress_code)
		return;
	struct arena *a = view_arena(v);
	view_set(v, "progress.code", d->progress_code);
	view_set(v, "progress.text", part_say(v, "dprogress", d->progress_code, "", d->progress_values));
	set_voice(v, "progress.own", "progress.said", view_value(a, d->progress_values, "message"));
	view_set(v, "progress.line", view_value(a, d->progress_values, "line"));
	view_set(v, "progress.for", frame_duration(v, d->progress_seconds));
	view_set_time(v, "progress.since", d->progress_at);
}

void part_build_row(struct view *v, const struct build *b)
{
	view_set_int(v, "id", b->id);
	view_set(v, "status", build_status_name(b->status));
	view_set(v, "word", frame_word(v, "status", build_status_name(b->status)));
	if (b->status == BUILD_RUNNING)
		view_set(v, "phase_word", frame_word(v, "phase", build_phase_name(b->phase)));
	if (b->reason)
		view_set(v, "title",
			 frame_word(v, arena_printf(view_arena(v), "reason.%s", build_reason_name(b->reason)), "title"));
	view_set(v, "commit", b->commit_sha);
	view_set(v, "commit_message", b->commit_message);
	view_set(v, "branch", b->branch);
	view_set_time(v, "created", b->created_at);
	view_set(v, "duration", frame_duration(v, b->duration));
}

const char *part_own_line(struct arena *a, const char *language, const char *line, size_t len)
{
	return len && *line == '[' && len < OWN_LINE_MAX ? view_phrase(a, language, arena_memdup(a, line, len)) : NULL;
}

const char *part_log_lines(const struct view *v, const char *lines)
{
	struct arena *a = view_arena(v);
	const char *text = "";
	for (const char *at = lines; *at;) {
		size_t len = strcspn(at, "\n");
		const char *own = part_own_line(a, view_language(v), at, len);
		text = arena_printf(a, "%s%s%s", text, own ? own : arena_memdup(a, at, len), at[len] ? "\n" : "");
		at += len;
		at += *at != '\0';
	}
	return text;
}

void part_build(struct view *v, const struct build *b)
{
	part_build_row(v, b);
	view_set(v, "phase", build_phase_name(b->phase));
	set_reason(v, build_reason_name(b->reason));
	view_set(v, "trigger_word", frame_word(v, "trigger", build_trigger_name(b->trigger)));
	view_set(v, "commit_author", b->commit_author);
	view_set(v, "tag", b->image_tag);
	view_set(v, "image_repo", b->image_repo);
	view_set(v, "digest", b->digest);
	part_words(v, "message", b->message_words, b->message, true);
	bool quoted = b->evidence && b->message && str_ends(b->message, b->evidence);
	if (!quoted && b->evidence)
		view_set(v, "evidence", part_log_lines(v, b->evidence));
	part_words(v, "waiting", b->waiting_words, b->waiting_for, false);
	view_set(v, "by", b->created_by_name);
	view_set(v, "project", b->project_name);
	view_set_int(v, "project_id", b->project_id);
	view_set(v, "student", b->student_name);
	view_set_time(v, "started", b->started_at);
	view_set_time(v, "finished", b->finished_at);
	view_set_bool(v, "live", build_is_live(b->status));
	view_set_bool(v, "cancelling", b->cancel_requested_at && build_is_live(b->status));
	if (b->superseded_by)
		view_set_int(v, "superseded_by", b->superseded_by);
	if (b->retry_of)
		view_set_int(v, "retry_of", b->retry_of);
}

void part_deployment(struct view *v, const struct deployment *d)
{
	view_set_int(v, "id", d->id);
	const char *action = frame_word(v, "action", deployment_action_name(d->action));
	view_set(v, "action_word", d->moves_to ? arena_printf(view_arena(v), "%s → %s", action, d->moves_to) : action);
	view_set(v, "trigger_word", frame_word(v, "dtrigger", deployment_trigger_name(d->trigger)));
	view_set(v, "state", deployment_state_name(d->state));
	view_set(v, "badge", d->state == DEPLOYMENT_RUNNING ? "running-app" : deployment_state_name(d->state));
	view_set(v, "word", frame_word(v, "dstate", deployment_state_name(d->state)));
	set_trouble(v, d->reason, d->details, d->message, d->evidence);
	set_progress(v, d);
	view_set(v, "image", d->image);
	view_set(v, "commit", d->commit_sha);
	if (d->build_id)
		view_set_int(v, "build", d->build_id);
	if (d->superseded_by) {
		view_set_int(v, "superseded_by", d->superseded_by);
		view_set(v, "superseded.who", d->superseded_by_name);
		view_set(v, "superseded.word", frame_word(v, "action", deployment_action_name(d->superseded_by_action)));
	}
	view_set(v, "by", d->created_by_name);
	view_set_time(v, "created", d->created_at);
	view_set_time(v, "finished", d->finished_at);
	view_set_bool(v, "live", d->state == DEPLOYMENT_PENDING || d->state == DEPLOYMENT_DEPLOYING);
	view_set_bool(v, "can_return", d->can_return);
}

const char *part_app_badge(const char *app_state)
{
	return strcmp(app_state, "running") ? app_state : "running-app";
}

void part_app(struct view *v, const struct settings *s, const char *base_domain, int64_t project_id)
{
	struct arena *a = view_arena(v);
	const char *host = project_host(a, s, base_domain, project_id);
	view_set(v, "app.address", project_address(a, s, base_domain, project_id));
	view_set(v, "app.host", arena_memdup(a, host, strcspn(host, ".")));
}

void part_project_row(struct view *v, const struct project *p, const struct settings *s)
{
	view_set_int(v, "id", p->id);
	view_set(v, "name", p->name);
	view_set(v, "student", p->student_name);
	view_set_int(v, "student_id", p->student_id);
	view_set(v, "number", p->student_number);
	view_set(v, "course", p->course_code);
	view_set(v, "state", p->app_state);
	view_set(v, "badge", part_app_badge(p->app_state));
	view_set(v, "word", frame_word(v, "app", p->app_state));
	view_set_bool(v, "drift", p->drift != NULL);
	if (!strcmp(p->app_state, "running"))
		part_app(v, s, p->base_domain, p->id);
	if (!p->build_id)
		return;
	view_set_int(v, "build.id", p->build_id);
	view_set(v, "build.status", p->build_status);
	view_set(v, "build.word", frame_word(v, "status", p->build_status));
	view_set(v, "build.commit", p->build_commit);
}

void part_project(struct view *v, const struct project *p, const struct settings *s)
{
	part_project_row(v, p, s);
	view_set(v, "course_name", p->course_name);
	const char *said = view_value(view_arena(v), p->app_details, "said"); /* where it has no lines of its own */
	set_trouble(v, p->app_reason, p->app_details, said, said ? NULL : p->app_evidence);
	view_set_time(v, "trouble_at", p->app_reason_at);
	view_set_int(v, "ready", p->app_ready);
	/* A new version failed, and the one before goes on answering. */
	view_set_bool(v, "old_serves", !strcmp(p->app_state, "failed") && p->app_ready > 0 && p->serving_deployment_id);
	view_set_bool(v, "answers", p->app_ready > 0);
	/* It answers at its address; the version before goes on doing so while the next one comes up beside it. */
	view_set_bool(v, "serves", !strcmp(p->app_state, "running") || (p->app_ready > 0 && p->serving_deployment_id));
	view_set(v, "commit", p->commit_sha);
	view_set(v, "image", p->image);
	view_set(v, "cluster", p->cluster_name);
	view_set_bool(v, "away", p->cluster_away);
	part_said(v, "away_why", p->cluster_message);
	view_set_time(v, "away_since", p->cluster_seen_at);
	part_app(v, s, p->base_domain, p->id);
	view_set_time(v, "since", p->serving_since);
	if (p->serving_build_id)
		view_set_int(v, "serving_build", p->serving_build_id);
	view_set(v, "repo_url", p->repo_url);
	view_set(v, "branch", p->branch);
	view_set_time(v, "observed", p->observed_at);
}

void part_drift(struct view *v, const struct project *p, bool repaired)
{
	const char *sentences[CHANGES];
	int count = view_changes(view_arena(v), view_language(v), p->drift, sentences, CHANGES);
	for (int i = 0; i < count; i++)
		view_set(view_row(v, "Drift", i), "text", sentences[i]);
	view_set_time(v, "DriftSince", p->drift_since);
	view_set_time(v, "RepairAt", repaired ? p->repair_at : NULL);
	part_said(v, "DriftError", p->drift_error);
	view_set_bool(v, "Repaired", repaired || p->repair_asked);
}

struct project_head project_head(const struct project *p)
{
	return (struct project_head){ p->id, p->course_id, p->name, p->student_name, p->course_code, p->app_state };
}

/* The way to a project: over its course for staff, over one's own for a student. */
static void set_path(struct view *v, struct request *req, const struct project_head *p)
{
	if (req->actor.role < ROLE_TEACHER) {
		frame_crumb(v, "/me", view_string(v, "projects.mine"));
		view_set(v, "Nav", "/me");
		return;
	}
	frame_crumb(v, "/courses", view_string(v, "courses.title"));
	frame_crumb(v, arena_printf(req->arena, "/courses/%lld", (long long)p->course_id), p->course_code);
	view_set(v, "Nav", "/courses");
}

void part_project_frame(struct view *v, struct request *req, const struct project_head *p, enum project_tab tab)
{
	static const struct {
		const char *path, *word;
	} tabs[PROJECT_TAB__MAX] = {
		[TAB_OVERVIEW] = { "", "tab.overview" },
		[TAB_BUILDS] = { "/builds", "tab.builds" },
		[TAB_DEPLOYMENTS] = { "/deployments", "tab.deployments" },
		[TAB_LOG] = { "/log", "tab.log" },
		[TAB_VARIABLES] = { "/variables", "tab.variables" },
		[TAB_CONFIG] = { "/config", "tab.config" },
		[TAB_ACCESS] = { "/access", "tab.access" },
	};
	const char *home = arena_printf(req->arena, "/projects/%lld", (long long)p->id);
	bool own_page = tab == PROJECT_TAB__MAX, home_page = tab == TAB_OVERVIEW;
	set_path(v, req, p);
	frame_crumb(v, home_page ? NULL : home, p->name);
	const char *word = own_page ? "" : view_string(v, tabs[tab].word);
	if (!own_page && !home_page)
		frame_crumb(v, NULL, word);
	for (int i = 0; i < PROJECT_TAB__MAX && !own_page; i++)
		frame_tab(v, arena_printf(req->arena, "%s%s", home, tabs[i].path), view_string(v, tabs[i].word), (int)tab == i);
	view_set(v, "Page.title",
		 own_page || home_page ? arena_printf(req->arena, "%s · %s", p->name, p->student_name)
				       : arena_printf(req->arena, "%s · %s", word, p->name));
	view_set_int(v, "Project.id", p->id);
	view_set(v, "Project.name", p->name);
	view_set(v, "Project.student", p->student_name);
	view_set(v, "Project.course", p->course_code);
	view_set(v, "Project.state", p->app_state);
	view_set(v, "Home", home);
}

int part_load_project(struct request *req, struct response *res, enum action action, struct project *out)
{
	enum err e = model_projects_get(request_db(req), req->arena, request_id_param(req, "id"), out);
	if (e == ERR_NONE)
		e = authorize(&req->actor, action, object_project(out->student_user_id));
	return e == ERR_NONE ? 0 : response_err(res, e, NULL);
}
