/* What Gitea is told of each build: a row says by status_retry_at that something is to be told. */
#ifndef MODEL_COMMIT_STATUSES_H
#define MODEL_COMMIT_STATUSES_H

#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* Texts are the arena's; message may be NULL. */
struct commit_status {
	int64_t build_id;
	const char *repo_url, *commit_sha, *status, *message;
	int64_t duration; /* seconds; -1: not ended */
};

/* The next one that is due; it becomes due again after a pause that grows from 5 s to 10 min, at most 12 times. ERR_NOT_FOUND:
 * none. */
enum err model_commit_statuses_next(struct db *db, struct arena *a, struct commit_status *out) MUST_CHECK;

/* Gitea knows this status of the build. */
enum err model_commit_statuses_told(struct db *db, struct arena *a, int64_t build_id, const char *status) MUST_CHECK;

#endif
