/* Deletes what applications that moved have left behind on the other cluster, as soon as that one answers. */
#include "worker/leftovers.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "db/db.h"
#include "kube/kube.h"
#include "model/clusters.h"
#include "worker/app_apply.h"
#include "worker/links.h"
#include "worker/tasks.h"
#include "worker/worker.h"

enum { PAUSE_MS = 5000, AT_ONCE = 50 };

/* Why it could not be done; NULL: it is. */
static const char *remove_one(struct worker *w, struct db *db, struct arena *a, const struct leftover *l, const struct link *link)
{
	struct app_applied applied;
	struct kube_answer answer;
	if (!link || !link->kube)
		return link ? link->why : "its cluster is not known to the portal any more";
	struct applying x = { link->kube, db, w->keys, link->ns, link->id };
	enum err e = app_remove(a, &x, l->project_id, l->deployment_id, &applied, &answer);
	log_event(e ? LOG_WARN : LOG_INFO, "leftover_removed", LOG_NUM("project", l->project_id),
		  LOG_NUM("cluster", l->cluster_id), LOG_STR("error", err_name(e)), LOG_STR("message", answer.message));
	return !e ? NULL : *answer.message ? answer.message : err_name(e);
}

static void remove_task(void *context, bool stopping)
{
	struct worker *w = context;
	struct arena *a = stopping ? NULL : arena_new(ACT_ARENA);
	struct db *db = a ? db_acquire(w->db, 2000) : NULL;
	struct leftover l;
	bool found = db != NULL;
	for (int i = 0; found && i < AT_ONCE; i++) {
		arena_reset(a);
		if (model_leftovers_take(db, a, &l, &found) || !found)
			break;
		struct link *link = links_get(w->links, l.cluster_id);
		if (model_leftovers_done(db, a, &l, remove_one(w, db, a, &l, link)))
			log_event(LOG_WARN, "leftover_not_written", LOG_NUM("project", l.project_id));
		links_put(w->links, link);
	}
	db_release(db);
	arena_free(a);
	atomic_store(&w->leaving.busy, false);
}

void leftovers_kick(struct worker *w)
{
	tasks_again(w->slow, &w->leaving, PAUSE_MS, remove_task, w);
}
