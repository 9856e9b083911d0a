/* Applications that nothing drives. */
#include "worker/apps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/phrases.h"
#include "db/db.h"
#include "kube/kube.h"
#include "model/app_states.h"
#include "model/clusters.h"
#include "model/settings.h"
#include "worker/app_apply.h"
#include "worker/app_evidence.h"
#include "worker/app_secrets.h"
#include "worker/cache.h"
#include "worker/deployments.h"
#include "worker/links.h"
#include "worker/map.h"
#include "worker/tasks.h"
#include "worker/worker.h"

enum { IDS = 512, SURE_MS = 3000, AGAIN_MS = 5000, ILL_AGAIN_MS = 20000, MARK_BYTES = 1200 };

/* Something is to be looked at again. */
struct watch {
	int64_t id;
	int64_t since_ms; /* when it was first seen to differ; 0: it does not */
	int64_t due_ms;
	char differs[2400];   /* in what */
	char ill[MARK_BYTES]; /* what was found last, so that the same is not examined again */
};

struct apps {
	struct worker *worker;
	struct app_secrets *secrets;
	struct map watches;
};

/* A task's own copy of what it is about. */
struct errand {
	struct apps *apps;
	int64_t project_id, cluster_id;
	char *snapshot;
	/* Of an examination: */
	int ready; /* copies that answer */
	struct deploy_step step;
	char message[1024], pod[128];
	char app_state[16];
};

