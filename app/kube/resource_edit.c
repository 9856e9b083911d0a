/* An object of a cluster as a person writes it. */
#include "kube/resource_edit.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/yaml.h"
#include "kube/labels.h"
#include "kube/names.h"

enum { FIELDS_MAX = 300, SEND_AGAIN = 3 };

/* By whom the cluster remembers these fields: not by the portal's own name, under which it applies. */
#define MANAGER "fieldManager=hydrosim-portal-person"
#define OWN_PREFIX "hydrosim/"

static const struct starter {
	enum kube_kind kind;
	const char *api_version, *word, *text;
} starters[] = {
	{ KUBE_DEPLOYMENT, "apps/v1", "Deployment",
	  "spec:\n  replicas: 1\n  selector:\n    matchLabels:\n      app: my-object\n  template:\n    metadata:\n      labels:\n"
	  "        app: my-object\n    spec:\n      automountServiceAccountToken: false\n      securityContext:\n"
	  "        seccompProfile:\n          type: RuntimeDefault\n      containers:\n      - name: my-object\n"
	  "        image: registry.example.com/my-object:1\n        ports:\n        - containerPort: 8000\n        resources:\n"
	  "          limits:\n            cpu: 500m\n            memory: 256Mi\n        securityContext:\n"
	  "          allowPrivilegeEscalation: false\n          capabilities:\n            drop:\n            - ALL\n" },
	{ KUBE_SERVICE, "v1", "Service",
	  "spec:\n  selector:\n    app: my-object\n  ports:\n  - port: 80\n    targetPort: 8000\n" },
	{ KUBE_INGRESS, "networking.k8s.io/v1", "Ingress",
	  "spec:\n  rules:\n  - host: my-object.example.com\n    http:\n      paths:\n      - path: /\n        pathType: Prefix\n"
	  "        backend:\n          service:\n            name: my-object\n            port:\n              number: 80\n" },
	{ KUBE_CONFIGMAP, "v1", "ConfigMap", "data:\n  key: value\n" },
};

static const struct starter *starter_of(const struct resource_kind *kind)
{
	for (size_t i = 0; i < sizeof starters / sizeof *starters; i++)
		if (starters[i].kind == kind->kind)
			return &starters[i];
	return NULL;
}

const char *resource_edit_starter(struct arena *a, const struct resource_kind *kind)
{
	const struct starter *s = starter_of(kind);
	return s ? arena_printf(a, "apiVersion: %s\nkind: %s\nmetadata:\n  name: my-object\n%s", s->api_version, s->word, s->text)
		 : NULL;
}

static json_object *member(json_object *o, const char *name)
{
	json_object *m = NULL;
	return json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, name, &m) ? m : NULL;
}

/* Without what the cluster alone writes; the arena's. */
static json_object *editable(struct arena *a, json_object *whole)
{
	static const char *const kept[] = { "uid",	     "resourceVersion", "generation", "creationTimestamp",
					    "managedFields", "selfLink" };
	json_object *copy = NULL;
	if (json_object_deep_copy(whole, &copy, NULL))
		return json_build(a, "{}");
	json_object_object_del(copy, "status");
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (json_object_is_type(member(copy, "metadata"), json_type_object))
			json_object_object_del(member(copy, "metadata"), kept[i]);
	return json_own(a, copy);
}

const char *resource_edit_text(struct arena *a, const struct resource *r)
{
	json_object *o = editable(a, r->object);
	const char *why, *text = yaml_write(a, o, RESOURCE_TEXT_MAX);
	/* What was cut, or would be read as something else, must not come back as a change. */
	return json_object_equal(yaml_read(a, text, strlen(text), &why), o) ? text : NULL;
}

const char *resource_edit_version(struct arena *a, const struct resource *r)
{
	return secret_digest(a, json_object_to_json_string_ext(editable(a, r->object), JSON_PLAIN));
}

static bool fail(struct resource_edit *out, const char *wrong, const char *why)
{
	out->wrong = wrong;
	out->why = why;
	return false;
}

/* --- what a text may say -----------------------------------------------------------------------------------------------------
 */

