/* Server-side apply on remembered trees: each manager's fields are the tree that it sent. */
#include "kubesim/apply.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "kubesim/patch.h"

enum { OTHERS = 12 };

/* The trees of the other managers at one place of the object. */
struct others {
	json_object *tree[OTHERS];
	const char *name[OTHERS];
	size_t n;
};

static bool is_object(json_object *o)
{
	return json_object_is_type(o, json_type_object);
}

static json_object *member(json_object *o, const char *key)
{
	json_object *v = NULL;
	if (is_object(o))
		json_object_object_get_ex(o, key, &v);
	return v;
}

static struct others below(const struct others *o, const char *key)
{
	struct others in = { .n = 0 };
	for (size_t i = 0; i < o->n; i++) {
		json_object *v = member(o->tree[i], key);
		if (v) {
			in.tree[in.n] = v;
			in.name[in.n++] = o->name[i];
		}
	}
	return in;
}

static struct others below_element(const struct others *o, const char *key, json_object *like)
{
	struct others in = { .n = 0 };
	for (size_t i = 0; i < o->n; i++) {
		size_t at;
		json_object *v =
			json_object_is_type(o->tree[i], json_type_array) ? patch_element(o->tree[i], key, like, &at) : NULL;
		if (v) {
			in.tree[in.n] = v;
			in.name[in.n++] = o->name[i];
		}
	}
	return in;
}

/* How a value is merged: member by member, element by element, or as a whole. */
enum shape { SHAPE_WHOLE, SHAPE_MEMBERS, SHAPE_ELEMENTS };

static enum shape shape_of(const struct schema_field *f, json_object *v)
{
	if (is_object(v))
		return SHAPE_MEMBERS;
	return json_object_is_type(v, json_type_array) && f && f->type == FIELD_LIST && f->key ? SHAPE_ELEMENTS : SHAPE_WHOLE;
}

/* Identity is not owned. */
static bool identity(const char *path, const char *key)
{
	static const char *const of_root[] = { "kind", "apiVersion", "status" };
	static const char *const of_meta[] = { "name",
					       "namespace",
					       "uid",
					       "resourceVersion",
					       "generation",
					       "creationTimestamp",
					       "managedFields",
					       "generateName",
					       "deletionTimestamp",
					       "deletionGracePeriodSeconds" };
	if (!*path)
		for (size_t i = 0; i < sizeof of_root / sizeof *of_root; i++)
			if (!strcmp(of_root[i], key))
				return true;
	if (!strcmp(path, ".metadata"))
		for (size_t i = 0; i < sizeof of_meta / sizeof *of_meta; i++)
			if (!strcmp(of_meta[i], key))
				return true;
	return false;
}

static void find_conflicts(struct apply *p, const struct schema *s, const char *path, json_object *live, json_object *config,
			   const struct others *o)
{
	json_object_object_foreach (config, key, value) {
		const struct schema_field *f = schema_find(s, key);
		json_object *old = member(live, key);
		struct others in = below(o, key);
		if (!in.n || !old || identity(path, key))
			continue;
		const char *here = arena_printf(p->arena, "%s.%s", path, key);
		enum shape shape = shape_of(f, value);
		if (shape == SHAPE_MEMBERS) {
			find_conflicts(p, f ? f->of : NULL, here, old, value, &in);
		} else if (shape == SHAPE_WHOLE) {
			for (size_t i = 0; i < in.n && !json_object_equal(old, value); i++)
				if (p->conflict_count < sizeof p->conflicts / sizeof *p->conflicts)
					p->conflicts[p->conflict_count++] = (struct apply_conflict){ in.name[i], here };
		} else {
			for (size_t i = 0; i < json_object_array_length(value); i++) {
				size_t at;
				json_object *e = json_object_array_get_idx(value, i);
				json_object *live_e =
					json_object_is_type(old, json_type_array) ? patch_element(old, f->key, e, &at) : NULL;
				struct others deep = below_element(&in, f->key, e);
				if (live_e)
					find_conflicts(
						p, f->of,
						arena_printf(p->arena, "%s[%s=%s]", here, f->key,
							     json_object_to_json_string_ext(member(e, f->key), JSON_PLAIN)),
						live_e, e, &deep);
			}
		}
	}
}

static void give_up(const struct schema *s, const char *path, json_object *live, json_object *before, json_object *config,
		    const struct others *o);

static void give_up_elements(const struct schema_field *f, json_object *live, json_object *before, json_object *config,
			     const struct others *o)
{
	for (size_t i = 0; i < json_object_array_length(before); i++) {
		size_t at, unused;
		json_object *e = json_object_array_get_idx(before, i), *old = patch_element(live, f->key, e, &at);
		json_object *now =
			json_object_is_type(config, json_type_array) ? patch_element(config, f->key, e, &unused) : NULL;
		struct others in = below_element(o, f->key, e);
		if (old && !now && !in.n)
			json_object_array_del_idx(live, at, 1);
		else if (old)
			give_up(f->of, "-", old, e, now, &in);
	}
}

