/* What the acts of a build share; private to build_acts.c and build_end.c. */
#ifndef WORKER_BUILD_ACT_H
#define WORKER_BUILD_ACT_H

#include "model/build_drive.h"
#include "worker/build_run.h"

struct arena;
struct db;
struct kube_answer;
struct settings;

/* What every act needs. */
struct act {
	struct build_run *run;
	struct worker *worker;
	struct arena *arena;
	struct db *db;
	struct settings *settings;
	const char *ns; /* the build namespace */
};

/* Microseconds of the monotonic clock, as everything in a run. */
int64_t build_act_now(void);

/* A write was refused because another worker drives the build now; then the run is marked so. */
bool build_act_lost(struct build_run *run, enum err e);

/* Tries the act again later: 1 s, 2 s, 4 s, ... 15 s. */
void build_act_later(struct build_run *run);

/* What a build asks of the cluster. */
enum build_deed { DEED_MAKE_JOB, DEED_MAKE_SECRET, DEED_READ_JOB, DEED_STOP_JOB, DEED_DELETE_JOB, DEED_DELETE_SECRET };

/* The cluster did not do it: waits and says so in the row, or ends the build where it never will. */
void build_act_refused(struct act *x, enum err e, const struct kube_answer *answer, enum build_deed deed);

/* Writes a running build's end. */
void build_end(struct act *x, struct build_end *end);

/* The steps from the end on. */
void build_end_finish(struct act *x);
void build_end_archive(struct act *x);
void build_end_delete(struct act *x);

#endif
