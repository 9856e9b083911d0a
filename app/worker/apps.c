/* Applications that nothing drives. */
#include "worker/apps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "kube/kube.h"
#include "model/app_states.h"
#include "worker/app_apply.h"
#include "worker/cache.h"
#include "worker/deployments.h"
#include "worker/links.h"
#include "worker/map.h"
#include "worker/tasks.h"
#include "worker/worker.h"

enum { IDS = 512, SURE_MS = 3000, AGAIN_MS = 5000 };

/* Something is to be looked at again. */
struct watch {
	int64_t id;
	int64_t since_ms; /* when it was first seen to differ; 0: it does not */
	int64_t due_ms;
	char differs[512]; /* in what */
};

struct apps {
	struct worker *worker;
	struct map watches;
};

struct apps *apps_new(struct worker *w)
{
	struct apps *x = calloc(1, sizeof *x);
	if (x)
		x->worker = w;
	return x;
}

void apps_free(struct apps *x)
{
	struct watch *one;
	if (!x)
		return;
	for (size_t at = 0; (one = map_next(&x->watches, &at));)
		free(one);
	map_free(&x->watches);
	free(x);
}

static struct watch *watch_of(struct apps *x, int64_t id)
{
	struct watch *one = map_get(&x->watches, id);
	if (one)
		return one;
	one = calloc(1, sizeof *one);
	if (!one)
		abort();
	one->id = id;
	map_put(&x->watches, id, one);
	return one;
}

/* What a running application's pods say when none of them answers. */
static const char *silence(struct arena *a, const struct deploy_observed *seen, const char **state)
{
	*state = "failed";
	for (int i = 0; i < DEPLOY_PODS; i++) {
		const struct seen_pod *p = &seen->pods[i];
		const struct seen_container *c = &p->containers[0];
		if (!p->present || p->deleting)
			continue;
		if (c->restarts >= 2 && c->state != CONTAINER_RUNNING)
			return arena_printf(a, "The application ends again and again, with exit code %d %s", c->last_exit_code,
					    c->last_reason);
		if (c->state == CONTAINER_WAITING && strstr(c->reason, "Image"))
			return arena_printf(a, "Its image cannot be pulled: %.300s", *c->message ? c->message : c->reason);
		if (*p->unschedulable)
			return arena_printf(a, "No node of the cluster takes it: %.300s", p->unschedulable);
	}
	*state = "deploying";
	return *seen->app.replica_failure ? arena_printf(a, "No pod can be made: %.300s", seen->app.replica_failure)
					  : "No copy of it answers just now.";
}

static void observe(struct db *db, struct arena *a, const struct app_state *s, const struct deploy_observed *seen)
{
	const char *state = s->state, *message = NULL;
	if (!strcmp(s->state, "failed"))
		message = s->app_message;
	else if (!strcmp(s->state, "running") && seen->app.available == 0)
		message = silence(a, seen, &state);
	else if (strcmp(s->state, "running") != 0 && strcmp(s->state, "stopped") != 0)
		return;
	bool same = !strcmp(state, s->app_state) && seen->app.ready == s->app_ready &&
		    !strcmp(message ? message : "", s->app_message ? s->app_message : "");
	if (!same && model_app_states_observe(db, a, s->project_id, state, message, seen->app.ready))
		log_event(LOG_WARN, "app_state_not_written", LOG_NUM("project", s->project_id));
}

/* What somebody changed, in words; NULL: nothing. */
static const char *difference(struct cache *c, struct arena *a, const struct app_state *s, const struct deploy_observed *seen)
{
	const char *is = cache_applied(c, a, s->project_id);
	if (!is)
		return NULL;
	if (!seen->app.present)
		return "the Deployment was deleted";
	if (!seen->service || !seen->ingress)
		return seen->service ? "the Ingress was deleted" : "the Service was deleted";
	return observe_difference(a, s->applied, is);
}

struct repair {
	struct worker *worker;
	int64_t project_id, cluster_id;
	char *snapshot;
};

static void repair_task(void *context, bool stopping)
{
	struct repair *r = context;
	struct worker *w = r->worker;
	struct arena *a = stopping ? NULL : arena_new(ACT_ARENA);
	struct db *db = a ? db_acquire(w->db, 2000) : NULL;
	struct link *link = links_get(w->links, r->cluster_id);
	struct app_plan p;
	if (db && link && link->kube && app_plan_parse(a, r->snapshot, &p)) {
		struct applying ap = { link->kube, db, w->keys, link->ns };
		struct app_applied applied;
		struct kube_answer answer;
		enum err e = app_apply(a, &ap, &p, &applied, &answer);
		if (!e)
			e = model_app_states_repaired(db, a, r->project_id, applied.text);
		log_event(e ? LOG_WARN : LOG_INFO, "application_repaired", LOG_NUM("project", r->project_id),
			  LOG_STR("error", err_name(e)), LOG_STR("message", answer.message));
	}
	db_release(db);
	arena_free(a);
	if (link)
		cache_touch_app(link->cache, r->project_id);
	links_put(w->links, link);
	free(r->snapshot);
	free(r);
}

