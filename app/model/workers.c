/* Workers: one row a process, whose heartbeat is the lease on everything that it drives. */
#include "model/workers.h"

#include "db/db.h"

enum err model_workers_register(struct db *db, struct arena *a, const char *host, int pid, const char *version, struct lease *out)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r, "INSERT INTO workers (host, pid, version) VALUES ($1, $2::integer, $3) RETURNING id, epoch",
			 DB_TEXT(host), DB_INT(pid), DB_TEXT(version));
	if (e)
		return e;
	*out = (struct lease){ db_int(&r, 0, 0), db_int(&r, 0, 1) };
	return ERR_NONE;
}

enum err model_workers_beat(struct db *db, struct arena *a, const struct lease *l)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "UPDATE workers SET heartbeat_at = now() WHERE id = $1::bigint AND epoch = $2::bigint"
			      " AND stopped_at IS NULL AND heartbeat_at > now() - make_interval(secs => $3::integer)",
			      DB_INT(l->worker_id), DB_INT(l->epoch), DB_INT(LEASE_SECONDS));
	return e ? e : r.affected == 1 ? ERR_NONE : ERR_CONFLICT;
}

enum err model_workers_renew(struct db *db, struct arena *a, struct lease *l)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "UPDATE workers SET epoch = epoch + 1, heartbeat_at = now(), stopped_at = NULL"
			      " WHERE id = $1::bigint RETURNING epoch",
			      DB_INT(l->worker_id));
	if (e)
		return e;
	if (r.count != 1)
		return ERR_NOT_FOUND;
	l->epoch = db_int(&r, 0, 0);
	return ERR_NONE;
}

enum err model_workers_stop(struct db *db, struct arena *a, const struct lease *l)
{
	return db_query(db, a, NULL, "UPDATE workers SET stopped_at = now() WHERE id = $1::bigint AND epoch = $2::bigint",
			DB_INT(l->worker_id), DB_INT(l->epoch));
}

enum err model_workers_sweep(struct db *db, struct arena *a)
{
	return db_query(db, a, NULL,
			"DELETE FROM workers w WHERE coalesce(w.stopped_at, w.heartbeat_at) < now() - interval '1 day'"
			" AND NOT EXISTS (SELECT 1 FROM builds b WHERE b.worker_id = w.id)"
			" AND NOT EXISTS (SELECT 1 FROM deployments d WHERE d.worker_id = w.id)");
}
