/* The kinds that the portal uses, their paths, and the usual verbs on them. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/phrases.h"
#include "base/str.h"
#include "kube/client.h"
#include "kube/kube.h"

#define MANAGER "fieldManager=hydrosim-portal"

enum { PAGE_ARENA = 4 << 20, PAGE_SIZE = 500, LIST_TRIES = 3, LIST_PATIENCE = 3 /* requests that are slow */ };

static const struct {
	const char *group, *plural;
} kinds[] = {
	[KUBE_JOB] = { "/apis/batch/v1", "jobs" },
	[KUBE_POD] = { "/api/v1", "pods" },
	[KUBE_SECRET] = { "/api/v1", "secrets" },
	[KUBE_DEPLOYMENT] = { "/apis/apps/v1", "deployments" },
	[KUBE_SERVICE] = { "/api/v1", "services" },
	[KUBE_INGRESS] = { "/apis/networking.k8s.io/v1", "ingresses" },
	[KUBE_EVENT] = { "/api/v1", "events" },
	[KUBE_REPLICASET] = { "/apis/apps/v1", "replicasets" },
	[KUBE_NAMESPACE] = { "/api/v1", "namespaces" },
	[KUBE_CONFIGMAP] = { "/api/v1", "configmaps" },
	[KUBE_QUOTA] = { "/api/v1", "resourcequotas" },
	[KUBE_POD_METRICS] = { "/apis/metrics.k8s.io/v1beta1", "pods" },
	[KUBE_NETWORK_POLICY] = { "/apis/networking.k8s.io/v1", "networkpolicies" },
	[KUBE_LIMIT_RANGE] = { "/api/v1", "limitranges" },
};

char *kube_path(struct arena *a, enum kube_kind kind, const char *ns, const char *name)
{
	char *path = arena_strdup(a, kinds[kind].group);
	if (ns && *ns)
		path = arena_printf(a, "%s/namespaces/%s", path, str_url_encode(a, ns, false));
	path = arena_printf(a, "%s/%s", path, kinds[kind].plural);
	return name ? arena_printf(a, "%s/%s", path, str_url_encode(a, name, false)) : path;
}

/* A success without an object is not the API server's. */
static enum err need_object(enum err e, struct kube_answer *out)
{
	if (e != ERR_NONE || out->object)
		return e;
	out->message = phrase_text(PHRASE_CLUSTER_NOT_API);
	return ERR_UNAVAILABLE;
}

enum err kube_get(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, const char *name, struct kube_answer *out)
{
	return need_object(kube_request(k, a, "GET", kube_path(a, kind, ns, name), NULL, NULL, out), out);
}

enum err kube_metadata(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, const char *name,
		       struct kube_answer *out)
{
	return client_metadata(k, a, kube_path(a, kind, ns, name), false, out);
}

enum err kube_create(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, json_object *body,
		     struct kube_answer *out)
{
	char *path = arena_printf(a, "%s?" MANAGER, kube_path(a, kind, ns, NULL));
	return need_object(kube_request(k, a, "POST", path, KUBE_JSON, body, out), out);
}

enum err kube_apply(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, const char *name, json_object *body,
		    struct kube_answer *out)
{
	char *path = arena_printf(a, "%s?" MANAGER "&force=true", kube_path(a, kind, ns, name));
	return need_object(kube_request(k, a, "PATCH", path, KUBE_APPLY, body, out), out);
}

enum err kube_delete(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, const char *name, const char *uid,
		     struct kube_answer *out)
{
	json_object *body = json_build(a, "{'kind':'DeleteOptions','apiVersion':'v1','propagationPolicy':'Background'}");
	if (uid)
		json_add(body, "preconditions", json_object_get(json_build(a, "{'uid':%s}", uid)));
	enum err e = kube_request(k, a, "DELETE", kube_path(a, kind, ns, name), KUBE_JSON, body, out);
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

struct listing {
	struct kube *k;
	bool metadata;
	void (*each)(void *context, json_object *object);
	void *context;
	char *from, *resource_version; /* malloc's: they outlive the page's arena */
};

/* One page in an arena of its own, so that a long list needs no more memory than a page. */
static enum err list_page(struct listing *l, const char *base)
{
	struct kube_answer answer;
	struct arena *page = arena_new(PAGE_ARENA);
	if (!page)
		return ERR_INTERNAL;
	const char *more = l->from ? arena_printf(page, "&continue=%s", str_url_encode(page, l->from, false)) : "",
		   *path = arena_printf(page, "%s%s", base, more);
	enum err e = l->metadata ? client_metadata(l->k, page, path, true, &answer)
				 : need_object(kube_request(l->k, page, "GET", path, NULL, NULL, &answer), &answer);
	free(l->from);
	l->from = NULL;
	if (e == ERR_NONE) {
		json_object *items = json_at(answer.object, "items");
		for (size_t i = 0; i < json_len(answer.object, "items"); i++)
			l->each(l->context, json_object_array_get_idx(items, i));
		const char *from = json_text(answer.object, "metadata.continue", "");
		l->from = *from ? strdup(from) : NULL;
		free(l->resource_version);
		l->resource_version = strdup(json_text(answer.object, "metadata.resourceVersion", ""));
	}
	arena_free(page);
	return e;
}

static enum err list(struct listing *l, struct arena *a, enum kube_kind kind, const char *ns, const char *selector)
{
	char *base = arena_printf(a, "%s?limit=%d", kube_path(a, kind, ns, NULL), PAGE_SIZE);
	if (selector && *selector)
		base = arena_printf(a, "%s&labelSelector=%s", base, str_url_encode(a, selector, false));
	enum err e = ERR_NONE;
	/* The place in a list expires after some minutes: then it begins again. */
	int tries = LIST_TRIES;
	int64_t end = clock_ms() + (int64_t)LIST_PATIENCE * l->k->patience_ms;
	do {
		bool first = !l->from;
		e = list_page(l, base);
		if (e == ERR_GONE && !first && --tries)
			e = ERR_NONE;
		else if (e != ERR_NONE || !l->from)
			break;
		if (clock_ms() >= end) /* there may always be one more page */
			e = ERR_TIMEOUT;
	} while (e == ERR_NONE);
	free(l->from);
	return e;
}

enum err kube_list(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, const char *selector,
		   void (*each)(void *context, json_object *object), void *context, const char **resource_version)
{
	struct listing l = { .k = k, .each = each, .context = context };
	enum err e = list(&l, a, kind, ns, selector);
	if (resource_version)
		*resource_version = arena_strdup(a, l.resource_version ? l.resource_version : "");
	free(l.resource_version);
	return e;
}

enum err kube_list_metadata(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, const char *selector,
			    void (*each)(void *context, json_object *object), void *context)
{
	struct listing l = { .k = k, .metadata = true, .each = each, .context = context };
	enum err e = list(&l, a, kind, ns, selector);
	free(l.resource_version);
	return e;
}
