/* What the watches have shown, by build and by project, in memory: the watches' side. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "kube/kube.h"
#include "kube/names.h"
#include "worker/cache_store.h"

enum { RELIST_MS = 60000 };

static void put_job(struct watched *w, json_object *o, bool deleted)
{
	struct seen_job job;
	if (!observe_job(o, &job))
		return;
	struct build_entry *e = cache_store_build(w->cache, job.id);
	if (deleted && strcmp(e->job.uid, job.uid) != 0)
		return; /* an earlier one of that name */
	e->job = job;
	e->job.present = !deleted;
	e->job_round = w->round;
	cache_store_touch(&w->cache->dirty_builds, job.id);
}

/* The same program may be started twice: the newer pod counts, and one that is gone gives way. */
static void put_build_pod(struct watched *w, json_object *o, bool deleted)
{
	struct seen_pod pod;
	if (!observe_pod(o, LABEL_BUILD, &pod))
		return;
	struct build_entry *e = cache_store_build(w->cache, pod.id);
	bool same = !strcmp(e->pod.uid, pod.uid);
	if (!same && (deleted || (e->pod.present && pod.created_us < e->pod.created_us)))
		return;
	e->pod = pod;
	e->pod.present = !deleted;
	e->pod_round = w->round;
	cache_store_touch(&w->cache->dirty_builds, pod.id);
}

static void put_app(struct watched *w, json_object *o, bool deleted, const char *applied)
{
	struct seen_app app;
	if (!observe_app(o, &app))
		return;
	struct app_entry *e = cache_store_app(w->cache, app.id);
	if (deleted && strcmp(e->app.uid, app.uid) != 0)
		return;
	e->app = app;
	e->app.present = !deleted;
	e->app_round = w->round;
	free(e->applied);
	e->applied = deleted ? NULL : strdup(applied);
	cache_store_touch(&w->cache->dirty_apps, app.id);
}

/* The place of a pod that is known, or a free one, or the oldest one's. */
static int pod_place(const struct app_entry *e, const struct seen_pod *pod)
{
	int at = 0;
	for (int i = 0; i < DEPLOY_PODS; i++)
		if (e->pods[i] && !strcmp(e->pods[i]->uid, pod->uid))
			return i;
	for (int i = 0; i < DEPLOY_PODS; i++) {
		if (!e->pods[i])
			return i;
		if (e->pods[i]->created_us < e->pods[at]->created_us)
			at = i;
	}
	return e->pods[at]->created_us <= pod->created_us ? at : -1;
}

static void drop_pod(struct watched *w, struct app_entry *e, int at)
{
	free(e->pods[at]);
	e->pods[at] = NULL;
	cache_store_touch(&w->cache->dirty_apps, e->id);
}

static void put_app_pod(struct watched *w, json_object *o, bool deleted)
{
	struct seen_pod pod;
	if (!observe_pod(o, LABEL_PROJECT, &pod))
		return;
	struct app_entry *e = cache_store_app(w->cache, pod.id);
	int at = pod_place(e, &pod);
	bool same = at >= 0 && e->pods[at] && !strcmp(e->pods[at]->uid, pod.uid);
	if (at < 0 || (deleted && !same))
		return;
	if (deleted) {
		drop_pod(w, e, at);
		return;
	}
	if (!e->pods[at])
		e->pods[at] = malloc(sizeof pod);
	if (!e->pods[at])
		abort();
	*e->pods[at] = pod;
	e->pod_rounds[at] = w->round;
	cache_store_touch(&w->cache->dirty_apps, pod.id);
}

static void put_front(struct watched *w, json_object *o, bool deleted, const char *applied)
{
	int64_t id = observe_id(o, LABEL_PROJECT);
	const char *uid = json_text(o, "metadata.uid", "");
	enum kube_kind kind = w->kind == SERVICES ? KUBE_SERVICE : KUBE_INGRESS;
	if (!id || !app_named(kind, id, json_text(o, "metadata.name", "")))
		return;
	struct app_entry *e = cache_store_app(w->cache, id);
	struct seen_front *front = w->kind == SERVICES ? &e->service : &e->ingress;
	if (deleted && strcmp(front->uid, uid) != 0)
		return;
	free(front->applied);
	front->applied = deleted ? NULL : strdup(applied);
	snprintf(front->uid, sizeof front->uid, "%s", uid);
	front->round = w->round;
	cache_store_touch(&w->cache->dirty_apps, id);
}

static void on_object(void *context, json_object *o, bool deleted)
{
	struct watched *w = context;
	struct cache *c = w->cache;
	struct arena *a = w->kind == APPS || w->kind == SERVICES || w->kind == INGRESSES ? arena_new(4 << 20) : NULL;
	const char *applied = a ? observe_applied(a, o) : NULL;
	pthread_mutex_lock(&c->lock);
	switch (w->kind) {
	case BUILD_JOBS:
		put_job(w, o, deleted);
		break;
	case BUILD_PODS:
		put_build_pod(w, o, deleted);
		break;
	case APPS:
		put_app(w, o, deleted, applied);
		break;
	case APP_PODS:
		put_app_pod(w, o, deleted);
		break;
	case SERVICES:
	case INGRESSES:
		put_front(w, o, deleted, applied);
		break;
	case KIND__MAX:
		break;
	}
	pthread_mutex_unlock(&c->lock);
	arena_free(a);
	c->changed(c->context);
}

