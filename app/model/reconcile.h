/* What each application should be, for comparing it with what the clusters hold. */
#ifndef MODEL_RECONCILE_H
#define MODEL_RECONCILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* A project of which something was or may be on a cluster. Texts are the arena's. */
struct reconcile_row {
	int64_t project_id, cluster_id; /* where its objects are; 0: nowhere */
	int64_t moving_to;		/* a cluster that it is on its way to; 0: none */
	const char *app_state;
	bool busy; /* a deployment waits or is under way: nothing is to be said yet */
	bool stopped;
};
/* All of them, by id; *count at most 100,000. */
enum err model_reconcile_list(struct db *db, struct arena *a, struct reconcile_row **out, int *count) MUST_CHECK;

#endif
