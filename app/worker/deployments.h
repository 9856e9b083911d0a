/* The deployments that this worker drives: observe, decide, act. */
#ifndef WORKER_DEPLOYMENTS_H
#define WORKER_DEPLOYMENTS_H

#include <stdint.h>

struct arena;
struct db;
struct deployments;
struct lease;
struct settings;
struct worker;

struct deployments *deployments_new(struct worker *w);
/* After the crews have ended. */
void deployments_free(struct deployments *d);

/* All below: the driver's thread; as their namesakes in builds.h. */
void deployments_claim(struct deployments *d, struct db *db, struct arena *a, const struct lease *l, const struct settings *s);
void deployments_sweep(struct deployments *d, struct db *db, struct arena *a, const struct lease *l);
void deployments_step(struct deployments *d);
void deployments_drop(struct deployments *d);
int deployments_count(const struct deployments *d);

/* Marks the deployment of that project as changed, where one is driven. */
void deployments_touch(struct deployments *d, int64_t project_id);

#endif
