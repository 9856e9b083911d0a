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
	char said_code[24], said_values[2048];	/* what the row says */
	char step_code[24], step_message[1024]; /* of the step that it was said for */
	int64_t detail_us;			/* when to look closer again, 0: not */
	int act_failures;
	bool lost_lease, over;

	struct deploy_step step;
	int ready; /* copies that answer, as they were seen for the step */
	char trouble[300], message[1024], pod[128];
};

/* Does run->step: a task of a crew. Ends with deployments_done. */
void deployment_act(void *run, bool stopping);

/* Gives the run back to the driver. Any thread. */
void deployments_done(struct deployment_run *run);

#endif
