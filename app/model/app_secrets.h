/* The Secrets that applications take their secret variables from: which there are, what is in them, and which are needed. */
#ifndef MODEL_APP_SECRETS_H
#define MODEL_APP_SECRETS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;
struct keyring;

struct app_secret_new {
	int64_t project_id, cluster_id;
	const char *digest;  /* of the content, keyed */
	const char *content; /* JSON text, {"NAME": "value"} */
};
/*
 * The row of that content, kept or made, in the caller's transaction; its id is part of the Secret's name, which is on one
 * cluster. One that is being dropped is never taken again.
 */
enum err model_app_secrets_keep(struct db *db, struct arena *a, struct keyring *k, const struct app_secret_new *s,
				int64_t *id) MUST_CHECK;

/* What is in it. ERR_NOT_FOUND; ERR_INTERNAL: it does not open. */
enum err model_app_secrets_content(struct db *db, struct arena *a, struct keyring *k, int64_t project_id, int64_t id,
				   const char **content) MUST_CHECK;

/* The cluster holds it under that uid. */
enum err model_app_secrets_made(struct db *db, struct arena *a, int64_t id, const char *uid) MUST_CHECK;

struct app_secret {
	int64_t id, project_id, cluster_id;
	const char *uid; /* as it was made; NULL: never */
	bool missing;	 /* somebody deleted it, as far as is known */
};

/* Takes at most `limit` that are to be looked at, and puts their next look off; each is one worker's. In the arena. */
enum err model_app_secrets_due(struct db *db, struct arena *a, int limit, struct app_secret **out, int *count) MUST_CHECK;

/* Whether it is there, as it was just seen; kept where that is news, and where it was not made again meanwhile. */
enum err model_app_secrets_seen(struct db *db, struct arena *a, const struct app_secret *s, bool missing) MUST_CHECK;

/*
 * Marks those of a project on a cluster that nothing needs. upto 0: neither the deployment that serves, nor one that waits or is
 * under way, nor the last that was applied there; else: no deployment after that one. *out are all that are marked, also from
 * before: the cluster's are to be deleted, then the rows.
 */
enum err model_app_secrets_drop(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id, int64_t upto,
				struct app_secret **out, int *count) MUST_CHECK;
enum err model_app_secrets_forget(struct db *db, struct arena *a, int64_t id) MUST_CHECK;

#endif
