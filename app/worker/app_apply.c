/* Makes the cluster hold an application's objects, or none of them. */
#include "worker/app_apply.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/log.h"
#include "base/phrases.h"
#include "kube/kube.h"
#include "kube/names.h"
#include "model/app_secrets.h"
#include "model/pull_secrets.h"
#include "model/registries.h"
#include "worker/failpoint.h"
#include "worker/observe.h"

enum { TRIES = 5 };

static const char *what_is(enum kube_kind kind)
{
	return kind == KUBE_DEPLOYMENT ? "Deployment"
	       : kind == KUBE_SERVICE  ? "Service"
	       : kind == KUBE_INGRESS  ? "Ingress"
				       : "Secret";
}

/* The object as it is; *there false when there is none. One that is not the portal's is a fault. */
static enum err look(struct arena *a, const struct applying *x, enum kube_kind kind, const char *name, int64_t project_id,
		     struct app_applied *out, struct kube_answer *answer, bool *there)
{
	/* Of a Secret not the values: nobody needs to read them back. */
	enum err e = kind == KUBE_SECRET ? kube_metadata(x->kube, a, kind, x->ns, name, answer)
					 : kube_get(x->kube, a, kind, x->ns, name, answer);
	out->what = what_is(kind);
	*there = !e;
	if (e == ERR_NOT_FOUND)
		return ERR_NONE;
	if (!e && observe_id(answer->object, LABEL_PROJECT) != project_id) {
		out->fault = phrase(a, PHRASE_DEPLOY_FOREIGN, out->what, name);
		return ERR_CONFLICT;
	}
	return e;
}

/* What the answer holds of what was sent: values as the cluster writes them, without what others added. */
static const char *owned(struct arena *a, const struct kube_answer *answer, json_object *sent)
{
	return observe_owned(a, observe_applied(a, answer->object), observe_applied(a, sent));
}

static enum err apply_one(struct arena *a, const struct applying *x, enum kube_kind kind, const char *name, int64_t project_id,
			  json_object *body, struct app_applied *out, struct kube_answer *answer)
{
	bool there;
	enum err e = look(a, x, kind, name, project_id, out, answer, &there);
	if (!e)
		e = kube_apply(x->kube, a, kind, x->ns, name, body, answer);
	if (!e && kind != KUBE_SECRET)
		out->text = arena_printf(a, "%s%s", out->text, owned(a, answer, body));
	return e;
}

/* Takes away what others put in the way of an apply. Where that is refused, too, the first refusal is what counts. */
static enum err unblock(struct arena *a, const struct applying *x, const struct app_plan *p, const char *name,
			const char *version, struct kube_answer *answer)
{
	struct kube_answer second;
	json_object *patch = app_deployment_unblock(a, p);
	json_add(patch, "metadata", json_object_get(json_build(a, "{'resourceVersion':%s}", version)));
	const char *path = arena_printf(a, "%s?fieldManager=hydrosim-portal", kube_path(a, KUBE_DEPLOYMENT, x->ns, name));
	enum err e = kube_request(x->kube, a, "PATCH", path, KUBE_STRATEGIC_PATCH, patch, &second);
	if (!e)
		log_event(LOG_INFO, "application_unblocked", LOG_NUM("project", p->project_id),
			  LOG_STR("refused", answer->message));
	return e == ERR_INVALID ? ERR_INVALID : e;
}

/*
 * The version that was looked at is a precondition of the write: a driver that was overtaken while it slept finds a conflict,
 * looks again, and sees the higher number.
 */
