/* Statements with parameters, transactions, rows; SQLSTATE becomes an error code here and nowhere else. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/pool.h"

enum { PARAMS_MAX = 40, BYTEA_OID = 17 };

static enum err from_sqlstate(const char *s)
{
	static const struct {
		const char *prefix;
		enum err err;
	} table[] = {
		{ "23505", ERR_CONFLICT }, { "23P01", ERR_CONFLICT },	 { "23", ERR_INVALID },	       { "22", ERR_INVALID },
		{ "57014", ERR_TIMEOUT },  { "57P", ERR_UNAVAILABLE },	 { "40", ERR_UNAVAILABLE },    { "53", ERR_UNAVAILABLE },
		{ "08", ERR_UNAVAILABLE }, { "25006", ERR_UNAVAILABLE }, { "55P03", ERR_UNAVAILABLE }, { "58", ERR_UNAVAILABLE },
	};
	if (!s)
		return ERR_UNAVAILABLE; /* no answer from the server at all */
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (!strncmp(s, table[i].prefix, strlen(table[i].prefix)))
			return table[i].err;
	return ERR_INTERNAL;
}

static enum err failed(struct db *db, PGresult *r, const char *sql)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	enum err e = PQstatus(db->conn) == CONNECTION_OK ? from_sqlstate(state) : ERR_UNAVAILABLE;
	if (e == ERR_UNAVAILABLE || e == ERR_TIMEOUT)
		db->broken = PQstatus(db->conn) != CONNECTION_OK || db->broken;
	if (e != ERR_CONFLICT)
		log_event(e == ERR_INTERNAL || e == ERR_INVALID ? LOG_ERROR : LOG_WARN, "db_query_failed",
			  LOG_STR("sqlstate", state ? state : ""), LOG_STR("error", PQerrorMessage(db->conn)),
			  LOG_STR("sql", sql));
	return e;
}

static bool prepared(struct db *db, const char *sql, bool *full)
{
	size_t at = ((uintptr_t)sql >> 3) % PREPARED_MAX;
	for (size_t i = 0; i < PREPARED_MAX; i++, at = (at + 1) % PREPARED_MAX) {
		if (db->prepared[at] == sql)
			return true;
		if (!db->prepared[at]) {
			db->prepared[at] = sql;
			return false;
		}
	}
	*full = true;
	return false;
}

static void forget(struct db *db)
{
	db->broken = true; /* a half-known set of statements: a new connection is simpler than repair */
}

/* Waits until an answer can be taken. False: it did not come in time, or the connection is gone. */
static bool wait_for_answer(struct db *db, int64_t end_ms)
{
	struct pollfd p = { .fd = PQsocket(db->conn), .events = POLLIN };
	while (PQisBusy(db->conn)) {
		int64_t left = end_ms ? end_ms - clock_ms() : -1;
		if (end_ms && left <= 0)
			return false;
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return false;
		if (p.revents && !PQconsumeInput(db->conn))
			return false;
	}
	return true;
}

/*
 * The last result of what was sent, as PQexec would return it, but never waiting longer than the connection's patience: a server
 * that hangs ends nothing by itself. NULL then, and the connection is not used again.
 */
static PGresult *answer(struct db *db, int sent)
{
	PGresult *last = NULL;
	int64_t end_ms = db->patience_ms ? clock_ms() + db->patience_ms : 0;
	while (sent && !db->hung) {
		if (!wait_for_answer(db, end_ms) && PQstatus(db->conn) == CONNECTION_OK) {
			db->hung = true;
			break;
		}
		PGresult *next = PQgetResult(db->conn);
		if (!next)
			return last;
		PQclear(last);
		last = next;
	}
	db->broken = true;
	PQclear(last);
	return NULL;
}

static PGresult *execute(struct db *db, const char *sql)
{
	return answer(db, PQsendQuery(db->conn, sql));
}

static void clear(void *r)
{
	PQclear(r);
}

static PGresult *run(struct db *db, const char *sql, enum db_how how, int n, const char *const *values, const int *lengths,
		     const int *formats, const Oid *types)
{
	char name[32];
	int binary = how == DB_BINARY;
	bool anew = how == DB_ANEW;
	snprintf(name, sizeof name, "s%" PRIxPTR, (uintptr_t)sql);
	if (!anew && !prepared(db, sql, &anew) && !anew) {
		PGresult *r = answer(db, PQsendPrepare(db->conn, name, sql, n, types));
		if (PQresultStatus(r) != PGRES_COMMAND_OK) {
			forget(db);
			return r;
		}
		PQclear(r);
	}
	if (anew)
		return answer(db, PQsendQueryParams(db->conn, sql, n, types, values, lengths, formats, binary));
	return answer(db, PQsendQueryPrepared(db->conn, name, n, values, lengths, formats, binary));
}

