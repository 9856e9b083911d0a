/* The made-up days as rows: in the order of time, as the worker and people would have left them. */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "ctl/demo.h"
#include "ctl/demo_batch.h"
#include "model/audit.h"
#include "model/image_users.h"
#include "model/settings.h"

enum { DEPLOY_GRACE = 60 };

/* Every audit line of it says so, as they cannot be taken away again. */
#define REQUEST "demo"

static json_object *config_of(struct demo *d, const struct demo_project *p)
{
	return json_object_get(json_build(d->arena,
					  "{'repo_url':%s,'dockerfile_path':'Dockerfile','context_path':'.','registry_id':%d,"
					  "'extra_tag':%s,'builder':'kaniko'}",
					  p->repo_url, d->registry_id, p->extra_tag));
}

static void add_commit(struct demo *d, json_object *o, const struct demo_build *b)
{
	json_add_text(o, "commit_sha", b->sha);
	json_add_text(o, "branch", b->branch);
	json_add_text(o, "commit_message", b->commit_message);
	json_add_text(o, "commit_author", b->project->student->name);
	json_add_text(o, "image_repo", b->project->image);
	json_add_text(o, "image_tag", arena_memdup(d->arena, b->sha, 7));
	json_add_text(o, "digest", b->digest);
	json_add(o, "config", config_of(d, b->project));
	json_add_text(o, "config_digest", b->project->config_digest);
}

/* What only one that began has: its Job, which is gone, and its log. */
static void add_run(struct demo *d, json_object *o, const struct demo_build *b)
{
	struct demo_random r = demo_random(DEMO_SEED, (uint64_t)b->id);
	json_add_bool(o, "log_complete", b->started && !(b->fault && b->fault->lost));
	json_add_int(o, "claims", b->started ? 1 : 0);
	if (!b->started)
		return;
	json_add_text(o, "job_name", arena_printf(d->arena, "build-%" PRId64, b->id));
	json_add_text(o, "job_uid", demo_uuid(&r, d->arena));
	json_add_text(o, "log_object_key", demo_log_key(d->arena, b->id));
	json_add_int(o, "log_bytes", b->log_bytes);
	json_add_text(o, "log_sha256", b->log_sha256);
	json_add_int(o, "log_lines", b->log_lines);
	json_object *parts = json_object_new_array();
	for (int i = 0; i < LOG_PARTS; i++)
		json_object_array_add(parts, json_object_new_int64(b->log_part_bytes[i]));
	json_add(o, "log_part_bytes", parts);
	demo_add_time(o, "archived_at", b->finished + SECOND / 4);
	demo_add_time(o, "job_deleted_at", b->finished + SECOND / 3);
	demo_add_time(o, "deadline_at", b->started + settings_int(d->settings, SETTING_BUILD_TIMEOUT) * SECOND);
}

static json_object *words_of(struct demo *d, const struct demo_build *b)
{
	const char *why, *text = build_words_json(d->arena, &b->words);
	return text ? json_object_get(json_parse(d->arena, text, strlen(text), 2, &why)) : NULL;
}

