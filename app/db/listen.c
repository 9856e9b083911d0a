/* LISTEN on a connection of its own: a hint that something changed, never the only word of it. */
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/pool.h"

struct db_listener {
	PGconn *conn;
	PGnotify *last;
};

static bool listen_on(PGconn *c, const char *channel)
{
	char *quoted = PQescapeIdentifier(c, channel, __builtin_strlen(channel));
	char sql[128] = "LISTEN ";
	bool ok = quoted && __builtin_strlen(quoted) < sizeof sql - 8;
	if (ok) {
		__builtin_memcpy(sql + 7, quoted, __builtin_strlen(quoted) + 1);
		PGresult *r = PQexec(c, sql);
		ok = PQresultStatus(r) == PGRES_COMMAND_OK;
		PQclear(r);
	}
	PQfreemem(quoted);
	return ok;
}

struct db_listener *db_listen_open(const char *conninfo, const char *program, const char *const *channels)
{
	struct db_listener *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->conn = db_connect(conninfo, program);
	for (; l->conn && *channels; channels++)
		if (!listen_on(l->conn, *channels)) {
			log_event(LOG_ERROR, "db_listen_failed", LOG_STR("channel", *channels));
			PQfinish(l->conn);
			l->conn = NULL;
			break;
		}
	if (!l->conn) {
		free(l);
		return NULL;
	}
	return l;
}

static int take(struct db_listener *l, const char **channel, const char **payload)
{
	PQfreemem(l->last);
	l->last = PQnotifies(l->conn);
	if (!l->last)
		return 0;
	*channel = l->last->relname;
	*payload = l->last->extra;
	return 1;
}

int db_listen_wait(struct db_listener *l, int ms, const char **channel, const char **payload)
{
	int64_t end = clock_ms() + ms;
	for (;;) {
		if (take(l, channel, payload))
			return 1;
		int64_t left = end - clock_ms();
		struct pollfd p = { .fd = PQsocket(l->conn), .events = POLLIN };
		int ready = poll(&p, 1, left > 0 ? (int)left : 0);
		if (ready > 0 && (!PQconsumeInput(l->conn) || PQstatus(l->conn) != CONNECTION_OK))
			return -1;
		if (ready <= 0)
			return take(l, channel, payload);
	}
}

int db_listen_fd(struct db_listener *l)
{
	return PQsocket(l->conn);
}

void db_listen_close(struct db_listener *l)
{
	if (!l)
		return;
	PQfreemem(l->last);
	PQfinish(l->conn);
	free(l);
}
