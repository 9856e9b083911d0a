/* Label and field selectors of lists and watches. */
#ifndef KUBESIM_SELECTOR_H
#define KUBESIM_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "kubesim/world.h"

enum operation { OP_EQUALS, OP_DIFFERS, OP_IN, OP_NOT_IN, OP_EXISTS, OP_MISSING };

struct requirement {
	const char *key;
	enum operation op;
	const char **values; /* one for OP_EQUALS and OP_DIFFERS */
	size_t n;
};

struct selector {
	struct requirement *labels, *fields;
	size_t label_count, field_count;
};

/* Reads "a=b,c!=d,e in (f,g),!h" into the arena; false: it is not a selector (*why is in the arena). NULL or "" matches all. */
bool selector_labels(struct arena *a, struct selector *s, const char *text, const char **why);
/* Reads "metadata.name=x,status.phase!=Running"; only fields that the server indexes for the kind. */
bool selector_fields(struct arena *a, struct selector *s, enum sim_kind kind, const char *text, const char **why);

/* Whether labels (an object of texts, or NULL) satisfy the label part. */
bool selector_match_labels(const struct selector *s, json_object *labels);
/* Whether an object as it was at a revision satisfies both parts. */
bool selector_match(const struct selector *s, const struct revision *r);
/* The same with spec.selector of workloads (matchLabels and matchExpressions), and with a plain map. */
bool selector_match_spec(json_object *spec_selector, json_object *labels);
bool selector_match_map(json_object *map, json_object *labels);

#endif