static enum err write_builds(struct demo *d)
{
	struct demo_batch batch = demo_batch(d, DEMO_BUILDS);
	for (int i = 0; i < d->builds.count; i++) {
		const struct demo_build *b = d->builds.items[i];
		json_object *o = demo_row(&batch);
		json_add_int(o, "id", b->id);
		json_add_int(o, "project_id", b->project->id);
		json_add_int(o, "student_id", b->project->student->id);
		json_add_int(o, "course_id", b->project->student->course->id);
		add_commit(d, o, b);
		add_run(d, o, b);
		json_add_text(o, "status", build_status_name(b->status));
		json_add_text(o, "phase", "done");
		json_add_text(o, "reason", b->fault ? build_reason_name(b->fault->reason) : NULL);
		json_add_text(o, "message", build_words_message(d->arena, &b->words));
		json_add(o, "message_words", words_of(d, b));
		json_add_text(o, "evidence", b->evidence);
		json_add_text(o, "trigger", build_trigger_name(b->trigger));
		json_add_text(o, "commit_status", build_status_name(b->status));
		json_add_int(o, "archive_attempts", 0);
		json_add_int(o, "status_attempts", 0);
		demo_add_id(o, "created_by", b->by ? b->by->id : 0);
		demo_add_id(o, "cancelled_by", b->cancelled_by ? b->cancelled_by->id : 0);
		demo_add_id(o, "superseded_by", b->superseded_by ? b->superseded_by->id : 0);
		demo_add_id(o, "retry_of", b->retry_of ? b->retry_of->id : 0);
		demo_add_time(o, "cancel_requested_at", b->cancel_asked);
		demo_add_time(o, "created_at", b->created);
		demo_add_time(o, "started_at", b->started);
		demo_add_time(o, "finished_at", b->finished);
	}
	return demo_batch_end(&batch);
}

static void event(struct demo_batch *b, const char *owner, int64_t id, int64_t at, const char *kind, const char *value,
		  const char *message)
{
	if (!at)
		return;
	json_object *o = demo_row(b);
	json_add_int(o, owner, id);
	demo_add_time(o, "at", at);
	json_add_text(o, "kind", kind);
	json_add_text(o, "value", value);
	json_add_text(o, "message", message);
}

/* "CRASH_LOOP: The application ends ...", and nothing of an act that went well. */
static const char *ended(struct demo *d, const char *reason, const char *message)
{
	return reason ? arena_printf(d->arena, "%s: %s", reason, message ? message : "") : "";
}

static void build_events(struct demo_batch *batch, const struct demo_build *b)
{
	struct demo *d = batch->d;
	const char *reason = b->fault ? build_reason_name(b->fault->reason) : NULL;
	event(batch, "build_id", b->id, b->created, "status", "pending", NULL);
	if (!b->started) {
		event(batch, "build_id", b->id, b->finished, "status", "cancelled", reason);
		return;
	}
	event(batch, "build_id", b->id, b->started, "status", "running", NULL);
	event(batch, "build_id", b->id, b->started + SECOND / 20, "note", "job_created",
	      arena_printf(d->arena, "build-%" PRId64, b->id));
	event(batch, "build_id", b->id, b->cloning, "phase", "cloning", NULL);
	event(batch, "build_id", b->id, b->building, "phase", "building", NULL);
	event(batch, "build_id", b->id, b->pushing, "phase", "pushing", NULL);
	event(batch, "build_id", b->id, b->cancel_asked, "cancel", "requested", NULL);
	event(batch, "build_id", b->id, b->finished, "status", build_status_name(b->status),
	      ended(d, reason, build_words_message(d->arena, &b->words)));
	event(batch, "build_id", b->id, b->finished + SECOND / 4, "note", "archived", demo_log_key(d->arena, b->id));
}

static enum err write_build_events(struct demo *d)
{
	struct demo_batch batch = demo_batch(d, DEMO_BUILD_EVENTS);
	for (int i = 0; i < d->builds.count; i++)
		build_events(&batch, d->builds.items[i]);
	return demo_batch_end(&batch);
}

/* The application's own last lines. */
static const char *trouble_evidence(const struct demo_deployment *x)
{
	const struct demo_stack *s = x->project->stack;
	if (!x->trouble->evidence)
		return NULL;
	return !strcmp(x->trouble->reason, "CRASH_LOOP") ? s->crash : s->started;
}

