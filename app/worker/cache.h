/* What the watches have shown, by build and by project, in memory: filled by the loop's thread, read by the drivers. */
#ifndef WORKER_CACHE_H
#define WORKER_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/decide.h"

struct arena;
struct cache;
struct fetch_loop;
struct kube;

/* `changed` is called from the loop's thread when something may be worth a look; it must not block. */
struct cache *cache_new(void (*changed)(void *context), void *context);
void cache_free(struct cache *c);

/* Starts the watches of both namespaces (build_namespace NULL: of applications only); what an earlier start had shown is
 * forgotten. Never called at the same time as itself or cache_stop. */
void cache_start(struct cache *c, struct fetch_loop *loop, struct kube *k, const char *build_namespace,
		 const char *students_namespace);
void cache_stop(struct cache *c);

/* Copies what is known of a build. `out->logs` is left alone. `trouble` holds 300 bytes and is what out->trouble points to. */
void cache_build(struct cache *c, int64_t build_id, struct build_observed *out, char trouble[300]);

/* How long the build namespace has not been seen, in milliseconds, and why; 0: it is seen. */
int64_t cache_builds_blind(struct cache *c, char trouble[300]);

/* What is known of a project's application, likewise. */
void cache_app(struct cache *c, int64_t project_id, struct deploy_observed *out, char trouble[300]);

/* What its objects hold of the portal's fields, for comparison with what was applied, in the arena; "" for objects that are not
 * there. NULL: not synced. */
const char *cache_applied(struct cache *c, struct arena *a, int64_t project_id);

/* How many of the portal's Deployments are there, and the trouble of their watches ("": none); -1: not synced. */
int cache_apps_count(struct cache *c, char trouble[300]);

/* Marks a build or project as changed, as a watch does. */
void cache_touch_build(struct cache *c, int64_t build_id);
void cache_touch_app(struct cache *c, int64_t project_id);

/* Takes what changed since the last call: at most max ids; the rest comes with the next one. Returns how many. */
size_t cache_take_builds(struct cache *c, int64_t *ids, size_t max);
size_t cache_take_apps(struct cache *c, int64_t *ids, size_t max);

#endif
