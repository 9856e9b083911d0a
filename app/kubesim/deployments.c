/* The Deployment controller: a ReplicaSet per template, rolled out within surge and unavailability. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "kubesim/controllers.h"
#include "kubesim/patch.h"

#define REVISION "deployment.kubernetes.io/revision"

struct rollout {
	struct object *d, *now; /* now: the set of the present template */
	struct object **sets;
	size_t n;
	int64_t wanted, surge, unavailable;
	int64_t replicas, updated, ready, terminating;
	const char *failure; /* of the present set; NULL none */
};

/* The letters that Kubernetes takes for generated names. */
static const char *template_hash(struct world *w, json_object *template)
{
	static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
	uint64_t sum = sim_sum(SIM_SUM_START, json_object_to_json_string_ext(template, JSON_PLAIN));
	char out[11];
	for (size_t i = 0; i < 10; i++, sum /= 27)
		out[i] = letters[sum % 27];
	out[10] = 0;
	return arena_strdup(w->scratch, out);
}

static const char *annotation(struct object *o, const char *key)
{
	json_object *v = NULL, *map = json_at(o->tree, "metadata.annotations");
	return map && json_object_object_get_ex(map, key, &v) ? json_object_get_string(v) : "";
}

static void annotate(struct object *o, const char *key, const char *value)
{
	json_object *meta = json_at(o->tree, "metadata");
	if (!json_at(meta, "annotations"))
		json_add(meta, "annotations", json_object_new_object());
	json_add_text(json_at(meta, "annotations"), key, value);
}

static bool same_template(json_object *a, json_object *b)
{
	json_object *copy = patch_copy(b), *labels = json_at(copy, "metadata.labels");
	if (labels)
		json_object_object_del(labels, "pod-template-hash");
	bool same = json_object_equal(a, copy);
	json_object_put(copy);
	return same;
}

static int64_t revision(struct object *o)
{
	int64_t n = 0;
	return str_to_int(annotation(o, REVISION), 0, INT64_MAX, &n) ? n : 0;
}

static int64_t highest_revision(const struct rollout *r)
{
	int64_t most = 0;
	for (size_t i = 0; i < r->n; i++)
		if (revision(r->sets[i]) > most)
			most = revision(r->sets[i]);
	return most;
}

static struct object *create_set(struct world *w, struct rollout *r)
{
	struct object *d = r->d;
	json_object *template = patch_copy(json_at(d->tree, "spec.template")), *meta = json_at(template, "metadata");
	const char *hash = template_hash(w, template), *name = arena_printf(w->scratch, "%s-%s", d->name, hash);
	while (world_find(w, SIM_REPLICA_SET, d->ns, name))
		name = arena_printf(w->scratch, "%s2", name); /* a collision, as the real controller counts on */
	if (!json_at(meta, "labels"))
		json_add(meta, "labels", json_object_new_object());
	json_add_text(json_at(meta, "labels"), "pod-template-hash", hash);
	json_object *selector = patch_copy(json_at(d->tree, "spec.selector"));
	if (!json_at(selector, "matchLabels"))
		json_add(selector, "matchLabels", json_object_new_object());
	json_add_text(json_at(selector, "matchLabels"), "pod-template-hash", hash);
	json_object *tree = sim_build(
		w,
		"{'kind':'ReplicaSet','apiVersion':'apps/v1','metadata':{'name':%s,'namespace':%s,'labels':%o,'annotations':"
		"{'deployment.kubernetes.io/desired-replicas':%s,'deployment.kubernetes.io/max-replicas':%s,%s:%s},"
		"'ownerReferences':[{'apiVersion':'apps/v1','kind':'Deployment','name':%s,'uid':%s,'controller':true,"
		"'blockOwnerDeletion':true}]},'spec':{'replicas':0,'selector':%o,'template':%o},'status':{'replicas':0}}",
		name, d->ns, patch_copy(json_at(meta, "labels")), arena_printf(w->scratch, "%" PRId64, r->wanted),
		arena_printf(w->scratch, "%" PRId64, r->wanted + r->surge), REVISION,
		arena_printf(w->scratch, "%" PRId64, highest_revision(r) + 1), d->name, d->uid, selector, template);
	return world_add(w, SIM_REPLICA_SET, tree);
}

/* maxSurge and maxUnavailable: a number, or a percentage rounded up or down. */
static int64_t share(json_object *v, int64_t of, bool up)
{
	int64_t n = 0;
	if (json_object_is_type(v, json_type_int))
		return json_object_get_int64(v);
	const char *text = v ? json_object_get_string(v) : "25%";
	for (; *text >= '0' && *text <= '9'; text++)
		n = n * 10 + (*text - '0');
	return (n * of + (up ? 99 : 0)) / 100;
}

static int64_t count_terminating(struct world *w, struct object *set)
{
	size_t n;
	int64_t leaving = 0;
	struct object **pods = world_owned(w, SIM_POD, set->uid, &n);
	for (size_t i = 0; i < n; i++)
		leaving += json_at(pods[i]->tree, "metadata.deletionTimestamp") != NULL;
	return leaving;
}

