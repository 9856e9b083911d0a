/* What the watches have shown, by build and by project, in memory: the readers' side. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "worker/cache_store.h"

struct cache *cache_new(void (*changed)(void *context), void *context)
{
	struct cache *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	c->changed = changed;
	c->context = context;
	for (int k = 0; k < KIND__MAX; k++)
		c->watched[k] = (struct watched){ .cache = c, .kind = (enum kind)k };
	return c;
}

static void free_app(struct app_entry *e)
{
	free(e->applied);
	free(e->service.applied);
	free(e->ingress.applied);
	for (int i = 0; i < DEPLOY_PODS; i++)
		free(e->pods[i]);
	free(e);
}

void cache_store_forget(struct cache *c)
{
	void *entry;
	for (size_t at = 0; (entry = map_next(&c->builds, &at));)
		free(entry);
	for (size_t at = 0; (entry = map_next(&c->apps, &at));)
		free_app(entry);
	map_free(&c->builds);
	map_free(&c->apps);
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	cache_store_forget(c);
	free(c->dirty_builds.at);
	free(c->dirty_apps.at);
	map_free(&c->dirty_builds.known);
	map_free(&c->dirty_apps.known);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void cache_store_touch(struct ids *ids, int64_t id)
{
	if (map_get(&ids->known, id))
		return;
	if (ids->count == ids->size) {
		ids->size = ids->size ? ids->size * 2 : 64;
		ids->at = realloc(ids->at, ids->size * sizeof *ids->at);
		if (!ids->at)
			abort();
	}
	ids->at[ids->count++] = id;
	map_put(&ids->known, id, ids);
}

static size_t take(struct cache *c, struct ids *ids, int64_t *out, size_t max)
{
	pthread_mutex_lock(&c->lock);
	size_t n = ids->count < max ? ids->count : max;
	for (size_t i = 0; i < n; i++) {
		out[i] = ids->at[ids->count - 1 - i];
		map_take(&ids->known, out[i]);
	}
	ids->count -= n;
	pthread_mutex_unlock(&c->lock);
	return n;
}

size_t cache_take_builds(struct cache *c, int64_t *ids, size_t max)
{
	return take(c, &c->dirty_builds, ids, max);
}

size_t cache_take_apps(struct cache *c, int64_t *ids, size_t max)
{
	return take(c, &c->dirty_apps, ids, max);
}

void cache_touch_build(struct cache *c, int64_t id)
{
	pthread_mutex_lock(&c->lock);
	cache_store_touch(&c->dirty_builds, id);
	pthread_mutex_unlock(&c->lock);
	c->changed(c->context);
}

void cache_touch_app(struct cache *c, int64_t id)
{
	pthread_mutex_lock(&c->lock);
	cache_store_touch(&c->dirty_apps, id);
	pthread_mutex_unlock(&c->lock);
	c->changed(c->context);
}

struct build_entry *cache_store_build(struct cache *c, int64_t id)
{
	struct build_entry *e = map_get(&c->builds, id);
	if (e)
		return e;
	e = calloc(1, sizeof *e);
	if (!e)
		abort();
	e->id = id;
	map_put(&c->builds, id, e);
	return e;
}

struct app_entry *cache_store_app(struct cache *c, int64_t id)
{
	struct app_entry *e = map_get(&c->apps, id);
	if (e)
		return e;
	e = calloc(1, sizeof *e);
	if (!e)
		abort();
	e->id = id;
	map_put(&c->apps, id, e);
	return e;
}

/* With the lock held: whether these kinds are known and kept up, and the first trouble of theirs. */
static bool is_synced(const struct cache *c, enum kind from, enum kind to, char trouble[300])
{
	bool synced = true;
	*trouble = '\0';
	for (enum kind k = from; k <= to; k++) {
		synced = synced && c->watched[k].synced;
		if (*c->watched[k].trouble && !*trouble)
			snprintf(trouble, 300, "%s", c->watched[k].trouble);
	}
	return synced && !*trouble;
}

void cache_build(struct cache *c, int64_t build_id, struct build_observed *out, char trouble[300])
{
	pthread_mutex_lock(&c->lock);
	const struct build_entry *e = map_get(&c->builds, build_id);
	out->synced = is_synced(c, BUILD_JOBS, BUILD_PODS, trouble);
	out->trouble = *trouble ? trouble : NULL;
	out->job = e ? e->job : (struct seen_job){ 0 };
	out->pod = e ? e->pod : (struct seen_pod){ 0 };
	pthread_mutex_unlock(&c->lock);
}

int64_t cache_builds_blind(struct cache *c, char trouble[300])
{
	int64_t longest = 0;
	pthread_mutex_lock(&c->lock);
	for (int k = BUILD_JOBS; k <= BUILD_PODS; k++) {
		const struct watched *w = &c->watched[k];
		int64_t blind = *w->trouble ? clock_ms() - w->trouble_ms + 1 : 0;
		if (blind > longest) {
			longest = blind;
			snprintf(trouble, 300, "%s", w->trouble);
		}
	}
	pthread_mutex_unlock(&c->lock);
	return longest;
}

void cache_app(struct cache *c, int64_t project_id, struct deploy_observed *out, char trouble[300])
{
	pthread_mutex_lock(&c->lock);
	const struct app_entry *e = map_get(&c->apps, project_id);
	*out = (struct deploy_observed){ .synced = is_synced(c, APPS, INGRESSES, trouble) };
	out->trouble = *trouble ? trouble : NULL;
	if (e) {
		/* Of one that is gone nothing counts any more, such as how many of its pods were ready. */
		if (e->app.present)
			out->app = e->app;
		out->service = e->service.applied != NULL;
		out->ingress = e->ingress.applied != NULL;
		for (int i = 0; i < DEPLOY_PODS; i++)
			if (e->pods[i])
				out->pods[i] = *e->pods[i];
	}
	pthread_mutex_unlock(&c->lock);
}

int cache_apps_count(struct cache *c, char trouble[300])
{
	struct app_entry *e;
	int count = 0;
	pthread_mutex_lock(&c->lock);
	bool synced = is_synced(c, APPS, INGRESSES, trouble);
	for (size_t at = 0; (e = map_next(&c->apps, &at));)
		count += e->app.present;
	pthread_mutex_unlock(&c->lock);
	return synced ? count : -1;
}

const char *cache_applied(struct cache *c, struct arena *a, int64_t project_id)
{
	char trouble[300];
	pthread_mutex_lock(&c->lock);
	const struct app_entry *e = map_get(&c->apps, project_id);
	const char *text = NULL;
	if (is_synced(c, APPS, INGRESSES, trouble))
		text = arena_printf(a, "%s%s%s", e && e->applied ? e->applied : "",
				    e && e->service.applied ? e->service.applied : "",
				    e && e->ingress.applied ? e->ingress.applied : "");
	pthread_mutex_unlock(&c->lock);
	return text;
}
