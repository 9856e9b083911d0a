/* What people change of an object of a cluster: its labels, its annotations and, of a ConfigMap, its data. Nobody writes one as a
 * whole. */
#ifndef KUBE_RESOURCE_EDIT_H
#define KUBE_RESOURCE_EDIT_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/err.h"
#include "kube/resources.h"

struct arena;
struct kube;

enum resource_map { RESOURCE_LABELS, RESOURCE_ANNOTATIONS, RESOURCE_DATA, RESOURCE_MAP__MAX };
#define RESOURCE_MAPS "labels|annotations|data"
/* "labels": its word in forms, JSON and the catalogue. Static. */
const char *resource_map_word(enum resource_map map);

/* Characters of a key (253 of its prefix, 63 of its name) and of a version; bytes of a value. */
enum { RESOURCE_KEY_MAX = 317, RESOURCE_VERSION = 64, RESOURCE_VALUE_MAX = 256 << 10 };

/* One entry of a map. Texts are the object's. */
struct resource_entry {
	const char *key, *value;
	bool own; /* the portal's, which nobody changes */
};
/* The entries of an object's map, in the arena, and how many there are. Pure. */
int resource_entries(struct arena *a, const struct resource *r, enum resource_map map, struct resource_entry **out);

/* Of all three maps: the same while nothing else changes. RESOURCE_VERSION hex digits in the arena. Pure. */
const char *resource_edit_version(struct arena *a, const struct resource *r);

/* What is asked for: of each map NULL, or an object of keys and texts; null takes a key away. */
struct resource_wish {
	json_object *maps[RESOURCE_MAP__MAX];
};

/* A wish that was looked at. Texts are the arena's. */
struct resource_edit {
	const char *wrong;     /* a string of the catalogue: what is wrong with it; NULL: nothing */
	const char *field;     /* with it: "name", "map", "key" or "value" */
	const char *why;       /* and which one it is, "": the only one */
	enum resource_map map; /* in which map, but of a name */
	bool same;	       /* of a change: what is asked for is there already */
	const char *fields;    /* which are: "labels.x, data.key", at most 300 bytes */
	json_object *body;     /* what is sent to the cluster */
};

/* A change, as a merge patch (RFC 7386) for exactly the version that was read. False: edit->wrong, or edit->same. Pure. */
bool resource_edit_change(struct arena *a, const struct resource_kind *kind, const struct resource *now,
			  const struct resource_wish *wish, struct resource_edit *edit);
/*
 * A new object with that name and with these maps, of a kind that has nothing else: a ConfigMap. It is given the portal's label
 * and is of no project. Names that applications have are refused. False: edit->wrong. Pure.
 */
bool resource_edit_new(struct arena *a, const struct resource_kind *kind, const char *ns, const char *name,
		       const struct resource_wish *wish, struct resource_edit *edit);

/*
 * Sends it; now NULL: of a new object, which is no failure where the very same is there already: the request came before.
 * ERR_CONFLICT: there is another one of that name, or a map was changed since it was read; ERR_INVALID, ERR_FORBIDDEN: the
 * cluster refuses, *why (the arena's) is its word. As kube_request.
 */
enum err resource_edit_send(struct kube *k, struct arena *a, const struct resource_kind *kind, const char *ns,
			    const struct resource *now, const struct resource_edit *edit, const char **why) MUST_CHECK;

#endif
