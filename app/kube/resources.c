/* A cluster's objects: reading them without what is secret or noise, and changing them. */
#include "kube/resources.h"

#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/labels.h"
#include "kube/names.h"

static json_object *member(json_object *o, const char *name)
{
	json_object *m = NULL;
	return json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, name, &m) ? m : NULL;
}

static const char *member_text(json_object *o, const char *name)
{
	json_object *m = member(o, name);
	return json_object_is_type(m, json_type_string) ? json_object_get_string(m) : "";
}

/* Keys stay, and how much each holds; Base64 has 4 characters for 3 bytes. */
static void blank(struct arena *a, json_object *map, bool base64)
{
	struct json_object_iter i;
	if (!json_object_is_type(map, json_type_object))
		return;
	json_object *kept = json_object_new_object();
	json_object_object_foreachC(map, i)
	{
		size_t n = json_object_is_type(i.val, json_type_string) ? (size_t)json_object_get_string_len(i.val) : 0;
		const char *s = n ? json_object_get_string(i.val) : "";
		size_t pad = base64 && n > 1 ? (size_t)(s[n - 1] == '=') + (s[n - 2] == '=') : 0;
		json_add_text(kept, i.key, arena_printf(a, "(%zu bytes)", base64 ? n / 4 * 3 - (n ? pad : 0) : n));
	}
	json_object_object_foreachC(kept, i)
	{
		json_object_object_add(map, i.key, json_object_get(i.val));
	}
	json_object_put(kept);
}

/*
 * Whatever is not of a Secret's known shape goes: a new field of a later Kubernetes could hold a value, too. Annotations go as a
 * whole, for kubectl and others keep copies of the data there.
 */
static void clean_secret(struct arena *a, json_object *o)
{
	static const char *const known[] = { "apiVersion", "kind", "metadata", "type", "immutable", "data" };
	const char *gone[32];
	size_t n = 0;
	struct json_object_iter i;
	json_object_object_foreachC(o, i)
	{
		bool stays = false;
		for (size_t k = 0; k < sizeof known / sizeof *known; k++)
			stays = stays || !strcmp(known[k], i.key);
		if (!stays && n < sizeof gone / sizeof *gone)
			gone[n++] = i.key;
	}
	while (n)
		json_object_object_del(o, gone[--n]);
	json_object *meta = member(o, "metadata");
	if (json_object_is_type(meta, json_type_object))
		json_object_object_del(meta, "annotations");
	blank(a, member(o, "data"), true);
}

static void clean(struct arena *a, const struct resource_kind *kind, json_object *o)
{
	json_object *meta = member(o, "metadata"), *notes = member(meta, "annotations");
	if (meta)
		json_object_object_del(meta, "managedFields");
	if (json_object_is_type(notes, json_type_object))
		json_object_object_del(notes, "kubectl.kubernetes.io/last-applied-configuration");
	if (kind->kind == KUBE_SECRET)
		clean_secret(a, o);
}

static int64_t project_of(const struct resource_kind *kind, json_object *o)
{
	int64_t id = 0;
	if (kind->kind == KUBE_EVENT)
		return app_named_of(json_text(o, "involvedObject.name", ""));
	const char *label = member_text(json_at(o, "metadata.labels"), LABEL_PROJECT);
	return str_to_int(label, 1, INT64_MAX, &id) ? id : 0;
}

static void read_one(struct arena *a, const struct resource_kind *kind, json_object *o, struct resource *out)
{
	clean(a, kind, o);
	const char *seen = kind->kind == KUBE_EVENT ? json_text(o, "lastTimestamp", json_text(o, "eventTime", "")) : "";
	*out = (struct resource){
		.name = arena_strdup(a, json_text(o, "metadata.name", "")),
		.ns = arena_strdup(a, json_text(o, "metadata.namespace", "")),
		.uid = arena_strdup(a, json_text(o, "metadata.uid", "")),
		.created_at = arena_strdup(a, *seen ? seen : json_text(o, "metadata.creationTimestamp", "")),
		.managed = !strcmp(member_text(json_at(o, "metadata.labels"), LABEL_MANAGED_BY), MANAGED_BY),
		.project_id = project_of(kind, o),
		.object = o,
	};
	for (int i = 0; i < RESOURCE_COLUMNS && kind->columns[i].word; i++)
		out->cells[i] = kind->columns[i].cell(a, o);
}

static enum err list_namespace(struct kube *k, struct arena *a, const struct resource_kind *kind, const char *ns,
			       struct resource_page *out, const char **why)
{
	*out = (struct resource_page){ .rows = arena_alloc(a, sizeof *out->rows) };
	enum err e = kube_resources_get(k, a, kind, NULL, ns, out->rows, why);
	out->count = !e;
	return e;
}