/* meta NULL: nothing is said of it. */
static bool check_metadata(struct arena *a, json_object *meta, struct resource_edit *out)
{
	static const char *const open[] = { "name", "namespace", "labels", "annotations" };
	struct json_object_iter i;
	if (!meta)
		return true;
	json_object_object_foreachC(meta, i)
	{
		bool known = false;
		for (size_t k = 0; k < sizeof open / sizeof *open; k++)
			known = known || !strcmp(open[k], i.key);
		if (!known)
			return fail(out, "resource_edit.metadata", arena_strdup(a, i.key));
	}
	return true;
}

/* Reads the text; *object is without what the cluster keeps. */
static bool read_text(struct arena *a, const struct resource_kind *kind, const char *ns, const char *text,
		      struct resource_edit *out, json_object **object)
{
	const struct starter *s = starter_of(kind);
	const char *why;
	*out = (struct resource_edit){ .why = "", .name = "", .fields = "" };
	json_object *o = yaml_read(a, text, strlen(text), &why);
	if (why)
		return fail(out, "resource_edit.yaml", why);
	if (!s || !json_object_is_type(o, json_type_object) || strcmp(json_text(o, "apiVersion", ""), s->api_version) ||
	    strcmp(json_text(o, "kind", ""), s->word))
		return fail(out, "resource_edit.kind",
			    s ? arena_printf(a, "apiVersion: %s, kind: %s", s->api_version, s->word) : "");
	o = editable(a, o);
	out->name = arena_strdup(a, json_text(o, "metadata.name", ""));
	if (!json_object_is_type(member(o, "metadata"), json_type_object) || !*out->name)
		return fail(out, "resource_edit.no_name", "");
	if (strcmp(json_text(o, "metadata.namespace", ns), ns))
		return fail(out, "resource_edit.namespace", ns);
	json_add_text(member(o, "metadata"), "namespace", ns);
	*object = o;
	return true;
}

/* --- making -------------------------------------------------------------------------------------------------------------------
 */

static bool is_own(const char *key)
{
	return !strcmp(key, LABEL_MANAGED_BY) || str_starts(key, OWN_PREFIX);
}

/* The portal's labels and annotations are not a person's to give. */
static bool check_own(struct arena *a, json_object *map, struct resource_edit *out)
{
	struct json_object_iter i;
	if (!json_object_is_type(map, json_type_object))
		return true;
	json_object_object_foreachC(map, i)
	{
		if (is_own(i.key))
			return fail(out, "resource_edit.own", arena_strdup(a, i.key));
	}
	return true;
}

bool resource_edit_new(struct arena *a, const struct resource_kind *kind, const char *ns, const char *text,
		       struct resource_edit *out)
{
	json_object *o;
	if (!read_text(a, kind, ns, text, out, &o))
		return false;
	json_object *meta = member(o, "metadata"), *labels = member(meta, "labels");
	if (!check_metadata(a, meta, out) || !check_own(a, labels, out) || !check_own(a, member(meta, "annotations"), out))
		return false;
	if (!kube_name_valid(out->name))
		return fail(out, "resource_edit.bad_name", out->name);
	if (app_named_of(out->name))
		return fail(out, "resource_edit.app_name", out->name);
	if (labels && !json_object_is_type(labels, json_type_object))
		return fail(out, "resource_edit.labels", "");
	if (!labels)
		json_add(meta, "labels", labels = json_object_new_object());
	json_add_text(labels, LABEL_MANAGED_BY, MANAGED_BY);
	out->body = o;
	return true;
}

/* --- changing -----------------------------------------------------------------------------------------------------------------
 */

/* Whether each of the portal's own labels (or annotations) in `some` is in `other`, too. */
static bool own_are_in(json_object *some, json_object *other, const char *map)
{
	struct json_object_iter i;
	json_object *marks = member(member(some, "metadata"), map), *others = member(member(other, "metadata"), map);
	if (!json_object_is_type(marks, json_type_object))
		return true;
	json_object_object_foreachC(marks, i)
	{
		if (is_own(i.key) && !json_object_equal(i.val, member(others, i.key)))
			return false;
	}
	return true;
}

static bool own_stay(json_object *before, json_object *after)
{
	static const char *const maps[] = { "labels", "annotations" };
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
		if (!own_are_in(before, after, maps[i]) || !own_are_in(after, before, maps[i]))
			return false;
	return true;
}

/* Where something is different. */
struct difference {
	struct arena *a;
	const char *fields;
};

