/* Invitations: who has a good code sets a password and is signed in. Wrong codes are counted like wrong passwords. */
#include "auth/login.h"
#include "auth/password.h"
#include "base/arena.h"
#include "base/gate.h"
#include "base/log.h"
#include "db/db.h"
#include "model/audit.h"
#include "model/invitations.h"

enum { WRONG_CODES = 60 }; /* an hour and network */

static int pause_after(const struct login_failures *f)
{
	return f->account >= WRONG_CODES ? LOGIN_LIMITED_S : 0;
}

/* Apart from logins: who guesses codes does not lock his neighbours out of their accounts. A good code is not counted, but waits
 * too. */
static enum err look(struct request *req, const char *code, struct user *u, struct login *out)
{
	struct arena *a = req->arena;
	struct db *db = request_db(req);
	const char *network = login_network(a, req->ip);
	const char *key = arena_printf(a, "invitation:%s", network), *spare = arena_printf(a, "invitations:%s", network);
	enum err found = model_invitations_find(db, a, code, u);
	if (found != ERR_NONE && found != ERR_NOT_FOUND)
		return found;
	enum err e = found ? model_logins_attempt(db, a, key, spare, pause_after, &out->retry_after_s)
			   : model_logins_look(db, a, key, spare, pause_after, &out->retry_after_s);
	if (e != ERR_NONE)
		return e;
	out->result = out->retry_after_s ? LOGIN_LIMITED : found ? LOGIN_REFUSED : LOGIN_DONE;
	if (out->result == LOGIN_LIMITED)
		log_event(LOG_WARN, "invitations_limited", LOG_STR("network", network));
	return ERR_NONE;
}

struct login session_invited(struct request *req, const char *code, struct user *out)
{
	struct login login = { .result = LOGIN_UNAVAILABLE };
	if (look(req, code, out, &login) != ERR_NONE)
		login.result = LOGIN_UNAVAILABLE;
	return login;
}

static enum err use(struct request *req, struct response *res, const char *code, const struct user *u, const char *hash,
		    struct login *out)
{
	struct db *db = request_db(req);
	enum err e = model_invitations_use(db, req->arena, code);
	if (e == ERR_NONE)
		e = model_users_set_password(db, req->arena, u->id, hash);
	if (e == ERR_NONE)
		e = login_begin(req, res, u, out);
	if (e != ERR_NONE)
		return e;
	struct audit line = audit_of(req, "invitation.use", audit_object_id(req->arena, AUDIT_USER, u->id));
	return model_audit_write(db, req->arena, &line);
}

static enum err accept(struct request *req, struct response *res, const char *code, const char *password, struct login *out)
{
	struct user u;
	char *hash;
	struct db *db = request_db(req);
	enum err e = look(req, code, &u, out);
	if (e != ERR_NONE || out->result != LOGIN_DONE)
		return e;
	e = password_hash(req->arena, password, &hash);
	if (e == ERR_NONE)
		e = db_begin(db);
	if (e != ERR_NONE)
		return e;
	e = use(req, res, code, &u, hash, out);
	if (e == ERR_NONE)
		return db_commit(db);
	db_rollback(db);
	if (e != ERR_NOT_FOUND)
		return e;
	out->result = LOGIN_REFUSED; /* somebody else was faster with it */
	return ERR_NONE;
}

struct login session_accept(struct request *req, struct response *res, const char *code, const char *password)
{
	struct login out = { .result = LOGIN_UNAVAILABLE };
	if (!gate_enter(req->app->password_gate))
		return (struct login){ .result = LOGIN_BUSY, .retry_after_s = LOGIN_BUSY_S };
	enum err e = accept(req, res, code, password, &out);
	gate_leave(req->app->password_gate);
	if (e != ERR_NONE)
		out.result = LOGIN_UNAVAILABLE;
	return out;
}
