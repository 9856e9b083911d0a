/* A private PostgreSQL server for unit tests, with the schema of migrations/ in it. */
#ifndef TESTS_UNIT_PG_H
#define TESTS_UNIT_PG_H

#include <stddef.h>

struct arena;
struct db;
struct db_pool;

/*
 * Starts a server of its own on a Unix socket in a new folder and applies the migrations (found by the variable
 * srcdir). NULL: this machine has no server binaries; a line says so loudly, and the caller skips.
 */
struct db_pool *pg_start(void);

/* Stops it and removes the folder. */
void pg_stop(struct db_pool *pool);

/*
 * pg_start for tests that share one connection and one arena. *a: an arena in any case; *db: NULL where there is no pool or no
 * connection.
 */
struct db_pool *pg_open(size_t arena_bytes, struct arena **a, struct db **db);

/* Gives all three back, of which pool and db may be NULL. Returns 0, as cmocka's teardowns do. */
int pg_close(struct db_pool *pool, struct arena *a, struct db *db);

/* Skips the test where the pool or connection is not there. */
#define NEED_DATABASE(handle)                                                                                                    \
	if (!(handle))                                                                                                           \
	skip()

#endif
