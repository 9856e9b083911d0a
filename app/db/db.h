/* PostgreSQL: a pool of connections, one way to ask, transactions. The only room that includes libpq. */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db_pool;
struct db; /* one borrowed connection; one thread at a time */

/*
 * Prepares a pool of at most `max` connections (none is opened yet). `conninfo` is a libpq URI or keyword string;
 * each connection gets statement_timeout `statement_ms` (0: none), UTF-8 and the UTC zone. Any thread may borrow.
 */
struct db_pool *db_pool_new(const char *conninfo, const char *program, int max, int statement_ms);
void db_pool_free(struct db_pool *p);

/* Borrows a healthy connection, waiting at most wait_ms. NULL: none free, or the server does not answer (logged). */
struct db *db_acquire(struct db_pool *p, int wait_ms);

/* Gives it back; NULL is allowed. A connection in an open or failed transaction is closed instead. */
void db_release(struct db *db);

/*
 * True at most once in pause_ms for all who borrow from the connection's pool: for hints of which one is as good as many. False
 * for NULL. Any thread.
 */
bool db_hint_due(struct db *db, int pause_ms);

/* The number of connections open, lent, and of the limit; for health pages. */
struct db_pool_state {
	int open, lent, max;
};
struct db_pool_state db_pool_state(struct db_pool *p);

/* One parameter. Make it with the macros below; text must be valid UTF-8 without NUL (the edge has checked it). */
struct db_param {
	enum db_kind { DB_KIND_TEXT, DB_KIND_INT, DB_KIND_BOOL, DB_KIND_BYTES } kind;
	const void *ptr; /* NULL: SQL NULL */
	size_t len;
	int64_t number;
};
#define DB_TEXT(s) ((struct db_param){ .kind = DB_KIND_TEXT, .ptr = (s) })
#define DB_INT(n) ((struct db_param){ .kind = DB_KIND_INT, .number = (int64_t)(n), .ptr = "" })
/* An id of which 0 means none: SQL NULL. */
#define DB_ID(n) ((struct db_param){ .kind = DB_KIND_INT, .number = (int64_t)(n), .ptr = (n) ? "" : NULL })
#define DB_BOOL(b) ((struct db_param){ .kind = DB_KIND_BOOL, .number = (b), .ptr = "" })
#define DB_BYTES(p, n) ((struct db_param){ .kind = DB_KIND_BYTES, .ptr = (p), .len = (n) })

/* What a statement returned. The memory is the arena's: texts stay valid until its reset. */
struct db_rows {
	void *result;	  /* PGresult */
	int count;	  /* rows returned */
	int64_t affected; /* rows that INSERT, UPDATE or DELETE touched */
};

/*
 * Runs one statement with parameters $1, $2, ...; each is sent apart from the text (PQexecPrepared; the statement is prepared
 * once a connection). `sql` must be a literal. `rows` may be NULL when only the success matters.
 * ERR_CONFLICT: unique or exclusion violation; ERR_INVALID: foreign key, check or not-null violation; ERR_TIMEOUT: statement
 * timeout; ERR_UNAVAILABLE: no connection, server going down, serialization failure, deadlock; ERR_INTERNAL: the rest (logged).
 * db may be NULL (answers ERR_UNAVAILABLE), so a failed db_acquire needs no check of its own.
 * Cast parameters in the SQL where the type is not plain from the context: $1::bigint, $2::timestamptz.
 */
#define db_query(db, a, rows, sql, ...)                                                                                          \
	db_query_((db), (a), (rows), "" sql, DB_PREPARED, (const struct db_param[]){ { 0 }, ##__VA_ARGS__ },                     \
		  sizeof((const struct db_param[]){ { 0 }, ##__VA_ARGS__ }) / sizeof(struct db_param))
/* The same with results in binary form: for one bytea column, read by db_bytes. */
#define db_query_bytes(db, a, rows, sql, ...)                                                                                    \
	db_query_((db), (a), (rows), "" sql, DB_BINARY, (const struct db_param[]){ { 0 }, ##__VA_ARGS__ },                       \
		  sizeof((const struct db_param[]){ { 0 }, ##__VA_ARGS__ }) / sizeof(struct db_param))
/* The same, not prepared: planned for these very values. For what is searched for: how often it is there decides the plan. */
#define db_query_anew(db, a, rows, sql, ...)                                                                                     \
	db_query_((db), (a), (rows), "" sql, DB_ANEW, (const struct db_param[]){ { 0 }, ##__VA_ARGS__ },                         \
		  sizeof((const struct db_param[]){ { 0 }, ##__VA_ARGS__ }) / sizeof(struct db_param))
enum db_how { DB_PREPARED, DB_BINARY, DB_ANEW };
enum err db_query_(struct db *db, struct arena *a, struct db_rows *rows, const char *sql, enum db_how how,
		   const struct db_param *params, size_t count) MUST_CHECK;

/* Runs a script of statements without parameters (migrations only). */
enum err db_script(struct db *db, const char *sql) MUST_CHECK;

/*
 * Transactions. db_rollback after any failure inside; commit answers ERR_UNAVAILABLE when the outcome is unknown. Inside a
 * transaction they nest by savepoints: an inner commit is undone with the outer rollback.
 */
enum err db_begin(struct db *db) MUST_CHECK;
bool db_in_transaction(const struct db *db);
enum err db_commit(struct db *db) MUST_CHECK;
void db_rollback(struct db *db);
/* Ends a transaction, all of it or nothing: commits where e is ERR_NONE, and answers as db_commit; else rolls back, and returns
 * e. */
enum err db_end(struct db *db, enum err e) MUST_CHECK;

/* Columns of a row, numbered from 0. NULL reads as NULL, 0, false; db_is_null tells. */
const char *db_text(const struct db_rows *r, int row, int column);
int64_t db_int(const struct db_rows *r, int row, int column);
bool db_bool(const struct db_rows *r, int row, int column);
bool db_is_null(const struct db_rows *r, int row, int column);
const void *db_bytes(const struct db_rows *r, int row, int column, size_t *len);

/*
 * LISTEN on a connection of its own, outside any pool.
 * db_listen_open returns NULL when the server does not answer; the caller ends it with db_listen_close.
 * db_listen_wait waits at most ms for a notification: 1 and channel/payload (valid until the next call), 0 none, -1 connection
 * lost. db_listen_fd is for event loops; call db_listen_wait(.., 0, ..) until it returns 0 when it is readable.
 */
struct db_listener;
struct db_listener *db_listen_open(const char *conninfo, const char *program, const char *const *channels);
int db_listen_wait(struct db_listener *l, int ms, const char **channel, const char **payload);
int db_listen_fd(struct db_listener *l);
void db_listen_close(struct db_listener *l);

#endif
