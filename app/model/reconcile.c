/* What each application should be, for comparing it with what the clusters hold. */
#include "model/reconcile.h"

#include "base/arena.h"
#include "db/db.h"

enum err model_reconcile_list(struct db *db, struct arena *a, struct reconcile_row **out, int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e =
		db_query(db, a, &r,
			 "SELECT p.id, p.applied_cluster_id, CASE WHEN w.state IN ('pending', 'deploying') THEN w.cluster_id "
			 "END, p.app_state,"
			 " coalesce(w.state IN ('pending', 'deploying'), false), p.app_state = 'stopped'"
			 " FROM projects p LEFT JOIN deployments w ON w.id = p.wanted_deployment_id ORDER BY p.id LIMIT 100000");
	if (e)
		return e;
	*out = arena_alloc(a, sizeof **out * (size_t)(r.count + 1));
	*count = r.count;
	for (int i = 0; i < r.count; i++)
		(*out)[i] = (struct reconcile_row){ .project_id = db_int(&r, i, 0),
						    .cluster_id = db_int(&r, i, 1),
						    .moving_to = db_int(&r, i, 2),
						    .app_state = db_text(&r, i, 3),
						    .busy = db_bool(&r, i, 4),
						    .stopped = db_bool(&r, i, 5) };
	return ERR_NONE;
}
