/* Terminals: threads between browsers and shells in containers. */
#include "stream/terminal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/phrases.h"
#include "base/secret.h"
#include "config.h"
#include "db/db.h"
#include "fetch/fetch.h"
#include "kube/exec.h"
#include "kube/kube.h"
#include "model/cluster_links.h"
#include "model/terminals.h"

enum {
	SEATS_MAX = 64,
	SEATS_USER = 3,
	OUT_MAX = 256 << 10, /* then the shell waits */
	IN_MAX = 64 << 10,
	DB_MAX = 4,
	STATEMENT_MS = 2000,
	CLUSTER_MS = 4000,
	ACQUIRE_MS = 2000,
	ARENA = 4 << 20,
	TICKET_MAX = 128,
	LOOK_MS = 5000,	      /* whoever opened it is looked at again */
	LOOK_AWAY_MS = 30000, /* where the database did not answer: it ends nothing, and is not waited for all the time */
	LOOK_ARENA = 64 << 10,
};

struct terminals {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* a seat has room again, was left, or a thread ended */
	struct seat *first;
	int threads;
	void (*wake)(void *);
	void *wake_arg;
	struct arena *arena;
	struct db_pool *pool;
	struct keyring *keys;
	struct kube *own;
	struct cluster_links *links;
};

/* All but what is set at its begin is under the lock. Held by the browser's side and by its thread. */
struct seat {
	struct terminals *all;
	struct seat *next;
	int64_t user_id;
	char ticket[TICKET_MAX];
	void *connection;
	int holders, wake_fd;
	struct buf in, out;
	char say[600]; /* a message about the terminal, before what is in `out` (open) or behind it (ended) */
	int columns, rows;
	bool resized, left, ended;
};

/* --- the browser's side ------------------------------------------------------------------------------------------------- */

static void drop(struct seat *s)
{
	if (--s->holders)
		return;
	for (struct seat **at = &s->all->first; *at; at = &(*at)->next)
		if (*at == s) {
			*at = s->next;
			break;
		}
	close(s->wake_fd);
	buf_free(&s->in);
	buf_free(&s->out);
	free(s);
}

static void poke(struct seat *s)
{
	uint64_t one = 1;
	if (write(s->wake_fd, &one, sizeof one) < 0)
		return; /* its counter is full: it is awake */
}

void seat_leave(struct seat *s)
{
	if (!s)
		return;
	struct terminals *t = s->all;
	pthread_mutex_lock(&t->lock);
	s->left = true;
	s->connection = NULL;
	poke(s);
	pthread_cond_broadcast(&t->changed);
	drop(s);
	pthread_mutex_unlock(&t->lock);
}

bool seat_type(struct seat *s, const char *bytes, size_t len)
{
	pthread_mutex_lock(&s->all->lock);
	buf_add(&s->in, bytes, len);
	bool taken = !s->in.failed;
	poke(s);
	pthread_mutex_unlock(&s->all->lock);
	return taken;
}

void seat_resize(struct seat *s, int columns, int rows)
{
	pthread_mutex_lock(&s->all->lock);
	s->columns = columns;
	s->rows = rows;
	s->resized = true;
	poke(s);
	pthread_mutex_unlock(&s->all->lock);
}

size_t seat_take(struct seat *s, char *out, size_t room, bool *is_text)
{
	size_t n = 0;
	pthread_mutex_lock(&s->all->lock);
	*is_text = *s->say && (!s->ended || !s->out.len);
	if (*is_text) {
		n = strlen(s->say);
		memcpy(out, s->say, n);
		*s->say = 0;
	} else if (s->out.len) {
		n = s->out.len < room ? s->out.len : room;
		memcpy(out, s->out.data, n);
		buf_consume(&s->out, n);
		pthread_cond_broadcast(&s->all->changed);
	}
	pthread_mutex_unlock(&s->all->lock);
	return n;
}

bool seat_is_over(struct seat *s)
{
	pthread_mutex_lock(&s->all->lock);
	bool over = s->ended && !s->out.len && !*s->say;
	pthread_mutex_unlock(&s->all->lock);
	return over;
}

void terminals_each(struct terminals *t, void (*fn)(void *connection))
{
	pthread_mutex_lock(&t->lock);
	for (struct seat *s = t->first; s; s = s->next)
		if (s->connection && (s->ended || s->out.len || *s->say))
			fn(s->connection);
	pthread_mutex_unlock(&t->lock);
}

/* --- the thread's side -------------------------------------------------------------------------------------------------- */

static void say(struct seat *s, const char *state, const char *message, bool end)
{
	struct arena *a = arena_new(64 << 10);
	const char *text = "{}";
	if (a) {
		json_object *o = json_build(a, "{'state':%s,'message':%s}", state, arena_printf(a, "%.400s", message));
		text = json_object_to_json_string_ext(o, JSON_PLAIN);
	}
	pthread_mutex_lock(&s->all->lock);
	size_t n = strlen(text);
	if (n < sizeof s->say)
		memcpy(s->say, text, n + 1);
	s->ended = s->ended || end;
	pthread_mutex_unlock(&s->all->lock);
	arena_free(a);
	s->all->wake(s->all->wake_arg);
}

