/* THE table of kinds that people look at: what each shows in a list. */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "kube/resources.h"
#include "kube/rights.h"

enum { KEYS_SHOWN = 8, CELL_MAX = 300 };

/* Text at a path, or NULL; the arena's. */
static const char *text(struct arena *a, json_object *o, const char *path)
{
	const char *t = json_text(o, path, NULL);
	return t && *t ? arena_strdup(a, t) : NULL;
}

/* "a, b, c" with one more. */
static const char *join(struct arena *a, const char *list, const char *one)
{
	if (!list)
		return arena_strdup(a, one);
	return strlen(list) > CELL_MAX ? list : arena_printf(a, "%s, %s", list, one);
}

static const char *cell_ready(struct arena *a, json_object *o)
{
	return arena_printf(a, "%" PRId64 "/%" PRId64, json_int(o, "status.readyReplicas", 0), json_int(o, "spec.replicas", 1));
}

static const char *images(struct arena *a, json_object *o, const char *path)
{
	const char *list = NULL;
	for (size_t i = 0; i < json_len(o, path); i++)
		list = join(a, list, json_text(json_object_array_get_idx(json_at(o, path), i), "image", ""));
	return list;
}

static const char *cell_images(struct arena *a, json_object *o)
{
	return images(a, o, "spec.template.spec.containers");
}

static const char *cell_rollout(struct arena *a, json_object *o)
{
	const char *reason = "", *message = "";
	if (kube_condition(o, "Progressing", &reason, &message) || !*reason)
		reason = kube_condition(o, "Available", NULL, NULL) ? "Available" : reason;
	return *reason ? arena_strdup(a, reason) : NULL;
}

/* What kubectl shows: the reason of a container that does not run, else the phase. */
static const char *cell_pod_state(struct arena *a, json_object *o)
{
	json_object *all = json_at(o, "status.containerStatuses");
	if (*json_text(o, "metadata.deletionTimestamp", ""))
		return "Terminating";
	for (size_t i = 0; i < json_len(o, "status.containerStatuses"); i++) {
		json_object *c = json_object_array_get_idx(all, i);
		const char *why = json_text(c, "state.waiting.reason", json_text(c, "state.terminated.reason", ""));
		if (*why)
			return arena_strdup(a, why);
	}
	return text(a, o, "status.reason") ? text(a, o, "status.reason") : text(a, o, "status.phase");
}

static const char *cell_pod_ready(struct arena *a, json_object *o)
{
	json_object *all = json_at(o, "status.containerStatuses");
	int ready = 0;
	for (size_t i = 0; i < json_len(o, "status.containerStatuses"); i++)
		ready += json_flag(json_object_array_get_idx(all, i), "ready", false);
	return arena_printf(a, "%d/%zu", ready, json_len(o, "spec.containers"));
}

static const char *cell_restarts(struct arena *a, json_object *o)
{
	json_object *all = json_at(o, "status.containerStatuses");
	int64_t n = 0;
	for (size_t i = 0; i < json_len(o, "status.containerStatuses"); i++)
		n += json_int(json_object_array_get_idx(all, i), "restartCount", 0);
	return arena_printf(a, "%" PRId64, n);
}

static const char *cell_node(struct arena *a, json_object *o)
{
	return text(a, o, "spec.nodeName");
}

static const char *cell_pod_ip(struct arena *a, json_object *o)
{
	return text(a, o, "status.podIP");
}

static const char *cell_service_type(struct arena *a, json_object *o)
{
	return text(a, o, "spec.type");
}

static const char *cell_cluster_ip(struct arena *a, json_object *o)
{
	return text(a, o, "spec.clusterIP");
}

static const char *cell_ports(struct arena *a, json_object *o)
{
	const char *list = NULL;
	for (size_t i = 0; i < json_len(o, "spec.ports"); i++) {
		json_object *p = json_object_array_get_idx(json_at(o, "spec.ports"), i);
		json_object *target = json_at(p, "targetPort");
		list = join(a, list,
			    arena_printf(a, "%" PRId64 "/%s → %s", json_int(p, "port", 0), json_text(p, "protocol", "TCP"),
					 target ? json_object_get_string(target) : "?"));
	}
	return list;
}

static const char *cell_class(struct arena *a, json_object *o)
{
	return text(a, o, "spec.ingressClassName");
}

static const char *cell_hosts(struct arena *a, json_object *o)
{
	const char *list = NULL;
	for (size_t i = 0; i < json_len(o, "spec.rules"); i++)
		list = join(a, list, json_text(json_object_array_get_idx(json_at(o, "spec.rules"), i), "host", "*"));
	return list;
}

static const char *cell_keys(struct arena *a, json_object *o)
{
	const char *list = NULL;
	static const char *const maps[] = { "data", "binaryData" };
	int n = 0;
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
		json_object *map = json_at(o, maps[i]);
		if (!json_object_is_type(map, json_type_object))
			continue;
		json_object_object_foreach (map, key, value) {
			(void)value;
			if (n++ < KEYS_SHOWN)
				list = join(a, list, key);
		}
	}
	return n > KEYS_SHOWN ? arena_printf(a, "%s … (%d)", list, n) : list;
}

static const char *cell_type(struct arena *a, json_object *o)
{
	return text(a, o, "type");
}

