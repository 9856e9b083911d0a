/* Looks whether the Secrets of applications are still there, and writes those whose registry has another account. */
#include "worker/app_secrets.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "db/db.h"
#include "kube/kube.h"
#include "kube/names.h"
#include "model/app_secrets.h"
#include "model/app_states.h"
#include "model/clusters.h"
#include "model/pull_secrets.h"
#include "worker/app_apply.h"
#include "worker/apps.h"
#include "worker/links.h"
#include "worker/tasks.h"
#include "worker/worker.h"

enum { EVERY_MS = 5000, AT_ONCE = 10000, FEW = 2, TROUBLES = 3, LOOK_ARENA = 64 << 20 };

struct app_secrets {
	struct worker *worker;
	int64_t due_ms;
	atomic_bool busy;
};

struct app_secrets *app_secrets_new(struct worker *w)
{
	struct app_secrets *x = calloc(1, sizeof *x);
	if (x)
		x->worker = w;
	return x;
}

void app_secrets_free(struct app_secrets *x)
{
	free(x);
}

/* What one round knows of a cluster's Secrets. */
struct round {
	int64_t cluster_id;
	struct link *link;
	int due;
	json_object *uids; /* by name; NULL: each is asked for by itself */
	int troubles;	   /* requests in a row that were not answered; after some the others wait for the next round */
	struct round *next;
};

static void note_uid(void *context, json_object *o)
{
	json_add_text(context, json_text(o, "metadata.name", ""), json_text(o, "metadata.uid", ""));
}

/* One list instead of many requests; an operator need not allow it, and then each is asked for. */
static void list_uids(struct arena *a, struct round *c)
{
	json_object *uids = json_own(a, json_object_new_object());
	if (!kube_list_metadata(c->link->kube, a, KUBE_SECRET, c->link->ns, NULL, note_uid, uids))
		c->uids = uids;
}

static void count_trouble(struct round *c, enum err e)
{
	bool trouble = e == ERR_UNAVAILABLE || e == ERR_TIMEOUT || e == ERR_TOO_MANY;
	c->troubles = trouble ? c->troubles + 1 : 0;
}

/* The uid of a Secret; NULL: it is not there. False: it cannot be asked for, which says nothing. */
static bool find_uid(struct arena *a, struct round *c, const char *name, const char **uid)
{
	struct kube_answer answer;
	if (c->uids) {
		*uid = json_member(c->uids, "", name);
		return true;
	}
	enum err e = kube_metadata(c->link->kube, a, KUBE_SECRET, c->link->ns, name, &answer);
	*uid = e ? NULL : json_text(answer.object, "metadata.uid", "");
	count_trouble(c, e);
	return !e || e == ERR_NOT_FOUND;
}

/* Gone, or made again by somebody else; *missing as it was known before. False: that is no news. */
static bool look(struct arena *a, struct round *c, const char *name, const char *uid, bool *missing)
{
	const char *is;
	if (!find_uid(a, c, name, &is))
		return false;
	bool gone = !is || strcmp(is, uid) != 0;
	bool news = gone != *missing;
	*missing = gone;
	return news;
}

static void tell(struct worker *w, int64_t project_id, bool missing, enum err noted)
{
	log_event(missing ? LOG_WARN : LOG_INFO, missing ? "secret_gone" : "secret_there", LOG_NUM("project", project_id));
	if (!noted)
		apps_look_again(w->apps, project_id);
}

static void look_at_env(struct worker *w, struct db *db, struct arena *a, struct round *c, const struct app_secret *s)
{
	bool missing = s->missing;
	if (look(a, c, app_env_name(a, s->project_id, s->id), s->uid, &missing))
		tell(w, s->project_id, missing, model_app_secrets_seen(db, a, s, missing));
}