/* Waits where the browser does not keep up, at most until `end` (clock_ms). False: it is gone, or the time is over. */
static bool put(struct seat *s, const char *bytes, size_t len, int64_t end)
{
	struct terminals *t = s->all;
	const struct timespec until = { .tv_sec = end / 1000, .tv_nsec = end % 1000 * 1000000 };
	bool in_time = true;
	pthread_mutex_lock(&t->lock);
	while (!s->left && in_time && s->out.len > OUT_MAX)
		in_time = pthread_cond_timedwait(&t->changed, &t->lock, &until) != ETIMEDOUT;
	bool there = !s->left && in_time;
	if (there)
		buf_add(&s->out, bytes, len);
	pthread_mutex_unlock(&t->lock);
	t->wake(t->wake_arg);
	return there;
}

/* Passes on what was typed. False: the browser or the cluster is gone. */
static bool pass_on(struct seat *s, struct kube_exec *x)
{
	uint64_t count;
	struct buf in = { 0 };
	if (read(s->wake_fd, &count, sizeof count) < 0)
		return true; /* nothing new */
	pthread_mutex_lock(&s->all->lock);
	bool left = s->left, resized = s->resized;
	int columns = s->columns, rows = s->rows;
	buf_add(&in, s->in.data ? s->in.data : "", s->in.len);
	buf_reset(&s->in);
	s->resized = false;
	pthread_mutex_unlock(&s->all->lock);
	bool good = !left && (!resized || kube_exec_resize(x, columns, rows)) && (!in.len || kube_exec_write(x, in.data, in.len));
	buf_free(&in);
	return good;
}

/* After how many milliseconds whoever opened it is to be looked at again; 0: it is his no more. */
static int look(struct terminals *t, const struct terminal *where)
{
	struct arena *a = arena_new(LOOK_ARENA);
	struct db *db = a ? db_acquire(t->pool, 0) : NULL;
	enum err e = db ? model_terminals_look(db, a, where) : ERR_UNAVAILABLE;
	db_release(db);
	arena_free(a);
	return e == ERR_NOT_FOUND ? 0 : e ? LOOK_AWAY_MS : LOOK_MS;
}

/* Until one of the two ends it, or its time or the right to it is over; why, for the audit trail. */
static const char *serve(struct seat *s, struct kube_exec *x, const struct terminal *where)
{
	int64_t now = clock_ms(), end = now + (int64_t)where->seconds * 1000, next = now + LOOK_MS;
	const char *bytes, *message;
	size_t len;
	for (;;) {
		now = clock_ms();
		if (now >= end)
			return phrase_text(PHRASE_TERMINAL_TIME);
		if (now >= next) {
			int pause = look(s->all, where);
			if (!pause)
				return phrase_text(PHRASE_TERMINAL_RIGHT);
			next = now + pause;
		}
		switch (kube_exec_read(x, (int)((next < end ? next : end) - now), s->wake_fd, &bytes, &len)) {
		case EXEC_OUTPUT:
			if (!put(s, bytes, len, end))
				return clock_ms() < end ? phrase_text(PHRASE_TERMINAL_CLOSED) : phrase_text(PHRASE_TERMINAL_TIME);
			break;
		case EXEC_END:
			return kube_exec_end(x, &message) < 0 && *message ? message : phrase_text(PHRASE_TERMINAL_SHELL);
		case EXEC_LOST:
			return phrase_text(PHRASE_TERMINAL_LOST);
		case EXEC_NOTHING:
			break;
		}
		if (!pass_on(s, x))
			return phrase_text(PHRASE_TERMINAL_CLOSED);
	}
}

static enum err open_shell(struct terminals *t, struct arena *a, const struct terminal *where, struct cluster_link **link,
			   struct kube_exec **x, const char **why)
{
	/* Few control sequences; the better shell where there are two. */
	static const char *const argv[] = { "/bin/sh", "-c",
					    "TERM=dumb; export TERM; command -v bash >/dev/null && exec bash --norc || exec sh" };
	struct kube_exec_ask ask = { .ns = where->ns,
				     .pod = where->pod,
				     .container = where->container,
				     .argv = argv,
				     .argc = 3,
				     .tty = true,
				     .input = true };
	struct db *db = db_acquire(t->pool, ACQUIRE_MS);
	enum err e = cluster_link_get(t->links, db, a, where->cluster_id, link, why);
	db_release(db);
	return e ? e : kube_exec_open((*link)->kube, a, &ask, x, why);
}

