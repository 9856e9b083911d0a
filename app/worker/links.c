/* The clusters that this worker looks after. */
#include "worker/links.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/phrases.h"
#include "config.h"
#include "db/db.h"
#include "kube/kube.h"
#include "model/cluster_links.h"
#include "model/clusters.h"
#include "model/settings.h"
#include "worker/cache.h"
#include "worker/guards.h"
#include "worker/tasks.h"
#include "worker/worker.h"

enum { LOOK_MS = 20000, LOOK_ARENA = 4 << 20 };

/* A link of the list; the list holds it, too. */
struct node {
	struct link link;
	struct cluster_link *open;
	char build_ns[64];
	int holders;
	bool kept, looking; /* kept: its row is as it was; the driver's alone */
	int64_t look_ms;
	struct links *links;
	struct node *next;
};

struct links {
	struct worker *worker;
	struct cluster_links *opened;
	pthread_mutex_t lock;
	struct node *first;
};

struct links *links_new(struct worker *w)
{
	struct links *l = calloc(1, sizeof *l);
	if (!l)
		return NULL;
	l->worker = w;
	l->opened = cluster_links_new(w->keys, w->kube, NULL, 0, w->config->cluster_local);
	pthread_mutex_init(&l->lock, NULL);
	if (l->opened)
		return l;
	free(l);
	return NULL;
}

static void end(struct node *n)
{
	if (!n->link.own)
		cache_free(n->link.cache);
	cluster_link_put(n->links->opened, n->open);
	free(n);
}

void links_put(struct links *l, struct link *link)
{
	if (!link)
		return;
	struct node *n = (struct node *)link; /* its first member */
	pthread_mutex_lock(&l->lock);
	bool last = --n->holders == 0;
	pthread_mutex_unlock(&l->lock);
	if (last)
		end(n);
}

/* With the lock held, or by the driver, who alone changes the list. */
static struct node *node_of(const struct links *l, int64_t id)
{
	struct node *n = l->first;
	while (n && n->link.id != id)
		n = n->next;
	return n;
}

struct link *links_get(struct links *l, int64_t id)
{
	pthread_mutex_lock(&l->lock);
	struct node *n = node_of(l, id);
	if (n)
		n->holders++;
	pthread_mutex_unlock(&l->lock);
	return n ? &n->link : NULL;
}

struct link *links_next(struct links *l, struct link *at)
{
	pthread_mutex_lock(&l->lock);
	struct node *n = at ? ((struct node *)at)->next : l->first;
	if (n)
		n->holders++;
	pthread_mutex_unlock(&l->lock);
	links_put(l, at);
	return n ? &n->link : NULL;
}

/* Takes one out of the list: its watches end, those who hold it may finish. */
static void part(struct links *l, struct node *n)
{
	pthread_mutex_lock(&l->lock);
	for (struct node **at = &l->first; *at; at = &(*at)->next)
		if (*at == n) {
			*at = n->next;
			break;
		}
	pthread_mutex_unlock(&l->lock);
	if (n->link.kube)
		cache_stop(n->link.cache);
	links_put(l, &n->link);
}

void links_stop(struct links *l)
{
	while (l->first)
		part(l, l->first);
}