/* Writes it with the registry's account as it is now; a deployment that is under way does so itself. */
static void renew(struct worker *w, struct db *db, struct arena *a, struct round *c, const struct pull_secret *s)
{
	const char *snapshot;
	struct app_plan p;
	struct applying x = { c->link->kube, db, w->keys, c->link->ns, c->link->id };
	struct app_applied applied;
	struct kube_answer answer;
	if (model_app_states_plan_on(db, a, s->project_id, s->cluster_id, &snapshot) || !snapshot ||
	    !app_plan_parse(a, snapshot, &p))
		return;
	enum err e = app_apply_pull(a, &x, &p, &applied, &answer);
	count_trouble(c, e);
	/* Deleted or moved meanwhile. */
	if (!e && model_leftovers_note(db, a, s->project_id, s->cluster_id))
		log_event(LOG_WARN, "leftover_not_written", LOG_NUM("project", s->project_id));
	log_event(e ? LOG_WARN : LOG_INFO, "pull_secret_renewed", LOG_NUM("project", s->project_id),
		  LOG_STR("error", err_name(e)),
		  LOG_STR("message", !e		     ? ""
				     : applied.fault ? applied.fault
						     : answer.message));
	if (!e && s->missing)
		apps_look_again(w->apps, s->project_id);
}

static void look_at_pull(struct worker *w, struct db *db, struct arena *a, struct round *c, const struct pull_secret *s)
{
	bool missing = s->missing;
	if (!s->uid)
		renew(w, db, a, c, s);
	else if (look(a, c, app_pull_name(a, s->project_id), s->uid, &missing))
		tell(w, s->project_id, missing, model_pull_secrets_seen(db, a, s, missing));
}

/* The round of a cluster, with one Secret more. */
static struct round *round_of(struct worker *w, struct arena *a, struct round **all, int64_t cluster_id)
{
	struct round *c = *all;
	while (c && c->cluster_id != cluster_id)
		c = c->next;
	if (!c) {
		c = arena_alloc(a, sizeof *c);
		*c = (struct round){ .cluster_id = cluster_id, .link = links_get(w->links, cluster_id), .next = *all };
		c->troubles = c->link && c->link->kube ? 0 : TROUBLES;
		*all = c;
	}
	c->due++;
	return c;
}

static void look_at_all(struct worker *w, struct db *db, struct arena *a)
{
	struct app_secret *env = NULL;
	struct pull_secret *pull = NULL;
	struct round *all = NULL, **of;
	struct arena *one = arena_new(ACT_ARENA); /* of each: there may be thousands */
	int envs = 0, pulls = 0;
	if (model_app_secrets_due(db, a, AT_ONCE, &env, &envs))
		envs = 0;
	if (model_pull_secrets_due(db, a, AT_ONCE, &pull, &pulls))
		pulls = 0;
	of = arena_alloc(a, sizeof *of * (size_t)(envs + pulls + 1));
	for (int i = 0; i < envs + pulls; i++)
		of[i] = round_of(w, a, &all, i < envs ? env[i].cluster_id : pull[i - envs].cluster_id);
	for (struct round *c = all; c; c = c->next)
		if (c->due > FEW && c->troubles < TROUBLES)
			list_uids(a, c);
	for (int i = 0; one && i < envs + pulls; i++) {
		arena_reset(one);
		if (of[i]->troubles >= TROUBLES)
			continue;
		if (i < envs)
			look_at_env(w, db, one, of[i], &env[i]);
		else
			look_at_pull(w, db, one, of[i], &pull[i - envs]);
	}
	for (struct round *c = all; c; c = c->next)
		links_put(w->links, c->link);
	arena_free(one);
}

static void look_task(void *context, bool stopping)
{
	struct app_secrets *x = context;
	struct worker *w = x->worker;
	struct arena *a = stopping ? NULL : arena_new(LOOK_ARENA);
	struct db *db = a ? db_acquire(w->db, 2000) : NULL;
	if (db)
		look_at_all(w, db, a);
	db_release(db);
	arena_free(a);
	atomic_store(&x->busy, false);
}

void app_secrets_step(struct app_secrets *x)
{
	if (clock_ms() < x->due_ms || atomic_exchange(&x->busy, true))
		return;
	x->due_ms = clock_ms() + EVERY_MS;
	tasks_add(x->worker->slow, look_task, x);
}