struct apps *apps_new(struct worker *w)
{
	struct apps *x = calloc(1, sizeof *x);
	if (!x)
		return NULL;
	x->worker = w;
	x->secrets = app_secrets_new(w);
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
	app_secrets_free(x->secrets);
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

static struct errand *errand_new(struct apps *x, const struct app_state *s, const char *snapshot)
{
	struct errand *r = calloc(1, sizeof *r);
	if (!r)
		abort();
	*r = (struct errand){ .apps = x,
			      .project_id = s->project_id,
			      .cluster_id = s->cluster_id,
			      .snapshot = snapshot ? strdup(snapshot) : NULL };
	return r;
}

static void errand_end(struct errand *r, struct db *db, struct arena *a)
{
	db_release(db);
	arena_free(a);
	free(r->snapshot);
	free(r);
}

/* --- how it is ------------------------------------------------------------------------------------------------------- */

static bool write_health(struct db *db, struct arena *a, int64_t project_id, const struct app_health *h)
{
	bool written = !model_app_states_observe(db, a, project_id, h);
	if (!written)
		log_event(LOG_WARN, "app_state_not_written", LOG_NUM("project", project_id));
	return written;
}

/* Reads log and events, which may take a moment: a crew's work. */
static void examine_task(void *context, bool stopping)
{
	struct errand *r = context;
	struct worker *w = r->apps->worker;
	struct arena *a = stopping ? NULL : arena_new(ACT_ARENA);
	struct db *db = a ? db_acquire(w->db, 2000) : NULL;
	struct link *link = links_get(w->links, r->cluster_id);
	struct app_plan p;
	if (db && link && link->kube) {
		bool known = r->snapshot && app_plan_parse(a, r->snapshot, &p);
		struct app_scene scene = { link->kube, a, db, w->keys, link->ns, r->project_id, known ? &p : NULL };
		struct app_findings found;
		app_examine(&scene, &r->step, NULL, &found);
		struct app_health h = { .app_state = r->app_state,
					.reason = found.code,
					.details = found.details,
					.evidence = found.evidence ? found.evidence : found.message,
					.since_us = r->step.since_us,
					.ready = r->ready };
		/* It may be otherwise by now, and was so when there was nothing in the row to take back. */
		if (write_health(db, a, r->project_id, &h))
			apps_look_again(r->apps, r->project_id);
	}
	links_put(w->links, link);
	errand_end(r, db, a);
}

static void examine(struct apps *x, struct db *db, struct arena *a, const struct app_state *s, const struct deploy_observed *seen,
		    const struct deploy_step *step, const char *state)
{
	const char *snapshot;
	if (model_app_states_plan(db, a, s->project_id, &snapshot))
		return;
	struct errand *r = errand_new(x, s, snapshot);
	r->ready = seen->app.ready;
	r->step = *step;
	snprintf(r->app_state, sizeof r->app_state, "%s", state);
	snprintf(r->message, sizeof r->message, "%s", step->message ? step->message : "");
	snprintf(r->pod, sizeof r->pod, "%s", step->pod ? step->pod : "");
	r->step.message = step->message ? r->message : NULL;
	r->step.pod = step->pod ? r->pod : NULL;
	tasks_add(x->worker->slow, examine_task, r);
}

/* What an application that is meant to run shows. What was found once is not examined again until it changes. */
static void observe_running(struct apps *x, struct db *db, struct arena *a, const struct app_state *s,
			    const struct deploy_observed *seen)
{
	struct watch *one = watch_of(x, s->project_id);
	int64_t wall_us = clock_now_us(); /* as the cluster's own times are */
	struct deploy_step ill = decide_health(seen, wall_us);
	const char *state = deployment_state_name(decide_health_state(seen, &ill, wall_us));
	if (!ill.code) {
		one->ill[0] = '\0';
		struct app_health well = { .app_state = state, .ready = seen->app.ready };
		if (strcmp(state, s->app_state) != 0 || s->reason || seen->app.ready != s->app_ready)
			write_health(db, a, s->project_id, &well);
		return;
	}
	char mark[MARK_BYTES];
	snprintf(mark, sizeof mark, "%s %s %d %d %d %s %s", state, ill.code, ill.restarts, ill.exit_code, seen->app.ready,
		 ill.pod ? ill.pod : "", ill.message ? ill.message : "");
	/* Time alone makes it better or worse. */
	one->due_ms = clock_ms() + ILL_AGAIN_MS;
	if (s->reason && !strcmp(mark, one->ill) && !strcmp(state, s->app_state))
		return;
	snprintf(one->ill, sizeof one->ill, "%s", mark);
	examine(x, db, a, s, seen, &ill, state);
}

static void observe(struct apps *x, struct db *db, struct arena *a, const struct app_state *s, const struct deploy_observed *seen)
{
	bool failed = !strcmp(s->state, "failed");
	bool done = seen->app.rollout == SEEN_DONE && seen->app.available > 0;
	if (failed && done && seen->app.deployment_id == s->deployment_id && seen->app.replicas > 0) {
		log_event(LOG_INFO, "deployment_late", LOG_NUM("deployment", s->deployment_id),
			  LOG_NUM("project", s->project_id));
		if (model_app_states_late(db, a, s->project_id, s->deployment_id, seen->app.ready))
			log_event(LOG_WARN, "app_state_not_written", LOG_NUM("project", s->project_id));
	} else if (failed || !strcmp(s->state, "stopped")) {
		struct app_health h = { .app_state = s->state, .ready = seen->app.ready };
		if (strcmp(s->state, s->app_state) != 0 || s->reason || seen->app.ready != s->app_ready)
			write_health(db, a, s->project_id, &h);
	} else if (!strcmp(s->state, "running")) {
		observe_running(x, db, a, s, seen);
	}
}

/* --- what somebody changed ------------------------------------------------------------------------------------------- */

static void add_gone(json_object *rows, const char *what)
{
	json_object *row = json_object_new_object();
	json_add_text(row, "what", what);
	json_add_bool(row, "gone", true);
	json_object_array_add(rows, row);
}

/* What somebody changed, as rows for people (JSON); NULL: nothing. */
static const char *difference(struct cache *c, struct arena *a, const struct app_state *s, const struct deploy_observed *seen)
{
	const char *is = cache_applied(c, a, s->project_id);
	if (!is)
		return NULL;
	json_object *rows = json_own(a, json_object_new_array());
	if (!seen->app.present)
		add_gone(rows, "Deployment");
	if (!seen->service)
		add_gone(rows, "Service");
	if (!seen->ingress)
		add_gone(rows, "Ingress");
	if (s->secret_missing)
		add_gone(rows, "Secret");
	if (s->pull_missing)
		add_gone(rows, "pull_secret");
	if (!json_len(rows, ""))
		rows = observe_difference(a, s->applied, is);
	return rows ? arena_strdup(a, json_object_to_json_string_ext(rows, JSON_PLAIN)) : NULL;
}

static void repair_task(void *context, bool stopping)
{
	struct errand *r = context;
	struct worker *w = r->apps->worker;
	struct arena *a = stopping ? NULL : arena_new(ACT_ARENA);
	struct db *db = a ? db_acquire(w->db, 2000) : NULL;
	struct link *link = links_get(w->links, r->cluster_id);
	struct app_plan p;
	if (db && link && link->kube && app_plan_parse(a, r->snapshot, &p)) {
		struct applying ap = { link->kube, db, w->keys, link->ns, link->id };
		struct app_applied applied;
		struct kube_answer answer;
		enum err e = app_apply(a, &ap, &p, &applied, &answer);
		const char *why = applied.fault	      ? applied.fault
				  : applied.overtaken ? phrase_text(PHRASE_DEPLOY_OVERTAKEN)
				  : *answer.message   ? answer.message
						      : err_name(e);
		enum err noted = e ? model_app_states_unrepaired(db, a, r->project_id, why)
				   : model_app_states_repaired(db, a, r->project_id, r->cluster_id, applied.text);
		/* Deleted or moved away meanwhile: what was made goes again. */
		if (model_leftovers_note(db, a, r->project_id, r->cluster_id))
			log_event(LOG_WARN, "leftover_not_written", LOG_NUM("project", r->project_id));
		log_event(e || noted ? LOG_WARN : LOG_INFO, "application_repaired", LOG_NUM("project", r->project_id),
			  LOG_STR("error", err_name(e ? e : noted)), LOG_STR("message", e ? why : ""));
	}
	if (link)
		cache_touch_app(link->cache, r->project_id);
	links_put(w->links, link);
	errand_end(r, db, a);
}

static void repair(struct apps *x, struct db *db, struct arena *a, const struct app_state *s)
{
	bool mine;
	const char *snapshot;
	if (model_app_states_repair(db, a, s->project_id, &mine, &snapshot) || !mine || !snapshot)
		return;
	tasks_add(x->worker->acts, repair_task, errand_new(x, s, snapshot));
}

static void look_on(struct apps *x, struct db *db, struct arena *a, const struct link *link, const struct settings *set,
		    const struct app_state *s)
{
	char trouble[300];
	struct deploy_observed seen;
	struct watch *one = watch_of(x, s->project_id);
	link_app(link, s->project_id, &seen, trouble);
	if (!seen.synced)
		return;
	const char *differs = difference(link->cache, a, s, &seen);
	int64_t now = clock_ms();
	one->due_ms = 0;
	if (!differs) {
		one->since_ms = 0;
		if (s->drift && model_app_states_drift(db, a, s->project_id, NULL))
			return;
		observe(x, db, a, s, &seen);
		return;
	}
	/* The watch may only be a moment behind our own apply. */
	if (!one->since_ms || strcmp(one->differs, differs) != 0)
		one->since_ms = now;
	snprintf(one->differs, sizeof one->differs, "%s", differs);
	bool sure = now - one->since_ms >= SURE_MS;
	if (sure && (!s->drift || strcmp(s->drift, differs) != 0)) {
		log_event(LOG_WARN, "drift_seen", LOG_NUM("project", s->project_id), LOG_STR("drift", differs));
		if (model_app_states_drift(db, a, s->project_id, differs))
			return;
	}
	if (sure)
		observe(x, db, a, s, &seen);
	if (sure && (s->repair_asked || !strcmp(settings_text(set, SETTING_DRIFT), "repair")))
		repair(x, db, a, s);
	one->due_ms = now + (sure ? AGAIN_MS : SURE_MS);
}

static void look(struct apps *x, struct db *db, struct arena *a, const struct settings *set, const struct app_state *s)
{
	struct link *link = links_get(x->worker->links, s->cluster_id);
	look_on(x, db, a, link, set, s);
	links_put(x->worker->links, link);
}

static void look_at(struct apps *x, struct db *db, struct arena *a, const int64_t *ids, size_t count)
{
	struct buf text = { .cap = 1 << 20 };
	struct app_state *all;
	struct settings *set;
	int found = 0;
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s%" PRId64, i ? "," : "{", ids[i]);
	buf_puts(&text, count ? "}" : "{}");
	if (!model_settings_load(db, a, &set) && !model_app_states_settled(db, a, text.data, &all, &found))
		for (int i = 0; i < found; i++)
			look(x, db, a, set, &all[i]);
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
	app_secrets_step(x->secrets);
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
