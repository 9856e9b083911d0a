/* The made-up courses of `portalctl demo`: their rows of the past, which nobody asked for and no worker made. */
#ifndef MODEL_DEMO_H
#define MODEL_DEMO_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* What everything else of it hangs on. */
enum demo_kind { DEMO_KIND_COURSE, DEMO_KIND_USER, DEMO_KIND_REGISTRY };

/*
 * All of these in the caller's transaction. Begins with a lock that two commands do not share; *there: the demo is there already;
 * *now_us: the database's clock, microseconds since 1970.
 */
enum err model_demo_begin(struct db *db, struct arena *a, bool *there, int64_t *now_us) MUST_CHECK;

/* Remembers that a row is the demo's. */
enum err model_demo_mark(struct db *db, struct arena *a, enum demo_kind kind, int64_t id) MUST_CHECK;

/* `count` ids that nobody else gets, ascending, in the arena. */
enum demo_ids { DEMO_IDS_BUILDS, DEMO_IDS_DEPLOYMENTS };
enum err model_demo_ids(struct db *db, struct arena *a, enum demo_ids which, int count, int64_t **out) MUST_CHECK;

/* The first ones insert rows; those from DEMO_COURSES_PAST on change what the product's own code made, by id. */
enum demo_rows {
	DEMO_BUILDS,
	DEMO_BUILD_EVENTS,
	DEMO_DEPLOYMENTS,
	DEMO_DEPLOYMENT_EVENTS,
	DEMO_DELIVERIES,
	DEMO_AUDIT,
	DEMO_VARIABLES,
	DEMO_IMAGE_USERS,
	DEMO_COURSES_PAST,
	DEMO_USERS_PAST,
	DEMO_STUDENTS_PAST,
	DEMO_PROJECTS_PAST,
	DEMO_CONFIGS_PAST,
	DEMO_ROWS__MAX
};
/*
 * Writes an array of objects that are named like the columns, by one statement. A configuration's branch is not looked at for a
 * hundred years. ERR_INVALID, ERR_CONFLICT: they break a rule of the schema.
 */
enum err model_demo_write(struct db *db, struct arena *a, enum demo_rows which, json_object *rows) MUST_CHECK;

/* How many of its projects have a build or deployment under way, or an application in the cluster: what people made of it. */
enum err model_demo_busy(struct db *db, struct arena *a, int64_t *count) MUST_CHECK;

/* The keys of its logs behind the build `after`, at most `limit`, with the builds' ids; in the arena. */
struct demo_log_key {
	int64_t build_id;
	const char *key;
};
enum err model_demo_log_keys(struct db *db, struct arena *a, int64_t after, int limit, struct demo_log_key **out,
			     int *count) MUST_CHECK;

/*
 * Takes all of it away, with whatever was added to its courses, but for the audit lines, which nobody may change. ERR_INVALID:
 * something outside still needs one of its rows.
 */
enum err model_demo_remove(struct db *db, struct arena *a) MUST_CHECK;

#endif
