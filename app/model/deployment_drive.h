/* The worker's hand on deployments: claim, take over, and every write of a driver, each fenced by its lease. */
#ifndef MODEL_DEPLOYMENT_DRIVE_H
#define MODEL_DEPLOYMENT_DRIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/deployments.h"

struct arena;
struct db;
struct lease;

/* What a driver remembers of a deployment. */
struct deployment_drive {
	int64_t id, project_id, cluster_id;
	enum deployment_action action;
	bool applied; /* all objects were applied (or removed) */
	bool has_deadline;
	int64_t deadline_in_us;
	int claims;
};

/*
 * Takes the oldest waiting deployment; an earlier one of its project that is still being driven becomes superseded in the same
 * transaction, so its driver's writes fail from then on. A stop or delete goes to the cluster where the application is by now.
 * *found false: none waits.
 */
enum err model_deployment_drive_claim(struct db *db, struct arena *a, const struct lease *l, int64_t timeout_seconds,
				      struct deployment_drive *out, bool *found) MUST_CHECK;

/* Takes over what nobody drives; `runs` as in model_build_drive_adopt. In the arena, at most 1,000. */
enum err model_deployment_drive_adopt(struct db *db, struct arena *a, const struct lease *l, const char *runs,
				      struct deployment_drive **out, int *count) MUST_CHECK;

/* The ids of all that this lease holds, in ascending order, in the arena; what is missing was superseded. */
enum err model_deployment_drive_held(struct db *db, struct arena *a, const struct lease *l, int64_t **out, int *count) MUST_CHECK;

/* What a plan is made of. Texts are the arena's, NULL where the column is. */
struct deployment_basis {
	const char *image, *commit_sha, *health_path, *restarted_at; /* restarted_at as RFC 3339 */
	int replicas, port;
	const char *snapshot; /* this deployment's own plan, when it has one already */
	const char *earlier;  /* the plan that its cluster holds whole; NULL: it holds none, or only a part of one */
};
/* ERR_CONFLICT: the lease does not hold it. Ask right before acting: it is the fence that the cluster has not. */
enum err model_deployment_drive_basis(struct db *db, struct arena *a, const struct lease *l, int64_t id,
				      struct deployment_basis *out) MUST_CHECK;

/* All below: ERR_CONFLICT when the lease does not hold the deployment any more. */

/* Writes the plan down before anything is applied; a plan that is there stays. */
enum err model_deployment_drive_plan(struct db *db, struct arena *a, const struct lease *l, int64_t id,
				     const char *snapshot) MUST_CHECK;
/*
 * Everything was applied; `applied` is the text that drift is measured against (NULL: removed). Of a move to another cluster it
 * counts only from the finish on: until then the old cluster's objects are the application.
 */
enum err model_deployment_drive_applied(struct db *db, struct arena *a, const struct lease *l, int64_t id,
					const char *applied) MUST_CHECK;
/*
 * What it waits for: a code of DEPLOYMENT_PROGRESS (NULL: nothing in particular) with its values (JSON text), since when (0: now,
 * where the code is another). A new code is an event.
 */
enum err model_deployment_drive_progress(struct db *db, struct arena *a, const struct lease *l, int64_t id, const char *code,
					 const char *values, int64_t since_us) MUST_CHECK;
/* It survived its driver's crash. */
enum err model_deployment_drive_settle(struct db *db, struct arena *a, const struct lease *l, int64_t id) MUST_CHECK;

struct deployment_end {
	enum deployment_state state; /* running, failed, stopped or deleted */
	/* With failed: a code of DEPLOYMENT_REASONS, JSON of its particulars, the cluster's words, the application's last lines.
	 */
	const char *reason, *details, *message, *evidence;
	int ready;
};
/*
 * Ends it in one transaction: the row, its event, the project's earlier running or stopped row (superseded), what serves, the
 * application's state, and after a move what is left behind on the other cluster (that of a failed one on the new). Notifies
 * portal_state after the commit.
 */
enum err model_deployment_drive_finish(struct db *db, struct arena *a, const struct lease *l, int64_t id,
				       const struct deployment_end *end) MUST_CHECK;

#endif