static enum err apply_deployment(struct arena *a, const struct applying *x, const struct app_plan *p, struct app_applied *out,
				 struct kube_answer *answer)
{
	const char *name = app_name(a, p->project_id);
	enum err e = ERR_CONFLICT;
	bool unblocked = false;
	for (int i = 0; i < TRIES && e == ERR_CONFLICT && !out->fault; i++) {
		struct seen_app now = { 0 };
		bool there;
		e = look(a, x, KUBE_DEPLOYMENT, name, p->project_id, out, answer, &there);
		if (e)
			continue;
		if (there && observe_app(answer->object, &now) && now.deployment_id > p->deployment_id) {
			out->overtaken = true;
			return ERR_CONFLICT;
		}
		json_object *body = app_deployment(a, p, there ? now.resource_version : NULL);
		e = kube_apply(x->kube, a, KUBE_DEPLOYMENT, x->ns, name, body, answer);
		if (e == ERR_INVALID && there && !unblocked) {
			unblocked = true;
			e = unblock(a, x, p, name, now.resource_version, answer);
			e = e ? e : ERR_CONFLICT; /* it has another version now */
			continue;
		}
		if (!e)
			out->text = owned(a, answer, body);
	}
	return e == ERR_CONFLICT && !out->fault ? ERR_UNAVAILABLE : e;
}

static enum err apply_pull_secret(struct arena *a, const struct applying *x, const struct app_plan *p, struct app_applied *out,
				  struct kube_answer *answer)
{
	struct registry r;
	if (!p->registry_id)
		return model_pull_secrets_forget(x->db, a, p->project_id, x->cluster_id);
	enum err e = model_registries_get(x->db, a, p->registry_id, &r);
	if (e == ERR_NOT_FOUND)
		out->fault = phrase_text(PHRASE_DEPLOY_NO_REGISTRY);
	if (e)
		return e;
	e = apply_one(a, x, KUBE_SECRET, app_pull_name(a, p->project_id), p->project_id,
		      app_pull_secret(a, p->project_id, r.address, r.pull_username, registry_pull_password(x->keys, a, &r)), out,
		      answer);
	return e ? e
		 : model_pull_secrets_made(x->db, a, p->project_id, x->cluster_id,
					   json_text(answer->object, "metadata.uid", NULL), &r);
}

enum err app_apply_pull(struct arena *a, const struct applying *x, const struct app_plan *p, struct app_applied *out,
			struct kube_answer *answer)
{
	*out = (struct app_applied){ .text = "" };
	*answer = (struct kube_answer){ .message = "" };
	return apply_pull_secret(a, x, p, out, answer);
}

/*
 * The Secret with the plan's values. It cannot be edited; one that was deleted and made again by somebody else holds other values
 * and makes way for the portal's own.
 */
static enum err apply_env_secret(struct arena *a, const struct applying *x, const struct app_plan *p, struct app_applied *out,
				 struct kube_answer *answer)
{
	const char *content, *name = app_env_name(a, p->project_id, p->secret_id);
	bool there;
	if (!p->secret_id)
		return ERR_NONE;
	enum err e = model_app_secrets_content(x->db, a, x->keys, p->project_id, p->secret_id, &content);
	json_object *body = e ? NULL : app_env_secret(a, p->project_id, p->secret_id, content);
	if (e == ERR_NOT_FOUND || e == ERR_INTERNAL || (!e && !body)) {
		out->what = "Secret";
		out->fault = phrase_text(PHRASE_DEPLOY_NO_SECRETS);
		return ERR_CONFLICT;
	}
	if (!e)
		e = look(a, x, KUBE_SECRET, name, p->project_id, out, answer, &there);
	if (!e)
		e = kube_apply(x->kube, a, KUBE_SECRET, x->ns, name, body, answer);
	if (e == ERR_INVALID && there) {
		e = kube_delete(x->kube, a, KUBE_SECRET, x->ns, name, NULL, answer);
		if (!e)
			e = kube_apply(x->kube, a, KUBE_SECRET, x->ns, name, body, answer);
	}
	return e ? e : model_app_secrets_made(x->db, a, p->secret_id, json_text(answer->object, "metadata.uid", NULL));
}

