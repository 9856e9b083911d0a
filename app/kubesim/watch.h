/* Watches: changes of a collection, from a resourceVersion on, out of the world's history. */
#ifndef KUBESIM_WATCH_H
#define KUBESIM_WATCH_H

#include "kubesim/http.h"

/* Answers a list with watch=true: a stream, or a refusal. With the lock. */
void sim_watch_answer(struct request *r, struct answer *a);

/* Applies a watch fault to the watches that are open: expired, ended or half-open. With the lock. */
enum watch_disturbance { WATCH_EXPIRE, WATCH_END, WATCH_MUTE };
int sim_watch_disturb(struct world *w, enum watch_disturbance what);

#endif
