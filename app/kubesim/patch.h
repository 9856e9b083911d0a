/* The four ways to patch an object. Pure functions on trees that the caller owns. */
#ifndef KUBESIM_PATCH_H
#define KUBESIM_PATCH_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/arena.h"
#include "kubesim/schema.h"

/* RFC 7386: objects are merged, null takes a field away, all else is replaced. */
void patch_merge(json_object *target, json_object *patch);

/* Strategic merge: as above, but lists whose elements have a key are merged by it; $patch, $deleteFromPrimitiveList and
 * $retainKeys are known. */
void patch_strategic(const struct schema *s, json_object *target, json_object *patch);

/* RFC 6902, with add, remove, replace and test. false: *why (arena) says which operation failed. */
bool patch_json(struct arena *a, json_object *target, json_object *operations, const char **why);

/* The element of a keyed list that has this element's key, or NULL; its place in *at. */
json_object *patch_element(json_object *list, const char *key, json_object *like, size_t *at);

/* A copy that shares nothing; NULL stays NULL. */
json_object *patch_copy(json_object *o);

#endif
