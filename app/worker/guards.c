/* Keeps what guards the applications' namespace of a cluster as the settings say. */
#include "worker/guards.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/log.h"
#include "db/db.h"
#include "kube/kube.h"
#include "kube/labels.h"
#include "model/clusters.h"
#include "model/settings.h"
#include "worker/links.h"

#define LEVEL_LABEL "pod-security.kubernetes.io/enforce"

struct guarding {
	const struct link *link;
	struct arena *arena;
	json_object *faults;
};

static void fault(struct guarding *g, const char *what, const char *why, const char *detail)
{
	json_object *o = json_object_new_object();
	json_add_text(o, "what", what);
	json_add_text(o, "why", why);
	json_add_text(o, "detail", detail ? detail : "");
	json_object_array_add(g->faults, o);
}

/* Known by its label alone: nothing that the portal did not make is changed. */
static bool is_ours(json_object *o)
{
	const char *by = json_member(o, "metadata.labels", LABEL_MANAGED_BY);
	return by && !strcmp(by, MANAGED_BY);
}

static void apply_one(struct guarding *g, enum kube_kind kind, const char *word, json_object *body)
{
	struct kube_answer answer;
	const char *what = arena_printf(g->arena, "%s " GUARD_NAME, word);
	enum err e = kube_get(g->link->kube, g->arena, kind, g->link->ns, GUARD_NAME, &answer);
	if (!e && !is_ours(answer.object)) {
		fault(g, what, "foreign", NULL);
		return;
	}
	if (!e || e == ERR_NOT_FOUND)
		e = kube_apply(g->link->kube, g->arena, kind, g->link->ns, GUARD_NAME, body, &answer);
	if (e)
		fault(g, what, e == ERR_FORBIDDEN ? "forbidden" : "failed", e == ERR_FORBIDDEN ? NULL : answer.message);
}

/* "" and "privileged" 0, "baseline" 1, "restricted" 2; another word counts as the strictest: it is left alone. */
static int strictness(const char *level)
{
	if (!level || !*level || !strcmp(level, "privileged"))
		return 0;
	return strcmp(level, "baseline") ? 2 : 1;
}

static void label_namespace(struct guarding *g, const char *level)
{
	struct kube_answer answer;
	const char *ns = g->link->ns;
	enum err e = kube_get(g->link->kube, g->arena, KUBE_NAMESPACE, NULL, ns, &answer);
	if (e) {
		fault(g, "Namespace", e == ERR_FORBIDDEN ? "label_unknown" : "failed", e == ERR_FORBIDDEN ? ns : answer.message);
		return;
	}
	int is = strictness(json_member(answer.object, "metadata.labels", LEVEL_LABEL)), wanted = strictness(level);
	if (is > wanted)
		fault(g, "Namespace", "label_stricter", ns);
	if (is >= wanted)
		return;
	json_object *body = json_build(g->arena, "{'metadata':{'labels':{'" LEVEL_LABEL "':%s}}}", level);
	e = kube_request(g->link->kube, g->arena, "PATCH",
			 arena_printf(g->arena, "%s?fieldManager=hydrosim-portal", kube_path(g->arena, KUBE_NAMESPACE, NULL, ns)),
			 KUBE_MERGE_PATCH, body, &answer);
	if (e == ERR_FORBIDDEN)
		fault(g, "Namespace", "label_forbidden",
		      arena_printf(g->arena, "kubectl label --overwrite namespace %s " LEVEL_LABEL "=%s", ns, level));
	else if (e)
		fault(g, "Namespace", "failed", answer.message);
}

void guards_apply(const struct link *link, struct db *db, struct arena *a, const char *portal_ns)
{
	struct guarding g = { link, a, json_own(a, json_object_new_array()) };
	struct settings *s;
	struct cluster c;
	if (model_settings_load(db, a, &s) || model_clusters_get(db, a, link->id, &c))
		return;
	apply_one(&g, KUBE_NETWORK_POLICY, "NetworkPolicy", guard_policy(a, s, link->ns, portal_ns));
	apply_one(&g, KUBE_QUOTA, "ResourceQuota", guard_quota(a, s, &c));
	apply_one(&g, KUBE_LIMIT_RANGE, "LimitRange", guard_limits(a, s));
	label_namespace(&g, settings_text(s, SETTING_POD_SECURITY));
	if (model_clusters_guarded(db, a, link->id, json_object_to_json_string_ext(g.faults, JSON_PLAIN)))
		log_event(LOG_WARN, "guards_not_written", LOG_NUM("cluster", link->id));
}