enum err db_query_(struct db *db, struct arena *a, struct db_rows *rows, const char *sql, enum db_how how,
		   const struct db_param *params, size_t count)
{
	if (rows)
		*rows = (struct db_rows){ 0 };
	if (!db)
		return ERR_UNAVAILABLE;
	const char *values[PARAMS_MAX];
	int lengths[PARAMS_MAX], formats[PARAMS_MAX];
	Oid types[PARAMS_MAX];
	char numbers[PARAMS_MAX][24];
	int n = (int)count - 1;
	if (n > PARAMS_MAX)
		abort();
	for (int i = 0; i < n; i++) {
		const struct db_param *p = &params[i + 1];
		values[i] = p->ptr;
		lengths[i] = (int)p->len;
		formats[i] = p->kind == DB_KIND_BYTES;
		types[i] = p->kind == DB_KIND_BYTES ? BYTEA_OID : 0;
		if (p->ptr && p->kind == DB_KIND_INT) {
			snprintf(numbers[i], sizeof numbers[i], "%" PRId64, p->number);
			values[i] = numbers[i];
		} else if (p->ptr && p->kind == DB_KIND_BOOL) {
			values[i] = p->number ? "t" : "f";
		}
	}
	PGresult *r = run(db, sql, how, n, values, lengths, formats, types);
	ExecStatusType status = PQresultStatus(r);
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
		enum err e = failed(db, r, sql);
		PQclear(r);
		return e;
	}
	if (!rows) {
		PQclear(r);
		return ERR_NONE;
	}
	rows->result = r;
	rows->count = PQntuples(r);
	rows->affected = strtoll(PQcmdTuples(r), NULL, 10);
	arena_defer(a, clear, r);
	return ERR_NONE;
}

enum err db_script(struct db *db, const char *sql)
{
	if (!db)
		return ERR_UNAVAILABLE;
	PGresult *r = execute(db, sql);
	ExecStatusType status = PQresultStatus(r);
	enum err e = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY ? ERR_NONE
													    : failed(db, r, sql);
	PQclear(r);
	return e;
}

enum err db_begin(struct db *db)
{
	char sql[32] = "BEGIN";
	if (db && db->depth)
		snprintf(sql, sizeof sql, "SAVEPOINT s%d", db->depth);
	enum err e = db_script(db, sql);
	if (e == ERR_NONE)
		db->depth++;
	return e;
}

bool db_in_transaction(const struct db *db)
{
	return db && db->depth;
}

enum err db_commit(struct db *db)
{
	if (!db)
		return ERR_UNAVAILABLE;
	if (db->depth > 1) {
		char sql[32];
		snprintf(sql, sizeof sql, "RELEASE SAVEPOINT s%d", db->depth - 1);
		enum err inner = db_script(db, sql);
		if (inner == ERR_NONE)
			db->depth--;
		return inner;
	}
	PGresult *r = execute(db, "COMMIT");
	db->depth = 0;
	/* COMMIT of a failed transaction answers ROLLBACK: nothing was kept. */
	bool kept = PQresultStatus(r) == PGRES_COMMAND_OK && !strcmp(PQcmdStatus(r), "COMMIT");
	enum err e = kept ? ERR_NONE : PQresultStatus(r) == PGRES_COMMAND_OK ? ERR_INTERNAL : failed(db, r, "COMMIT");
	PQclear(r);
	return e;
}

void db_rollback(struct db *db)
{
	if (!db)
		return;
	char sql[96] = "ROLLBACK";
	if (db->depth > 1)
		snprintf(sql, sizeof sql, "ROLLBACK TO SAVEPOINT s%d; RELEASE SAVEPOINT s%d", db->depth - 1, db->depth - 1);
	PGresult *r = execute(db, sql);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		db->broken = true;
	PQclear(r);
	if (db->depth)
		db->depth--;
}

enum err db_end(struct db *db, enum err e)
{
	if (e == ERR_NONE)
		return db_commit(db);
	db_rollback(db);
	return e;
}

const char *db_text(const struct db_rows *r, int row, int column)
{
	return PQgetisnull(r->result, row, column) ? NULL : PQgetvalue(r->result, row, column);
}

int64_t db_int(const struct db_rows *r, int row, int column)
{
	return strtoll(PQgetvalue(r->result, row, column), NULL, 10);
}

bool db_bool(const struct db_rows *r, int row, int column)
{
	return *PQgetvalue(r->result, row, column) == 't';
}

bool db_is_null(const struct db_rows *r, int row, int column)
{
	return PQgetisnull(r->result, row, column);
}

const void *db_bytes(const struct db_rows *r, int row, int column, size_t *len)
{
	*len = (size_t)PQgetlength(r->result, row, column);
	return PQgetvalue(r->result, row, column);
}