static void on_list_begin(void *context)
{
	struct watched *w = context;
	pthread_mutex_lock(&w->cache->lock);
	w->round++;
	pthread_mutex_unlock(&w->cache->lock);
}

/* What the list did not hold is gone. */
static void sweep_builds(struct watched *w)
{
	struct cache *c = w->cache;
	struct build_entry *e;
	for (size_t at = 0; (e = map_next(&c->builds, &at));) {
		bool *present = w->kind == BUILD_JOBS ? &e->job.present : &e->pod.present;
		unsigned round = w->kind == BUILD_JOBS ? e->job_round : e->pod_round;
		if (*present && round != w->round) {
			*present = false;
			cache_store_touch(&c->dirty_builds, e->id);
		}
	}
}

static void sweep_text(struct watched *w, struct app_entry *e, char **text, unsigned round)
{
	if (*text && round != w->round) {
		free(*text);
		*text = NULL;
		cache_store_touch(&w->cache->dirty_apps, e->id);
	}
}

static void sweep_apps(struct watched *w)
{
	struct cache *c = w->cache;
	struct app_entry *e;
	for (size_t at = 0; (e = map_next(&c->apps, &at));) {
		if (w->kind == SERVICES)
			sweep_text(w, e, &e->service.applied, e->service.round);
		if (w->kind == INGRESSES)
			sweep_text(w, e, &e->ingress.applied, e->ingress.round);
		if (w->kind == APPS && e->app.present && e->app_round != w->round) {
			e->app.present = false;
			sweep_text(w, e, &e->applied, e->app_round);
		}
		for (int i = 0; w->kind == APP_PODS && i < DEPLOY_PODS; i++)
			if (e->pods[i] && e->pod_rounds[i] != w->round)
				drop_pod(w, e, i);
	}
}

/* Entries of which nothing is there any more go, or a year of builds would stay in memory. */
static void drop_empty(struct cache *c)
{
	struct build_entry *e;
	for (size_t at = 0; (e = map_next(&c->builds, &at));)
		if (!e->job.present && !e->pod.present) {
			free(map_take(&c->builds, e->id));
			at = at ? at - 1 : 0;
		}
}

static void on_list_end(void *context)
{
	struct watched *w = context;
	struct cache *c = w->cache;
	pthread_mutex_lock(&c->lock);
	if (w->kind == BUILD_JOBS || w->kind == BUILD_PODS)
		sweep_builds(w);
	else
		sweep_apps(w);
	if (w->kind == BUILD_JOBS)
		drop_empty(c);
	w->synced = true;
	pthread_mutex_unlock(&c->lock);
	c->changed(c->context);
}

static void on_trouble(void *context, const char *message)
{
	struct watched *w = context;
	char since[32];
	time_t now = time(NULL);
	struct tm tm;
	pthread_mutex_lock(&w->cache->lock);
	bool first = !*w->trouble;
	if (!message) {
		*w->trouble = '\0';
	} else if (first) {
		/* As PHRASE_CLUSTER_SINCE has it, in memory of its own. */
		w->trouble_ms = clock_ms();
		gmtime_r(&now, &tm);
		strftime(since, sizeof since, "since %H:%M UTC", &tm);
		snprintf(w->trouble, sizeof w->trouble, "%s, ", since);
		size_t used = strlen(w->trouble), n = str_utf8_cut(message, strlen(message), sizeof w->trouble - used - 1);
		memcpy(w->trouble + used, message, n);
		w->trouble[used + n] = '\0';
	}
	pthread_mutex_unlock(&w->cache->lock);
	if (!message || first)
		log_event(message ? LOG_WARN : LOG_INFO, message ? "watch_trouble" : "watch_well", LOG_NUM("kind", w->kind),
			  LOG_STR("message", message));
	w->cache->changed(w->cache->context);
}

void cache_start(struct cache *c, struct fetch_loop *loop, struct kube *k, const char *build_namespace,
		 const char *students_namespace)
{
	static const enum kube_kind kinds[KIND__MAX] = {
		KUBE_JOB, KUBE_POD, KUBE_DEPLOYMENT, KUBE_POD, KUBE_SERVICE, KUBE_INGRESS
	};
	static const struct kube_watch_handler handler = { on_object, on_list_begin, on_list_end, on_trouble };
	pthread_mutex_lock(&c->lock);
	cache_store_forget(c);
	for (int i = 0; i < KIND__MAX; i++)
		c->watched[i] = (struct watched){ .cache = c, .kind = (enum kind)i, .round = 1 };
	pthread_mutex_unlock(&c->lock);
	for (int i = 0; i < KIND__MAX; i++) {
		bool build = i == BUILD_JOBS || i == BUILD_PODS;
		if (build && !build_namespace)
			continue;
		c->watched[i].watch = kube_watch_start(loop, k, kinds[i], build ? build_namespace : students_namespace,
						       LABEL_MANAGED_BY "=" MANAGED_BY, RELIST_MS, &handler, &c->watched[i]);
	}
}

void cache_stop(struct cache *c)
{
	for (int i = 0; i < KIND__MAX; i++) {
		kube_watch_stop(c->watched[i].watch);
		c->watched[i].watch = NULL;
	}
}
