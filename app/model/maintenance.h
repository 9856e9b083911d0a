/* Upkeep by operators: sealed values of every table, and rows that have expired. */
#ifndef MODEL_MAINTENANCE_H
#define MODEL_MAINTENANCE_H

#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* Every column that holds sealed secrets. A new one gets a row here and in maintenance.c. */
enum sealed_column {
	SEALED_PUSH_PASSWORD,
	SEALED_PULL_PASSWORD,
	SEALED_DEPLOY_KEY,
	SEALED_WEBHOOK_SECRET,
	SEALED_GITEA_TOKEN,
	SEALED_VARIABLE,
	SEALED_VARIABLES_KEY,
	SEALED_APP_SECRET,
	SEALED__MAX
};
enum { SEALED_BATCH = 200 };

struct sealed_value {
	int64_t id;
	const char *sealed;
};

/* The place that is sealed in, without the row's id: "registries.push_password". */
const char *sealed_column_place(enum sealed_column column);

/* The next values, at most SEALED_BATCH, by id behind `after`, that are not sealed under the key of `prefix` ("v1:k2:"). */
enum err model_maintenance_sealed(struct db *db, struct arena *a, enum sealed_column column, const char *prefix, int64_t after,
				  struct sealed_value **out, int *count) MUST_CHECK;

/* Replaces one; a value that was changed meanwhile is left alone, which is success. */
enum err model_maintenance_reseal(struct db *db, struct arena *a, enum sealed_column column, const struct sealed_value *old,
				  const char *sealed) MUST_CHECK;

/* Deletes at most 1000 webhook deliveries that are older than 90 days, and as many invitations that ended 30 days ago (the rest:
 * model_sessions_prune). */
enum err model_maintenance_prune(struct db *db, struct arena *a) MUST_CHECK;
/* How many rows have expired: sessions, failed logins, idempotency keys, webhook deliveries, invitations. */
enum err model_maintenance_expired(struct db *db, struct arena *a, int64_t *count) MUST_CHECK;

#endif
