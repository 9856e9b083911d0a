/* Cleans each cluster of objects that belong to no row, on a schedule. */
#include "worker/strays.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "model/settings.h"
#include "model/strays.h"
#include "worker/links.h"
#include "worker/tasks.h"
#include "worker/worker.h"

enum { PAUSE_MS = 15000, FIRST_MS = 5000, CLEAN_ARENA = 64 << 20 };

/* Why not; NULL: it is clean. The database's connection is not held while the cluster is asked. */
static const char *clean(struct worker *w, struct arena *a, const struct link *link, const char *builds, int *deleted)
{
	struct strays s;
	const char *why;
	if (!link || !link->kube)
		return link ? link->why : "the cluster is not known to the portal any more";
	enum err e = strays_list(link->kube, a, link->ns, link->own ? builds : NULL, &s, &why);
	if (e)
		return *why ? why : err_name(e);
	struct db *db = db_acquire(w->db, 2000);
	e = strays_keep(db, a, &s);
	db_release(db);
	if (e)
		return err_name(e);
	e = strays_delete(link->kube, a, &s, deleted, &why);
	return !e ? NULL : *why ? why : err_name(e);
}

static void clean_task(void *context, bool stopping)
{
	struct worker *w = context;
	struct settings *s;
	int64_t id = 0;
	struct arena *a = stopping ? NULL : arena_new(CLEAN_ARENA);
	struct db *db = a ? db_acquire(w->db, 2000) : NULL;
	const char *builds = NULL;
	if (db && !model_settings_load(db, a, &s) && settings_int(s, SETTING_CLEANUP_HOURS) > 0) {
		builds = settings_text(s, SETTING_BUILD_NAMESPACE);
		if (model_cleanups_take(db, a, (int)settings_int(s, SETTING_CLEANUP_HOURS), &id))
			id = 0;
	}
	db_release(db);
	if (id) {
		int deleted = 0;
		struct link *link = links_get(w->links, id);
		const char *why = clean(w, a, link, builds, &deleted);
		links_put(w->links, link);
		log_event(why ? LOG_WARN : LOG_INFO, "cluster_cleaned", LOG_NUM("cluster", id), LOG_NUM("deleted", deleted),
			  LOG_STR("why", why));
		db = db_acquire(w->db, 2000);
		if (model_cleanups_done(db, a, id, deleted, why))
			log_event(LOG_WARN, "cleanup_not_written", LOG_NUM("cluster", id));
		db_release(db);
	}
	arena_free(a);
	atomic_store(&w->cleaning.busy, false);
}

void strays_kick(struct worker *w)
{
	if (!w->cleaning.due_ms)
		w->cleaning.due_ms = clock_ms() + FIRST_MS; /* the links come first */
	tasks_again(w->slow, &w->cleaning, PAUSE_MS, clean_task, w);
}
