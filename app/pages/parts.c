/* How a noun's row becomes values of a page: the same names in every template. */
#include "pages/parts.h"

#include <string.h>

#include "auth/authorize.h"
#include "base/arena.h"
#include "model/builds.h"
#include "model/deployments.h"
#include "model/projects.h"

const char *part_word(struct view *v, struct arena *a, const char *prefix, const char *word)
{
	return view_string(v, arena_printf(a, "%s.%s", prefix, word));
}

const char *part_duration(struct arena *a, int64_t seconds)
{
	if (seconds < 0)
		return NULL;
	if (seconds < 60)
		return arena_printf(a, "%d s", (int)seconds);
	if (seconds < 3600)
		return arena_printf(a, "%d min %02d s", (int)(seconds / 60), (int)(seconds % 60));
	return arena_printf(a, "%lld h %02d min", (long long)(seconds / 3600), (int)(seconds / 60 % 60));
}

void part_crumb(struct view *v, int n, const char *href, const char *text)
{
	struct view *row = view_row(v, "Crumbs", n);
	view_set(row, "href", href);
	view_set(row, "text", text);
}

static void set_reason(struct view *v, struct arena *a, const char *prefix, const char *reason)
{
	if (!reason)
		return;
	view_set(v, "reason", reason);
	view_set(v, "title", part_word(v, a, arena_printf(a, "%s.%s", prefix, reason), "title"));
	view_set(v, "advice", part_word(v, a, arena_printf(a, "%s.%s", prefix, reason), "advice"));
}

void part_build_row(struct view *v, struct arena *a, const struct build *b)
{
	view_set_int(v, "id", b->id);
	view_set(v, "status", build_status_name(b->status));
	view_set(v, "word", part_word(v, a, "status", build_status_name(b->status)));
	if (b->status == BUILD_RUNNING)
		view_set(v, "phase_word", part_word(v, a, "phase", build_phase_name(b->phase)));
	if (b->reason)
		view_set(v, "title", part_word(v, a, arena_printf(a, "reason.%s", build_reason_name(b->reason)), "title"));
	view_set(v, "commit", b->commit_sha);
	view_set(v, "commit_message", b->commit_message);
	view_set(v, "branch", b->branch);
	view_set_time(v, "created", b->created_at);
	view_set(v, "duration", part_duration(a, b->duration));
}

void part_build(struct view *v, struct arena *a, const struct build *b)
{
	part_build_row(v, a, b);
	view_set(v, "phase", build_phase_name(b->phase));
	set_reason(v, a, "reason", build_reason_name(b->reason));
	view_set(v, "trigger_word", part_word(v, a, "trigger", build_trigger_name(b->trigger)));
	view_set(v, "commit_author", b->commit_author);
	view_set(v, "tag", b->image_tag);
	view_set(v, "image_repo", b->image_repo);
	view_set(v, "digest", b->digest);
	view_set(v, "message", b->message);
	view_set(v, "evidence", b->evidence);
	view_set(v, "waiting", b->waiting_for);
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

void part_deployment(struct view *v, struct arena *a, const struct deployment *d)
{
	view_set_int(v, "id", d->id);
	view_set(v, "action_word", part_word(v, a, "action", deployment_action_name(d->action)));
	view_set(v, "trigger_word", part_word(v, a, "dtrigger", deployment_trigger_name(d->trigger)));
	view_set(v, "state", deployment_state_name(d->state));
	view_set(v, "badge", d->state == DEPLOYMENT_RUNNING ? "running-app" : deployment_state_name(d->state));
	view_set(v, "word", part_word(v, a, "dstate", deployment_state_name(d->state)));
	set_reason(v, a, "dreason", d->reason);
	view_set(v, "message", d->message);
	view_set(v, "evidence", d->evidence);
	view_set(v, "progress", d->progress);
	view_set(v, "image", d->image);
	view_set(v, "commit", d->commit_sha);
	if (d->build_id)
		view_set_int(v, "build", d->build_id);
	if (d->superseded_by)
		view_set_int(v, "superseded_by", d->superseded_by);
	view_set(v, "by", d->created_by_name);
	view_set_time(v, "created", d->created_at);
	view_set_time(v, "finished", d->finished_at);
	view_set_bool(v, "live", d->state == DEPLOYMENT_PENDING || d->state == DEPLOYMENT_DEPLOYING);
	/* What may be run again: an image that once was there, by its digest. */
	view_set_bool(v, "can_roll_back",
		      d->image != NULL && d->build_id && (d->state == DEPLOYMENT_SUPERSEDED || d->state == DEPLOYMENT_STOPPED) &&
			      d->finished_at);
}

void part_project(struct view *v, struct arena *a, const struct project *p, const struct settings *s)
{
	view_set_int(v, "id", p->id);
	view_set(v, "name", p->name);
	view_set(v, "student", p->student_name);
	view_set(v, "number", p->student_number);
	view_set(v, "course", p->course_code);
	view_set(v, "course_name", p->course_name);
	view_set(v, "state", p->app_state);
	view_set(v, "badge", !strcmp(p->app_state, "running") ? "running-app" : p->app_state);
	view_set(v, "word", part_word(v, a, "app", p->app_state));
	view_set(v, "message", p->app_message);
	view_set_int(v, "ready", p->app_ready);
	view_set(v, "commit", p->commit_sha);
	view_set(v, "image", p->image);
	view_set(v, "address", project_address(a, s, p->id));
	view_set(v, "drift", p->drift);
	view_set_time(v, "drift_at", p->drift_at);
	view_set_time(v, "observed", p->observed_at);
	if (!p->build_id)
		return;
	view_set_int(v, "build.id", p->build_id);
	view_set(v, "build.status", p->build_status);
	view_set(v, "build.word", part_word(v, a, "status", p->build_status));
	view_set(v, "build.commit", p->build_commit);
}

int part_load_project(struct request *req, struct response *res, int action, struct project *out)
{
	enum err e = model_projects_get(request_db(req), req->arena, request_id_param(req, "id"), out);
	if (e == ERR_NONE)
		e = authorize(&req->actor, (enum action)action, object_project(out->student_user_id));
	return e == ERR_NONE ? 0 : response_err(res, e, NULL);
}
