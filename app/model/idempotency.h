/* Keys under which a request runs once: what was answered stands beside what was done, in one transaction. */
#ifndef MODEL_IDEMPOTENCY_H
#define MODEL_IDEMPOTENCY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* An answer that was given before. Texts are the arena's; location and body may be NULL. */
struct kept_answer {
	bool found;
	const char *request; /* the fingerprint of the request that took the key */
	int status;
	const char *location, *body;
};

/*
 * Takes the key in the caller's transaction, or finds what was answered under it. `request` is a fingerprint by a secret key, for
 * what is sent may hold secrets. While another transaction holds the key it waits; ERR_TIMEOUT: that one did not end in time.
 */
enum err model_idempotency_take(struct db *db, struct arena *a, int64_t user_id, const char *key, const char *request,
				struct kept_answer *out) MUST_CHECK;

/* Keeps the answer, which holds no secret, in the same transaction. ERR_NOT_FOUND: the key was lost with a rolled-back
 * transaction. */
enum err model_idempotency_keep(struct db *db, struct arena *a, int64_t user_id, const char *key, int status,
				const char *location, const char *body) MUST_CHECK;

/* Gives the key back in the same transaction: a request with it runs. */
enum err model_idempotency_forget(struct db *db, struct arena *a, int64_t user_id, const char *key) MUST_CHECK;

#endif
