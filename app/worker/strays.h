/* Cleans each cluster of objects that belong to no row, on the schedule of the setting cleanup_hours. */
#ifndef WORKER_STRAYS_H
#define WORKER_STRAYS_H

struct worker;

/* Begins a look for a cluster whose turn it is, looked for every quarter of a minute, in the slow crew. The driver's thread. */
void strays_kick(struct worker *w);

#endif
