/* The errand that rolls ended builds up for the statistics. */
#ifndef WORKER_STATISTICS_H
#define WORKER_STATISTICS_H

#include <stdbool.h>

struct arena;
struct db;
struct worker;

/* How often it is looked whether something is due. */
enum { STATISTICS_MS = 60000 };

/* One step, in one of the crew's threads. True: a further one is due. */
bool statistics_roll(struct worker *w, struct db *db, struct arena *a);

#endif
