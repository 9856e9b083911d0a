/* Acts on a cluster's objects. */
#include "model/resource_acts.h"

#include <string.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "db/db.h"
#include "kube/names.h"
#include "kube/resource_edit.h"
#include "model/acts.h"
#include "model/audit.h"
#include "model/clusters.h"

static const struct {
	const char *word;
	enum phrase said;
} acts[RESOURCE_ACT__MAX] = {
	[RESOURCE_SCALE] = { "resource.scale", PHRASE_AUDIT_OBJECT_SCALED },
	[RESOURCE_RESTART] = { "resource.restart", PHRASE_AUDIT_OBJECT_RESTARTED },
	[RESOURCE_DELETE] = { "resource.delete", PHRASE_AUDIT_OBJECT_DELETED },
	[RESOURCE_CHANGE] = { "resource.change", PHRASE_AUDIT_OBJECT_CHANGED },
	[RESOURCE_CREATE] = { "resource.create", PHRASE_AUDIT_OBJECT_CREATED },
};

static enum err note(struct request *req, const struct resource_order *o, const struct project *p, bool refused, const char *why)
{
	struct arena *a = req->arena;
	struct audit line = audit_of(req, acts[o->act].word, audit_object_in(a, o->kind->word, o->object->ns, o->object->name));
	line.project_id = p ? p->id : 0;
	line.student_id = p ? p->student_id : 0;
	line.refused = refused;
	/* The names of fields, never what stands in them. */
	line.detail = phrase(a, acts[o->act].said, audit_person(req), o->kind->word, o->object->name, o->cluster->name,
			     o->edit ? o->edit->fields : arena_printf(a, "%d", o->replicas));
	if (refused)
		line.detail = phrase(a, PHRASE_AUDIT_OBJECT_REFUSED, line.detail, why);
	return model_audit_write(request_db(req), a, &line);
}

/* Whether the object is the application itself, not a copy with its labels or what a move has left on another cluster. */
static bool is_application(const struct resource_order *o, const struct project *p)
{
	return p && o->kind->kind == KUBE_DEPLOYMENT && o->cluster->id == p->applied_cluster_id &&
	       app_named(KUBE_DEPLOYMENT, p->id, o->object->name);
}

/* What the portal itself does with a project's Deployment; false: it has no such act. */
static bool as_deployment(const struct resource_order *o, const struct project *p, enum deployment_action *out)
{
	if (!is_application(o, p))
		return false;
	*out = o->act == RESOURCE_RESTART ? ACT_RESTART : o->replicas ? ACT_START : ACT_STOP;
	return o->act == RESOURCE_RESTART ||
	       (o->act == RESOURCE_SCALE && (!o->replicas || (o->replicas == 1 && !strcmp(p->app_state, "stopped"))));
}

static enum err ask(struct request *req, const struct project *p, enum deployment_action action, struct resource_done *out)
{
	struct deployment_ask d = { .action = action };
	struct deployment_asked asked;
	enum err e = model_act_deploy(req, p, &d, &asked);
	out->deployment_id = asked.id;
	if (e == ERR_CONFLICT && asked.refusal)
		out->refusal = arena_printf(req->arena, "refused.%s", deployment_refusal_name(asked.refusal));
	return e;
}

static enum err send(struct arena *a, const struct resource_order *o, const char **why)
{
	const struct resource *now = o->act == RESOURCE_CREATE ? NULL : o->object;
	return o->edit ? resource_edit_send(o->kube, a, o->kind, o->object->ns, now, o->edit, why)
		       : kube_resources_act(o->kube, a, o->kind, now, o->act, o->replicas, why);
}

enum err model_act_resource(struct request *req, const struct resource_order *o, struct resource_done *out)
{
	struct project p;
	enum deployment_action action;
	enum err e = o->object->project_id ? model_projects_get(request_db(req), req->arena, o->object->project_id, &p)
					   : ERR_NOT_FOUND;
	*out = (struct resource_done){ .why = "" };
	if (e && e != ERR_NOT_FOUND)
		return e;
	const struct project *found = e ? NULL : &p;
	if (as_deployment(o, found, &action))
		return ask(req, found, action, out);
	request_release_db(req);
	e = send(req->arena, o, &out->why);
	/* A cluster's word against what somebody wrote may hold what was written, which the trail would keep for ever. */
	enum err noted = note(req, o, found, e != ERR_NONE, *out->why && !o->edit ? out->why : err_name(e));
	if (!e && noted)
		return ERR_TIMEOUT;
	/* It is the portal that the cluster refuses, not the person. */
	return e == ERR_UNAUTHORIZED ? ERR_UNAVAILABLE : e;
}
