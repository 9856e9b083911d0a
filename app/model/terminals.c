/* Tickets of terminals. */
#include "model/terminals.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "base/secret.h"
#include "db/db.h"
#include "model/audit.h"
#include "model/users.h"

static enum err note(struct db *db, struct arena *a, const struct terminal *t, const char *action, const char *detail)
{
	const struct actor actor = { .id = t->user_id, .login = t->login, .name = t->name, .role = t->role };
	struct audit line = { .actor = &actor,
			      .ip = t->ip,
			      .action = action,
			      .object = audit_object_in(a, audit_kind_word(AUDIT_POD), t->ns, t->pod),
			      .project_id = t->project_id,
			      .student_id = t->student_id,
			      .detail = detail };
	return model_audit_write(db, a, &line);
}

static enum err take(struct db *db, struct arena *a, const char *ticket, int64_t user_id, struct terminal *out)
{
	struct db_rows rows;
	enum err e = db_query(
		db, a, &rows,
		"UPDATE terminal_tickets t SET used_at = now() FROM users u, projects p WHERE t.token_hash = $1 AND t.user_id = "
		"$2 "
		"AND t.used_at IS NULL AND t.expires_at > now() AND u.id = t.user_id AND u.disabled_at IS NULL "
		"AND p.id = t.project_id RETURNING t.id, t.project_id, t.cluster_id, t.namespace, t.pod, t.container, t.seconds, "
		"t.ip, u.login, u.name, u.role, p.student_id",
		DB_TEXT(secret_digest(a, ticket)), DB_INT(user_id));
	if (e)
		return e;
	if (!rows.count)
		return ERR_NOT_FOUND;
	*out = (struct terminal){ .id = db_int(&rows, 0, 0),
				  .user_id = user_id,
				  .project_id = db_int(&rows, 0, 1),
				  .cluster_id = db_int(&rows, 0, 2),
				  .ns = db_text(&rows, 0, 3),
				  .pod = db_text(&rows, 0, 4),
				  .container = db_text(&rows, 0, 5),
				  .seconds = (int)db_int(&rows, 0, 6),
				  .ip = db_text(&rows, 0, 7),
				  .login = db_text(&rows, 0, 8),
				  .name = db_text(&rows, 0, 9),
				  .student_id = db_int(&rows, 0, 11) };
	return role_parse(db_text(&rows, 0, 10), &out->role) ? ERR_NONE : ERR_NOT_FOUND;
}

enum err model_terminals_take(struct db *db, struct arena *a, const char *ticket, int64_t user_id, struct terminal *out)
{
	enum err e = db_begin(db);
	if (e)
		return e;
	e = take(db, a, ticket, user_id, out);
	if (!e)
		e = note(db, a, out, "terminal.open",
			 phrase(a, PHRASE_AUDIT_TERMINAL_OPENED, out->name, out->pod, out->container,
				arena_printf(a, "%d", out->seconds)));
	return db_end(db, e);
}

enum err model_terminals_look(struct db *db, struct arena *a, const struct terminal *t)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows,
			      "SELECT 1 FROM users u WHERE u.id = $1 AND u.role = $2 AND u.disabled_at IS NULL"
			      " AND EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = u.id AND s.expires_at > now())",
			      DB_INT(t->user_id), DB_TEXT(role_name(t->role)));
	return !e && !rows.count ? ERR_NOT_FOUND : e;
}

enum err model_terminals_close(struct db *db, struct arena *a, const struct terminal *t, int64_t seconds, const char *why)
{
	return note(db, a, t, "terminal.close",
		    phrase(a, PHRASE_AUDIT_TERMINAL_CLOSED, t->name, t->pod, t->container, arena_printf(a, "%" PRId64, seconds),
			   why));
}