static void observe(struct world *w, struct object *d, struct rollout *r)
{
	json_object *template = json_at(d->tree, "spec.template");
	bool recreate = !strcmp(json_text(d->tree, "spec.strategy.type", ""), "Recreate");
	r->d = d;
	r->wanted = json_int(d->tree, "spec.replicas", 1);
	r->surge = recreate ? 0 : share(json_at(d->tree, "spec.strategy.rollingUpdate.maxSurge"), r->wanted, true);
	r->unavailable =
		recreate ? r->wanted : share(json_at(d->tree, "spec.strategy.rollingUpdate.maxUnavailable"), r->wanted, false);
	if (!r->surge && !r->unavailable)
		r->unavailable = 1;
	r->sets = world_owned(w, SIM_REPLICA_SET, d->uid, &r->n);
	for (size_t i = 0; i < r->n; i++) {
		struct object *s = r->sets[i];
		r->replicas += json_int(s->tree, "status.replicas", 0);
		r->ready += json_int(s->tree, "status.readyReplicas", 0);
		r->terminating += recreate ? count_terminating(w, s) : 0;
		if (!r->now && same_template(template, json_at(s->tree, "spec.template")))
			r->now = s;
	}
	if (r->now) {
		json_object *failure = sim_condition_find(r->now->tree, "ReplicaFailure");
		r->updated = json_int(r->now->tree, "status.replicas", 0);
		r->failure = failure ? json_text(failure, "message", "") : NULL;
	}
}

static void scale(struct world *w, struct object *d, struct object *set, int64_t to)
{
	int64_t from = json_int(set->tree, "spec.replicas", 0);
	if (from == to)
		return;
	json_add_int(json_at(set->tree, "spec"), "replicas", to);
	object_commit(w, set);
	sim_event(w, d, "Normal", "deployment-controller", "ScalingReplicaSet",
		  arena_printf(w->scratch, "Scaled %s replica set %s from %" PRId64 " to %" PRId64, to > from ? "up" : "down",
			       set->name, from, to));
}

static int64_t total_spec(const struct rollout *r)
{
	int64_t n = 0;
	for (size_t i = 0; i < r->n; i++)
		n += json_int(r->sets[i]->tree, "spec.replicas", 0);
	return n;
}

static void scale_down_old(struct world *w, struct rollout *r)
{
	int64_t available = r->ready, least = r->wanted - r->unavailable;
	for (size_t i = 0; i < r->n; i++) {
		struct object *s = r->sets[i];
		int64_t has = json_int(s->tree, "spec.replicas", 0), ready = json_int(s->tree, "status.readyReplicas", 0),
			drop = has - ready;
		if (s == r->now || !has)
			continue;
		/* Old pods that are not ready serve nobody; ready ones go when enough others are. */
		if (available - least > 0 && ready)
			drop += available - least < ready ? available - least : ready;
		if (drop > 0) {
			available -= drop > has - ready ? drop - (has - ready) : 0;
			scale(w, r->d, s, has - drop);
		}
	}
}

static void roll(struct world *w, struct rollout *r)
{
	bool recreate = !strcmp(json_text(r->d->tree, "spec.strategy.type", ""), "Recreate");
	int64_t has = json_int(r->now->tree, "spec.replicas", 0), old_pods = r->replicas - r->updated + r->terminating;
	if (has > r->wanted) {
		scale(w, r->d, r->now, r->wanted);
	} else if (has < r->wanted && (!recreate || !old_pods)) {
		int64_t room = r->wanted + r->surge - total_spec(r);
		if (room > 0)
			scale(w, r->d, r->now, has + (room < r->wanted - has ? room : r->wanted - has));
	}
	scale_down_old(w, r);
}

static void set_number(json_object *s, const char *name, int64_t n)
{
	json_object_object_del(s, name);
	if (n)
		json_add_int(s, name, n);
}

static bool complete(const struct rollout *r)
{
	return r->now && r->updated == r->wanted && r->replicas == r->wanted && r->ready >= r->wanted &&
	       json_int(r->now->tree, "spec.replicas", 0) == r->wanted;
}

