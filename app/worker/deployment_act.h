/* What the acts on a deployment share; private to deployment_acts.c, deployment_say.c and deployment_end.c. */
#ifndef WORKER_DEPLOYMENT_ACT_H
#define WORKER_DEPLOYMENT_ACT_H

#include "base/err.h"
#include "worker/app_evidence.h"
#include "worker/deployment_run.h"
#include "worker/manifests.h"

struct link;
struct settings;

struct act {
	struct deployment_run *run;
	struct worker *worker;
	struct arena *arena;
	struct db *db;
	struct settings *settings;
	struct link *link; /* the deployment's cluster; NULL or without kube: it cannot be reached, and nothing is asked of it */
};

/* True: the lease is somebody else's. */
bool act_lost(struct deployment_run *run, enum err e);

/* Tries the act again later: 1 s, 2 s, 4 s, ... 15 s. */
void act_later(struct deployment_run *run);

/* The scene for a look at evidence; its plan is the one that is written down. */
struct app_scene act_scene(struct act *x);

/* Says what is waited for, as the step has it; looks closer where a pod tells more. `what`: the kind of a refused object, or
 * NULL. */
void act_say(struct act *x, const struct deploy_step *s, const char *what);

/* Ends it as the step has it, with its evidence. */
void act_end(struct act *x, const struct deploy_step *s, const char *what);

#endif
