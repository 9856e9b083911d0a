/* Deletes what applications that moved have left behind on the other cluster. */
#ifndef WORKER_LEFTOVERS_H
#define WORKER_LEFTOVERS_H

struct worker;

/* Every five seconds, in the slow crew, one at a time. The driver's thread. */
void leftovers_kick(struct worker *w);

#endif
