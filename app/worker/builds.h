/* The builds that this worker drives: observe, decide, act. */
#ifndef WORKER_BUILDS_H
#define WORKER_BUILDS_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct builds;
struct db;
struct lease;
struct settings;
struct worker;

struct builds *builds_new(struct worker *w);
/* After the crews have ended. */
void builds_free(struct builds *b);

/* All below: the driver's thread. */

/* Claims as long as there is a place and something waits. */
void builds_claim(struct builds *b, struct db *db, struct arena *a, const struct lease *l, const struct settings *s);

/*
 * Takes over what nobody drives, obeys cancellations of waiting builds, lets survivors of a crash count as such. True: one that
 * two workers died of is on trial, alone; call again in half a second, more may wait behind it.
 */
bool builds_sweep(struct builds *b, struct db *db, struct arena *a, const struct lease *l);

/* Sees which of its builds somebody asked to cancel. */
void builds_cancels(struct builds *b, struct db *db, struct arena *a, const struct lease *l);

/* Looks at every build that changed or is due, and gives the next step of each to the crews. */
void builds_step(struct builds *b);

/*
 * The lease is gone: everything is dropped and may be taken over again, by this worker, too: at once, or where an act is under
 * way after its end. Its writes are refused.
 */
void builds_drop(struct builds *b);

/* How many are driven. */
int builds_count(const struct builds *b);

#endif
