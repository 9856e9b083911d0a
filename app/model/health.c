/* Whether the portal's parts are there, as the database sees it. */
#include "model/health.h"

#include "db/db.h"
#include "model/workers.h"

enum err model_health_read(struct db *db, struct arena *a, struct health *out)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows,
			      "SELECT (SELECT count(*) FROM workers WHERE stopped_at IS NULL "
			      "AND heartbeat_at > now() - make_interval(secs => $1::integer)), "
			      "(SELECT max(version) FROM schema_migrations)",
			      DB_INT(LEASE_SECONDS));
	if (e != ERR_NONE)
		return e;
	*out = (struct health){ .workers = (int)db_int(&rows, 0, 0), .schema = db_text(&rows, 0, 1) };
	return ERR_NONE;
}
