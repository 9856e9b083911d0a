/* Branch heads: whose turn it is to be read from the git server, and what was read. */
#ifndef MODEL_HEADS_H
#define MODEL_HEADS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* A branch to look at. Texts are the arena's. */
struct head {
	int64_t project_id;
	const char *repo_url, *branch;
};

/* The next due branch of a project with auto build, which becomes due again after interval_seconds. ERR_NOT_FOUND: none is due.
 */
enum err model_heads_next(struct db *db, struct arena *a, int64_t interval_seconds, struct head *out) MUST_CHECK;

/* What came of looking: error NULL is well; after one that may pass (`again`) it is due again in half a minute. */
enum err model_heads_seen(struct db *db, struct arena *a, int64_t project_id, const char *error, bool again) MUST_CHECK;

#endif
