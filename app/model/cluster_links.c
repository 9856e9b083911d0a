/* Open clusters, by the id of their row. */
#include "model/cluster_links.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "db/db.h"
#include "kube/kube.h"
#include "model/clusters.h"

/* One of the list; the list holds it, too, until its row has another version. */
struct entry {
	struct cluster_link link;
	int holders;
	bool own; /* its kube is the caller's */
	struct entry *next;
};

struct cluster_links {
	pthread_mutex_t lock;
	struct keyring *keys;
	struct kube *own;
	const char *own_why;
	int patience_ms;
	bool local;
	struct entry *first;
};

struct cluster_links *cluster_links_new(struct keyring *keys, struct kube *own, const char *own_why, int patience_ms, bool local)
{
	struct cluster_links *l = calloc(1, sizeof *l);
	if (!l)
		return NULL;
	pthread_mutex_init(&l->lock, NULL);
	l->keys = keys;
	l->own = own;
	l->own_why = own_why;
	l->patience_ms = patience_ms;
	l->local = local;
	return l;
}

static void end(struct entry *e)
{
	if (!e->own)
		kube_free(e->link.kube);
	free(e);
}

/* With the lock held. */
static void drop(struct entry *e)
{
	if (--e->holders == 0)
		end(e);
}

void cluster_links_free(struct cluster_links *l)
{
	if (!l)
		return;
	for (struct entry *e = l->first, *next; e; e = next) {
		next = e->next;
		drop(e);
	}
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* With the lock held: the entry of that row as it is now, or as somebody has read it since, or NULL; one of an earlier version
 * leaves the list. */
static struct entry *known(struct cluster_links *l, const struct cluster *row)
{
	for (struct entry **at = &l->first; *at; at = &(*at)->next) {
		struct entry *e = *at;
		if (e->link.id != row->id)
			continue;
		if (e->link.version >= row->version)
			return e;
		*at = e->next;
		drop(e);
		return NULL;
	}
	return NULL;
}

static struct kube *open_row(struct cluster_links *l, struct arena *a, const struct cluster *row, const char **why)
{
	struct kube_access access;
	if (row->kind == CLUSTER_OWN) {
		*why = l->own_why;
		return l->own;
	}
	*why = phrase_text(PHRASE_CLUSTER_SEALED);
	if (!cluster_access(a, l->keys, row, &access))
		return NULL;
	struct kube *k = kube_open_access(a, &access, l->local, why);
	if (k && l->patience_ms)
		kube_set_patience(k, l->patience_ms);
	return k;
}

enum err cluster_link_of(struct cluster_links *l, struct arena *a, const struct cluster *row, struct cluster_link **out,
			 const char **why)
{
	*why = phrase_text(PHRASE_CLUSTER_MEMORY);
	pthread_mutex_lock(&l->lock);
	struct entry *e = known(l, row);
	if (!e) {
		struct kube *k = open_row(l, a, row, why);
		e = k ? calloc(1, sizeof *e) : NULL;
		if (e) {
			*e = (struct entry){ .link = { row->id, k, row->version },
					     .holders = 1,
					     .own = row->kind == CLUSTER_OWN,
					     .next = l->first };
			l->first = e;
		} else if (k && row->kind != CLUSTER_OWN) {
			kube_free(k);
		}
	}
	if (e)
		e->holders++;
	pthread_mutex_unlock(&l->lock);
	*out = e ? &e->link : NULL;
	return e ? ERR_NONE : ERR_UNAVAILABLE;
}

enum err cluster_link_get(struct cluster_links *l, struct db *db, struct arena *a, int64_t id, struct cluster_link **out,
			  const char **why)
{
	struct cluster row;
	*out = NULL;
	*why = "";
	enum err e = id ? model_clusters_get(db, a, id, &row) : model_clusters_default(db, a, &row);
	return e ? e : cluster_link_of(l, a, &row, out, why);
}

void cluster_link_put(struct cluster_links *l, struct cluster_link *link)
{
	if (!link)
		return;
	pthread_mutex_lock(&l->lock);
	drop((struct entry *)link); /* its first member */
	pthread_mutex_unlock(&l->lock);
}

struct lent {
	struct cluster_links *links;
	struct cluster_link *link;
};

static void give_back(void *context)
{
	struct lent *lent = context;
	cluster_link_put(lent->links, lent->link);
}

void cluster_link_lend(struct arena *a, struct cluster_links *l, struct cluster_link *link)
{
	struct lent *lent = arena_alloc(a, sizeof *lent);
	*lent = (struct lent){ l, link };
	arena_defer(a, give_back, lent);
}
