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
#include "kube/names.h"
#include "model/app_secrets.h"
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

/* Gone, or made again by somebody else. What cannot be asked for is as it was. */
static void look(struct worker *w, struct db *db, struct arena *a, const struct link *link, const struct app_secret *s)
{
	struct kube_answer answer;
	enum err e = kube_metadata(link->kube, a, KUBE_SECRET, link->ns, app_env_name(a, s->project_id, s->id), &answer);
	bool missing = e == ERR_NOT_FOUND || (!e && strcmp(json_text(answer.object, "metadata.uid", ""), s->uid) != 0);
	if ((e && e != ERR_NOT_FOUND) || missing == s->missing)
		return;
	log_event(missing ? LOG_WARN : LOG_INFO, missing ? "secret_gone" : "secret_there", LOG_NUM("project", s->project_id));
	if (!model_app_secrets_seen(db, a, s->id, missing))
		apps_look_again(w->apps, s->project_id);
}

static void look_task(void *context, bool stopping)
{
	struct app_secrets *x = context;
	struct worker *w = x->worker;
	struct arena *a = stopping ? NULL : arena_new(ACT_ARENA);
	struct db *db = a ? db_acquire(w->db, 2000) : NULL;
	struct app_secret *due;
	int count = 0;
	if (db && !model_app_secrets_due(db, a, AT_ONCE, &due, &count))
		for (int i = 0; i < count; i++) {
			struct link *link = links_get(w->links, due[i].cluster_id);
			if (link && link->kube)
				look(w, db, a, link, &due[i]);
			links_put(w->links, link);
		}
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
