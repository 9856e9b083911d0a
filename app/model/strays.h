/* Objects on a cluster that carry the portal's labels and belong to no row: found, shown, deleted. */
#ifndef MODEL_STRAYS_H
#define MODEL_STRAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "kube/resources.h"

struct arena;
struct db;
struct kube;

/* One of them. Texts are the arena's; the object has no cells and no JSON. */
struct stray {
	const struct resource_kind *kind;
	struct resource object;
	int64_t project_id, build_id; /* whose row is no more; one of them is 0 */
};
struct strays {
	struct stray *at;
	int count, size;
	bool more;	    /* there were more objects than are looked at in one go */
	const char *hidden; /* kinds that the portal may not list there: "secrets, configmaps"; NULL: none */
};

/*
 * Objects that the portal made, by the cluster: everything with its labels in these namespaces (builds NULL: not there). First
 * this, then strays_keep: an object's row is committed before the object, so that nothing new is mistaken. Codes as kube_request;
 * a kind that may not be listed is named in `hidden`.
 */
enum err strays_list(struct kube *k, struct arena *a, const char *applications, const char *builds, struct strays *out,
		     const char **why) MUST_CHECK;
/* Leaves those whose project or build is no more. */
enum err strays_keep(struct db *db, struct arena *a, struct strays *s) MUST_CHECK;
/* A fingerprint of which they are, in so many hex digits: what was shown is what is deleted. The arena's. Pure. */
enum { STRAYS_SEEN = 64 };
const char *strays_fingerprint(struct arena *a, const struct strays *s);
/* Deletes them, each as it was seen. *deleted counts; the first refusal ends it, and *why says what it was. */
enum err strays_delete(struct kube *k, struct arena *a, const struct strays *s, int *deleted, const char **why) MUST_CHECK;

/* A cluster whose clean-up is due becomes this caller's. *cluster_id 0: none is. Others find it due again so many hours later. */
enum err model_cleanups_take(struct db *db, struct arena *a, int hours, int64_t *cluster_id) MUST_CHECK;
/* What came of it, with its audit line where something was deleted; message NULL: well. */
enum err model_cleanups_done(struct db *db, struct arena *a, int64_t cluster_id, int deleted, const char *message) MUST_CHECK;
/* The last one. ERR_NOT_FOUND: there was none. */
struct cleanup {
	const char *finished_at, *message; /* NULL: it is under way; it went well */
	int deleted;
};
enum err model_cleanups_get(struct db *db, struct arena *a, int64_t cluster_id, struct cleanup *out) MUST_CHECK;

#endif
