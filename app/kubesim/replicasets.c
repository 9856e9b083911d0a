/* The ReplicaSet controller, and how pods come from templates. */
#include <string.h>

#include "base/clock.h"
#include "kubesim/controllers.h"
#include "kubesim/defaults.h"
#include "kubesim/faults.h"
#include "kubesim/patch.h"

/* A quota's refusal, in the words of its admission plugin. */
static const char *forbidden(struct world *w, const char *name)
{
	return arena_printf(w->scratch,
			    "pods \"%s\" is forbidden: exceeded quota: compute-resources, requested: "
			    "limits.cpu=500m,limits.memory=512Mi, used: "
			    "limits.cpu=4,limits.memory=4Gi, limited: limits.cpu=4,limits.memory=4Gi",
			    name);
}

struct object *sim_pod_create(struct world *w, struct object *owner, const char *generate, const char **message)
{
	char tail[6];
	json_object *template = json_at(owner->tree, "spec.template"), *meta = patch_copy(json_at(template, "metadata"));
	sim_suffix(tail);
	const char *name = arena_printf(w->scratch, "%.57s%s", generate, tail);
	if (!meta)
		meta = json_object_new_object();
	json_object_object_del(meta, "creationTimestamp");
	json_add_text(meta, "name", name);
	json_add_text(meta, "generateName", generate);
	json_add_text(meta, "namespace", owner->ns);
	json_add(meta, "ownerReferences",
		 sim_build(w, "[{'apiVersion':%s,'kind':%s,'name':%s,'uid':%s,'controller':true,'blockOwnerDeletion':true}]",
			   sim_kind_group_version(w->scratch, owner->kind), sim_kinds[owner->kind].kind, owner->name,
			   owner->uid));
	if (owner->kind == SIM_JOB)
		json_add(meta, "finalizers", sim_build(w, "['batch.kubernetes.io/job-tracking']"));
	json_object *tree = json_object_new_object();
	json_add_text(tree, "kind", "Pod");
	json_add_text(tree, "apiVersion", "v1");
	json_add(tree, "metadata", meta);
	json_add(tree, "spec", patch_copy(json_at(template, "spec")));
	sim_defaults(w, SIM_POD, tree);
	sim_defaults_create(w, SIM_POD, tree, "");
	/* Faults look at labels and namespace, which this one has although it is not in the world yet. */
	struct object candidate = { .kind = SIM_POD, .ns = owner->ns, .tree = tree };
	if (sim_fault_for_pod(w, FAULT_QUOTA, &candidate, NULL, true)) {
		json_object_put(tree);
		*message = forbidden(w, name);
		return NULL;
	}
	return world_add(w, SIM_POD, tree);
}

struct pods {
	struct object **at;
	size_t n;
	int64_t live, ready;
};

static bool is_ready(struct object *pod)
{
	json_object *c = sim_condition_find(pod->tree, "Ready");
	return c && !strcmp(json_text(c, "status", ""), "True");
}

static void count(struct world *w, struct object *set, struct pods *p)
{
	p->at = world_owned(w, SIM_POD, set->uid, &p->n);
	for (size_t i = 0; i < p->n; i++) {
		if (json_at(p->at[i]->tree, "metadata.deletionTimestamp") || sim_pod_ended(p->at[i]))
			continue;
		p->live++;
		p->ready += is_ready(p->at[i]);
	}
}

/* Pods that are not ready go first. */
static struct object *victim(const struct pods *p)
{
	struct object *any = NULL;
	for (size_t i = 0; i < p->n; i++) {
		if (p->at[i]->dead || json_at(p->at[i]->tree, "metadata.deletionTimestamp") || sim_pod_ended(p->at[i]))
			continue;
		if (!any || !is_ready(p->at[i]))
			any = p->at[i];
	}
	return any;
}

static void replace_ended(struct world *w, const struct pods *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (!p->at[i]->dead && sim_pod_ended(p->at[i]) &&
		    strcmp(json_text(p->at[i]->tree, "status.reason", ""), "Evicted") != 0)
			sim_gc_delete(w, p->at[i], "Background", 0);
}

static bool add_pod(struct world *w, struct object *set)
{
	const char *message = NULL;
	json_object *status = json_at(set->tree, "status");
	struct object *pod = sim_pod_create(w, set, arena_printf(w->scratch, "%s-", set->name), &message);
	if (pod) {
		sim_event(w, set, "Normal", "replicaset-controller", "SuccessfulCreate",
			  arena_printf(w->scratch, "Created pod: %s", pod->name));
		json_object_object_del(status, "conditions");
		return true;
	}
	sim_event(w, set, "Warning", "replicaset-controller", "FailedCreate",
		  arena_printf(w->scratch, "Error creating: %s", message));
	sim_condition(w, status, "ReplicaFailure", "True", "FailedCreate", message, NULL);
	object_wake(w, set, world_pace(w, 2000));
	return false;
}

void sim_replica_set_step(struct world *w, struct object *set)
{
	struct pods p = { .n = 0 };
	int64_t wanted = json_int(set->tree, "spec.replicas", 1);
	count(w, set, &p);
	replace_ended(w, &p);
	for (; p.live < wanted && p.live < 200; p.live++)
		if (!add_pod(w, set))
			break;
	for (struct object *o; p.live > wanted && (o = victim(&p)); p.live--) {
		p.ready -= is_ready(o);
		sim_event(w, set, "Normal", "replicaset-controller", "SuccessfulDelete",
			  arena_printf(w->scratch, "Deleted pod: %s", o->name));
		sim_gc_delete(w, o, "Background", -1);
	}
	json_object *s = json_at(set->tree, "status"), *conditions = patch_copy(json_at(s, "conditions"));
	json_add_int(s, "replicas", p.live);
	static const char *const names[] = { "fullyLabeledReplicas", "readyReplicas", "availableReplicas" };
	int64_t values[] = { p.live, p.ready, p.ready };
	for (size_t i = 0; i < 3; i++) {
		json_object_object_del(s, names[i]);
		if (values[i])
			json_add_int(s, names[i], values[i]);
	}
	json_add_int(s, "observedGeneration", json_int(set->tree, "metadata.generation", 1));
	if (conditions) {
		json_object_object_del(s, "conditions");
		json_add(s, "conditions", conditions);
	}
	object_commit(w, set);
}
