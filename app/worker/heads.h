/* Errands beside the driving: branch heads read before a claim and every few minutes, commit statuses told to Gitea, statistics.
 */
#ifndef WORKER_HEADS_H
#define WORKER_HEADS_H

#include <stdint.h>

struct arena;
struct errands;
struct worker;

struct errands *errands_new(struct worker *w);
/* After the crews have ended. */
void errands_free(struct errands *e);

/* Starts what is due: at most a few of each kind run at a time. The driver's thread, about once a second. */
void errands_kick(struct errands *e);

/* The branch head of a waiting build is to be read before it is claimed; it counts as checked afterwards for half a minute. */
void heads_check(struct errands *e, int64_t build_id, int64_t project_id);

/* The ids that were checked, and those whose check is under way, as arrays in text, in the arena. */
void heads_checked(struct errands *e, struct arena *a, const char **checked, const char **waiting);

#endif