/* What fills the places of the reason's sentences, as the worker writes it down. */
static json_object *trouble_details(struct demo *d, const struct demo_deployment *x)
{
	json_object *o = json_build(d->arena, "{'port':%d,'memory':%s,'disk':%s}", (int64_t)x->project->port,
				    settings_text(d->settings, SETTING_APP_MEMORY), settings_text(d->settings, SETTING_APP_DISK));
	if (x->trouble->exit_code) {
		json_add_int(o, "exit_code", x->trouble->exit_code);
		json_add_int(o, "restarts", 2);
	}
	if (!strcmp(x->trouble->reason, "QUOTA")) {
		json_add_text(o, "quota", "students");
		json_add_text(o, "resource", "limits.memory");
		json_add_text(o, "asked", "512Mi");
		json_add_text(o, "used", "15872Mi");
		json_add_text(o, "limit", "16Gi");
	}
	return json_object_get(o);
}

static void add_trouble(struct demo *d, json_object *o, const struct demo_deployment *x)
{
	if (x->state != DEPLOYMENT_FAILED)
		return;
	json_add_text(o, "reason", x->trouble->reason);
	json_add(o, "details", trouble_details(d, x));
	json_add_text(o, "message", x->trouble->said ? demo_expand(d->arena, x->build, x->trouble->said) : NULL);
	json_add_text(o, "evidence", trouble_evidence(x));
}

static enum err write_deployments(struct demo *d)
{
	struct demo_batch batch = demo_batch(d, DEMO_DEPLOYMENTS);
	int64_t limit = settings_int(d->settings, SETTING_DEPLOY_TIMEOUT) + DEPLOY_GRACE;
	for (int i = 0; i < d->deployments.count; i++) {
		const struct demo_deployment *x = d->deployments.items[i];
		json_object *o = demo_row(&batch), *snapshot = demo_deployment_snapshot(d, x);
		json_add_int(o, "id", x->id);
		json_add_int(o, "project_id", x->project->id);
		if (x->build) {
			json_add_int(o, "build_id", x->build->id);
			json_add_text(o, "image", arena_printf(d->arena, "%s@%s", x->project->image, x->build->digest));
			json_add_text(o, "commit_sha", x->build->sha);
		}
		json_add_text(o, "action", deployment_action_name(x->action));
		json_add_text(o, "trigger", deployment_trigger_name(x->trigger));
		json_add_int(o, "replicas", x->build ? 1 : 0);
		json_add_text(o, "state", deployment_state_name(x->state));
		add_trouble(d, o, x);
		if (snapshot)
			json_add(o, "snapshot", json_object_get(snapshot));
		json_add_int(o, "claims", 1);
		demo_add_id(o, "created_by", x->by ? x->by->id : 0);
		demo_add_id(o, "superseded_by", x->superseded_by ? x->superseded_by->id : 0);
		demo_add_time(o, "applied_at", x->applied);
		demo_add_time(o, "created_at", x->created);
		demo_add_time(o, "started_at", x->started);
		demo_add_time(o, "deadline_at", x->started + limit * SECOND);
		demo_add_time(o, "finished_at", x->finished);
	}
	return demo_batch_end(&batch);
}

/* How it ended before another took its place. */
static const char *first_end(const struct demo_deployment *x)
{
	if (x->state != DEPLOYMENT_SUPERSEDED)
		return deployment_state_name(x->state);
	if (x->superseded_at == x->finished)
		return NULL; /* it was still under way */
	return x->action == ACT_STOP ? "stopped" : "running";
}

static void deployment_events(struct demo_batch *batch, const struct demo_deployment *x)
{
	const char *reason = x->trouble && x->state == DEPLOYMENT_FAILED ? x->trouble->reason : NULL, *ends = first_end(x);
	event(batch, "deployment_id", x->id, x->created, "state", "pending", NULL);
	event(batch, "deployment_id", x->id, x->started, "state", "deploying", NULL);
	if (ends)
		event(batch, "deployment_id", x->id, x->finished, "state", ends, reason);
	if (x->drifted) {
		event(batch, "deployment_id", x->id, x->project->drift_at, "drift", "seen",
		      "[{\"what\":\"Service\",\"gone\":true}]");
		event(batch, "deployment_id", x->id, x->project->drift_at + 4 * SECOND, "drift", "repaired", NULL);
	}
	event(batch, "deployment_id", x->id, x->superseded_at, "state", "superseded", NULL);
}