static void repair(struct apps *x, struct db *db, struct arena *a, const struct app_state *s)
{
	bool mine;
	const char *snapshot;
	if (model_app_states_repair(db, a, s->project_id, &mine, &snapshot) || !mine || !snapshot)
		return;
	struct repair *r = calloc(1, sizeof *r);
	if (!r)
		abort();
	*r = (struct repair){
		.worker = x->worker, .project_id = s->project_id, .cluster_id = s->cluster_id, .snapshot = strdup(snapshot)
	};
	tasks_add(x->worker->acts, repair_task, r);
}

static void look_on(struct apps *x, struct db *db, struct arena *a, const struct link *link, const struct app_state *s)
{
	char trouble[300];
	struct deploy_observed seen;
	struct watch *one = watch_of(x, s->project_id);
	link_app(link, s->project_id, &seen, trouble);
	if (!seen.synced)
		return;
	const char *differs = difference(link->cache, a, s, &seen);
	int64_t now = clock_ms();
	if (!differs) {
		one->since_ms = one->due_ms = 0;
		if (s->drift && model_app_states_drift(db, a, s->project_id, NULL))
			return;
		observe(db, a, s, &seen);
		return;
	}
	/* The watch may only be a moment behind our own apply. */
	if (!one->since_ms || strcmp(one->differs, differs) != 0)
		one->since_ms = now;
	snprintf(one->differs, sizeof one->differs, "%s", differs);
	one->due_ms = now + (now - one->since_ms < SURE_MS ? SURE_MS : AGAIN_MS);
	if (now - one->since_ms < SURE_MS)
		return;
	if (!s->drift || strcmp(s->drift, differs) != 0) {
		log_event(LOG_WARN, "drift_seen", LOG_NUM("project", s->project_id), LOG_STR("drift", differs));
		if (model_app_states_drift(db, a, s->project_id, differs))
			return;
	}
	observe(db, a, s, &seen);
	repair(x, db, a, s);
}

static void look(struct apps *x, struct db *db, struct arena *a, const struct app_state *s)
{
	struct link *link = links_get(x->worker->links, s->cluster_id);
	look_on(x, db, a, link, s);
	links_put(x->worker->links, link);
}

static void look_at(struct apps *x, struct db *db, struct arena *a, const int64_t *ids, size_t count)
{
	struct buf text = { .cap = 1 << 20 };
	struct app_state *all;
	int found = 0;
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s%" PRId64, i ? "," : "{", ids[i]);
	buf_puts(&text, count ? "}" : "{}");
	if (!model_app_states_settled(db, a, text.data, &all, &found))
		for (int i = 0; i < found; i++)
			look(x, db, a, &all[i]);
	buf_free(&text);
}

void apps_look_again(struct apps *x, int64_t project_id)
{
	cache_touch_app(x->worker->cache, project_id); /* the project alone counts: its cluster is in the row */
}

void apps_step(struct apps *x, struct db *db, struct arena *a)
{
	int64_t ids[IDS], now = clock_ms();
	struct watch *one;
	size_t n;
	struct links *links = x->worker->links;
	for (struct link *link = links_next(links, NULL); link; link = links_next(links, link))
		while ((n = cache_take_apps(link->cache, ids, IDS))) {
			for (size_t i = 0; i < n; i++)
				deployments_touch(x->worker->deployments, ids[i]);
			look_at(x, db, a, ids, n);
		}
	n = 0;
	for (size_t at = 0; n < IDS && (one = map_next(&x->watches, &at));)
		if (one->due_ms && one->due_ms <= now) {
			one->due_ms = 0;
			ids[n++] = one->id;
		}
	if (n)
		look_at(x, db, a, ids, n);
}

void apps_sweep(struct apps *x, struct db *db, struct arena *a)
{
	int64_t *ids;
	int count = 0;
	if (model_app_states_applied(db, a, &ids, &count))
		return;
	for (int i = 0; i < count; i += IDS)
		look_at(x, db, a, ids + i, (size_t)(count - i < IDS ? count - i : IDS));
}
