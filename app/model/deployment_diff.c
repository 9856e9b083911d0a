/* What changed between two deployments. */
#include "model/deployment_diff.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"

enum { DEPTH = 16 };

/* What a person can change, or what changes what runs; ids and the object's own name are no change. */
static const char *const fields[] = {
	"commit_sha",  "image",	       "replicas", "port",	    "health_path",    "cpu",	 "memory",
	"disk",	       "pod_security", "host",	   "ingress_class", "cluster_issuer", "cluster", "deadline_seconds",
	"restarted_at"
};
enum { FIELDS = sizeof fields / sizeof *fields };

struct diff {
	struct arena *arena;
	struct deployment_change *at;
	int count;
};

static void note(struct diff *d, const char *field, const char *variable, const char *before, const char *after)
{
	if (before && after ? !strcmp(before, after) : before == after)
		return;
	d->at[d->count++] = (struct deployment_change){ .field = field, .variable = variable, .before = before, .after = after };
}

/* A scalar as people read it; an empty text is as good as none. */
static const char *value_of(struct arena *a, json_object *plan, const char *field)
{
	json_object *o = json_at(plan, field);
	if (!o)
		return NULL;
	const char *text = json_object_get_string(o);
	return text && *text ? arena_strdup(a, text) : NULL;
}

static json_object *variable_at(json_object *plan, size_t i)
{
	return json_object_array_get_idx(json_at(plan, "env"), i);
}

/* A later entry of one name wins, as in the container. NULL: there is none of that name. Of a secret one the digest is compared.
 */
static const char *variable_of(json_object *plan, const char *name, bool *secret)
{
	for (size_t i = json_len(plan, "env"); i-- > 0;) {
		json_object *e = variable_at(plan, i);
		if (strcmp(json_text(e, "name", ""), name) != 0)
			continue;
		*secret = json_flag(e, "secret", false);
		return *secret ? json_text(e, "digest", "") : json_text(e, "value", "");
	}
	*secret = false;
	return NULL;
}

static void compare_variable(struct diff *d, json_object *before, json_object *after, const char *name)
{
	bool was, is;
	const char *old = variable_of(before, name, &was), *now = variable_of(after, name, &is);
	int count = d->count;
	/* A value that became a secret is another thing, whatever its digest. */
	if (old && now && was != is)
		d->at[d->count++] = (struct deployment_change){ .field = "env", .variable = name, .before = old, .after = now };
	else
		note(d, "env", name, old, now);
	if (d->count > count) {
		d->at[count].before_secret = was;
		d->at[count].after_secret = is;
	}
}

static bool comes_later(json_object *plan, size_t i, const char *name)
{
	for (size_t k = i + 1; k < json_len(plan, "env"); k++)
		if (!strcmp(json_text(variable_at(plan, k), "name", ""), name))
			return true;
	return false;
}

static void compare_variables(struct diff *d, json_object *before, json_object *after)
{
	bool secret;
	for (size_t i = 0; i < json_len(after, "env"); i++) {
		const char *name = json_text(variable_at(after, i), "name", "");
		if (!comes_later(after, i, name))
			compare_variable(d, before, after, name);
	}
	for (size_t i = 0; i < json_len(before, "env"); i++) {
		const char *name = json_text(variable_at(before, i), "name", "");
		if (!comes_later(before, i, name) && !variable_of(after, name, &secret))
			compare_variable(d, before, after, name);
	}
}

static bool parse(struct arena *a, const char *text, json_object **out)
{
	const char *why;
	*out = text ? json_parse(a, text, strlen(text), DEPTH, &why) : NULL;
	return !text || (*out && json_object_is_type(*out, json_type_object));
}

enum err deployment_diff(struct arena *a, const char *before_text, const char *after_text, struct deployment_change **out,
			 int *count)
{
	json_object *before, *after;
	*count = 0;
	if (!parse(a, before_text, &before) || !parse(a, after_text, &after))
		return ERR_INVALID;
	size_t most = FIELDS + json_len(before, "env") + json_len(after, "env");
	struct diff d = { .arena = a, .at = arena_alloc(a, sizeof(struct deployment_change) * (most + 1)) };
	for (size_t i = 0; i < FIELDS; i++)
		note(&d, fields[i], NULL, value_of(a, before, fields[i]), value_of(a, after, fields[i]));
	compare_variables(&d, before, after);
	*out = d.at;
	*count = d.count;
	return ERR_NONE;
}
