/* The refusal of an act by a quota: which one, and what takes of it. */
#include "model/quotas.h"

#include "api/api.h"
#include "base/arena.h"
#include "base/json.h"

static json_object *holder(struct arena *a, const struct quota_holder *h)
{
	json_object *o = json_object_new_object();
	json_add_int(o, "project_id", h->project_id);
	json_add_text(o, "name", h->project_name);
	json_add_text(o, "student", h->student_name);
	json_add_text(o, "state", h->app_state);
	json_add_text(o, "cpu", quota_takes(a, QUOTA_CLUSTER_CPU, &h->takes));
	json_add_text(o, "memory", quota_takes(a, QUOTA_CLUSTER_MEMORY, &h->takes));
	json_add_text(o, "active_at", api_time(a, h->active_at));
	json_add(o, "enough", json_object_new_boolean(h->enough));
	return o;
}

int api_quota_full(struct request *req, struct response *res, const struct deployment_asked *asked)
{
	struct quota_holder *rows;
	int count, more;
	struct arena *a = req->arena;
	const struct quota_full *f = &asked->full;
	bool all = authorized(&req->actor, ACTION_LIST_ALL, object_portal());
	enum err e = model_quotas_holders(request_db(req), a, f, all ? 0 : req->actor.id, &rows, &count, &more);
	if (e)
		return response_err(res, e, NULL);
	json_object *o = json_own(a, json_object_new_object()), *list = json_object_new_array();
	json_add_text(o, "name", quota_name(f->quota));
	json_add_text(o, "limit", quota_amount(a, f->quota, f->limit));
	json_add_text(o, "used", quota_amount(a, f->quota, f->used));
	json_add_text(o, "asked", quota_amount(a, f->quota, f->asked));
	json_add_int(o, "more", more);
	for (int i = 0; i < count; i++)
		json_object_array_add(list, holder(a, &rows[i]));
	json_add(o, "applications", list);
	const char *sentence = api_string(req, arena_printf(a, "refused.%s", deployment_refusal_name(asked->refusal)));
	return response_problem_with(
		res, 409, arena_printf(a, "%s %s", sentence, quota_sentence(a, api_string(req, "quota.numbers"), f)), "quota", o);
}
