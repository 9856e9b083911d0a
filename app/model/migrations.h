/* The schema's versions: which migrations the database has, and applying the next one. */
#ifndef MODEL_MIGRATIONS_H
#define MODEL_MIGRATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* A migration: a file of data_dir/migrations "0001_init.sql", or a row of schema_migrations. */
struct migration {
	int64_t version;
	const char *name;     /* the file's name */
	const char *checksum; /* SHA-256 of the file, hex */
	const char *sql;      /* NULL in rows */
};

/* Tries to become the one who migrates; the lock is the connection's and ends with it or by model_migrations_unlock. */
enum err model_migrations_lock(struct db *db, struct arena *a, bool *got) MUST_CHECK;
void model_migrations_unlock(struct db *db, struct arena *a);

/* What has been applied, by version; none in a new database. The array and its texts are the arena's. */
enum err model_migrations_applied(struct db *db, struct arena *a, struct migration **list, int *count) MUST_CHECK;

/* Runs one migration and records it, in one transaction; makes schema_migrations first where it is missing. */
enum err model_migrations_apply(struct db *db, struct arena *a, const struct migration *m) MUST_CHECK;

#endif
