/* The pool: lends connections, waits when all are lent, closes what is broken, old or long unused. */
#include "db/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

enum { LIFETIME_MS = 30 * 60 * 1000, IDLE_MS = 5 * 60 * 1000, PATIENCE_MS = 1000 /* for the server to end a statement itself */ };

struct db_pool {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	char *conninfo, *program;
	int max, open, lent, statement_ms;
	int64_t hinted_ms; /* when db_hint_due last said yes */
	struct db *idle;   /* the last used first */
};

struct db_pool *db_pool_new(const char *conninfo, const char *program, int max, int statement_ms)
{
	struct db_pool *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->freed, &attr);
	pthread_condattr_destroy(&attr);
	p->conninfo = strdup(conninfo);
	p->program = strdup(program);
	p->max = max;
	p->statement_ms = statement_ms;
	return p;
}

static void destroy(struct db *db)
{
	PQfinish(db->conn);
	free(db);
}

void db_pool_free(struct db_pool *p)
{
	if (!p)
		return;
	while (p->idle) {
		struct db *db = p->idle;
		p->idle = db->next;
		destroy(db);
	}
	pthread_cond_destroy(&p->freed);
	pthread_mutex_destroy(&p->lock);
	free(p->conninfo);
	free(p->program);
	free(p);
}

/* The server's warnings go where all other lines go. */
static void notice(void *context, const char *message)
{
	(void)context;
	log_event(LOG_WARN, "db_notice", LOG_STR("message", message));
}

PGconn *db_connect(const char *conninfo, const char *program)
{
	const char *const keys[] = { "dbname",
				     "fallback_application_name",
				     "connect_timeout",
				     "tcp_user_timeout",
				     "keepalives_idle",
				     "client_encoding",
				     NULL };
	const char *const values[] = { conninfo, program, "3", "5000", "15", "UTF8", NULL };
	PGconn *c = PQconnectdbParams(keys, values, 1);
	if (PQstatus(c) == CONNECTION_OK) {
		PQsetNoticeProcessor(c, notice, NULL);
		return c;
	}
	/* libpq's message may name host and user; never a password. */
	log_event(LOG_ERROR, "db_connect_failed", LOG_STR("error", PQerrorMessage(c)));
	PQfinish(c);
	return NULL;
}

static struct db *open_one(struct db_pool *p)
{
	struct db *db = calloc(1, sizeof(*db));
	if (!db)
		return NULL;
	db->pool = p;
	db->conn = db_connect(p->conninfo, p->program);
	if (!db->conn) {
		free(db);
		return NULL;
	}
	char set[192];
	/* The rows that lists ask for are in memory, or on a disk that does not turn: reading them by an index costs little. */
	snprintf(set, sizeof set,
		 "SET timezone TO 'UTC'; SET statement_timeout TO %d; SET idle_in_transaction_session_timeout TO 30000;"
		 " SET random_page_cost TO 1.1",
		 p->statement_ms);
	PGresult *r = PQexec(db->conn, set);
	bool ok = PQresultStatus(r) == PGRES_COMMAND_OK;
	PQclear(r);
	if (!ok) {
		destroy(db);
		return NULL;
	}
	db->opened_ms = clock_ms();
	db->patience_ms = p->statement_ms ? p->statement_ms + PATIENCE_MS : 0;
	return db;
}

static struct timespec deadline_after(int ms)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

/* A connection that the server closed while it lay idle shows as readable end of file. */
static bool usable(struct db *db, int64_t now)
{
	if (now - db->opened_ms > LIFETIME_MS || now - db->used_ms > IDLE_MS)
		return false;
	return PQconsumeInput(db->conn) && PQstatus(db->conn) == CONNECTION_OK;
}

struct db *db_acquire(struct db_pool *p, int wait_ms)
{
	struct timespec end = deadline_after(wait_ms);
	struct db *db = NULL;
	pthread_mutex_lock(&p->lock);
	while (p->lent >= p->max)
		if (pthread_cond_timedwait(&p->freed, &p->lock, &end) == ETIMEDOUT)
			break;
	if (p->lent >= p->max) {
		pthread_mutex_unlock(&p->lock);
		log_event(LOG_WARN, "db_pool_exhausted", LOG_NUM("max", p->max));
		return NULL;
	}
	p->lent++;
	struct db *stale = NULL;
	int64_t now = clock_ms();
	while (p->idle && !db) {
		struct db *candidate = p->idle;
		p->idle = candidate->next;
		if (usable(candidate, now)) {
			db = candidate;
		} else {
			candidate->next = stale;
			stale = candidate;
			p->open--;
		}
	}
	if (!db)
		p->open++;
	pthread_mutex_unlock(&p->lock);
	while (stale) {
		struct db *next = stale->next;
		destroy(stale);
		stale = next;
	}
	if (!db)
		db = open_one(p);
	if (db)
		return db;
	pthread_mutex_lock(&p->lock);
	p->open--;
	p->lent--;
	pthread_cond_signal(&p->freed);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

void db_release(struct db *db)
{
	if (!db)
		return;
	struct db_pool *p = db->pool;
	bool keep = !db->broken && PQstatus(db->conn) == CONNECTION_OK && PQtransactionStatus(db->conn) == PQTRANS_IDLE;
	db->used_ms = clock_ms();
	pthread_mutex_lock(&p->lock);
	p->lent--;
	if (keep) {
		db->next = p->idle;
		p->idle = db;
	} else {
		p->open--;
	}
	pthread_cond_signal(&p->freed);
	pthread_mutex_unlock(&p->lock);
	if (!keep)
		destroy(db);
}

bool db_hint_due(struct db *db, int pause_ms)
{
	if (!db)
		return false;
	int64_t now = clock_ms();
	pthread_mutex_lock(&db->pool->lock);
	bool due = !db->pool->hinted_ms || now - db->pool->hinted_ms >= pause_ms;
	if (due)
		db->pool->hinted_ms = now;
	pthread_mutex_unlock(&db->pool->lock);
	return due;
}

struct db_pool_state db_pool_state(struct db_pool *p)
{
	pthread_mutex_lock(&p->lock);
	struct db_pool_state s = { .open = p->open, .lent = p->lent, .max = p->max };
	pthread_mutex_unlock(&p->lock);
	return s;
}