/* Takes out of `live` what this manager applied before, leaves out now, and nobody else has. */
static void give_up(const struct schema *s, const char *path, json_object *live, json_object *before, json_object *config,
		    const struct others *o)
{
	json_object_object_foreach (before, key, value) {
		const struct schema_field *f = schema_find(s, key);
		json_object *old = member(live, key), *now = member(config, key);
		struct others in = below(o, key);
		if (!old || identity(path, key))
			continue;
		enum shape shape = shape_of(f, value);
		if (!now && !in.n) /* with what defaults have put below it */
			json_object_object_del(live, key);
		else if (shape == SHAPE_MEMBERS && is_object(old))
			give_up(f ? f->of : NULL, !strcmp(key, "metadata") && !*path ? ".metadata" : "-", old, value, now, &in);
		else if (shape == SHAPE_ELEMENTS && json_object_is_type(old, json_type_array))
			give_up_elements(f, old, value, now, &in);
	}
}

/* The manager who applies with force takes fields from the others; so does one who updates them. */
static void take_from_others(const struct schema *s, const char *path, json_object *config, const struct others *o,
			     bool only_differing)
{
	json_object_object_foreach (config, key, value) {
		const struct schema_field *f = schema_find(s, key);
		struct others in = below(o, key);
		enum shape shape = shape_of(f, value);
		if (!in.n || identity(path, key))
			continue;
		if (shape == SHAPE_MEMBERS) {
			take_from_others(f ? f->of : NULL, "-", value, &in, only_differing);
		} else if (shape == SHAPE_ELEMENTS) {
			for (size_t i = 0; i < json_object_array_length(value); i++) {
				json_object *e = json_object_array_get_idx(value, i);
				struct others deep = below_element(&in, f->key, e);
				take_from_others(f->of, "-", e, &deep, only_differing);
			}
		} else {
			for (size_t i = 0; i < o->n; i++)
				if (!only_differing || !json_object_equal(member(o->tree[i], key), value))
					json_object_object_del(o->tree[i], key);
		}
	}
}

static struct others gather(json_object *managers, const char *except)
{
	struct others o = { .n = 0 };
	json_object_object_foreach (managers, key, tree) {
		if (!strcmp(key, except) || o.n == OTHERS)
			continue;
		o.tree[o.n] = tree;
		o.name[o.n++] = key;
	}
	return o;
}

bool apply_configuration(struct apply *p, json_object *live, json_object *config)
{
	const char *self = arena_printf(p->arena, "%s", p->manager);
	struct others o = gather(p->managers, self);
	find_conflicts(p, p->schema, "", live, config, &o);
	if (p->conflict_count && !p->force)
		return false;
	json_object *before = member(p->managers, self);
	if (before)
		give_up(p->schema, "", live, before, config, &o);
	patch_strategic(p->schema, live, config);
	if (p->conflict_count)
		take_from_others(p->schema, "", config, &o, true);
	json_add(p->managers, self, patch_copy(config));
	return true;
}

/* The part of `after` that differs from `before`; NULL: nothing. Elements of keyed lists keep their key. */
static json_object *difference(const struct schema *s, const char *path, json_object *before, json_object *after)
{
	json_object *d = NULL;
	json_object_object_foreach (after, key, value) {
		const struct schema_field *f = schema_find(s, key);
		json_object *old = member(before, key), *part = NULL;
		if (identity(path, key) || json_object_equal(old, value))
			continue;
		enum shape shape = shape_of(f, value);
		if (shape == SHAPE_MEMBERS && is_object(old)) {
			part = difference(f ? f->of : NULL, !*path && !strcmp(key, "metadata") ? ".metadata" : "-", old, value);
		} else if (shape == SHAPE_ELEMENTS && json_object_is_type(old, json_type_array)) {
			part = json_object_new_array();
			for (size_t i = 0; i < json_object_array_length(value); i++) {
				size_t at;
				json_object *e = json_object_array_get_idx(value, i), *was = patch_element(old, f->key, e, &at);
				json_object *changed = was ? difference(f->of, "-", was, e) : patch_copy(e);
				if (changed && was)
					json_add(changed, f->key, patch_copy(member(e, f->key)));
				if (changed)
					json_object_array_add(part, changed);
			}
		} else {
			part = patch_copy(value);
		}
		if (part && !d)
			d = json_object_new_object();
		if (part)
			json_add(d, key, part);
	}
	return d;
}

void apply_record_update(json_object *managers, const char *manager, const struct schema *s, json_object *before,
			 json_object *after)
{
	json_object *changed = difference(s, "", before, after);
	if (!changed)
		return;
	struct others o = gather(managers, manager);
	take_from_others(s, "", changed, &o, true);
	json_object *mine = member(managers, manager);
	if (!mine)
		json_add(managers, manager, mine = json_object_new_object());
	patch_strategic(s, mine, changed);
	json_object_put(changed);
}
