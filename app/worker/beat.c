/* The worker's heartbeat, on a thread of its own so that no slow cluster costs the lease, and its ear for portal_work. */
#include <autoconf.h> /* autoconf's: PACKAGE_VERSION */
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "config.h"
#include "db/db.h"
#include "worker/worker.h"

enum { BEAT_MS = 5000 };

static void set_lease(struct worker *w, const struct lease *l, bool held)
{
	pthread_mutex_lock(&w->lock);
	bool news = held != w->lease_held || l->epoch != w->lease.epoch;
	w->lease = *l;
	w->lease_held = held;
	w->woken = w->woken || news;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

static enum err first_lease(struct db *db, struct arena *a, struct lease *l)
{
	char host[256] = "";
	gethostname(host, sizeof host - 1);
	return model_workers_register(db, a, host, (int)getpid(), PACKAGE_VERSION, l);
}

/* One beat. A lease that ran out is not used a moment longer: the driver sees at once that none is held. */
static void beat(struct worker *w, struct arena *a, struct lease *l, int64_t *beaten_ms)
{
	int64_t now = clock_ms();
	struct db *db = db_acquire(w->db, 2000);
	enum err e = l->worker_id ? model_workers_beat(db, a, l) : first_lease(db, a, l);
	if (e == ERR_CONFLICT) {
		log_event(LOG_WARN, "lease_lost", LOG_NUM("worker", l->worker_id), LOG_NUM("epoch", l->epoch));
		set_lease(w, l, false);
		e = model_workers_renew(db, a, l);
		if (e == ERR_NOT_FOUND)
			*l = (struct lease){ 0 };
	}
	db_release(db);
	if (!e) {
		*beaten_ms = now;
		set_lease(w, l, true);
	} else if (now - *beaten_ms > LEASE_SECONDS * 1000) {
		set_lease(w, l, false);
	}
	arena_reset(a);
}

static bool is_stopping(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	bool stopping = w->stopping;
	pthread_mutex_unlock(&w->lock);
	return stopping;
}

void *beat_run(void *context)
{
	static const char *const channels[] = { "portal_work", NULL };
	struct worker *w = context;
	struct lease lease = { 0 };
	struct arena *a = arena_new(1 << 20);
	struct db_listener *ear = NULL;
	int64_t beaten_ms = 0, next_ms = 0, ear_ms = 0;
	while (a && !is_stopping(w)) {
		const char *channel, *payload;
		if (clock_ms() >= next_ms) {
			next_ms = clock_ms() + (beaten_ms ? BEAT_MS : 500);
			beat(w, a, &lease, &beaten_ms);
		}
		if (!ear && clock_ms() >= ear_ms) {
			ear_ms = clock_ms() + 2000;
			ear = db_listen_open(w->config->database_url, "portal-worker", channels);
		}
		if (!ear) {
			clock_sleep(250);
			continue;
		}
		int heard = db_listen_wait(ear, 250, &channel, &payload);
		if (heard > 0)
			worker_wake(w, true);
		if (heard < 0) {
			db_listen_close(ear);
			ear = NULL;
		}
	}
	db_listen_close(ear);
	arena_free(a);
	return NULL;
}
