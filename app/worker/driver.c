/* The driver: one thread that decides for everything that this worker drives. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "model/build_drive.h"
#include "model/idle.h"
#include "model/log_chunks.h"
#include "model/settings.h"
#include "worker/apps.h"
#include "worker/builds.h"
#include "worker/cache.h"
#include "worker/deployments.h"
#include "worker/heads.h"
#include "worker/image_users.h"
#include "worker/leftovers.h"
#include "worker/links.h"
#include "worker/strays.h"
#include "worker/worker.h"

enum { TICK_MS = 1000, SWEEP_MS = 5000, TRIAL_MS = 500, BLIND_MS = 10000, FULL_MS = 60000, DRIVER_ARENA = 64 << 20 };

struct driver {
	struct worker *worker;
	struct arena *arena;
	struct lease lease;
	bool held;
	bool blind; /* see see_blindness */
	bool trial; /* see builds_sweep */
	int64_t ask_ms, sweep_ms, full_ms, errands_ms;
};

void worker_wake(struct worker *w, bool ask)
{
	pthread_mutex_lock(&w->lock);
	w->woken = true;
	w->asked = w->asked || ask;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

bool worker_lease(struct worker *w, struct lease *out)
{
	pthread_mutex_lock(&w->lock);
	*out = w->lease;
	bool held = w->lease_held;
	pthread_mutex_unlock(&w->lock);
	return held;
}

/* Until something is to be seen to, at most so long; *ask: rows too. False: stop. */
static bool wait_for_work(struct worker *w, int64_t ms, bool *ask)
{
	struct timespec until;
	bool tick = false;
	clock_gettime(CLOCK_MONOTONIC, &until);
	int64_t nanos = until.tv_nsec + ms * 1000000;
	until.tv_sec += nanos / 1000000000;
	until.tv_nsec = nanos % 1000000000;
	pthread_mutex_lock(&w->lock);
	while (!w->woken && !w->stopping && !tick)
		tick = pthread_cond_timedwait(&w->wake, &w->lock, &until) != 0;
	*ask = w->asked || tick;
	w->woken = w->asked = false;
	bool stopping = w->stopping;
	pthread_mutex_unlock(&w->lock);
	return !stopping;
}

/* Another epoch, or none: what was driven is somebody's to take over, perhaps ours. */
static void see_lease(struct driver *d)
{
	struct lease l;
	bool held = worker_lease(d->worker, &l);
	if (!held || (d->held && l.epoch != d->lease.epoch)) {
		builds_drop(d->worker->builds);
		deployments_drop(d->worker->deployments);
		d->sweep_ms = 0;
	}
	d->lease = l;
	d->held = held;
}

static void stop_idle(struct driver *d, struct db *db, const struct settings *s)
{
	int count = 0;
	if (model_idle_stop(db, d->arena, s, &count))
		log_event(LOG_WARN, "idle_not_stopped", LOG_NUM("worker", d->lease.worker_id));
	if (count)
		log_event(LOG_INFO, "idle_stopped", LOG_NUM("applications", count));
}

static void sweep(struct driver *d, struct db *db, const struct settings *s)
{
	struct worker *w = d->worker;
	int64_t now = clock_ms();
	if (now < d->sweep_ms)
		return;
	d->sweep_ms = now + SWEEP_MS;
	d->trial = builds_sweep(w->builds, db, d->arena, &d->lease);
	if (d->trial)
		d->sweep_ms = now + TRIAL_MS;
	deployments_sweep(w->deployments, db, d->arena, &d->lease);
	stop_idle(d, db, s);
	if (now < d->full_ms)
		return;
	d->full_ms = now + FULL_MS;
	malloc_trim(0); /* a full list of a large cluster was in memory for a moment */
	apps_sweep(w->apps, db, d->arena);
	if (model_log_chunks_sweep(db, d->arena) || model_workers_sweep(db, d->arena))
		log_event(LOG_WARN, "sweep_failed", LOG_NUM("worker", d->lease.worker_id));
	log_event(LOG_INFO, "worker_drives", LOG_NUM("builds", builds_count(w->builds)),
		  LOG_NUM("deployments", deployments_count(w->deployments)));
}

/*
 * A worker that does not see the cluster takes no builds: they wait where a worker that does can take them, and say what for.
 * True: it is so now.
 */
static bool see_blindness(struct driver *d, struct db *db)
{
	char trouble[300];
	bool blind = cache_builds_blind(d->worker->cache, trouble) > BLIND_MS;
	if ((blind || d->blind) && model_build_drive_hold(db, d->arena, blind ? trouble : NULL))
		return blind;
	d->blind = blind;
	return blind;
}

/* What the rows want: taken over, claimed, cancelled. */
static void ask_rows(struct driver *d, struct db *db)
{
	struct worker *w = d->worker;
	struct settings *s;
	if (model_settings_load(db, d->arena, &s))
		return;
	links_sync(w->links, db, d->arena, s);
	sweep(d, db, s);
	if (!see_blindness(d, db))
		builds_claim(w->builds, db, d->arena, &d->lease, s);
	deployments_claim(w->deployments, db, d->arena, &d->lease, s);
	builds_cancels(w->builds, db, d->arena, &d->lease);
}

static void pass(struct driver *d, bool ask)
{
	struct worker *w = d->worker;
	arena_reset(d->arena);
	see_lease(d);
	struct db *db = db_acquire(w->db, 1000);
	ask = ask || clock_ms() >= d->ask_ms || clock_ms() >= d->sweep_ms;
	if (db && d->held && ask) {
		d->ask_ms = clock_ms() + TICK_MS;
		ask_rows(d, db);
	}
	if (db && d->held)
		apps_step(w->apps, db, d->arena);
	db_release(db);
	builds_step(w->builds);
	deployments_step(w->deployments);
	if (d->held && clock_ms() >= d->errands_ms) {
		d->errands_ms = clock_ms() + TICK_MS;
		errands_kick(w->errands);
		links_kick(w->links);
		leftovers_kick(w);
		strays_kick(w);
		image_users_kick(w);
	}
}

void *driver_run(void *context)
{
	struct driver d = { .worker = context, .arena = arena_new(DRIVER_ARENA) };
	bool ask;
	while (d.arena && wait_for_work(d.worker, d.trial ? TRIAL_MS : TICK_MS, &ask))
		pass(&d, ask);
	arena_free(d.arena);
	return NULL;
}
