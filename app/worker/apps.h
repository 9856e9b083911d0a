/* Applications that nothing drives: their state as the cluster shows it, and what was changed behind the portal's back put right.
 */
#ifndef WORKER_APPS_H
#define WORKER_APPS_H

#include <stdint.h>

struct apps;
struct arena;
struct db;
struct worker;

struct apps *apps_new(struct worker *w);
/* After the crews have ended. */
void apps_free(struct apps *x);

/* Looks at what changed and at what is due again. The driver's thread. */
void apps_step(struct apps *x, struct db *db, struct arena *a);

/* The project's application is looked at again soon: what drove it has ended. Any thread. */
void apps_look_again(struct apps *x, int64_t project_id);

/* Has all applications looked at: at the start and every minute, because what is missing makes no event. The driver's thread. */
void apps_sweep(struct apps *x, struct db *db, struct arena *a);

#endif