static void note(struct difference *d, const char *path)
{
	if (strlen(d->fields) + strlen(path) + sizeof ", , …" > FIELDS_MAX) {
		if (!str_ends(d->fields, "…"))
			d->fields = arena_printf(d->a, "%s%s…", d->fields, *d->fields ? ", " : "");
		return;
	}
	d->fields = arena_printf(d->a, "%s%s%s", d->fields, *d->fields ? ", " : "", path);
}

/* The merge patch that makes `after` of `before`, both maps; NULL: they are alike. A list is replaced as a whole. */
static json_object *merge_patch(struct difference *d, const char *path, json_object *before, json_object *after)
{
	json_object *patch = json_object_new_object();
	struct json_object_iter i;
	json_object_object_foreachC(before, i)
	{
		if (i.val && !member(after, i.key)) {
			note(d, arena_printf(d->a, "%s%s", path, i.key));
			json_object_object_add(patch, i.key, NULL);
		}
	}
	json_object_object_foreachC(after, i)
	{
		json_object *old = member(before, i.key), *change;
		if (!i.val || json_object_equal(old, i.val))
			continue;
		if (json_object_is_type(old, json_type_object) && json_object_is_type(i.val, json_type_object)) {
			change = merge_patch(d, arena_printf(d->a, "%s%s.", path, i.key), old, i.val);
		} else {
			note(d, arena_printf(d->a, "%s%s", path, i.key));
			change = json_object_get(i.val);
		}
		if (change)
			json_object_object_add(patch, i.key, change);
	}
	if (json_object_object_length(patch))
		return patch;
	json_object_put(patch);
	return NULL;
}

bool resource_edit_change(struct arena *a, const struct resource_kind *kind, const struct resource *now, const char *text,
			  struct resource_edit *out)
{
	json_object *o, *before = editable(a, now->object);
	struct difference d = { .a = a, .fields = "" };
	if (!read_text(a, kind, now->ns, text, out, &o))
		return false;
	if (strcmp(out->name, now->name))
		return fail(out, "resource_edit.other_name", now->name);
	if (!own_stay(before, o))
		return fail(out, "resource_edit.own", LABEL_MANAGED_BY ", " OWN_PREFIX "*");
	json_object *patch = merge_patch(&d, "", before, o);
	out->same = !patch;
	if (!patch)
		return fail(out, "resource_edit.same", "");
	out->fields = d.fields;
	out->body = json_own(a, patch);
	return check_metadata(a, member(patch, "metadata"), out);
}

/* --- sending ------------------------------------------------------------------------------------------------------------------
 */

static enum err patch(struct kube *k, struct arena *a, const struct resource_kind *kind, const struct resource *now,
		      json_object *body, const char **why)
{
	struct kube_answer answer;
	json_object *meta = member(body, "metadata");
	if (!meta)
		json_add(body, "metadata", meta = json_object_new_object());
	/* The uid makes a patch of an object that was made anew a conflict, too. */
	json_add_text(meta, "uid", now->uid);
	json_add_text(meta, "resourceVersion", json_text(now->object, "metadata.resourceVersion", ""));
	char *path = arena_printf(a, "%s?" MANAGER, kube_path(a, kind->kind, now->ns, now->name));
	enum err e = kube_request(k, a, "PATCH", path, KUBE_MERGE_PATCH, body, &answer);
	*why = answer.message;
	return e;
}

enum err resource_edit_send(struct kube *k, struct arena *a, const struct resource_kind *kind, const char *ns,
			    const struct resource *now, const struct resource_edit *edit, const char **why)
{
	struct kube_answer answer;
	if (!now) {
		char *path = arena_printf(a, "%s?" MANAGER, kube_path(a, kind->kind, ns, NULL));
		enum err e = kube_request(k, a, "POST", path, KUBE_JSON, edit->body, &answer);
		*why = answer.message;
		return e;
	}
	const char *version = resource_edit_version(a, now);
	struct resource read = *now;
	enum err e = patch(k, a, kind, &read, edit->body, why);
	/* Controllers write the status at any time: that alone is no change of what the person saw. */
	for (int again = 0; e == ERR_CONFLICT && again < SEND_AGAIN; again++) {
		const char *unread;
		if (kube_resources_get(k, a, kind, ns, now->name, &read, &unread) || strcmp(read.uid, now->uid) ||
		    strcmp(resource_edit_version(a, &read), version))
			break;
		e = patch(k, a, kind, &read, edit->body, why);
	}
	return e;
}
