/* Acts of admins: each is one transaction with its audit line. */
#include "model/admin_acts.h"

#include "base/arena.h"
#include "db/db.h"
#include "http/app.h"
#include "model/audit.h"

static enum err note(struct request *req, const char *action, const char *object, const char *detail)
{
	struct audit line = audit_of(req, action, object);
	line.detail = detail;
	return model_audit_write(request_db(req), req->arena, &line);
}

/* Ends the transaction: all of it or nothing. */
static enum err finish(struct request *req, enum err e)
{
	if (!e)
		return db_commit(request_db(req));
	db_rollback(request_db(req));
	return e;
}

enum err model_act_settings(struct request *req, const struct setting_wish wishes[SETTING__MAX], int64_t seen,
			    struct settings_changed *out)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_settings_change(db, req->arena, wishes, seen, req->actor.id, out);
	for (enum setting i = 0; i < SETTING__MAX && !e; i++)
		if (out->outcomes[i] != SETTING_KEPT)
			e = note(req, out->outcomes[i] == SETTING_SET ? "setting.set" : "setting.reset",
				 arena_printf(req->arena, "setting %s", setting_info(i)->name),
				 setting_changed_text(req->arena, out, &wishes[i], i));
	return finish(req, e);
}
