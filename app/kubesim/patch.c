/* Merge patch, strategic merge patch and JSON patch. */
#include "kubesim/patch.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"

json_object *patch_copy(json_object *o)
{
	json_object *copy = NULL;
	if (o)
		json_object_deep_copy(o, &copy, NULL);
	return copy;
}

static bool is_object(json_object *o)
{
	return json_object_is_type(o, json_type_object);
}

static bool is_array(json_object *o)
{
	return json_object_is_type(o, json_type_array);
}

static json_object *member(json_object *o, const char *key)
{
	json_object *v = NULL;
	json_object_object_get_ex(o, key, &v);
	return v;
}

void patch_merge(json_object *target, json_object *patch)
{
	json_object_object_foreach (patch, key, value) {
		json_object *old = member(target, key);
		if (!value) {
			json_object_object_del(target, key);
		} else if (!is_object(value)) {
			json_add(target, key, patch_copy(value));
		} else {
			if (!is_object(old))
				json_add(target, key, old = json_object_new_object());
			patch_merge(old, value);
		}
	}
}

json_object *patch_element(json_object *list, const char *key, json_object *like, size_t *at)
{
	json_object *wanted = member(like, key);
	for (size_t i = 0; wanted && i < json_object_array_length(list); i++) {
		json_object *e = json_object_array_get_idx(list, i);
		if (json_object_equal(member(e, key), wanted)) {
			*at = i;
			return e;
		}
	}
	return NULL;
}

static void merge_list(const struct schema_field *f, json_object *target, json_object *patch)
{
	for (size_t i = 0; i < json_object_array_length(patch); i++) {
		json_object *e = json_object_array_get_idx(patch, i);
		size_t at = 0;
		json_object *old = is_object(e) ? patch_element(target, f->key, e, &at) : NULL;
		if (!strcmp(json_text(e, "$patch", ""), "delete")) {
			if (old)
				json_object_array_del_idx(target, at, 1);
		} else if (old) {
			patch_strategic(f->of, old, e);
		} else {
			json_object *fresh = json_object_new_object();
			if (is_object(e))
				patch_strategic(f->of, fresh, e);
			json_object_array_add(target, fresh);
		}
	}
}

static bool replaces_list(json_object *patch)
{
	for (size_t i = 0; i < json_object_array_length(patch); i++)
		if (!strcmp(json_text(json_object_array_get_idx(patch, i), "$patch", ""), "replace"))
			return true;
	return false;
}

static void delete_primitives(json_object *target, const char *field, json_object *values)
{
	json_object *list = member(target, field);
	for (size_t i = 0; is_array(list) && is_array(values) && i < json_object_array_length(values); i++)
		for (size_t k = json_object_array_length(list); k-- > 0;)
			if (json_object_equal(json_object_array_get_idx(list, k), json_object_array_get_idx(values, i)))
				json_object_array_del_idx(list, k, 1);
}

static void retain_keys(json_object *target, json_object *keys)
{
	const char *gone[64];
	size_t n = 0;
	json_object_object_foreach (target, key, value) {
		bool kept = false;
		(void)value;
		for (size_t i = 0; is_array(keys) && i < json_object_array_length(keys); i++)
			kept |= !strcmp(json_object_get_string(json_object_array_get_idx(keys, i)), key);
		if (!kept && n < sizeof gone / sizeof *gone)
			gone[n++] = key;
	}
	while (n)
		json_object_object_del(target, gone[--n]);
}

static void directive(json_object *target, const char *key, json_object *value)
{
	if (str_starts(key, "$deleteFromPrimitiveList/"))
		delete_primitives(target, strchr(key, '/') + 1, value);
	else if (!strcmp(key, "$retainKeys"))
		retain_keys(target, value);
}

static void strategic_field(const struct schema_field *f, json_object *target, const char *key, json_object *value)
{
	json_object *old = member(target, key);
	if (is_object(value)) {
		if (!is_object(old) || !strcmp(json_text(value, "$patch", ""), "replace"))
			json_add(target, key, old = json_object_new_object());
		patch_strategic(f ? f->of : NULL, old, value);
	} else if (is_array(value) && f && f->type == FIELD_LIST && f->key) {
		if (!is_array(old) || replaces_list(value))
			json_add(target, key, old = json_object_new_array());
		merge_list(f, old, value);
	} else {
		json_add(target, key, patch_copy(value));
	}
}