static void progress(struct world *w, struct rollout *r, json_object *s, bool moved)
{
	json_object *c = sim_condition_find(r->d->tree, "Progressing");
	const char *reason = c ? json_text(c, "reason", "") : "", *name = r->now ? r->now->name : r->d->name;
	int64_t limit = json_int(r->d->tree, "spec.progressDeadlineSeconds", 600), since, now = clock_now_us();
	if (json_flag(r->d->tree, "spec.paused", false)) {
		sim_condition(w, s, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", "lastUpdateTime");
	} else if (complete(r)) {
		sim_condition(w, s, "Progressing", "True", "NewReplicaSetAvailable",
			      arena_printf(w->scratch, "ReplicaSet \"%s\" has successfully progressed.", name), "lastUpdateTime");
	} else if (moved || !c || !strcmp(reason, "NewReplicaSetAvailable")) {
		if (strcmp(reason, "NewReplicaSetCreated") != 0 || moved)
			sim_condition(w, s, "Progressing", "True", moved && c ? "ReplicaSetUpdated" : "NewReplicaSetCreated",
				      moved && c ? arena_printf(w->scratch, "ReplicaSet \"%s\" is progressing.", name)
						 : arena_printf(w->scratch, "Created new replica set \"%s\"", name),
				      "lastUpdateTime");
		c = sim_condition_find(r->d->tree, "Progressing");
		json_add_text(c, "lastUpdateTime", sim_stamp(w));
		object_wake(w, r->d, limit * 1000 + 500);
	} else if (clock_parse(json_text(c, "lastUpdateTime", ""), &since)) {
		int64_t left = limit * 1000 - (now - since) / 1000;
		if (left > 0)
			object_wake(w, r->d, left + 500);
		else if (strcmp(reason, "ProgressDeadlineExceeded") != 0)
			sim_condition(w, s, "Progressing", "False", "ProgressDeadlineExceeded",
				      arena_printf(w->scratch, "ReplicaSet \"%s\" has timed out progressing.", name),
				      "lastUpdateTime");
	}
}

static void write_status(struct world *w, struct rollout *r)
{
	json_object *s = json_at(r->d->tree, "status");
	int64_t updated = json_int(s, "updatedReplicas", 0), ready = json_int(s, "readyReplicas", 0),
		replicas = json_int(s, "replicas", 0);
	bool moved = r->updated > updated || r->ready > ready || (r->replicas < replicas && r->updated == updated);
	json_add_int(s, "observedGeneration", json_int(r->d->tree, "metadata.generation", 1));
	set_number(s, "replicas", r->replicas);
	set_number(s, "updatedReplicas", r->updated);
	set_number(s, "readyReplicas", r->ready);
	set_number(s, "availableReplicas", r->ready);
	set_number(s, "unavailableReplicas",
		   r->wanted > r->ready	    ? r->wanted - r->ready
		   : r->replicas > r->ready ? r->replicas - r->ready
					    : 0);
	bool available = r->ready >= r->wanted - r->unavailable;
	sim_condition(w, s, "Available", available ? "True" : "False",
		      available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
		      available ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
		      "lastUpdateTime");
	progress(w, r, s, moved);
	if (r->failure) {
		sim_condition(w, s, "ReplicaFailure", "True", "FailedCreate", r->failure, "lastUpdateTime");
	} else {
		json_object *list = json_at(s, "conditions");
		for (size_t i = json_len(list, ""); i-- > 0;)
			if (!strcmp(json_text(json_object_array_get_idx(list, i), "type", ""), "ReplicaFailure"))
				json_object_array_del_idx(list, i, 1);
	}
	object_commit(w, r->d);
}

static int by_revision(const void *a, const void *b)
{
	int64_t x = revision(*(struct object *const *)a), y = revision(*(struct object *const *)b);
	return x < y ? -1 : x > y;
}

static void forget_old_sets(struct world *w, struct rollout *r)
{
	int64_t keep = json_int(r->d->tree, "spec.revisionHistoryLimit", 10), n = 0;
	qsort(r->sets, r->n, sizeof *r->sets, by_revision);
	for (size_t i = r->n; i-- > 0;) {
		struct object *s = r->sets[i];
		if (s == r->now || s->dead || json_int(s->tree, "spec.replicas", 0) || json_int(s->tree, "status.replicas", 0))
			continue;
		if (++n > keep)
			sim_gc_delete(w, s, "Background", -1);
	}
}

void sim_deployment_step(struct world *w, struct object *d)
{
	struct rollout r = { .n = 0 };
	/* observedGeneration lags behind, as it does where the controller is another program. */
	if (d->spec_sum != d->seen_sum) {
		d->seen_sum = d->spec_sum;
		object_wake(w, d, 40);
		return;
	}
	observe(w, d, &r);
	if (!r.now && !json_flag(d->tree, "spec.paused", false)) {
		r.now = create_set(w, &r);
		r.sets = world_owned(w, SIM_REPLICA_SET, d->uid, &r.n);
		annotate(d, REVISION, annotation(r.now, REVISION));
		json_object *s = json_at(d->tree, "status");
		sim_condition(w, s, "Progressing", "True", "NewReplicaSetCreated",
			      arena_printf(w->scratch, "Created new replica set \"%s\"", r.now->name), "lastUpdateTime");
	} else if (r.now && revision(r.now) < highest_revision(&r)) {
		/* A rollback: the old set is the newest again. */
		annotate(r.now, REVISION, arena_printf(w->scratch, "%" PRId64, highest_revision(&r) + 1));
		object_commit(w, r.now);
		annotate(d, REVISION, annotation(r.now, REVISION));
	}
	if (r.now && !json_flag(d->tree, "spec.paused", false))
		roll(w, &r);
	write_status(w, &r);
	if (complete(&r))
		forget_old_sets(w, &r);
}