enum err app_apply(struct arena *a, const struct applying *x, const struct app_plan *p, struct app_applied *out,
		   struct kube_answer *answer)
{
	const char *front = app_front_name(a, p->project_id);
	*out = (struct app_applied){ .text = "" };
	*answer = (struct kube_answer){ .message = "" };
	enum err e = apply_pull_secret(a, x, p, out, answer);
	if (!e)
		e = apply_env_secret(a, x, p, out, answer);
	if (e)
		return e;
	FAILPOINT("after_secrets_apply", p->deployment_id);
	e = apply_deployment(a, x, p, out, answer);
	if (e)
		return e;
	FAILPOINT("after_deployment_apply", p->deployment_id);
	e = apply_one(a, x, KUBE_SERVICE, front, p->project_id, app_service(a, p), out, answer);
	if (e)
		return e;
	FAILPOINT("after_service_apply", p->deployment_id);
	return apply_one(a, x, KUBE_INGRESS, front, p->project_id, app_ingress(a, p), out, answer);
}

/* Whether the cluster holds a Deployment of a later deployment than that. */
static enum err find_later(struct arena *a, const struct applying *x, int64_t project_id, int64_t upto, struct app_applied *out,
			   struct kube_answer *answer)
{
	struct seen_app now = { 0 };
	bool there;
	enum err e = upto ? look(a, x, KUBE_DEPLOYMENT, app_name(a, project_id), project_id, out, answer, &there) : ERR_NONE;
	if (!upto || e || !there)
		return out->fault ? ERR_NONE : e;
	out->overtaken = observe_app(answer->object, &now) && now.deployment_id > upto;
	return ERR_NONE;
}

enum err app_remove(struct arena *a, const struct applying *x, int64_t project_id, int64_t upto, struct app_applied *out,
		    struct kube_answer *answer)
{
	const struct {
		enum kube_kind kind;
		const char *name;
	} all[] = { { KUBE_INGRESS, app_front_name(a, project_id) },
		    { KUBE_SERVICE, app_front_name(a, project_id) },
		    { KUBE_DEPLOYMENT, app_name(a, project_id) },
		    { KUBE_SECRET, app_pull_name(a, project_id) } };
	*out = (struct app_applied){ .text = "" };
	*answer = (struct kube_answer){ .message = "" };
	enum err found = find_later(a, x, project_id, upto, out, answer);
	out->fault = NULL;
	if (found || out->overtaken)
		return found;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		bool there;
		enum err e = look(a, x, all[i].kind, all[i].name, project_id, out, answer, &there);
		if (e && out->fault) {
			out->fault = NULL; /* somebody else's: it stays */
			continue;
		}
		if (!e && there)
			e = kube_delete(x->kube, a, all[i].kind, x->ns, all[i].name,
					json_text(answer->object, "metadata.uid", NULL), answer);
		/* Where the portal may not look for a Secret it has made none either. */
		if (e == ERR_FORBIDDEN && all[i].kind == KUBE_SECRET)
			e = ERR_NONE;
		if (e && e != ERR_CONFLICT)
			return e;
	}
	enum err e = model_pull_secrets_forget(x->db, a, project_id, x->cluster_id);
	if (!e)
		e = app_drop_secrets(a, x, project_id, upto ? upto : INT64_MAX, answer);
	if (e)
		out->what = what_is(KUBE_SECRET);
	return e;
}

enum err app_drop_secrets(struct arena *a, const struct applying *x, int64_t project_id, int64_t upto, struct kube_answer *answer)
{
	struct app_secret *rows;
	int count;
	enum err e = model_app_secrets_drop(x->db, a, project_id, x->cluster_id, upto, &rows, &count);
	for (int i = 0; !e && i < count; i++) {
		struct app_applied ignored = { .text = "" };
		const char *name = app_env_name(a, project_id, rows[i].id);
		bool there = false;
		e = look(a, x, KUBE_SECRET, name, project_id, &ignored, answer, &there);
		if (e == ERR_FORBIDDEN && !rows[i].uid) /* nor could it be made */
			e = ERR_NONE;
		if (!e && there)
			e = kube_delete(x->kube, a, KUBE_SECRET, x->ns, name, json_text(answer->object, "metadata.uid", NULL),
					answer);
		if (e == ERR_CONFLICT) /* somebody else's now, or another one: it stays */
			e = ERR_NONE;
		if (!e)
			e = model_app_secrets_forget(x->db, a, rows[i].id);
	}
	return e;
}
