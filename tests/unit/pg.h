/* A private PostgreSQL server for unit tests, with the schema of migrations/ in it. */
#ifndef TESTS_UNIT_PG_H
#define TESTS_UNIT_PG_H

struct db_pool;

/*
 * Starts a server of its own on a Unix socket in a new folder and applies the migrations (found by the variable
 * srcdir). NULL: this machine has no server binaries; a line says so loudly, and the caller skips.
 */
struct db_pool *pg_start(void);

/* Stops it and removes the folder. */
void pg_stop(struct db_pool *pool);

#endif
