/* One act on many projects of a course. */
#include "model/bulk.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/acts.h"

/* What the act would bring, and whether it can be. A quota is known only when it is asked for. */
static void weigh(struct bulk_row *row, enum deployment_action action)
{
	bool deployed = strcmp(row->app_state, "none") != 0;
	if (action == ACT_DEPLOY)
		row->refusal = row->build_id ? REFUSED_NOT : REFUSED_NO_IMAGE;
	else if (action == ACT_ROLLBACK)
		row->refusal = row->deployment_id ? REFUSED_NOT : REFUSED_NOTHING_EARLIER;
	else
		row->refusal = deployed ? REFUSED_NOT : REFUSED_NOT_DEPLOYED;
}

enum err model_bulk_plan(struct db *db, struct arena *a, int64_t course_id, const char *ids, enum deployment_action action,
			 struct bulk_row **out, int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e =
		db_query(db, a, &r,
			 "SELECT p.id, s.user_id, p.name, s.name, s.student_number, p.app_state, b.id, e.id,"
			 " CASE WHEN $3 = 'deploy' THEN b.commit_sha WHEN $3 = 'rollback' THEN e.commit_sha END"
			 " FROM projects p JOIN students s ON s.id = p.student_id"
			 " LEFT JOIN LATERAL (SELECT id, commit_sha FROM builds WHERE project_id = p.id AND status = 'success'"
			 "  AND digest IS NOT NULL ORDER BY id DESC LIMIT 1) b ON true"
			 " LEFT JOIN LATERAL (SELECT d.id, d.commit_sha FROM deployments d LEFT JOIN deployments now"
			 "  ON now.id = p.serving_deployment_id WHERE d.project_id = p.id AND " DEPLOYMENT_CAN_RETURN(
				 "d") "  AND d.image IS DISTINCT FROM now.image ORDER BY d.id DESC LIMIT 1) e ON true"
				      " WHERE p.id = ANY ($2::bigint[]) AND s.course_id = $1 AND s.left_at IS NULL"
				      " ORDER BY s.name COLLATE \"zh-x-icu\", p.id LIMIT 500",
			 DB_INT(course_id), DB_TEXT(ids), DB_TEXT(deployment_action_name(action)));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof **out * (size_t)(r.count + 1));
	for (int i = 0; i < r.count; i++) {
		struct bulk_row *row = &(*out)[i];
		*row = (struct bulk_row){ .project_id = db_int(&r, i, 0),
					  .student_user_id = db_int(&r, i, 1),
					  .project_name = db_text(&r, i, 2),
					  .student_name = db_text(&r, i, 3),
					  .student_number = db_text(&r, i, 4),
					  .app_state = db_text(&r, i, 5),
					  .build_id = db_int(&r, i, 6),
					  .deployment_id = db_int(&r, i, 7),
					  .commit_sha = db_text(&r, i, 8) };
		weigh(row, action);
	}
	*count = r.count;
	return ERR_NONE;
}

static enum err act(struct request *req, enum deployment_action action, struct bulk_row *row)
{
	struct project p;
	struct deployment_asked asked;
	struct deployment_ask ask = { .action = action };
	if (action == ACT_DEPLOY)
		ask.build_id = row->build_id;
	if (action == ACT_ROLLBACK)
		ask.rollback_to = row->deployment_id;
	enum err e = model_projects_get(request_db(req), req->arena, row->project_id, &p);
	if (!e)
		e = model_act_deploy(req, &p, &ask, &asked);
	row->asked = !e;
	if (e == ERR_CONFLICT || e == ERR_NOT_FOUND) {
		row->refusal = e == ERR_CONFLICT && asked.refusal ? asked.refusal : REFUSED_CHANGED;
		return ERR_NONE;
	}
	return e;
}

enum err model_bulk_act(struct request *req, enum deployment_action action, struct bulk_row *rows, int count)
{
	enum err e = ERR_NONE;
	for (int i = 0; i < count && !e; i++)
		if (rows[i].refusal == REFUSED_NOT)
			e = act(req, action, &rows[i]);
	return e;
}
