/* Applications that no deployment drives just now: what the cluster shows of them, and what somebody changed behind the portal's
 * back. */
#ifndef MODEL_APP_STATES_H
#define MODEL_APP_STATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

struct app_state {
	int64_t project_id, cluster_id; /* where its objects are */
	int64_t deployment_id;		/* the last act that was asked for */
	const char *state;		/* of that: running, failed, stopped */
	const char *applied;		/* what the cluster held right after the last apply */
	const char *app_state, *app_message;
	int app_ready;
	const char *drift; /* NULL: none is known */
};

/* Those of the ids (an array in text) that were applied and have no act waiting or under way. In the arena. */
enum err model_app_states_settled(struct db *db, struct arena *a, const char *ids, struct app_state **out, int *count) MUST_CHECK;

/* The ids of all projects that were ever applied and not deleted, in the arena; at most 100,000. */
enum err model_app_states_applied(struct db *db, struct arena *a, int64_t **out, int *count) MUST_CHECK;

/* Writes what is seen, where it differs and nothing is under way; then notifies. message may be NULL. */
enum err model_app_states_observe(struct db *db, struct arena *a, int64_t project_id, const char *app_state, const char *message,
				  int ready) MUST_CHECK;

/* Somebody changed something (text), or it is well again (NULL): kept with an event of the last deployment. */
enum err model_app_states_drift(struct db *db, struct arena *a, int64_t project_id, const char *drift) MUST_CHECK;

/*
 * One worker gets the right to put it back (*mine), at once for the first time and with a pause that doubles from 5 s to 10 min
 * when somebody keeps changing it; a quarter of an hour of peace forgets that. *snapshot is the plan to apply.
 */
enum err model_app_states_repair(struct db *db, struct arena *a, int64_t project_id, bool *mine,
				 const char **snapshot) MUST_CHECK;

/* It was put back, unless a deployment began meanwhile; `applied` replaces the text that drift is measured against. */
enum err model_app_states_repaired(struct db *db, struct arena *a, int64_t project_id, const char *applied) MUST_CHECK;

#endif
