/* What the caches hold and how the watches fill them; private to cache.c and cache_watch.c. */
#ifndef WORKER_CACHE_STORE_H
#define WORKER_CACHE_STORE_H

#include <pthread.h>

#include "worker/cache.h"
#include "worker/map.h"

/* One collection that is watched. */
enum kind { BUILD_JOBS, BUILD_PODS, APPS, APP_PODS, SERVICES, INGRESSES, KIND__MAX };

struct build_entry {
	int64_t id;
	unsigned job_round, pod_round; /* the list in which it was last seen */
	struct seen_job job;
	struct seen_pod pod;
};

/* A Service or Ingress. */
struct seen_front {
	char *applied; /* NULL: it is not there */
	char uid[64];
	unsigned round;
};

struct app_entry {
	int64_t id;
	unsigned app_round, pod_rounds[DEPLOY_PODS];
	struct seen_app app;
	char *applied; /* text of observe_applied */
	struct seen_front service, ingress;
	struct seen_pod *pods[DEPLOY_PODS]; /* NULL: none; most applications have one, and each takes kilobytes */
};

struct watched {
	struct cache *cache;
	enum kind kind;
	unsigned round;
	bool synced;
	char trouble[300];
	int64_t trouble_ms; /* since when */
	struct kube_watch *watch;
};

struct ids {
	int64_t *at;
	size_t count, size;
	struct map known;
};

struct cache {
	pthread_mutex_t lock;
	struct map builds, apps;
	struct ids dirty_builds, dirty_apps;
	struct watched watched[KIND__MAX];
	void (*changed)(void *context);
	void *context;
};

/* All with the lock held. The entry of an id, made where there is none; the mark that it changed; everything forgotten. */
struct build_entry *cache_store_build(struct cache *c, int64_t id);
struct app_entry *cache_store_app(struct cache *c, int64_t id);
void cache_store_touch(struct ids *ids, int64_t id);
void cache_store_forget(struct cache *c);

#endif
