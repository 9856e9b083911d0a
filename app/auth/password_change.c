/* A new password for whoever is signed in: the current one is asked under the limits of logins. */
#include "auth/login.h"
#include "auth/password.h"
#include "base/arena.h"
#include "base/gate.h"
#include "base/log.h"
#include "db/db.h"
#include "model/audit.h"

static enum err note(struct request *req, bool refused)
{
	struct audit line = audit_of(req, "password.change", audit_object_id(req->arena, AUDIT_USER, req->actor.id));
	line.refused = refused;
	return model_audit_write(request_db(req), req->arena, &line);
}

/* All or nothing: failures are forgotten, the password is new, every session ends, and this browser's begins anew. */
static enum err store(struct request *req, struct response *res, const struct user *u, const char *hash, const char *account,
		      const char *network, struct login *out)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e == ERR_NONE)
		e = model_logins_forgive(db, req->arena, account, network);
	if (e == ERR_NONE)
		e = model_users_hold(db, req->arena, u->id, u->password_hash);
	if (e == ERR_NONE)
		e = model_users_change_password(db, req->arena, u->id, hash);
	if (e == ERR_NONE)
		e = login_begin(req, res, u, out);
	if (e == ERR_NONE)
		e = note(req, false);
	return db_end(db, e);
}

static enum err change(struct request *req, struct response *res, const char *current, const char *fresh, struct login *out)
{
	struct arena *a = req->arena;
	struct db *db = request_db(req);
	struct user u;
	bool weak;
	char *hash;
	const char *account = arena_printf(a, "login:%s", req->actor.login), *network = login_network(a, req->ip);
	enum err e = model_logins_attempt(db, a, account, network, login_pause, &out->retry_after_s);
	if (e != ERR_NONE)
		return e;
	if (out->retry_after_s) {
		out->result = LOGIN_LIMITED;
		log_event(LOG_WARN, "password_change_limited", LOG_NUM("user_id", req->actor.id));
		return ERR_NONE;
	}
	e = model_users_get(db, a, req->actor.id, &u);
	if (e != ERR_NONE)
		return e;
	if (!password_verify(u.password_hash, current, &weak)) {
		out->result = LOGIN_REFUSED;
		return note(req, true);
	}
	e = password_hash(a, fresh, &hash);
	if (e == ERR_NONE)
		e = store(req, res, &u, hash, account, network, out);
	if (e == ERR_NOT_FOUND) { /* somebody else was faster: it is the current one no more */
		out->result = LOGIN_REFUSED;
		return note(req, true);
	}
	if (e == ERR_NONE)
		out->result = LOGIN_DONE;
	return e;
}

struct login session_change_password(struct request *req, struct response *res, const char *current, const char *fresh)
{
	struct login out = { .result = LOGIN_UNAVAILABLE };
	if (!gate_enter(req->app->password_gate))
		return (struct login){ .result = LOGIN_BUSY, .retry_after_s = LOGIN_BUSY_S };
	enum err e = change(req, res, current, fresh, &out);
	gate_leave(req->app->password_gate);
	if (e != ERR_NONE)
		out.result = LOGIN_UNAVAILABLE;
	return out;
}
