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
#include "model/pull_secrets.h"
#include "worker/app_apply.h"
#include "worker/apps.h"
#include "worker/links.h"
#include "worker/tasks.h"
#include "worker/worker.h"

enum { EVERY_MS = 5000, AT_ONCE = 100 };

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

/*
 * Gone, or made again by somebody else; *missing as it was known before. False: that is no news, or it cannot be asked for, which
 * says nothing.
 */
static bool look(struct arena *a, const struct link *link, const char *name, const char *uid, bool *missing)
{
	struct kube_answer answer;
	enum err e = kube_metadata(link->kube, a, KUBE_SECRET, link->ns, name, &answer);
	bool gone = e == ERR_NOT_FOUND || (!e && strcmp(json_text(answer.object, "metadata.uid", ""), uid) != 0);
	if ((e && e != ERR_NOT_FOUND) || gone == *missing)
		return false;
	*missing = gone;
	return true;
}

static void tell(struct worker *w, int64_t project_id, bool missing, enum err noted)
{
	log_event(missing ? LOG_WARN : LOG_INFO, missing ? "secret_gone" : "secret_there", LOG_NUM("project", project_id));
	if (!noted)
		apps_look_again(w->apps, project_id);
}

static void look_at_env(struct worker *w, struct db *db, struct arena *a, const struct link *link, const struct app_secret *s)
{
	bool missing = s->missing;
	if (look(a, link, app_env_name(a, s->project_id, s->id), s->uid, &missing))
		tell(w, s->project_id, missing, model_app_secrets_seen(db, a, s->id, missing));
}

/* Writes it with the registry's account as it is now; a deployment that is under way does so itself. */
static void renew(struct worker *w, struct db *db, struct arena *a, const struct link *link, const struct pull_secret *s)
{
	const char *snapshot;
	struct app_plan p;
	struct applying x = { link->kube, db, w->keys, link->ns, link->id };
	struct app_applied applied;
	struct kube_answer answer;
	if (model_app_states_plan_on(db, a, s->project_id, s->cluster_id, &snapshot) || !snapshot ||
	    !app_plan_parse(a, snapshot, &p))
		return;
	enum err e = app_apply_pull(a, &x, &p, &applied, &answer);
	log_event(e ? LOG_WARN : LOG_INFO, "pull_secret_renewed", LOG_NUM("project", s->project_id),
		  LOG_STR("error", err_name(e)),
		  LOG_STR("message", !e		     ? ""
				     : applied.fault ? applied.fault
						     : answer.message));
	if (!e && s->missing)
		apps_look_again(w->apps, s->project_id);
}

static void look_at_pull(struct worker *w, struct db *db, struct arena *a, const struct link *link, const struct pull_secret *s)
{
	bool missing = s->missing;
	if (!s->uid)
		renew(w, db, a, link, s);
	else if (look(a, link, app_pull_name(a, s->project_id), s->uid, &missing))
		tell(w, s->project_id, missing, model_pull_secrets_seen(db, a, s, missing));
}

static void look_at_all(struct worker *w, struct db *db, struct arena *a)
{
	struct app_secret *env;
	struct pull_secret *pull;
	int count = 0;
	if (model_app_secrets_due(db, a, AT_ONCE, &env, &count))
		count = 0;
	for (int i = 0; i < count; i++) {
		struct link *link = links_get(w->links, env[i].cluster_id);
		if (link && link->kube)
			look_at_env(w, db, a, link, &env[i]);
		links_put(w->links, link);
	}
	if (model_pull_secrets_due(db, a, AT_ONCE, &pull, &count))
		count = 0;
	for (int i = 0; i < count; i++) {
		struct link *link = links_get(w->links, pull[i].cluster_id);
		if (link && link->kube)
			look_at_pull(w, db, a, link, &pull[i]);
		links_put(w->links, link);
	}
}

static void look_task(void *context, bool stopping)
{
	struct app_secrets *x = context;
	struct worker *w = x->worker;
	struct arena *a = stopping ? NULL : arena_new(ACT_ARENA);
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
