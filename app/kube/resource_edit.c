/* What people change of an object of a cluster. */
#include "kube/resource_edit.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"
#include "kube/labels.h"
#include "kube/names.h"

enum { FIELDS_MAX = 300, NAME_PART = 63, DATA_KEY_MAX = 253, SEND_AGAIN_MS = 3000 };

#define OWN_PREFIX "hydrosim/"
#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

const char *resource_map_word(enum resource_map map)
{
	static const char *const words[] = { "labels", "annotations", "data" };
	return words[map];
}

static const char *path_of(enum resource_map map)
{
	static const char *const paths[] = { "metadata.labels", "metadata.annotations", "data" };
	return paths[map];
}

/* NULL where there is none. */
static json_object *map_of(const struct resource *r, enum resource_map map)
{
	json_object *o = json_at(r->object, path_of(map));
	return json_object_is_type(o, json_type_object) ? o : NULL;
}

static bool is_own(enum resource_map map, const char *key)
{
	return map != RESOURCE_DATA && (!strcmp(key, LABEL_MANAGED_BY) || str_starts(key, OWN_PREFIX));
}

int resource_entries(struct arena *a, const struct resource *r, enum resource_map map, struct resource_entry **out)
{
	json_object *o = map_of(r, map);
	struct json_object_iter i;
	int n = 0;
	*out = arena_alloc(a, sizeof **out * (size_t)((o ? json_object_object_length(o) : 0) + 1));
	if (!o)
		return 0;
	json_object_object_foreachC(o, i)
	{
		const char *value = json_object_is_type(i.val, json_type_string) ? json_object_get_string(i.val) : "";
		(*out)[n++] = (struct resource_entry){ i.key, value, is_own(map, i.key) };
	}
	return n;
}

const char *resource_edit_version(struct arena *a, const struct resource *r)
{
	json_object *all = json_own(a, json_object_new_array());
	for (int m = 0; m < RESOURCE_MAP__MAX; m++)
		json_object_array_add(all, json_object_get(map_of(r, (enum resource_map)m)));
	return secret_digest(a, json_object_to_json_string_ext(all, JSON_PLAIN));
}

/* --- what a cluster takes ----------------------------------------------------------------------------------------------------
 */

/* "a-b_c.d", as parts of labels are. */
static bool is_part(const char *s)
{
	size_t n = strlen(s);
	return n && n <= NAME_PART && str_only(s, ALNUM "-_.") && strchr(ALNUM, s[0]) && strchr(ALNUM, s[n - 1]);
}

static bool is_key(struct arena *a, enum resource_map map, const char *key)
{
	if (map == RESOURCE_DATA)
		return *key && strlen(key) <= DATA_KEY_MAX && str_only(key, ALNUM "-_.") && strcmp(key, ".") &&
		       !str_starts(key, "..");
	const char *slash = strchr(key, '/');
	return slash ? kube_name_valid(arena_memdup(a, key, (size_t)(slash - key))) && is_part(slash + 1) : is_part(key);
}

static bool fail(struct resource_edit *edit, const char *wrong, const char *field, const char *why)
{
	edit->wrong = wrong;
	edit->field = field;
	edit->why = why;
	return false;
}

/* One entry of a wish, a text or NULL where it is to go; same: it is so already. */
static bool check(struct arena *a, const char *key, json_object *value, bool same, struct resource_edit *edit)
{
	if (value && !json_object_is_type(value, json_type_string))
		return fail(edit, "resource_edit.text", "value", arena_strdup(a, key));
	const char *text = value ? json_object_get_string(value) : "";
	if (is_own(edit->map, key) && !same)
		return fail(edit, "resource_edit.own", "key", arena_strdup(a, key));
	if (!is_key(a, edit->map, key))
		return fail(edit, "resource_edit.key", "key", arena_strdup(a, key));
	if (edit->map == RESOURCE_LABELS && *text && !is_part(text))
		return fail(edit, "resource_edit.value", "value", "");
	return true;
}

static void note(struct arena *a, struct resource_edit *edit, const char *key)
{
	const char *word = resource_map_word(edit->map), *comma = *edit->fields ? ", " : "";
	if (str_ends(edit->fields, "…"))
		return;
	if (strlen(edit->fields) + strlen(word) + strlen(key) + sizeof ", ., …" > FIELDS_MAX)
		edit->fields = arena_printf(a, "%s%s…", edit->fields, comma);
	else
		edit->fields = arena_printf(a, "%s%s%s.%s", edit->fields, comma, word, key);
}

/* What is different in one map goes into `patch`. now NULL: of a new object. */
static bool add_map(struct arena *a, json_object *wish, const struct resource *now, json_object *patch,
		    struct resource_edit *edit)
{
	struct json_object_iter i;
	if (!json_object_is_type(wish, json_type_object))
		return fail(edit, "resource_edit.text", "map", "");
	json_object_object_foreachC(wish, i)
	{
		const char *old = now ? json_member(now->object, path_of(edit->map), i.key) : NULL;
		bool same = !i.val ? !old : old && !strcmp(old, json_object_get_string(i.val));
		if (!check(a, i.key, i.val, same, edit))
			return false;
		if (same)
			continue;
		json_object_object_add(patch, i.key, json_object_get(i.val));
		note(a, edit, i.key);
	}
	return true;
}

