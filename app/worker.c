/* portal-worker: makes the cluster match the rows. */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "config.h"
#include "db/db.h"
#include "fetch/fetch.h"
#include "gitea/gitea.h"
#include "kube/kube.h"
#include "objects/objects.h"
#include "worker/apps.h"
#include "worker/builds.h"
#include "worker/cache.h"
#include "worker/deployments.h"
#include "worker/gitea_cache.h"
#include "worker/heads.h"
#include "worker/links.h"
#include "worker/logs.h"
#include "worker/tasks.h"
#include "worker/worker.h"

enum { STATEMENT_MS = 10000, STOP_SECONDS = 9 };

static void changed(void *context)
{
	worker_wake(context, false);
}

static void log_changed(void *context, int64_t build_id)
{
	struct worker *w = context;
	cache_touch_build(w->cache, build_id);
}

static void *loop_run(void *loop)
{
	fetch_loop_run(loop);
	return NULL;
}

static bool fail(const char *what, const char *why)
{
	log_event(LOG_ERROR, "start_failed", LOG_STR("what", what), LOG_STR("why", why));
	return false;
}

/* What the worker stands on; nothing is sent yet, so that it starts while everything else is away. */
static bool open_outside(struct worker *w, struct arena *a)
{
	static const struct fetch_handler no_ticks;
	const char *why = "memory is out";
	w->keys = keyring_new(w->config->secret_keys);
	if (!w->keys)
		return fail("SECRET_KEYS", "it is not id:64 hex digits[,id:...]");
	w->kube = kube_open(a, w->config->k8s_config_path, &why);
	if (!w->kube)
		return fail("cluster", why);
	w->objects = objects_open(a, w->config, &why);
	if (!w->objects)
		return fail("archive", why);
	w->gitea = gitea_open(w->config->gitea_url, w->config->gitea_token, NULL);
	w->giteas = gitea_cache_new(w->gitea);
	/* The driver, the writer and the beat beside the crews. */
	int connections = w->config->worker_threads * 2 + 4;
	if (connections < w->config->db_connections)
		connections = w->config->db_connections;
	w->db = db_pool_new(w->config->database_url, "portal-worker", connections, STATEMENT_MS);
	w->loop = fetch_loop_new(&no_ticks, NULL);
	return w->db && w->loop && w->giteas ? true : fail("start", "memory is out");
}

static bool open_inside(struct worker *w)
{
	w->cache = cache_new(changed, w);
	w->acts = tasks_new(w->config->worker_threads);
	w->slow = tasks_new(w->config->worker_threads);
	w->builds = builds_new(w);
	w->deployments = deployments_new(w);
	w->apps = apps_new(w);
	w->links = w->cache ? links_new(w) : NULL;
	w->errands = errands_new(w);
	w->logs = w->cache ? logs_new(w->db, w->kube, w->loop, log_changed, w) : NULL;
	bool ok = w->cache && w->acts && w->slow && w->builds && w->deployments && w->apps && w->links && w->errands && w->logs;
	return ok ? true : fail("start", "threads or memory are out");
}

/* The order matters: first nobody begins anything, then what runs ends, then what it brought is stored. */
static void close_all(struct worker *w)
{
	tasks_free(w->acts);
	tasks_free(w->slow);
	builds_free(w->builds);
	deployments_free(w->deployments);
	apps_free(w->apps);
	errands_free(w->errands);
}

static void give_lease_back(struct worker *w)
{
	struct arena *a = arena_new(1 << 20);
	struct db *db = a ? db_acquire(w->db, 2000) : NULL;
	struct lease l;
	if (db && worker_lease(w, &l) && l.worker_id && model_workers_stop(db, a, &l))
		log_event(LOG_WARN, "lease_not_given_back", LOG_NUM("worker", l.worker_id));
	db_release(db);
	arena_free(a);
}

static void *give_up(void *unused)
{
	(void)unused;
	sleep(STOP_SECONDS);
	log_event(LOG_WARN, "stop_took_too_long", LOG_NUM("seconds", STOP_SECONDS));
	_exit(1);
}

static void stop(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

static int run(struct worker *w, const sigset_t *signals)
{
	pthread_t loop, driver, beat, limit;
	int got = 0;
	if (pthread_create(&loop, NULL, loop_run, w->loop) || pthread_create(&beat, NULL, beat_run, w) ||
	    pthread_create(&driver, NULL, driver_run, w))
		return fail("start", "threads are out") ? 0 : 1;
	log_event(LOG_INFO, "worker_started", LOG_STR("cluster", kube_server(w->kube)), LOG_STR("mode", kube_mode(w->kube)));
	sigwait(signals, &got);
	log_event(LOG_INFO, "worker_stopping", LOG_NUM("signal", got));
	if (pthread_create(&limit, NULL, give_up, NULL) == 0)
		pthread_detach(limit);
	stop(w);
	pthread_join(driver, NULL);
	pthread_join(beat, NULL);
	close_all(w);
	links_stop(w->links);
	fetch_loop_stop(w->loop);
	pthread_join(loop, NULL);
	logs_free(w->logs);
	links_free(w->links);
	give_lease_back(w);
	return 0;
}

static void usage(void)
{
	printf("portal-worker: drives builds and deployments. It reads the environment:\n\n");
	config_print();
}

int main(int argc, char **argv)
{
	struct worker w = { 0 };
	sigset_t signals;
	pthread_condattr_t attr;
	if (argc > 1) {
		usage();
		return strcmp(argv[1], "--help") != 0;
	}
	w.config = config_load();
	if (!w.config)
		return 1;
	log_init("portal-worker", w.config->log_level);
	mallopt(M_ARENA_MAX, 2); /* a dozen threads that mostly wait: less memory is worth more than no lock */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	pthread_mutex_init(&w.lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w.wake, &attr);
	fetch_init();
	struct arena *a = arena_new(8 << 20);
	if (!a || !open_outside(&w, a) || !open_inside(&w))
		return 1;
	int code = run(&w, &signals);
	fetch_loop_free(w.loop);
	cache_free(w.cache);
	kube_free(w.kube);
	objects_free(w.objects);
	gitea_cache_free(w.giteas);
	gitea_free(w.gitea);
	db_pool_free(w.db);
	keyring_free(w.keys);
	arena_free(a);
	fetch_cleanup();
	log_event(LOG_INFO, "worker_stopped", LOG_NUM("code", code));
	return code;
}
