/* A cluster's objects as people look at them: THE table of kinds with their columns, lists by pages, one object as YAML, acts.
 */
#ifndef KUBE_RESOURCES_H
#define KUBE_RESOURCES_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "kube/kube.h"

/* By whom the cluster remembers what people change: not by the portal's own name, under which it applies. */
#define PERSON_MANAGER "fieldManager=hydrosim-portal-person"

struct arena;

enum { RESOURCE_COLUMNS = 5, RESOURCE_LIMIT = 50, RESOURCE_LIMIT_MAX = 200, RESOURCE_NAME_MAX = 253, RESOURCE_REPLICAS_MAX = 10 };

/* What can be done to an object beside looking. */
enum resource_act { RESOURCE_SCALE, RESOURCE_RESTART, RESOURCE_DELETE, RESOURCE_CHANGE, RESOURCE_CREATE, RESOURCE_ACT__MAX };
/* "scale": its word in addresses and the catalogue. Static. */
const char *resource_act_word(enum resource_act act);

/* A column of a kind's table: its word in addresses, JSON and the catalogue, and what stands there. */
struct resource_column {
	const char *word;
	const char *(*cell)(struct arena *a, json_object *o); /* NULL: nothing is known */
};

/* A row of the table of kinds. */
struct resource_kind {
	const char *word; /* the plural, as in the cluster's API */
	enum kube_kind kind;
	unsigned places; /* in whose namespaces there are such: bits 1 << enum kube_place */
	bool shared;	 /* of the namespace as a whole, no project's: a student has none */
	bool acts[RESOURCE_ACT__MAX];
	struct resource_column columns[RESOURCE_COLUMNS]; /* word NULL behind the last one */
};
extern const struct resource_kind resource_kinds[];
extern const int resource_kind_count;
/* NULL: there is no such kind. Pure. */
const struct resource_kind *resource_kind_of(const char *word);

/*
 * One object. Texts are the arena's, never NULL but cells. The object is without what nobody reads (managedFields, the copy that
 * kubectl keeps) and without any value of a Secret: only the keys are left, and how many bytes each holds.
 */
struct resource {
	const char *name, *ns, *uid, *created_at;
	bool managed;	    /* it carries the portal's label */
	int64_t project_id; /* whose it is by its label; an event's: by what it is about; 0: none */
	const char *cells[RESOURCE_COLUMNS];
	json_object *object;
};

struct resource_page {
	struct resource *rows;
	int count;
	const char *next; /* for the page behind it; NULL: the last one */
};

/*
 * A page of a namespace's objects of a kind. selector: of labels, "" or NULL: all; from: `next` of the page before, or NULL. Of
 * kind namespaces: that one alone. ERR_GONE: the place in the list has expired; ERR_INVALID: the selector or the place is none;
 * *why (the arena's) is the cluster's word.
 */
enum err kube_resources_list(struct kube *k, struct arena *a, const struct resource_kind *kind, const char *ns,
			     const char *selector, int limit, const char *from, struct resource_page *out,
			     const char **why) MUST_CHECK;
enum err kube_resources_get(struct kube *k, struct arena *a, const struct resource_kind *kind, const char *ns, const char *name,
			    struct resource *out, const char **why) MUST_CHECK;

/* The object for reading, in the arena; at most 256 KiB, cut with a line that says so. Pure. */
const char *kube_resource_yaml(struct arena *a, const struct resource *r);

/*
 * Scale (replicas 0..RESOURCE_REPLICAS_MAX), restart (as kubectl rollout restart) or delete, of exactly this object: one that was
 * made anew meanwhile is left alone (ERR_CONFLICT).
 */
enum err kube_resources_act(struct kube *k, struct arena *a, const struct resource_kind *kind, const struct resource *r,
			    enum resource_act act, int replicas, const char **why) MUST_CHECK;

/*
 * A merge patch (RFC 7386) by a person, of exactly this object: one that was made anew is left alone, and one of another version
 * than `version` (NULL: any), too (ERR_CONFLICT). Adds to `change`, which stays the caller's.
 */
enum err kube_resources_patch(struct kube *k, struct arena *a, const struct resource_kind *kind, const struct resource *r,
			      json_object *change, const char *version, const char **why) MUST_CHECK;

/* "nginx", "my.name": what the cluster takes as a name in a path. Pure. */
bool kube_name_valid(const char *name);
/* "key" or "key=value" of a label. Pure. */
bool kube_label_valid(const char *text);

#endif