/* A terminal whose ticket is used: to its end, with the audit line of that. Returns the sentence for the browser. */
static const char *run(struct seat *s, struct arena *a, const struct terminal *where)
{
	struct terminals *t = s->all;
	struct cluster_link *link = NULL;
	struct kube_exec *x = NULL;
	const char *why = "";
	int64_t began = clock_ms();
	enum err e = open_shell(t, a, where, &link, &x, &why);
	if (!e) {
		say(s, "open", "", false);
		why = arena_strdup(a, serve(s, x, where));
	} else if (!*why) {
		why = err_name(e);
	}
	kube_exec_close(x);
	cluster_link_put(t->links, link);
	struct db *db = db_acquire(t->pool, ACQUIRE_MS);
	if (model_terminals_close(db, a, where, (clock_ms() - began) / 1000, why))
		log_event(LOG_ERROR, "terminal_end_not_written", LOG_NUM("ticket", where->id), LOG_STR("why", why));
	db_release(db);
	log_event(LOG_INFO, "terminal_ended", LOG_NUM("user_id", where->user_id), LOG_NUM("project_id", where->project_id),
		  LOG_NUM("ms", clock_ms() - began), LOG_STR("why", why));
	return why;
}

static void *thread_main(void *context)
{
	struct seat *s = context;
	struct terminals *t = s->all;
	struct terminal where;
	struct arena *a = arena_new(ARENA);
	struct db *db = a ? db_acquire(t->pool, ACQUIRE_MS) : NULL;
	enum err e = model_terminals_take(db, a, s->ticket, s->user_id, &where);
	db_release(db);
	if (e)
		log_event(LOG_WARN, "terminal_refused", LOG_NUM("user_id", s->user_id), LOG_STR("error", err_name(e)));
	const char *why = !e		       ? run(s, a, &where)
			  : e == ERR_NOT_FOUND ? "This ticket was used already, or is too old."
					       : err_name(e);
	say(s, "ended", why, true);
	arena_free(a);
	fetch_thread_end();
	pthread_mutex_lock(&t->lock);
	t->threads--;
	drop(s);
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* --- all of them -------------------------------------------------------------------------------------------------------- */

static struct seat *seat_new(struct terminals *t, int64_t user_id, const char *ticket, int columns, int rows, void *connection)
{
	size_t n = strlen(ticket);
	struct seat *s = n < TICKET_MAX ? calloc(1, sizeof *s) : NULL;
	if (!s)
		return NULL;
	*s = (struct seat){ .all = t,
			    .user_id = user_id,
			    .connection = connection,
			    .holders = 2,
			    .wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
			    .columns = columns,
			    .rows = rows,
			    .resized = columns && rows };
	s->in.cap = IN_MAX;
	poke(s); /* the size is passed on first */
	memcpy(s->ticket, ticket, n + 1);
	if (s->wake_fd >= 0)
		return s;
	free(s);
	return NULL;
}

static bool may_sit(const struct terminals *t, int64_t user_id)
{
	int all = 0, own = 0;
	for (const struct seat *s = t->first; s; s = s->next) {
		all++;
		own += s->user_id == user_id;
	}
	return all < SEATS_MAX && own < SEATS_USER;
}

struct seat *terminals_sit(struct terminals *t, int64_t user_id, const char *ticket, int columns, int rows, void *connection)
{
	pthread_t thread;
	pthread_attr_t attributes;
	sigset_t all;
	pthread_mutex_lock(&t->lock);
	struct seat *s = may_sit(t, user_id) ? seat_new(t, user_id, ticket, columns, rows, connection) : NULL;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_attr_setsigmask_np(&attributes, &all); /* signals belong to the event loop's thread */
	if (s) {
		s->next = t->first;
		t->first = s;
		t->threads++;
		if (pthread_create(&thread, &attributes, thread_main, s)) {
			t->threads--;
			s->holders = 1;
			drop(s);
			s = NULL;
		}
	}
	pthread_attr_destroy(&attributes);
	pthread_mutex_unlock(&t->lock);
	return s;
}

struct terminals *terminals_new(const struct config *c, void (*wake)(void *), void *wake_arg)
{
	const char *why = "";
	pthread_condattr_t attributes;
	struct terminals *t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	fetch_init();
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	t->wake = wake;
	t->wake_arg = wake_arg;
	t->arena = arena_new(ARENA);
	t->pool = db_pool_new(c->database_url, "portal-stream-terminals", DB_MAX, STATEMENT_MS);
	t->keys = keyring_new(c->secret_keys);
	t->own = t->arena ? kube_open(t->arena, c->k8s_config_path, &why) : NULL;
	if (t->own)
		kube_set_patience(t->own, CLUSTER_MS);
	t->links = cluster_links_new(t->keys, t->own, t->own ? NULL : why, CLUSTER_MS, c->cluster_local);
	if (t->arena && t->pool && t->keys && t->links)
		return t;
	log_event(LOG_ERROR, "terminals_not_opened");
	terminals_free(t);
	return NULL;
}

void terminals_stop(struct terminals *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	for (struct seat *s = t->first; s; s = s->next) {
		s->left = true;
		poke(s);
	}
	pthread_cond_broadcast(&t->changed);
	while (t->threads)
		pthread_cond_wait(&t->changed, &t->lock);
	pthread_mutex_unlock(&t->lock);
}

void terminals_free(struct terminals *t)
{
	if (!t)
		return;
	cluster_links_free(t->links);
	kube_free(t->own);
	keyring_free(t->keys);
	db_pool_free(t->pool);
	arena_free(t->arena);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	free(t);
}