void links_free(struct links *l)
{
	if (!l)
		return;
	cluster_links_free(l->opened);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void changed(void *worker)
{
	worker_wake(worker, false);
}

/* Opens the cluster of a row; from now on it is the one that is found. NULL: memory is out. */
static struct node *add(struct links *l, struct arena *a, const struct cluster *row, const char *ns, const char *build_ns)
{
	struct worker *w = l->worker;
	const char *why = "";
	struct node *n = calloc(1, sizeof *n);
	if (!n)
		return NULL;
	bool own = row->kind == CLUSTER_OWN;
	*n = (struct node){
		.link = { .id = row->id, .own = own, .version = row->version }, .holders = 1, .kept = true, .links = l
	};
	snprintf(n->link.name, sizeof n->link.name, "%s", row->name);
	snprintf(n->link.ns, sizeof n->link.ns, "%s", ns);
	snprintf(n->link.base_domain, sizeof n->link.base_domain, "%s", row->base_domain ? row->base_domain : "");
	snprintf(n->link.ingress_class, sizeof n->link.ingress_class, "%s", row->ingress_class ? row->ingress_class : "");
	snprintf(n->build_ns, sizeof n->build_ns, "%s", build_ns);
	n->link.cache = own ? w->cache : cache_new(changed, w);
	if (!n->link.cache) {
		free(n);
		return NULL;
	}
	if (!cluster_link_of(l->opened, a, row, &n->open, &why))
		n->link.kube = n->open->kube;
	snprintf(n->link.why, sizeof n->link.why, "%s", n->link.kube ? "" : why);
	pthread_mutex_lock(&l->lock);
	n->next = l->first;
	l->first = n;
	pthread_mutex_unlock(&l->lock);
	return n;
}

static void watch(struct node *n)
{
	const struct link *link = &n->link;
	const char *build_ns = link->own ? n->build_ns : NULL;
	if (link->kube)
		cache_start(link->cache, n->links->worker->loop, link->kube, build_ns, link->ns);
	log_event(link->kube ? LOG_INFO : LOG_WARN, "cluster_watched", LOG_NUM("cluster", link->id), LOG_STR("name", link->name),
		  LOG_STR("applications", link->ns), LOG_STR("builds", build_ns), LOG_STR("why", link->why));
}

static bool in_step(const struct node *n, const struct cluster *row, const char *ns, const char *build_ns)
{
	return n->link.version == row->version && !strcmp(n->link.ns, ns) && (!n->link.own || !strcmp(n->build_ns, build_ns));
}

void links_sync(struct links *l, struct db *db, struct arena *a, const struct settings *s)
{
	struct cluster *rows;
	int count;
	const char *build_ns = settings_text(s, SETTING_BUILD_NAMESPACE);
	if (model_clusters_list(db, a, &rows, &count))
		return;
	for (struct node *n = l->first; n; n = n->next)
		n->kept = false;
	for (int i = 0; i < count; i++) {
		const char *ns = cluster_namespace(&rows[i], s);
		struct node *old = node_of(l, rows[i].id);
		if (old && in_step(old, &rows[i], ns, build_ns)) {
			old->kept = true;
			continue;
		}
		/* In this order: an act in between finds the cluster all the time, and the own one's two share a cache. */
		struct node *n = add(l, a, &rows[i], ns, build_ns);
		if (old)
			part(l, old);
		if (n)
			watch(n);
	}
	for (struct node *n = l->first, *next; n; n = next) {
		next = n->next;
		if (!n->kept)
			part(l, n);
	}
}

/* --- looking at each ----------------------------------------------------------------------------------------------------- */

static void look(struct node *n, struct db *db, struct arena *a)
{
	char trouble[300] = "";
	struct kube_answer answer = { .message = n->link.why };
	struct cluster_look seen = { .applications = -1 };
	if (n->link.kube) {
		int64_t began = clock_ms();
		seen.reachable = !kube_request(n->link.kube, a, "GET", "/version", NULL, NULL, &answer);
		seen.latency_ms = (int)(clock_ms() - began);
		seen.server = kube_server(n->link.kube);
		seen.applications = cache_apps_count(n->link.cache, trouble);
	}
	seen.server_version = seen.reachable ? json_text(answer.object, "gitVersion", NULL) : NULL;
	seen.message = !seen.reachable ? answer.message : *trouble ? trouble : NULL;
	if (seen.reachable)
		guards_apply(&n->link, db, a, kube_namespace(n->links->worker->kube));
	if (model_clusters_looked(db, a, n->link.id, &seen))
		log_event(LOG_WARN, "cluster_look_not_written", LOG_NUM("cluster", n->link.id));
}

static void look_task(void *context, bool stopping)
{
	struct node *n = context;
	struct links *l = n->links;
	struct arena *a = stopping ? NULL : arena_new(LOOK_ARENA);
	struct db *db = a ? db_acquire(l->worker->db, 2000) : NULL;
	if (db)
		look(n, db, a);
	db_release(db);
	arena_free(a);
	pthread_mutex_lock(&l->lock);
	n->looking = false;
	n->look_ms = clock_ms() + LOOK_MS;
	pthread_mutex_unlock(&l->lock);
	links_put(l, &n->link);
}

void links_kick(struct links *l)
{
	int64_t now = clock_ms();
	for (struct link *link = links_next(l, NULL); link; link = links_next(l, link)) {
		struct node *n = (struct node *)link;
		pthread_mutex_lock(&l->lock);
		bool due = !n->looking && n->look_ms <= now;
		n->looking = n->looking || due;
		n->holders += due;
		pthread_mutex_unlock(&l->lock);
		if (due)
			tasks_add(l->worker->slow, look_task, n);
	}
}

void link_app(const struct link *link, int64_t project_id, struct deploy_observed *out, char trouble[300])
{
	if (link && link->kube) {
		cache_app(link->cache, project_id, out, trouble);
		return;
	}
	*out = (struct deploy_observed){ 0 };
	snprintf(trouble, 300, "%s", link ? link->why : phrase_text(PHRASE_CLUSTER_UNKNOWN));
	out->trouble = trouble;
}
