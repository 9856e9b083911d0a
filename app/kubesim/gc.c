/* Deletion: grace, finalizers, and what goes with its owner. */
#include <string.h>

#include "base/clock.h"
#include "kubesim/controllers.h"
#include "kubesim/pods.h"

#define FOREGROUND "foregroundDeletion"
#define JOB_TRACKING "batch.kubernetes.io/job-tracking"

static bool has_finalizer(struct object *o, const char *name, size_t *at)
{
	json_object *list = json_at(o->tree, "metadata.finalizers");
	for (size_t i = 0; i < json_len(list, ""); i++)
		if (!strcmp(json_object_get_string(json_object_array_get_idx(list, i)), name)) {
			*at = i;
			return true;
		}
	return false;
}

static void drop_finalizer(struct object *o, const char *name)
{
	size_t at;
	json_object *meta = json_at(o->tree, "metadata");
	if (!has_finalizer(o, name, &at))
		return;
	json_object_array_del_idx(json_at(meta, "finalizers"), at, 1);
	if (!json_len(meta, "finalizers"))
		json_object_object_del(meta, "finalizers");
}

static void mark_deleted(struct world *w, struct object *o, int64_t grace)
{
	json_object *meta = json_at(o->tree, "metadata");
	if (json_at(meta, "deletionTimestamp"))
		return;
	json_add_text(meta, "deletionTimestamp", sim_stamp_us(w, clock_now_us() + grace * 1000000));
	json_add_int(meta, "deletionGracePeriodSeconds", grace);
}

static void each_dependent(struct world *w, struct object *o, void (*act)(struct world *, struct object *, struct object *))
{
	for (int k = 0; k < SIM_KIND__MAX; k++) {
		size_t n;
		struct object **owned = world_owned(w, (enum sim_kind)k, o->uid, &n);
		for (size_t i = 0; i < n; i++)
			if (!owned[i]->dead && !strcmp(owned[i]->ns, o->ns))
				act(w, o, owned[i]);
	}
}

static void orphan(struct world *w, struct object *owner, struct object *o)
{
	json_object *meta = json_at(o->tree, "metadata"), *refs = json_at(meta, "ownerReferences");
	for (size_t i = json_len(refs, ""); i-- > 0;)
		if (!strcmp(json_text(json_object_array_get_idx(refs, i), "uid", ""), owner->uid))
			json_object_array_del_idx(refs, i, 1);
	if (!json_len(refs, ""))
		json_object_object_del(meta, "ownerReferences");
	drop_finalizer(o, JOB_TRACKING);
	object_commit(w, o);
}

/* Something else may still own it; then only this reference goes. */
static void collect(struct world *w, struct object *owner, struct object *o)
{
	if (json_len(o->tree, "metadata.ownerReferences") > 1)
		orphan(w, owner, o);
	else
		sim_gc_delete(w, o, "Background", -1);
}

static void empty_namespace(struct world *w, const char *ns)
{
	for (int k = 0; k < SIM_KIND__MAX; k++) {
		struct table *t = &w->tables[k];
		for (size_t i = t->n; sim_kinds[k].namespaced && i-- > 0;)
			if (i < t->n && !strcmp(t->at[i]->ns, ns))
				world_remove(w, t->at[i]);
	}
}

static bool delete_namespace(struct world *w, struct object *o)
{
	mark_deleted(w, o, 0);
	json_add_text(json_at(o->tree, "status"), "phase", "Terminating");
	object_commit(w, o);
	object_wake(w, o, world_pace(w, 1000));
	return false;
}

static bool delete_pod(struct world *w, struct object *o, int64_t grace)
{
	if (grace < 0)
		grace = json_int(o->tree, "spec.terminationGracePeriodSeconds", 30);
	if (!*json_text(o->tree, "spec.nodeName", "") || sim_pod_ended(o))
		grace = 0;
	mark_deleted(w, o, grace);
	if (!grace)
		return sim_gc_finish(w, o);
	object_commit(w, o);
	object_wake(w, o, world_pace(w, 300));
	return false;
}

bool sim_gc_finish(struct world *w, struct object *o)
{
	size_t at;
	struct object *owner = world_controller(w, o);
	if (has_finalizer(o, JOB_TRACKING, &at) && (!owner || json_at(owner->tree, "metadata.deletionTimestamp")))
		drop_finalizer(o, JOB_TRACKING);
	if (json_len(o->tree, "metadata.finalizers")) {
		object_commit(w, o);
		return false;
	}
	world_remove(w, o);
	return true;
}

bool sim_gc_delete(struct world *w, struct object *o, const char *policy, int64_t grace)
{
	if (o->kind == SIM_NAMESPACE)
		return delete_namespace(w, o);
	if (o->kind == SIM_POD)
		return delete_pod(w, o, grace);
	if (!strcmp(policy, "Orphan"))
		each_dependent(w, o, orphan);
	if (!strcmp(policy, "Foreground")) {
		json_object *meta = json_at(o->tree, "metadata");
		size_t at;
		mark_deleted(w, o, 0);
		if (!json_at(meta, "finalizers"))
			json_add(meta, "finalizers", json_object_new_array());
		if (!has_finalizer(o, FOREGROUND, &at))
			json_object_array_add(json_at(meta, "finalizers"), json_object_new_string(FOREGROUND));
		object_commit(w, o);
		each_dependent(w, o, collect);
		object_wake(w, o, 20);
		return false;
	}
	if (json_len(o->tree, "metadata.finalizers"))
		mark_deleted(w, o, 0);
	return sim_gc_finish(w, o);
}

static size_t count_dependents(struct world *w, struct object *o)
{
	size_t n, all = 0;
	for (int k = 0; k < SIM_KIND__MAX; k++) {
		world_owned(w, (enum sim_kind)k, o->uid, &n);
		all += n;
	}
	return all;
}

/* An object on its way out: true, and nothing else is to be done with it. */
static bool leaving(struct world *w, struct object *o)
{
	size_t at;
	if (!json_at(o->tree, "metadata.deletionTimestamp"))
		return false;
	if (o->kind == SIM_NAMESPACE) {
		empty_namespace(w, o->name);
		world_remove(w, o);
		return true;
	}
	if (!has_finalizer(o, FOREGROUND, &at))
		return o->kind != SIM_POD;
	if (count_dependents(w, o)) {
		object_wake(w, o, 100);
		return true;
	}
	drop_finalizer(o, FOREGROUND);
	sim_gc_finish(w, o);
	return true;
}

bool sim_controller_has(enum sim_kind kind)
{
	return kind == SIM_JOB || kind == SIM_POD || kind == SIM_DEPLOYMENT || kind == SIM_REPLICA_SET || kind == SIM_NAMESPACE ||
	       kind == SIM_SECRET || kind == SIM_SERVICE || kind == SIM_INGRESS || kind == SIM_CONFIG_MAP;
}

void sim_controller_step(struct world *w, struct object *o)
{
	if (leaving(w, o))
		return;
	if (o->kind == SIM_JOB)
		sim_job_step(w, o);
	else if (o->kind == SIM_POD)
		sim_pod_step(w, o);
	else if (o->kind == SIM_DEPLOYMENT)
		sim_deployment_step(w, o);
	else if (o->kind == SIM_REPLICA_SET)
		sim_replica_set_step(w, o);
}

void sim_controller_gone(struct world *w, struct object *o)
{
	if (o->kind == SIM_POD)
		sim_pod_forget(w, o);
	if (o->kind != SIM_EVENT) /* they own nothing, and go by the hundred */
		each_dependent(w, o, collect);
}
