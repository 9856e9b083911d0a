/* The one thread that talks to the database. */
#include "stream/reader.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "db/db.h"
#include "stream/read.h"

enum { HINTS_AT_ONCE = 512, LISTEN_AGAIN_MS = 1000, AWAY_MS = 500, STATEMENT_MS = 5000 };

struct reader {
	const char *conninfo;
	void (*wake)(void *);
	void *wake_arg;
	struct db_pool *pool;
	struct db_listener *listener;
	int64_t listen_at;  /* when to try again to listen */
	int64_t away_until; /* the database did not answer: not asked before */
	int bell;	    /* rings when work is asked */
	atomic_bool stop;
	pthread_t thread;
	pthread_mutex_t lock; /* guards the two queues */
	struct work *asked, **asked_end;
	struct work *answered, **answered_end;
};

struct work *work_new(enum work_kind kind)
{
	struct work *w = calloc(1, sizeof(*w));
	if (w)
		w->kind = kind;
	return w;
}

void work_free(struct work *w)
{
	if (!w)
		return;
	event_unref_list(w->events);
	for (size_t i = 0; i < w->seen_count; i++)
		event_unref(w->seen[i].event);
	free(w->seen);
	free(w->hints);
	free(w->builds);
	free(w->projects);
	free(w->holders);
	free(w->gone);
	free(w);
}

static void answer(struct reader *r, struct work *w)
{
	w->next = NULL;
	pthread_mutex_lock(&r->lock);
	*r->answered_end = w;
	r->answered_end = &w->next;
	pthread_mutex_unlock(&r->lock);
	r->wake(r->wake_arg);
}

static struct work *next_asked(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	struct work *w = r->asked;
	if (w && !(r->asked = w->next))
		r->asked_end = &r->asked;
	pthread_mutex_unlock(&r->lock);
	return w;
}

void reader_ask(struct reader *r, struct work *w)
{
	w->next = NULL;
	pthread_mutex_lock(&r->lock);
	*r->asked_end = w;
	r->asked_end = &w->next;
	pthread_mutex_unlock(&r->lock);
	eventfd_write(r->bell, 1);
}

struct work *reader_take(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	struct work *w = r->answered;
	r->answered = NULL;
	r->answered_end = &r->answered;
	pthread_mutex_unlock(&r->lock);
	return w;
}

/* ---- notifications ---- */

static bool parse_hint(const char *channel, const char *payload, struct hint *h)
{
	if (!strcmp(channel, "portal_log"))
		h->kind = HINT_LOG;
	else if (str_starts(payload, "build "))
		h->kind = HINT_BUILD;
	else if (str_starts(payload, "project "))
		h->kind = HINT_PROJECT;
	else
		return false;
	const char *number = h->kind == HINT_LOG ? payload : strchr(payload, ' ') + 1;
	return str_to_int(number, 1, INT64_MAX, &h->id);
}

static void lost_listener(struct reader *r)
{
	log_event(LOG_WARN, "stream_listen_lost", LOG_NUM("again_ms", LISTEN_AGAIN_MS));
	db_listen_close(r->listener);
	r->listener = NULL;
	r->listen_at = clock_ms() + LISTEN_AGAIN_MS;
}

static void listen_again(struct reader *r)
{
	static const char *const channels[] = { "portal_log", "portal_state", NULL };
	if (r->listener || clock_ms() < r->listen_at)
		return;
	r->listener = db_listen_open(r->conninfo, "portal-stream", channels);
	r->listen_at = clock_ms() + LISTEN_AGAIN_MS;
	struct work *w = r->listener ? work_new(WORK_LISTENING) : NULL;
	if (w)
		answer(r, w);
}

/* Passes on what was notified, many in one piece: a busy cluster notifies a thousand times a second. */
static void hear(struct reader *r)
{
	struct work *w = NULL;
	const char *channel, *payload;
	int got = 0;
	while (r->listener && (!w || w->hint_count < HINTS_AT_ONCE) &&
	       (got = db_listen_wait(r->listener, 0, &channel, &payload)) > 0) {
		struct hint h;
		if (!parse_hint(channel, payload, &h))
			continue;
		if (!w && (w = work_new(WORK_HINTS)))
			w->hints = calloc(HINTS_AT_ONCE, sizeof(*w->hints));
		if (w && w->hints)
			w->hints[w->hint_count++] = h;
	}
	if (got < 0)
		lost_listener(r);
	if (w)
		answer(r, w);
}

/* ---- the thread ---- */

static void serve(struct reader *r)
{
	struct work *w;
	while (!atomic_load(&r->stop) && (w = next_asked(r))) {
		/* One try for all that waits: a server that hangs must not be waited for once a question. */
		struct db *db = clock_ms() < r->away_until ? NULL : db_acquire(r->pool, 0);
		if (!db && clock_ms() >= r->away_until)
			r->away_until = clock_ms() + AWAY_MS;
		w->err = !db			   ? ERR_UNAVAILABLE
			 : w->kind == WORK_CHUNKS  ? read_chunks(db, w)
			 : w->kind == WORK_HOLDERS ? read_holders(db, w)
						   : read_states(db, w);
		db_release(db);
		answer(r, w);
		hear(r);
	}
}

static void *run(void *arg)
{
	struct reader *r = arg;
	while (!atomic_load(&r->stop)) {
		listen_again(r);
		struct pollfd fds[2] = { { .fd = r->bell, .events = POLLIN },
					 { .fd = r->listener ? db_listen_fd(r->listener) : -1, .events = POLLIN } };
		poll(fds, 2, LISTEN_AGAIN_MS);
		eventfd_t rung;
		if (fds[0].revents)
			eventfd_read(r->bell, &rung);
		hear(r);
		serve(r);
	}
	return NULL;
}

struct reader *reader_start(const char *conninfo, void (*wake)(void *), void *wake_arg)
{
	struct reader *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	*r = (struct reader){ .conninfo = conninfo, .wake = wake, .wake_arg = wake_arg };
	r->asked_end = &r->asked;
	r->answered_end = &r->answered;
	pthread_mutex_init(&r->lock, NULL);
	r->pool = db_pool_new(conninfo, "portal-stream", 1, STATEMENT_MS);
	r->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	/* Signals belong to the event loop's thread. */
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	bool started = r->pool && r->bell >= 0 && !pthread_create(&r->thread, NULL, run, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (started)
		return r;
	log_event(LOG_ERROR, "stream_reader_failed", LOG_STR("part", r->pool ? "thread" : "pool"));
	db_pool_free(r->pool);
	free(r);
	return NULL;
}

void reader_stop(struct reader *r)
{
	if (!r)
		return;
	atomic_store(&r->stop, true);
	eventfd_write(r->bell, 1);
	pthread_join(r->thread, NULL);
	for (struct work *w; (w = next_asked(r));)
		work_free(w);
	for (struct work *w = reader_take(r), *next; w; w = next) {
		next = w->next;
		work_free(w);
	}
	db_listen_close(r->listener);
	db_pool_free(r->pool);
	close(r->bell);
	pthread_mutex_destroy(&r->lock);
	free(r);
}
