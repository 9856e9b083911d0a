/* Looks whether the Secrets of applications are still there. */
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
#include "model/app_secrets.h"
#include "model/settings.h"
#include "worker/cache.h"
#include "worker/manifests.h"
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

/* Gone, or made again by somebody else. What cannot be asked for is as it was. */
static void look(struct worker *w, struct db *db, struct arena *a, const char *ns, const struct app_secret *s)
{
	struct kube_answer answer;
	enum err e = kube_metadata(w->kube, a, KUBE_SECRET, ns, app_env_name(a, s->project_id, s->id), &answer);
	bool missing = e == ERR_NOT_FOUND || (!e && strcmp(json_text(answer.object, "metadata.uid", ""), s->uid) != 0);
	if ((e && e != ERR_NOT_FOUND) || missing == s->missing)
		return;
	log_event(missing ? LOG_WARN : LOG_INFO, missing ? "secret_gone" : "secret_there", LOG_NUM("project", s->project_id));
	if (!model_app_secrets_seen(db, a, s->id, missing))
		cache_touch_app(w->cache, s->project_id);
}

static void look_task(void *context, bool stopping)
{
	struct app_secrets *x = context;
	struct worker *w = x->worker;
	struct arena *a = stopping ? NULL : arena_new(ACT_ARENA);
	struct db *db = a ? db_acquire(w->db, 2000) : NULL;
	struct app_secret *due;
	struct settings *s;
	int count = 0;
	if (db && !model_settings_load(db, a, &s) && !model_app_secrets_due(db, a, AT_ONCE, &due, &count))
		for (int i = 0; i < count; i++)
			look(w, db, a, settings_text(s, SETTING_STUDENTS_NAMESPACE), &due[i]);
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
