/* The simulated cluster's state: objects by kind and name, revisions, history. */
#include "kubesim/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "kubesim/controllers.h"
#include "kubesim/faults.h"
#include "kubesim/images.h"
#include "kubesim/stream.h"

const struct sim_kind_info sim_kinds[SIM_KIND__MAX] = {
	[SIM_CONFIG_MAP] = { "ConfigMap", "configmaps", "configmap", "", "v1", true, false, &schema_config_map },
	[SIM_DEPLOYMENT] = { "Deployment", "deployments", "deployment", "apps", "v1", true, true, &schema_deployment },
	[SIM_EVENT] = { "Event", "events", "event", "", "v1", true, false, &schema_event },
	[SIM_INGRESS] = { "Ingress", "ingresses", "ingress", "networking.k8s.io", "v1", true, true, &schema_ingress },
	[SIM_JOB] = { "Job", "jobs", "job", "batch", "v1", true, true, &schema_job },
	[SIM_LIMIT_RANGE] = { "LimitRange", "limitranges", "limitrange", "", "v1", true, false, &schema_limit_range },
	[SIM_NAMESPACE] = { "Namespace", "namespaces", "namespace", "", "v1", false, false, &schema_namespace },
	[SIM_NETWORK_POLICY] = { "NetworkPolicy", "networkpolicies", "networkpolicy", "networking.k8s.io", "v1", true, true,
				 &schema_network_policy },
	[SIM_POD] = { "Pod", "pods", "pod", "", "v1", true, true, &schema_pod },
	[SIM_REPLICA_SET] = { "ReplicaSet", "replicasets", "replicaset", "apps", "v1", true, true, &schema_replica_set },
	[SIM_RESOURCE_QUOTA] = { "ResourceQuota", "resourcequotas", "resourcequota", "", "v1", true, false,
				 &schema_resource_quota },
	[SIM_SECRET] = { "Secret", "secrets", "secret", "", "v1", true, false, &schema_secret },
	[SIM_SERVICE] = { "Service", "services", "service", "", "v1", true, false, &schema_service },
};

const char *sim_kind_resource(struct arena *a, enum sim_kind kind)
{
	const struct sim_kind_info *k = &sim_kinds[kind];
	return *k->group ? arena_printf(a, "%s.%s", k->plural, k->group) : k->plural;
}

const char *sim_kind_group_version(struct arena *a, enum sim_kind kind)
{
	const struct sim_kind_info *k = &sim_kinds[kind];
	return *k->group ? arena_printf(a, "%s/%s", k->group, k->version) : k->version;
}

static void *need(void *p)
{
	if (!p) {
		log_event(LOG_ERROR, "out_of_memory");
		abort();
	}
	return p;
}

uint64_t sim_sum(uint64_t sum, const char *text)
{
	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * 1099511628211ULL;
	return sum;
}

/* Revisions */

void revision_put(struct revision *r)
{
	if (!r || --r->refs)
		return;
	json_object_put(r->labels);
	free(r);
}

static struct revision *revision_new(struct object *o, int64_t rv, const char *text, size_t len)
{
	size_t ns = strlen(o->ns) + 1, name = strlen(o->name) + 1;
	struct revision *r = need(malloc(sizeof *r + ns + name + len + 1));
	char *p = (char *)(r + 1);
	*r = (struct revision){
		.refs = 1, .rv = rv, .kind = o->kind, .ns = p, .name = p + ns, .json = p + ns + name, .len = len
	};
	memcpy(p, o->ns, ns);
	memcpy(p + ns, o->name, name);
	memcpy(p + ns + name, text, len + 1);
	const char *meta = strstr(r->json, "\"metadata\":");
	r->bare = meta ? (size_t)(meta - r->json) : 1;
	json_object *labels = json_at(o->tree, "metadata.labels");
	if (labels && o->rev && json_object_equal(labels, o->rev->labels))
		r->labels = json_object_get(o->rev->labels);
	else if (labels)
		json_object_deep_copy(labels, &r->labels, NULL);
	return r;
}

/* History */

static size_t weight(const struct happening *h)
{
	return h->now->len;
}

static void forget_oldest(struct world *w)
{
	struct happening *h = &w->history[w->first++ % HISTORY];
	w->history_bytes -= weight(h);
	w->compacted = h->rv;
	revision_put(h->now);
	revision_put(h->before);
}

static void record(struct world *w, enum change change, struct revision *now, struct revision *before)
{
	int64_t ms = clock_ms();
	while (w->first < w->next && (w->next - w->first >= HISTORY || w->history_bytes + now->len > HISTORY_BYTES ||
				      ms - w->history[w->first % HISTORY].at_ms > HISTORY_MS))
		forget_oldest(w);
	now->refs++;
	if (before)
		before->refs++;
	w->history[w->next++ % HISTORY] = (struct happening){ change, now->rv, ms, now, before };
	w->history_bytes += now->len;
	w->dirty = true;
	stream_happened(w, now->kind);
}

