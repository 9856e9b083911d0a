/* What must hold of the rows whatever happened: for portalctl verify. */
#ifndef MODEL_INVARIANTS_H
#define MODEL_INVARIANTS_H

#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* One of them: what holds, how many rows break it, and the first few of them. Texts are the arena's. */
struct invariant {
	const char *says, *rows;
	int64_t broken;
};
enum { INVARIANTS_MAX = 32 };
/* Reads them all. Changes nothing. */
enum err model_invariants(struct db *db, struct arena *a, struct invariant out[INVARIANTS_MAX], int *count) MUST_CHECK;

/* The smallest id of a noun of the paths ("projects", "builds", ...), 0: there is none, or no such noun. */
enum err model_invariants_sample(struct db *db, struct arena *a, const char *noun, int64_t *id) MUST_CHECK;

#endif
