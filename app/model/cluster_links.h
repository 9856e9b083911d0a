/* Open clusters, by the id of their row: for programs in which several threads ask several clusters. */
#ifndef MODEL_CLUSTER_LINKS_H
#define MODEL_CLUSTER_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct cluster;
struct cluster_links;
struct db;
struct keyring;
struct kube;

/*
 * own: the portal's own cluster, opened from the environment; NULL: there is none, and `own_why` says why. It and the key ring
 * outlive the links. patience_ms: how long one request may take (kube_set_patience); local: see cluster_check. NULL: no memory.
 */
struct cluster_links *cluster_links_new(struct keyring *keys, struct kube *own, const char *own_why, int patience_ms, bool local);
/* When nobody holds a link any more. */
void cluster_links_free(struct cluster_links *l);

/* One open cluster, held until cluster_link_put. */
struct cluster_link {
	int64_t id;
	struct kube *kube;
	int version; /* of the row that it was opened by */
};

/*
 * The cluster of that row (0: the default one), opened anew where the row has changed. ERR_NOT_FOUND: there is no such row;
 * ERR_UNAVAILABLE: it cannot be opened, and *why (in the arena) says why. Nothing is sent. Any thread.
 */
enum err cluster_link_get(struct cluster_links *l, struct db *db, struct arena *a, int64_t id, struct cluster_link **out,
			  const char **why) MUST_CHECK;
/* The same of a row that was read. */
enum err cluster_link_of(struct cluster_links *l, struct arena *a, const struct cluster *row, struct cluster_link **out,
			 const char **why) MUST_CHECK;
/* NULL is allowed. Any thread. */
void cluster_link_put(struct cluster_links *l, struct cluster_link *link);
/* The same at the arena's end: for handlers. */
void cluster_link_lend(struct arena *a, struct cluster_links *l, struct cluster_link *link);

#endif