/* Objects */

static int compare(const struct object *o, const char *ns, const char *name)
{
	int d = strcmp(o->ns, ns);
	return d ? d : strcmp(o->name, name);
}

size_t world_place(struct world *w, enum sim_kind kind, const char *ns, const char *name)
{
	struct table *t = &w->tables[kind];
	size_t low = 0, high = t->n;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (compare(t->at[middle], ns, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct object *world_find(struct world *w, enum sim_kind kind, const char *ns, const char *name)
{
	size_t i = world_place(w, kind, ns, name);
	struct table *t = &w->tables[kind];
	return i < t->n && !compare(t->at[i], ns, name) ? t->at[i] : NULL;
}

static bool owned_by(struct object *o, const char *uid)
{
	if (!o->shared)
		return *o->owner && !strcmp(o->owner, uid);
	json_object *owners = json_at(o->tree, "metadata.ownerReferences");
	for (size_t i = 0; owners && i < json_object_array_length(owners); i++)
		if (!strcmp(json_text(json_object_array_get_idx(owners, i), "uid", ""), uid))
			return true;
	return false;
}

struct object **world_owned(struct world *w, enum sim_kind kind, const char *uid, size_t *n)
{
	struct table *t = &w->tables[kind];
	struct object **found = NULL;
	size_t room = 0;
	*n = 0;
	for (size_t i = 0; i < t->n; i++) {
		if (!owned_by(t->at[i], uid))
			continue;
		if (*n == room) {
			struct object **more = arena_alloc(w->scratch, (room = room ? room * 2 : 8) * sizeof *more);
			if (*n)
				memcpy(more, found, *n * sizeof *more);
			found = more;
		}
		found[(*n)++] = t->at[i];
	}
	return found;
}

struct object *world_controller(struct world *w, struct object *o)
{
	json_object *owners = json_at(o->tree, "metadata.ownerReferences");
	for (size_t i = 0; owners && i < json_object_array_length(owners); i++) {
		json_object *r = json_object_array_get_idx(owners, i);
		for (int k = 0; json_flag(r, "controller", false) && k < SIM_KIND__MAX; k++) {
			if (strcmp(sim_kinds[k].kind, json_text(r, "kind", "")))
				continue;
			struct object *owner = world_find(w, (enum sim_kind)k, o->ns, json_text(r, "name", ""));
			return owner && !strcmp(owner->uid, json_text(r, "uid", "")) ? owner : NULL;
		}
	}
	return NULL;
}

static void insert(struct world *w, struct object *o)
{
	struct table *t = &w->tables[o->kind];
	size_t i = world_place(w, o->kind, o->ns, o->name);
	if (t->n == t->size)
		t->at = need(realloc(t->at, (t->size = t->size ? t->size * 2 : 64) * sizeof *t->at));
	memmove(t->at + i + 1, t->at + i, (t->n - i) * sizeof *t->at);
	t->at[i] = o;
	t->n++;
}

static void look(struct world *w, void *context)
{
	struct object *o = context;
	sim_controller_step(w, o);
}

static uint64_t spec_sum(struct object *o)
{
	json_object *spec = json_at(o->tree, "spec");
	return spec ? sim_sum(SIM_SUM_START, json_object_to_json_string_ext(spec, JSON_PLAIN)) : 0;
}

void object_uncounted(struct object *o)
{
	o->spec_sum = spec_sum(o);
}

static void new_revision(struct world *w, struct object *o, enum change change)
{
	char text[24];
	json_object *meta = json_at(o->tree, "metadata");
	snprintf(text, sizeof text, "%" PRId64, ++w->rv);
	json_add_text(meta, "resourceVersion", text);
	size_t len;
	const char *json = json_object_to_json_string_length(o->tree, JSON_PLAIN, &len);
	struct revision *r = revision_new(o, w->rv, json, len), *before = o->rev;
	o->rev = r;
	snprintf(o->owner, sizeof o->owner, "%s", json_text(meta, "ownerReferences.0.uid", ""));
	o->shared = json_len(meta, "ownerReferences") > 1;
	record(w, change, r, before);
	revision_put(before);
}

/* A label that decides which controller sees an object may have changed, and owners count what they own. */
static void wake_related(struct world *w, struct object *o)
{
	object_wake(w, o, 0);
	struct object *owner = world_controller(w, o);
	if (owner)
		object_wake(w, owner, 0);
}

struct object *world_add(struct world *w, enum sim_kind kind, json_object *tree)
{
	char uid[40];
	struct object *o = need(calloc(1, sizeof *o));
	json_object *meta = json_at(tree, "metadata");
	o->kind = kind;
	o->ns = need(strdup(json_text(meta, "namespace", "")));
	o->name = need(strdup(json_text(meta, "name", "")));
	if (!json_text(meta, "uid", NULL)) {
		sim_uuid(uid);
		json_add_text(meta, "uid", uid);
	}
	o->uid = need(strdup(json_text(meta, "uid", "")));
	if (!json_text(meta, "creationTimestamp", NULL))
		json_add_text(meta, "creationTimestamp", sim_stamp(w));
	if (sim_kinds[kind].generation && !json_int(meta, "generation", 0))
		json_add_int(meta, "generation", 1);
	o->tree = tree;
	o->spec_sum = spec_sum(o);
	o->timer = (struct timer){ .fire = look, .context = o };
	insert(w, o);
	new_revision(w, o, CHANGE_ADDED);
	wake_related(w, o);
	return o;
}

void object_commit(struct world *w, struct object *o)
{
	if (o->dead || !strcmp(json_object_to_json_string_ext(o->tree, JSON_PLAIN), o->rev->json))
		return;
	uint64_t sum = spec_sum(o);
	if (sim_kinds[o->kind].generation && sum != o->spec_sum) {
		json_object *meta = json_at(o->tree, "metadata");
		json_add_int(meta, "generation", json_int(meta, "generation", 0) + 1);
		o->spec_sum = sum;
	}
	new_revision(w, o, CHANGE_MODIFIED);
	wake_related(w, o);
}

void world_remove(struct world *w, struct object *o)
{
	struct table *t = &w->tables[o->kind];
	size_t i = world_place(w, o->kind, o->ns, o->name);
	struct object *owner = world_controller(w, o);
	memmove(t->at + i, t->at + i + 1, (t->n - i - 1) * sizeof *t->at);
	t->n--;
	timer_stop(w, &o->timer);
	new_revision(w, o, CHANGE_DELETED);
	o->dead = true;
	o->next_dead = w->graves;
	w->graves = o;
	sim_controller_gone(w, o);
	if (owner)
		object_wake(w, owner, 0);
}

void object_wake(struct world *w, struct object *o, int64_t ms)
{
	if (!o->dead && sim_controller_has(o->kind))
		timer_at(w, &o->timer, clock_ms() + ms);
}

static void bury(struct world *w)
{
	while (w->graves) {
		struct object *o = w->graves;
		w->graves = o->next_dead;
		json_object_put(o->tree);
		json_object_put(o->managers);
		revision_put(o->rev);
		free(o->ns);
		free(o->name);
		free(o->uid);
		free(o);
	}
}

/* The whole */

static void add_namespaces(struct world *w)
{
	static const char *const names[] = { "default", "hydrosim-builds", "hydrosim-students", "hydrosim-system",
					     "kube-system" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!world_find(w, SIM_NAMESPACE, "", names[i]))
			world_add(w, SIM_NAMESPACE,
				  sim_build(w,
					    "{'kind':'Namespace','apiVersion':'v1','metadata':{'name':%s,'labels':"
					    "{'kubernetes.io/metadata.name':%s}},'spec':{'finalizers':['kubernetes']},"
					    "'status':{'phase':'Active'}}",
					    names[i], names[i]));
}

struct world *world_new(const struct sim_options *options)
{
	struct world *w = need(calloc(1, sizeof *w));
	pthread_condattr_t attributes;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	w->options = *options;
	w->scratch = need(arena_new(256 << 20));
	w->stats = need(json_object_new_object());
	w->rv = 1000;
	w->compacted = 1000;
	world_lock(w);
	add_namespaces(w);
	world_unlock(w);
	return w;
}

static void empty(struct world *w)
{
	for (int k = 0; k < SIM_KIND__MAX; k++)
		while (w->tables[k].n)
			world_remove(w, w->tables[k].at[w->tables[k].n - 1]);
	sim_faults_clear(w);
	sim_images_clear(w);
	json_object_put(w->stats);
	w->stats = need(json_object_new_object());
	w->outage_until_ms = 0;
}

void world_reset(struct world *w)
{
	empty(w);
	add_namespaces(w);
}

void world_free(struct world *w)
{
	world_lock(w);
	empty(w);
	while (w->first < w->next)
		forget_oldest(w);
	world_unlock(w);
	for (int k = 0; k < SIM_KIND__MAX; k++)
		free(w->tables[k].at);
	json_object_put(w->stats);
	arena_free(w->scratch);
	free(w->heap);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

void world_lock(struct world *w)
{
	pthread_mutex_lock(&w->lock);
}

void world_unlock(struct world *w)
{
	bury(w);
	arena_reset(w->scratch);
	pthread_mutex_unlock(&w->lock);
}
