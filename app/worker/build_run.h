/* One build that is driven, as the driver and the acts see it; private to builds.c and build_acts.c. */
#ifndef WORKER_BUILD_RUN_H
#define WORKER_BUILD_RUN_H

#include <stdbool.h>

#include "model/build_drive.h"
#include "model/workers.h"
#include "worker/decide.h"
#include "worker/logs.h"

struct worker;

/* While `busy` the fields below it belong to the act, else to the driver. */
struct build_run {
	int64_t id, project_id;
	struct lease lease;
	struct worker *worker;
	bool dirty, cancel, dropped, last_chance; /* last_chance: it is on trial, as it was when no act had it */
	int64_t due_us, adopted_us;
	bool busy;

	struct build_view view;
	char job_uid[64];
	struct log_set *logs;
	enum stuck stuck;
	enum build_sentence waits; /* what the row says of it, and */
	char waiting[512];	   /* the detail; "": there is none */
	char event[600];
	int act_failures;
	bool lost_lease, over; /* forget it */

	/* The step that is being done, and what it was decided from. */
	struct build_step step;
	struct build_observed seen;
	char trouble[300], why[600];
};

/* Does run->step: a task of a crew. Ends with builds_done. */
void build_act(void *run, bool stopping);

/* Gives the run back to the driver. Any thread. */
void builds_done(struct build_run *run);

#endif
