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
	const char *app_state;
	const char *reason, *details, *evidence; /* what is known to be wrong; reason NULL: nothing */
	int app_ready;
	const char *drift;   /* NULL: none is known */
	bool secret_missing; /* somebody deleted the Secret of what was applied last */
	bool pull_missing;   /* and the one by which its image is pulled */
	bool repair_asked;
};

/* Those of the ids (an array in text) that were applied and have no act waiting or under way. In the arena. */
enum err model_app_states_settled(struct db *db, struct arena *a, const char *ids, struct app_state **out, int *count) MUST_CHECK;

/* The plan that was applied last; *snapshot NULL: none was. */
enum err model_app_states_plan(struct db *db, struct arena *a, int64_t project_id, const char **snapshot) MUST_CHECK;

/* The same of an application that is on that cluster and has no act waiting or under way; *snapshot NULL: it is not so. */
enum err model_app_states_plan_on(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id,
				  const char **snapshot) MUST_CHECK;

/* The ids of all projects that were ever applied and not deleted, in the arena; at most 100,000. */
enum err model_app_states_applied(struct db *db, struct arena *a, int64_t **out, int *count) MUST_CHECK;

/* What is seen of an application. */
struct app_health {
	const char *app_state;
	const char *reason;   /* of DEPLOYMENT_REASONS; NULL: well */
	const char *details;  /* JSON */
	const char *evidence; /* the application's last lines, or the cluster's words */
	int64_t since_us;     /* when it came to be so; 0: now */
	int ready;
};
/* Writes what is seen, where it differs and nothing is under way; then notifies. */
enum err model_app_states_observe(struct db *db, struct arena *a, int64_t project_id, const struct app_health *h) MUST_CHECK;

/*
 * The version of a deployment that had failed came up after all: it runs, and serves. Unless something else is wanted meanwhile.
 * Notifies.
 */
enum err model_app_states_late(struct db *db, struct arena *a, int64_t project_id, int64_t deployment_id, int ready) MUST_CHECK;

/* Somebody changed something (JSON rows, see observe_difference), or it is well again (NULL): kept with an event of the last
 * deployment. */
enum err model_app_states_drift(struct db *db, struct arena *a, int64_t project_id, const char *drift) MUST_CHECK;

/*
 * One worker gets the right to put it back (*mine), at once for the first time and where a person asked for it, else with a pause
 * that doubles from 5 s to 10 min when somebody keeps changing it; a quarter of an hour of peace forgets that. *snapshot is the
 * plan to apply. What a person asked for stays asked for until its end is told (repaired, unrepaired); after 30 s without one it
 * is due again.
 */
enum err model_app_states_repair(struct db *db, struct arena *a, int64_t project_id, bool *mine,
				 const char **snapshot) MUST_CHECK;

/*
 * It was put back on that cluster; `applied` replaces the text that drift is measured against, unless a deployment began
 * meanwhile or it is not applied there any more.
 */
enum err model_app_states_repaired(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id,
				   const char *applied) MUST_CHECK;
/* It could not be: why, in the cluster's words. Notifies where that is news. */
enum err model_app_states_unrepaired(struct db *db, struct arena *a, int64_t project_id, const char *why) MUST_CHECK;

/* A person wants it put back now, in the caller's transaction. ERR_CONFLICT: nothing differs. */
enum err model_app_states_ask_repair(struct db *db, struct arena *a, int64_t project_id) MUST_CHECK;

/* SQL: when the project of that alias is put back next, after a change by somebody. */
#define APP_STATES_REPAIR_DUE(p)                                                                                                 \
	p ".drift_at + least(interval '10 minutes', interval '5 seconds' * 2 ^ least(" p ".drift_count, 10))"

#endif
