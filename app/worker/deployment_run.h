/* One deployment that is driven, as the driver and the acts see it; private to deployments.c and deployment_acts.c. */
#ifndef WORKER_DEPLOYMENT_RUN_H
#define WORKER_DEPLOYMENT_RUN_H

#include <stdbool.h>

#include "model/deployment_drive.h"
#include "model/workers.h"
#include "worker/decide.h"

struct worker;

/* While `busy` the fields below it belong to the act, else to the driver. */
struct deployment_run {
	int64_t id, project_id, cluster_id;
	struct lease lease;
	struct worker *worker;
	bool dirty, dropped;
	int64_t due_us, adopted_us;
	bool busy;

	struct deploy_view view;
	enum deploy_stuck stuck;
	char progress[512]; /* what the row says */
	int act_failures;
	bool lost_lease, over;

	struct deploy_step step;
	struct deploy_observed seen;
	char trouble[300], why[600], log_of[128];
};

/* Does run->step: a task of a crew. Ends with deployments_done. */
void deployment_act(void *run, bool stopping);

/* Gives the run back to the driver. Any thread. */
void deployments_done(struct deployment_run *run);

#endif