static const char *cell_reason(struct arena *a, json_object *o)
{
	return text(a, o, "reason");
}

static const char *cell_about(struct arena *a, json_object *o)
{
	return arena_printf(a, "%s %s", json_text(o, "involvedObject.kind", "?"), json_text(o, "involvedObject.name", "?"));
}

static const char *cell_message(struct arena *a, json_object *o)
{
	return text(a, o, "message");
}

static const char *cell_count(struct arena *a, json_object *o)
{
	return arena_printf(a, "%" PRId64, json_int(o, "count", 1));
}

static const char *cell_used(struct arena *a, json_object *o)
{
	const char *list = NULL;
	json_object *hard = json_at(o, "status.hard"), *used = json_at(o, "status.used");
	if (!json_object_is_type(hard, json_type_object))
		hard = json_at(o, "spec.hard");
	if (!json_object_is_type(hard, json_type_object))
		return NULL;
	json_object_object_foreach (hard, key, limit) {
		json_object *now = NULL;
		json_object_object_get_ex(used, key, &now);
		list = join(a, list,
			    arena_printf(a, "%s %s/%s", key, now ? json_object_get_string(now) : "?",
					 limit ? json_object_get_string(limit) : "?"));
	}
	return list;
}

static const char *cell_job_state(struct arena *a, json_object *o)
{
	(void)a;
	if (kube_condition(o, "Complete", NULL, NULL))
		return "Completed";
	return kube_condition(o, "Failed", NULL, NULL) ? "Failed" : json_int(o, "status.active", 0) ? "Running" : "Pending";
}

static const char *cell_phase(struct arena *a, json_object *o)
{
	return text(a, o, "status.phase");
}

/* Its name has dots and a slash, which a path cannot say. */
static const char *cell_security(struct arena *a, json_object *o)
{
	json_object *level = NULL;
	json_object_object_get_ex(json_at(o, "metadata.labels"), "pod-security.kubernetes.io/enforce", &level);
	return level ? arena_strdup(a, json_object_get_string(level)) : NULL;
}

#define APPS (1u << KUBE_APPLICATIONS)
#define BUILDS (1u << KUBE_BUILDS)
#define BOTH (APPS | BUILDS)
#define SCALES [RESOURCE_SCALE] = true
#define RESTARTS [RESOURCE_RESTART] = true
#define DELETES [RESOURCE_DELETE] = true
#define CHANGES [RESOURCE_CHANGE] = true
#define CREATES [RESOURCE_CREATE] = true
const struct resource_kind resource_kinds[] = {
	{ "deployments",
	  KUBE_DEPLOYMENT,
	  APPS,
	  false,
	  { SCALES, RESTARTS, DELETES, CHANGES },
	  { { "ready", cell_ready }, { "rollout", cell_rollout }, { "image", cell_images } } },
	{ "pods",
	  KUBE_POD,
	  BOTH,
	  false,
	  { DELETES },
	  { { "state", cell_pod_state },
	    { "ready", cell_pod_ready },
	    { "restarts", cell_restarts },
	    { "node", cell_node },
	    { "address", cell_pod_ip } } },
	{ "jobs", KUBE_JOB, BUILDS, false, { 0 }, { { "state", cell_job_state }, { "image", cell_images } } },
	{ "services",
	  KUBE_SERVICE,
	  APPS,
	  false,
	  { DELETES, CHANGES },
	  { { "type", cell_service_type }, { "address", cell_cluster_ip }, { "ports", cell_ports } } },
	{ "ingresses", KUBE_INGRESS, APPS, false, { DELETES, CHANGES }, { { "hosts", cell_hosts }, { "class", cell_class } } },
	{ "configmaps", KUBE_CONFIGMAP, APPS, false, { DELETES, CHANGES, CREATES }, { { "keys", cell_keys } } },
	{ "secrets", KUBE_SECRET, BOTH, false, { DELETES }, { { "type", cell_type }, { "keys", cell_keys } } },
	{ "events",
	  KUBE_EVENT,
	  BOTH,
	  false,
	  { 0 },
	  { { "type", cell_type },
	    { "reason", cell_reason },
	    { "about", cell_about },
	    { "message", cell_message },
	    { "count", cell_count } } },
	{ "resourcequotas", KUBE_QUOTA, BOTH, true, { 0 }, { { "used", cell_used } } },
	{ "namespaces", KUBE_NAMESPACE, BOTH, true, { 0 }, { { "state", cell_phase }, { "security", cell_security } } },
};
const int resource_kind_count = sizeof resource_kinds / sizeof *resource_kinds;

const struct resource_kind *resource_kind_of(const char *word)
{
	for (int i = 0; i < resource_kind_count; i++)
		if (!strcmp(resource_kinds[i].word, word))
			return &resource_kinds[i];
	return NULL;
}

const char *resource_act_word(enum resource_act act)
{
	static const char *const words[RESOURCE_ACT__MAX] = { [RESOURCE_SCALE] = "scale",
							      [RESOURCE_RESTART] = "restart",
							      [RESOURCE_DELETE] = "delete",
							      [RESOURCE_CHANGE] = "change",
							      [RESOURCE_CREATE] = "create" };
	return words[act];
}