/* All maps of a wish into the body; now NULL: of a new object. */
static bool add_maps(struct arena *a, const struct resource_kind *kind, const struct resource *now,
		     const struct resource_wish *wish, struct resource_edit *edit)
{
	json_object *meta = json_at(edit->body, "metadata");
	for (int m = 0; m < RESOURCE_MAP__MAX; m++) {
		if (!wish->maps[m])
			continue;
		edit->map = (enum resource_map)m;
		if (m == RESOURCE_DATA && kind->kind != KUBE_CONFIGMAP)
			return fail(edit, "resource_edit.no_data", "map", "");
		json_object *patch = json_object_new_object();
		json_add(m == RESOURCE_DATA ? edit->body : meta, resource_map_word(edit->map), patch);
		if (!add_map(a, wish->maps[m], now, patch, edit))
			return false;
	}
	return true;
}

bool resource_edit_change(struct arena *a, const struct resource_kind *kind, const struct resource *now,
			  const struct resource_wish *wish, struct resource_edit *edit)
{
	*edit = (struct resource_edit){ .why = "", .field = "", .fields = "", .body = json_build(a, "{'metadata':{}}") };
	if (!add_maps(a, kind, now, wish, edit))
		return false;
	edit->same = !*edit->fields;
	return !edit->same;
}

bool resource_edit_new(struct arena *a, const struct resource_kind *kind, const char *ns, const char *name,
		       const struct resource_wish *wish, struct resource_edit *edit)
{
	*edit = (struct resource_edit){ .why = "", .field = "", .fields = "" };
	if (!kube_name_valid(name))
		return fail(edit, "resource_edit.bad_name", "name", "");
	if (app_named_of(name))
		return fail(edit, "resource_edit.app_name", "name", "");
	edit->body = json_build(a, "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':%s,'namespace':%s}}", name, ns);
	if (!add_maps(a, kind, NULL, wish, edit))
		return false;
	json_object *meta = json_at(edit->body, "metadata"), *labels = json_at(meta, "labels");
	if (!labels)
		json_add(meta, "labels", labels = json_object_new_object());
	json_add_text(labels, LABEL_MANAGED_BY, MANAGED_BY);
	return true;
}

/* --- sending ------------------------------------------------------------------------------------------------------------------
 */

static bool is_empty(json_object *map)
{
	return !map || !json_object_object_length(map);
}

/* Whether it holds what was asked for and nothing else: the same request came before. */
static bool is_the_same(const struct resource *there, const struct resource_edit *edit)
{
	const struct resource asked = { .object = edit->body };
	for (int m = 0; m < RESOURCE_MAP__MAX; m++) {
		json_object *one = map_of(there, (enum resource_map)m), *other = map_of(&asked, (enum resource_map)m);
		if (!(is_empty(one) && is_empty(other)) && !json_object_equal(one, other))
			return false;
	}
	return true;
}

static enum err create(struct kube *k, struct arena *a, const struct resource_kind *kind, const char *ns,
		       const struct resource_edit *edit, const char **why)
{
	struct kube_answer answer;
	struct resource there;
	char *path = arena_printf(a, "%s?" PERSON_MANAGER, kube_path(a, kind->kind, ns, NULL));
	enum err e = kube_request(k, a, "POST", path, KUBE_JSON, edit->body, &answer);
	const char *name = json_text(edit->body, "metadata.name", ""), *unread;
	*why = answer.message;
	if (e != ERR_CONFLICT)
		return e;
	if (strcmp(answer.reason, "AlreadyExists")) /* such as a quota that is counted at this moment */
		return ERR_UNAVAILABLE;
	bool same = !kube_resources_get(k, a, kind, ns, name, &there, &unread) && is_the_same(&there, edit);
	return same ? ERR_NONE : ERR_CONFLICT;
}

enum err resource_edit_send(struct kube *k, struct arena *a, const struct resource_kind *kind, const char *ns,
			    const struct resource *now, const struct resource_edit *edit, const char **why)
{
	if (!now)
		return create(k, a, kind, ns, edit, why);
	const char *version = resource_edit_version(a, now), *unread;
	struct resource read = *now;
	int64_t end = clock_ms() + SEND_AGAIN_MS;
	for (;;) {
		enum err e = kube_resources_patch(k, a, kind, &read, edit->body,
						  json_text(read.object, "metadata.resourceVersion", ""), why);
		if (e != ERR_CONFLICT || clock_ms() >= end)
			return e;
		/* Controllers write the status at any time: that is no change of what the person saw. */
		if (kube_resources_get(k, a, kind, ns, now->name, &read, &unread) || strcmp(read.uid, now->uid) ||
		    strcmp(resource_edit_version(a, &read), version))
			return ERR_CONFLICT;
	}
}
