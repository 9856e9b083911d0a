/* What the API's handlers share. */
#include "api/api.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "http/input.h"
#include "model/settings.h"
#include "view/view.h"

const char *api_string(struct request *req, const char *name)
{
	return view_catalogue(req->language, name);
}

int api_fail(struct request *req, struct response *res, enum err e, const char *detail)
{
	(void)req;
	return response_err(res, e, detail);
}

int api_project(struct request *req, struct response *res, int64_t id, enum action action, struct project *out)
{
	enum err e = model_projects_get(request_db(req), req->arena, id, out);
	if (!e)
		e = authorize(&req->actor, action, object_project(out->student_user_id));
	return e ? api_fail(req, res, e, NULL) : 0;
}

int api_build(struct request *req, struct response *res, int64_t id, enum action action, struct build *out)
{
	enum err e = model_builds_get(request_db(req), req->arena, id, out);
	if (!e)
		e = authorize(&req->actor, action, object_project(out->student_user_id));
	return e ? api_fail(req, res, e, NULL) : 0;
}

int api_no_fields(struct request *req, struct response *res)
{
	struct input_value none;
	return input_check(req, res, INPUT_BODY, NULL, 0, &none);
}

const char *api_time(struct arena *a, const char *text)
{
	size_t len = text ? strlen(text) : 0;
	if (len < 20)
		return NULL;
	char *out = arena_strdup(a, text);
	out[10] = 'T';
	if (str_ends(out, "+00")) {
		out[len - 3] = 'Z';
		out[len - 2] = 0;
	}
	return out;
}

static void add_id(json_object *o, const char *name, int64_t id)
{
	json_add(o, name, id ? json_object_new_int64(id) : NULL);
}

json_object *api_build_json(struct arena *a, const struct build *b)
{
	json_object *o = json_object_new_object();
	json_add_int(o, "id", b->id);
	json_add_int(o, "student_id", b->student_id);
	json_add_int(o, "project_id", b->project_id);
	json_add_text(o, "commit_sha", b->commit_sha);
	json_add_text(o, "branch", b->branch);
	json_add_text(o, "image_tag", b->image_tag);
	json_add_text(o, "digest", b->digest);
	json_add_text(o, "status", build_status_name(b->status));
	json_add_text(o, "reason", build_reason_name(b->reason));
	json_add_text(o, "message", b->message);
	json_add_text(o, "log_object_key", b->log_object_key);
	json_add_text(o, "job_name", b->job_name);
	json_add_text(o, "trigger", build_trigger_name(b->trigger));
	json_add_text(o, "created_at", api_time(a, b->created_at));
	json_add_text(o, "started_at", api_time(a, b->started_at));
	json_add_text(o, "finished_at", api_time(a, b->finished_at));
	json_add(o, "duration", b->duration < 0 ? NULL : json_object_new_int64(b->duration));
	json_add_text(o, "phase", build_phase_name(b->phase));
	json_add_text(o, "waiting_for", b->waiting_for);
	json_add_text(o, "image_repo", b->image_repo);
	json_add_text(o, "commit_message", b->commit_message);
	json_add_text(o, "commit_author", b->commit_author);
	json_add_bool(o, "cancel_requested", b->cancel_requested_at != NULL);
	add_id(o, "superseded_by", b->superseded_by);
	return o;
}

json_object *api_deployment_json(struct arena *a, const struct deployment *d)
{
	json_object *o = json_object_new_object();
	json_add_int(o, "id", d->id);
	json_add_int(o, "project_id", d->project_id);
	add_id(o, "build_id", d->build_id);
	json_add_text(o, "action", deployment_action_name(d->action));
	json_add_text(o, "trigger", deployment_trigger_name(d->trigger));
	json_add_text(o, "state", deployment_state_name(d->state));
	json_add_text(o, "image", d->image);
	json_add_text(o, "commit_sha", d->commit_sha);
	json_add_int(o, "replicas", d->replicas);
	json_add_text(o, "reason", d->reason);
	json_add_text(o, "message", d->message);
	json_add_text(o, "progress", d->progress);
	add_id(o, "superseded_by", d->superseded_by);
	json_add_text(o, "created_by", d->created_by_name);
	json_add_text(o, "created_at", api_time(a, d->created_at));
	json_add_text(o, "started_at", api_time(a, d->started_at));
	json_add_text(o, "finished_at", api_time(a, d->finished_at));
	return o;
}

json_object *api_project_json(struct arena *a, const struct settings *s, const struct project *p)
{
	json_object *o = json_object_new_object();
	json_add_int(o, "id", p->id);
	json_add_text(o, "name", p->name);
	json_add_int(o, "student_id", p->student_id);
	json_add_text(o, "student_name", p->student_name);
	json_add_text(o, "student_number", p->student_number);
	json_add_text(o, "course", p->course_code);
	json_add_text(o, "app_state", p->app_state);
	json_add_text(o, "app_message", p->app_message);
	json_add_text(o, "address", project_address(a, s, p->id));
	json_add_text(o, "image", p->image);
	json_add_text(o, "commit_sha", p->commit_sha);
	json_add_int(o, "container_port", p->container_port);
	add_id(o, "wanted_deployment_id", p->wanted_deployment_id);
	add_id(o, "serving_deployment_id", p->serving_deployment_id);
	add_id(o, "last_build_id", p->build_id);
	json_add_text(o, "last_build_status", p->build_status);
	json_add_text(o, "created_at", api_time(a, p->created_at));
	return o;
}

int api_list(struct request *req, struct response *res, json_object *items, bool more, int64_t last)
{
	json_object *o = json_own(req->arena, json_object_new_object());
	json_add(o, "items", items);
	json_add_text(o, "next_cursor", more ? arena_printf(req->arena, "%lld", (long long)last) : NULL);
	return response_json(res, 200, o);
}