static enum err write_deployment_events(struct demo *d)
{
	struct demo_batch batch = demo_batch(d, DEMO_DEPLOYMENT_EVENTS);
	for (int i = 0; i < d->deployments.count; i++)
		deployment_events(&batch, d->deployments.items[i]);
	return demo_batch_end(&batch);
}

/* No registry is asked for what nobody ever built: it is known already, of every kind of image. */
static enum err write_image_users(struct demo *d)
{
	static const char *const users[] = { "1000", "", "1000:1000", "app" };
	struct demo_batch batch = demo_batch(d, DEMO_IMAGE_USERS);
	for (int i = 0, n = 0; i < d->deployments.count; i++) {
		const struct demo_deployment *x = d->deployments.items[i];
		if (x->project->serving != x || !x->build)
			continue;
		const char *user = users[n++ % 4];
		json_object *o = demo_row(&batch);
		json_add_text(o, "image", arena_printf(d->arena, "%s@%s", x->project->image, x->build->digest));
		json_add_text(o, "run_as", user);
		json_add_text(o, "verdict", image_user_word(image_user_judge(user)));
		json_add_text(o, "said", image_said_word(IMAGE_SAID_THERE));
	}
	return demo_batch_end(&batch);
}

static enum err write_deliveries(struct demo *d)
{
	struct demo_batch batch = demo_batch(d, DEMO_DELIVERIES);
	for (int i = 0; i < d->deliveries.count; i++) {
		const struct demo_delivery *x = d->deliveries.items[i];
		json_object *o = demo_row(&batch);
		json_add_text(o, "delivery_id", x->delivery_id);
		json_add_int(o, "project_id", x->project->id);
		json_add_text(o, "event", x->event);
		json_add_text(o, "ref", x->ref);
		json_add_text(o, "before_sha", x->before_sha);
		json_add_text(o, "commit_sha", x->commit_sha);
		json_add_text(o, "pusher", arena_printf(d->arena, "s%s", x->project->student->number));
		json_add_text(o, "outcome", x->outcome);
		json_add_text(o, "reason", x->reason);
		demo_add_id(o, "build_id", x->build ? x->build->id : 0);
		demo_add_time(o, "received_at", x->at);
	}
	return demo_batch_end(&batch);
}

static enum err write_lines(struct demo *d)
{
	struct demo_batch batch = demo_batch(d, DEMO_AUDIT);
	for (int i = 0; i < d->lines.count; i++) {
		const struct demo_line *x = d->lines.items[i];
		json_object *o = demo_row(&batch);
		enum audit_kind kind = x->build ? AUDIT_BUILD : x->project ? AUDIT_PROJECT : AUDIT_USER;
		int64_t id = x->build ? x->build->id : x->project ? x->project->id : x->who->id;
		demo_add_time(o, "at", x->at);
		json_add_int(o, "user_id", x->who->id);
		json_add_text(o, "login", x->who->login);
		json_add_text(o, "role", role_name(x->who->role));
		json_add_text(o, "action", x->action);
		json_add_text(o, "object", audit_object_id(d->arena, kind, id).text);
		demo_add_id(o, "project_id", x->project ? x->project->id : 0);
		demo_add_id(o, "student_id", x->project ? x->project->student->id : 0);
		json_add_text(o, "ip", x->who->ip);
		json_add_text(o, "request_id", REQUEST);
		json_add_text(o, "result", x->refused ? "refused" : "done");
		json_add_text(o, "detail", x->detail);
	}
	return demo_batch_end(&batch);
}

enum err demo_rows_write(struct demo *d)
{
	enum err e = write_builds(d);
	if (!e)
		e = write_build_events(d);
	if (!e)
		e = write_deployments(d);
	if (!e)
		e = write_deployment_events(d);
	if (!e)
		e = write_image_users(d);
	if (!e)
		e = write_deliveries(d);
	return e ? e : write_lines(d);
}
