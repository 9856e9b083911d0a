/* Label and field selectors of lists and watches. */
#include "kubesim/selector.h"

#include <string.h>

#include "base/str.h"

#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/"

struct reader {
	struct arena *arena;
	const char *p;
};

static void skip(struct reader *r)
{
	r->p += strspn(r->p, " \t");
}

static const char *word(struct reader *r)
{
	skip(r);
	size_t n = strspn(r->p, WORD);
	const char *text = arena_memdup(r->arena, r->p, n);
	r->p += n;
	skip(r);
	return text;
}

static bool take(struct reader *r, const char *token)
{
	if (!str_starts(r->p, token))
		return false;
	r->p += strlen(token);
	return true;
}

/* "(a, b)" behind in or notin. */
static bool set(struct reader *r, struct requirement *q)
{
	enum { MOST = 64 };
	skip(r);
	if (!take(r, "("))
		return false;
	q->values = arena_alloc(r->arena, MOST * sizeof *q->values);
	do {
		if (q->n == MOST)
			return false;
		q->values[q->n++] = word(r);
	} while (take(r, ","));
	return take(r, ")");
}

static bool one(struct reader *r, struct requirement *q)
{
	skip(r);
	bool missing = take(r, "!");
	q->key = word(r);
	if (!*q->key)
		return false;
	q->op = missing ? OP_MISSING : OP_EXISTS;
	if (missing || !*r->p || *r->p == ',')
		return true;
	if (take(r, "notin"))
		q->op = OP_NOT_IN;
	else if (take(r, "in"))
		q->op = OP_IN;
	else if (take(r, "!="))
		q->op = OP_DIFFERS;
	else if (take(r, "==") || take(r, "="))
		q->op = OP_EQUALS;
	else
		return false;
	if (q->op == OP_IN || q->op == OP_NOT_IN)
		return set(r, q);
	q->values = arena_alloc(r->arena, sizeof *q->values);
	q->values[q->n++] = word(r);
	return true;
}

static bool read_all(struct arena *a, const char *text, struct requirement **list, size_t *count)
{
	enum { MOST = 32 };
	struct reader r = { a, text };
	*count = 0;
	*list = NULL;
	skip(&r);
	if (!*r.p)
		return true;
	*list = arena_alloc(a, MOST * sizeof **list);
	do {
		if (*count == MOST || !one(&r, &(*list)[*count]))
			return false;
		(*count)++;
		skip(&r);
	} while (take(&r, ","));
	return !*r.p;
}

bool selector_labels(struct arena *a, struct selector *s, const char *text, const char **why)
{
	if (read_all(a, text ? text : "", &s->labels, &s->label_count))
		return true;
	*why = arena_printf(a, "unable to parse requirement: %.200s", text);
	return false;
}

/* The selectable fields beside metadata.name and metadata.namespace, as the API server has them. */
static const char *const fields[SIM_KIND__MAX][14] = {
	[SIM_POD] = { "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
		      "status.phase", "status.podIP", "status.nominatedNodeName" },
	[SIM_EVENT] = { "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
			"involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
			"reportingComponent", "source", "type" },
	[SIM_SECRET] = { "type" },
	[SIM_JOB] = { "status.successful" },
	[SIM_REPLICA_SET] = { "status.replicas" },
	[SIM_NAMESPACE] = { "status.phase", "name" },
	[SIM_SERVICE] = { "spec.clusterIP", "spec.type" },
};

static bool selectable(enum sim_kind kind, const char *field)
{
	if (!strcmp(field, "metadata.name") || !strcmp(field, "metadata.namespace"))
		return true;
	for (size_t i = 0; fields[kind][i]; i++)
		if (!strcmp(fields[kind][i], field))
			return true;
	return false;
}

bool selector_fields(struct arena *a, struct selector *s, enum sim_kind kind, const char *text, const char **why)
{
	bool fine = read_all(a, text ? text : "", &s->fields, &s->field_count);
	for (size_t i = 0; fine && i < s->field_count; i++) {
		struct requirement *q = &s->fields[i];
		if (q->op != OP_EQUALS && q->op != OP_DIFFERS)
			fine = false;
		else if (!selectable(kind, q->key)) {
			*why = arena_printf(a, "field label not supported: %.100s", q->key);
			return false;
		}
	}
	if (!fine)
		*why = arena_printf(a, "invalid selector: '%.200s'; can't understand it", text);
	return fine;
}

static bool satisfied(const struct requirement *q, const char *value)
{
	bool listed = false;
	for (size_t i = 0; value && i < q->n; i++)
		listed |= !strcmp(q->values[i], value);
	switch (q->op) {
	case OP_EQUALS:
	case OP_IN:
		return listed;
	case OP_DIFFERS:
	case OP_NOT_IN:
		return !listed;
	case OP_EXISTS:
		return value;
	case OP_MISSING:
		return !value;
	}
	return false;
}

/* Label keys hold dots, so a path cannot be used. */
static const char *label(json_object *labels, const char *key)
{
	json_object *v;
	return labels && json_object_object_get_ex(labels, key, &v) && v ? json_object_get_string(v) : NULL;
}

bool selector_match_labels(const struct selector *s, json_object *labels)
{
	for (size_t i = 0; i < s->label_count; i++)
		if (!satisfied(&s->labels[i], label(labels, s->labels[i].key)))
			return false;
	return true;
}

static bool match_deep_field(const struct requirement *q, const struct revision *r)
{
	json_object *o = json_tokener_parse(r->json), *v = json_at(o, !strcmp(q->key, "source") ? "source.component" : q->key);
	bool fits = satisfied(q, v ? json_object_get_string(v) : "");
	json_object_put(o);
	return fits;
}

bool selector_match(const struct selector *s, const struct revision *r)
{
	if (!selector_match_labels(s, r->labels))
		return false;
	for (size_t i = 0; i < s->field_count; i++) {
		const struct requirement *q = &s->fields[i];
		if (!strcmp(q->key, "metadata.name") || !strcmp(q->key, "name")) {
			if (!satisfied(q, r->name))
				return false;
		} else if (!strcmp(q->key, "metadata.namespace")) {
			if (!satisfied(q, r->ns))
				return false;
		} else if (!match_deep_field(q, r)) {
			return false;
		}
	}
	return true;
}

bool selector_match_map(json_object *map, json_object *labels)
{
	if (!map || !json_object_object_length(map))
		return false;
	json_object_object_foreach (map, key, value) {
		const char *have = label(labels, key);
		if (!have || strcmp(have, json_object_get_string(value)))
			return false;
	}
	return true;
}

static bool match_expression(json_object *e, json_object *labels)
{
	const char *value = label(labels, json_text(e, "key", "")), *op = json_text(e, "operator", "");
	bool listed = false;
	for (size_t i = 0; value && i < json_len(e, "values"); i++)
		listed |= !strcmp(json_object_get_string(json_object_array_get_idx(json_at(e, "values"), i)), value);
	if (!strcmp(op, "In"))
		return listed;
	if (!strcmp(op, "NotIn"))
		return !listed;
	return !strcmp(op, "Exists") == (value != NULL);
}

bool selector_match_spec(json_object *spec_selector, json_object *labels)
{
	json_object *map = json_at(spec_selector, "matchLabels");
	size_t n = json_len(spec_selector, "matchExpressions");
	if (!n || (map && json_object_object_length(map)))
		if (!selector_match_map(map, labels))
			return false;
	for (size_t i = 0; i < n; i++)
		if (!match_expression(json_object_array_get_idx(json_at(spec_selector, "matchExpressions"), i), labels))
			return false;
	return true;
}