void patch_strategic(const struct schema *s, json_object *target, json_object *patch)
{
	json_object_object_foreach (patch, key, value) {
		if (*key == '$')
			directive(target, key, value);
		else if (!value || (is_object(value) && !strcmp(json_text(value, "$patch", ""), "delete")))
			json_object_object_del(target, key);
		else
			strategic_field(schema_find(s, key), target, key, value);
	}
}

/* JSON patch */

/* The next step of a JSON pointer, unescaped, in the arena; *p is moved behind it. */
static char *step(struct arena *a, const char **p)
{
	size_t n = strcspn(++*p, "/");
	char *text = arena_memdup(a, *p, n), *to = text;
	*p += n;
	for (char *from = text; *from; from++) {
		if (*from == '~' && (from[1] == '0' || from[1] == '1'))
			*to++ = *++from == '0' ? '~' : '/';
		else
			*to++ = *from;
	}
	*to = 0;
	return text;
}

static json_object *child(json_object *o, const char *name)
{
	int64_t i;
	if (is_array(o))
		return str_to_int(name, 0, INT32_MAX, &i) ? json_object_array_get_idx(o, (size_t)i) : NULL;
	return is_object(o) ? member(o, name) : NULL;
}

/* `value` is taken, also on failure. */
static bool set(json_object *parent, const char *name, json_object *value, bool insert)
{
	int64_t i = 0;
	if (is_object(parent)) {
		json_add(parent, name, value);
		return true;
	}
	size_t n = json_object_array_length(parent);
	if (!strcmp(name, "-"))
		return !json_object_array_add(parent, value);
	if (!str_to_int(name, 0, (int64_t)n, &i) || (!insert && (size_t)i == n)) {
		json_object_put(value);
		return false;
	}
	if (!insert)
		return !json_object_array_put_idx(parent, (size_t)i, value);
	json_object_array_add(parent, NULL); /* json-c 0.16 cannot insert: make room, then shift */
	for (size_t k = n; k > (size_t)i; k--)
		json_object_array_put_idx(parent, k, json_object_get(json_object_array_get_idx(parent, k - 1)));
	return !json_object_array_put_idx(parent, (size_t)i, value);
}

static bool take_away(json_object *parent, const char *name)
{
	int64_t i;
	if (is_object(parent)) {
		json_object_object_del(parent, name);
		return true;
	}
	return str_to_int(name, 0, (int64_t)json_object_array_length(parent) - 1, &i) &&
	       !json_object_array_del_idx(parent, (size_t)i, 1);
}

static bool operate(struct arena *a, json_object *target, json_object *operation)
{
	const char *op = json_text(operation, "op", ""), *p = json_text(operation, "path", "");
	json_object *value = member(operation, "value");
	char *name = NULL;
	if (*p != '/')
		return false;
	for (json_object *parent = target; parent; parent = child(parent, name)) {
		name = step(a, &p);
		if (*p)
			continue;
		if (!is_object(parent) && !is_array(parent))
			return false;
		if (!strcmp(op, "test"))
			return json_object_equal(child(parent, name), value);
		if (!strcmp(op, "add"))
			return set(parent, name, patch_copy(value), true);
		if (!child(parent, name))
			return false;
		if (!strcmp(op, "replace"))
			return set(parent, name, patch_copy(value), false);
		return !strcmp(op, "remove") && take_away(parent, name);
	}
	return false;
}

bool patch_json(struct arena *a, json_object *target, json_object *operations, const char **why)
{
	for (size_t i = 0; is_array(operations) && i < json_object_array_length(operations); i++) {
		json_object *o = json_object_array_get_idx(operations, i);
		if (operate(a, target, o))
			continue;
		*why = arena_printf(
			a,
			"the server rejected our request due to an error in our request: operation %zu (%s %s) cannot be applied",
			i, json_text(o, "op", "?"), json_text(o, "path", "?"));
		return false;
	}
	*why = "a JSON patch is an array of operations";
	return is_array(operations);
}
