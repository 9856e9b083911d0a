/* The clusters that this worker looks after: each open, with its watches; kept in step with the rows. */
#ifndef WORKER_LINKS_H
#define WORKER_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/decide.h"

struct arena;
struct cache;
struct db;
struct kube;
struct links;
struct settings;
struct worker;

/* One of them. All but `holders` is set before it can be seen by others, and stays. */
struct link {
	int64_t id;
	bool own; /* the portal's own cluster, where builds run */
	int version;
	char name[104], ns[64], base_domain[201], ingress_class[64]; /* ns: of the applications; "" : the settings' */
	char why[300];						     /* kube NULL: why it cannot be opened */
	struct kube *kube;
	struct cache *cache; /* its watches run while it is in step with its row */
};

/* NULL: memory is out. `w` has its kube (the own cluster's), keys and cache already. */
struct links *links_new(struct worker *w);
/* After the crews have ended and links_stop. NULL is allowed. */
void links_free(struct links *l);

/* Opens what is new, begins anew what has changed, ends what is gone; a failing database changes nothing. The driver's thread. */
void links_sync(struct links *l, struct db *db, struct arena *a, const struct settings *s);
/* Ends all watches. After the driver and the crews have ended: an act finds its cluster to its end. */
void links_stop(struct links *l);
/* Has each cluster looked at that is due: whether it answers, its version; in the slow crew. The driver's thread. */
void links_kick(struct links *l);

/* The cluster of a row, held until links_put; NULL: there is no such row (any more). Any thread. */
struct link *links_get(struct links *l, int64_t id);
void links_put(struct links *l, struct link *link);
/* Walks all, from *at = NULL; the walk holds what it returns. The driver's thread; no links_sync meanwhile. */
struct link *links_next(struct links *l, struct link *at);

/* What is known of a project's application there; link NULL: its cluster is gone. As cache_app. */
void link_app(const struct link *link, int64_t project_id, struct deploy_observed *out, char trouble[300]);

#endif
