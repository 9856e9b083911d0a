/* Applications that nobody has used for long: they are stopped, and come back by a click. */
#ifndef MODEL_IDLE_H
#define MODEL_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;
struct settings;

/*
 * Asks for the stop (trigger "idle") of applications that were not used for as long as the setting idle_stop_days says: no push,
 * no deployment, no act of a person. A stop that failed is asked for again an hour after its end. At most 20 at once, each with
 * its audit line in a transaction of its own; *count: how many. Two callers at once do nothing twice. 0 days: none.
 */
enum err model_idle_stop(struct db *db, struct arena *a, const struct settings *s, int *count) MUST_CHECK;

/* Whether a project's application stands still because of that. */
struct idle {
	bool stopped;
	const char *stopped_at, *used_at; /* the arena's */
};
enum err model_idle_of(struct db *db, struct arena *a, int64_t project_id, struct idle *out) MUST_CHECK;

#endif
