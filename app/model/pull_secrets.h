/* The Secrets by which the cluster pulls images for applications: which there are, and which are to be written again. */
#ifndef MODEL_PULL_SECRETS_H
#define MODEL_PULL_SECRETS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* SQL: when a Secret is looked at next. All at the same moments, so that one list of a cluster's serves for all. */
#define LOOK_AGAIN "date_bin('30 seconds', now(), to_timestamp(0)) + interval '30 seconds'"

struct arena;
struct db;
struct registry;

/*
 * The cluster holds the project's under that uid, with the account as it stands in that row of the registry. One that was
 * changed meanwhile leaves it to be written again.
 */
enum err model_pull_secrets_made(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id, const char *uid,
				 const struct registry *r) MUST_CHECK;

/* None is needed there (any more). */
enum err model_pull_secrets_forget(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id) MUST_CHECK;

/* The registry's account has changed: those of the applications that run by it are to be written again, at once. In the caller's
 * transaction. */
enum err model_pull_secrets_renew(struct db *db, struct arena *a, int64_t registry_id) MUST_CHECK;

struct pull_secret {
	int64_t project_id, cluster_id;
	const char *uid; /* as it was made; NULL: it is to be written */
	bool missing;	 /* somebody deleted it, as far as is known */
};

/* Takes at most `limit` that are to be looked at or written, and puts their next turn off; each is one worker's. In the arena. */
enum err model_pull_secrets_due(struct db *db, struct arena *a, int limit, struct pull_secret **out, int *count) MUST_CHECK;

/* Whether it is there, as it was just seen; kept where that is news, and where it was not made again meanwhile. */
enum err model_pull_secrets_seen(struct db *db, struct arena *a, const struct pull_secret *s, bool missing) MUST_CHECK;

#endif
