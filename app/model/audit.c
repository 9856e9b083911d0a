/* The audit trail: who did what to whose project, from where, with which result. */
#include "model/audit.h"

#include "base/arena.h"
#include "db/db.h"
#include "http/request.h"
#include "model/users.h"

enum err model_audit_write(struct db *db, struct arena *a, const struct audit *line)
{
	const struct actor *actor = line->actor;
	return db_query(db, a, NULL,
			"INSERT INTO audit_log (user_id, login, role, action, object, project_id, student_id, ip, request_id, "
			"result, detail) "
			"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
			DB_ID(actor ? actor->id : 0), DB_TEXT(actor && actor->login ? actor->login : "system"),
			DB_TEXT(actor ? role_name(actor->role) : "system"), DB_TEXT(line->action), DB_TEXT(line->object),
			DB_ID(line->project_id), DB_ID(line->student_id), DB_TEXT(line->ip), DB_TEXT(line->request_id),
			DB_TEXT(line->refused ? "refused" : "done"), DB_TEXT(line->detail));
}

struct audit audit_of(const struct request *req, const char *action, const char *object)
{
	return (struct audit){
		.actor = &req->actor,
		.ip = req->ip,
		.request_id = req->id,
		.action = action,
		.object = object,
	};
}

enum err model_audit_list(struct db *db, struct arena *a, int64_t project_id, int64_t before, int limit, struct audit_row **out,
			  int *count, bool *more)
{
	struct db_rows rows;
	enum err e = db_query(
		db, a, &rows,
		"SELECT id, at, login, role, action, object, ip, request_id, result, detail FROM audit_log "
		"WHERE ($1::bigint IS NULL OR project_id = $1) AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
		DB_ID(project_id), DB_ID(before), DB_INT(limit + 1));
	if (e != ERR_NONE)
		return e;
	*more = rows.count > limit;
	*count = *more ? limit : rows.count;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(*count + 1));
	for (int i = 0; i < *count; i++)
		(*out)[i] = (struct audit_row){
			.id = db_int(&rows, i, 0),
			.at = db_text(&rows, i, 1),
			.login = db_text(&rows, i, 2),
			.role = db_text(&rows, i, 3),
			.action = db_text(&rows, i, 4),
			.object = db_text(&rows, i, 5),
			.ip = db_text(&rows, i, 6),
			.request_id = db_text(&rows, i, 7),
			.result = db_text(&rows, i, 8),
			.detail = db_text(&rows, i, 9),
		};
	return ERR_NONE;
}
