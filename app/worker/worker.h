/* One portal-worker: what its threads share. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/workers.h"
#include "worker/tasks.h"

struct apps;
struct builds;
struct cache;
struct config;
struct db_pool;
struct deployments;
struct errands;
struct fetch_loop;
struct gitea;
struct gitea_cache;
struct keyring;
struct kube;
struct links;
struct logs;
struct objects;
struct tasks;

/*
 * Threads: the event loop (watches and log streams), the driver (decides), the log writer, the beat (heartbeat and LISTEN), and
 * two crews of tasks: one acts on the cluster, the other does what may take long (archive, Gitea, git), so that neither waits for
 * the other.
 */
struct worker {
	const struct config *config;
	struct db_pool *db;
	struct kube *kube; /* of the portal's own cluster, where builds run */
	struct objects *objects;
	struct gitea *gitea;	    /* of the environment; NULL: none */
	struct gitea_cache *giteas; /* it, and those of the table */
	struct keyring *keys;
	struct fetch_loop *loop;
	struct cache *cache; /* likewise */
	struct links *links; /* all clusters, for applications */
	struct logs *logs;
	struct tasks *acts, *slow;
	struct builds *builds;
	struct deployments *deployments;
	struct apps *apps;
	struct errands *errands;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool woken, asked, stopping; /* asked: a row may be waiting, not only something observed */
	struct lease lease;	     /* under the lock */
	bool lease_held;
	struct tasks_round leaving, cleaning, reading; /* of leftovers.c, strays.c and image_users.c */
};

/* The driver looks again soon; with `ask` it also asks the database for work. Any thread. */
void worker_wake(struct worker *w, bool ask);

/* The lease as it is now; false while none is held. Any thread. */
bool worker_lease(struct worker *w, struct lease *out);

/* The driver's thread: claims, takes over, decides, gives acts to the crews, until stopping. */
void *driver_run(void *worker);

/* The beat's thread: heartbeat, a new epoch after a lost lease, and LISTEN. */
void *beat_run(void *worker);

enum { ACT_ARENA = 16 << 20 };

#endif