enum err kube_resources_list(struct kube *k, struct arena *a, const struct resource_kind *kind, const char *ns,
			     const char *selector, int limit, const char *from, struct resource_page *out, const char **why)
{
	struct kube_answer answer;
	if (kind->kind == KUBE_NAMESPACE)
		return list_namespace(k, a, kind, ns, out, why);
	char *path = arena_printf(a, "%s?limit=%d", kube_path(a, kind->kind, ns, NULL), limit);
	if (selector && *selector)
		path = arena_printf(a, "%s&labelSelector=%s", path, str_url_encode(a, selector, false));
	if (from && *from)
		path = arena_printf(a, "%s&continue=%s", path, str_url_encode(a, from, false));
	*out = (struct resource_page){ 0 };
	enum err e = kube_request(k, a, "GET", path, NULL, NULL, &answer);
	*why = answer.message;
	if (e)
		return e;
	json_object *items = json_at(answer.object, "items");
	size_t n = json_len(answer.object, "items");
	out->rows = arena_alloc(a, sizeof *out->rows * (n + 1));
	for (size_t i = 0; i < n; i++)
		read_one(a, kind, json_object_array_get_idx(items, i), &out->rows[out->count++]);
	const char *next = json_text(answer.object, "metadata.continue", "");
	out->next = *next ? arena_strdup(a, next) : NULL;
	return ERR_NONE;
}

enum err kube_resources_get(struct kube *k, struct arena *a, const struct resource_kind *kind, const char *ns, const char *name,
			    struct resource *out, const char **why)
{
	struct kube_answer answer;
	enum err e = kube_get(k, a, kind->kind, kind->kind == KUBE_NAMESPACE ? NULL : ns, name, &answer);
	*why = answer.message;
	if (e)
		return e;
	if (!json_object_is_type(answer.object, json_type_object))
		return ERR_UNAVAILABLE;
	read_one(a, kind, answer.object, out);
	return ERR_NONE;
}

enum err kube_resources_patch(struct kube *k, struct arena *a, const struct resource_kind *kind, const struct resource *r,
			      json_object *change, const char *version, const char **why)
{
	struct kube_answer answer;
	json_object *meta = json_at(change, "metadata");
	if (!meta)
		json_add(change, "metadata", meta = json_object_new_object());
	json_add_text(meta, "uid", r->uid);
	if (version)
		json_add_text(meta, "resourceVersion", version);
	char *path = arena_printf(a, "%s?" PERSON_MANAGER, kube_path(a, kind->kind, r->ns, r->name));
	enum err e = kube_request(k, a, "PATCH", path, KUBE_MERGE_PATCH, change, &answer);
	*why = answer.message;
	return e;
}

static const char *now_text(struct arena *a)
{
	char text[32];
	time_t now = time(NULL);
	struct tm tm;
	gmtime_r(&now, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return arena_strdup(a, text);
}

enum err kube_resources_act(struct kube *k, struct arena *a, const struct resource_kind *kind, const struct resource *r,
			    enum resource_act act, int replicas, const char **why)
{
	struct kube_answer answer;
	switch (act) {
	case RESOURCE_SCALE:
		return kube_resources_patch(k, a, kind, r, json_build(a, "{'spec':{'replicas':%d}}", (int64_t)replicas), NULL,
					    why);
	case RESOURCE_RESTART:
		return kube_resources_patch(
			k, a, kind, r,
			json_build(a, "{'spec':{'template':{'metadata':{'annotations':{'" ANNOTATION_RESTARTED "':%s}}}}}",
				   now_text(a)),
			NULL, why);
	case RESOURCE_DELETE: {
		enum err e = kube_delete(k, a, kind->kind, r->ns, r->name, r->uid, &answer);
		*why = answer.message;
		return e;
	}
	case RESOURCE_CHANGE: /* kube/resource_edit.h */
	case RESOURCE_CREATE:
	case RESOURCE_ACT__MAX:
		break;
	}
	*why = "";
	return ERR_INTERNAL;
}

bool kube_name_valid(const char *name)
{
	size_t n = strlen(name);
	return n && n <= RESOURCE_NAME_MAX && str_only(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") && name[0] != '.' &&
	       name[0] != '-';
}

bool kube_label_valid(const char *text)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/";
	size_t key = strspn(text, set);
	if (!key || (text[key] && text[key] != '='))
		return false;
	const char *value = text[key] ? text + key + 1 : "";
	return strlen(value) <= 63 && !value[strspn(value, set)] && !strchr(value, '/');
}
