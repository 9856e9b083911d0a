/* The schema's versions: which migrations the database has, and applying the next one. */
#include "model/migrations.h"

#include "base/arena.h"
#include "base/log.h"
#include "db/db.h"

/* "hydrosim" in ASCII: a number that no other program's advisory lock is likely to have. */
#define LOCK "7529411391264156013"

enum err model_migrations_lock(struct db *db, struct arena *a, bool *got)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT pg_try_advisory_lock(" LOCK ")");
	*got = e == ERR_NONE && db_bool(&r, 0, 0);
	return e;
}

void model_migrations_unlock(struct db *db, struct arena *a)
{
	if (db_query(db, a, NULL, "SELECT pg_advisory_unlock(" LOCK ")") != ERR_NONE)
		log_event(LOG_WARN, "migrations_unlock_failed");
}

enum err model_migrations_applied(struct db *db, struct arena *a, struct migration **list, int *count)
{
	struct db_rows r;
	*list = NULL;
	*count = 0;
	enum err e = db_query(db, a, &r, "SELECT to_regclass('schema_migrations') IS NOT NULL");
	if (e != ERR_NONE || !db_bool(&r, 0, 0))
		return e;
	e = db_query(db, a, &r, "SELECT version, name, checksum FROM schema_migrations ORDER BY version");
	if (e != ERR_NONE)
		return e;
	*list = arena_alloc(a, sizeof(**list) * ((size_t)r.count + 1));
	*count = r.count;
	for (int i = 0; i < r.count; i++)
		(*list)[i] = (struct migration){ .version = db_int(&r, i, 0),
						 .name = db_text(&r, i, 1),
						 .checksum = db_text(&r, i, 2) };
	return ERR_NONE;
}

enum err model_migrations_apply(struct db *db, struct arena *a, const struct migration *m)
{
	enum err e = db_begin(db);
	if (e == ERR_NONE)
		e = db_script(db, "CREATE TABLE IF NOT EXISTS schema_migrations ("
				  "version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, "
				  "applied_at timestamptz NOT NULL DEFAULT now())");
	if (e == ERR_NONE)
		e = db_script(db, m->sql);
	if (e == ERR_NONE)
		e = db_query(db, a, NULL, "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
			     DB_INT(m->version), DB_TEXT(m->name), DB_TEXT(m->checksum));
	if (e == ERR_NONE)
		return db_commit(db);
	db_rollback(db);
	return e;
}
