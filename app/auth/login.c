/* Signing in: limits first, then the password, then a new session. */
#include <arpa/inet.h>
#include <string.h>

#include "auth/login.h"
#include "auth/password.h"
#include "base/arena.h"
#include "base/gate.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "db/db.h"
#include "model/audit.h"

enum {
	ACCOUNT_LIMIT = 20,  /* failures an hour */
	NETWORK_LIMIT = 100, /* failures in 15 minutes */
	FREE_TRIES = 5,	     /* behind them each failure doubles the pause */
	PAUSE_MAX_S = 60,
};

int login_pause(const struct login_failures *f)
{
	if (f->account >= ACCOUNT_LIMIT || f->network >= NETWORK_LIMIT)
		return LOGIN_LIMITED_S;
	if (f->account < FREE_TRIES)
		return 0;
	int steps = f->account - FREE_TRIES;
	int pause = steps < 6 ? 1 << steps : PAUSE_MAX_S;
	return f->account_age_s < pause ? pause - f->account_age_s : 0;
}

const char *login_network(struct arena *a, const char *ip)
{
	unsigned char raw[16];
	if (inet_pton(AF_INET, ip, raw) == 1)
		return arena_printf(a, "net:%d.%d.%d.0/24", raw[0], raw[1], raw[2]);
	if (inet_pton(AF_INET6, ip, raw) != 1)
		return "net:";
	char hex[17];
	str_hex(raw, 8, hex);
	return arena_printf(a, "net:%s/64", hex);
}

/* A session of this browser before is ended: an id that somebody planted does not become a signed-in one. */
enum err login_begin(struct request *req, struct response *res, const struct user *u, struct login *out)
{
	struct arena *a = req->arena;
	struct db *db = request_db(req);
	const char *id = secret_token(a, 32);
	enum err e = req->session ? model_sessions_delete(db, a, secret_digest(a, req->session)) : ERR_NONE;
	if (e == ERR_NONE)
		e = model_sessions_create(db, a, secret_digest(a, id), u->id, req->ip, req->user_agent, &out->expires_at);
	if (e != ERR_NONE)
		return e;
	session_become(req, u, NULL);
	req->session = id;
	req->csrf = csrf_token(a, id);
	response_cookie(res, session_cookie_name(req->app), id, -1);
	return ERR_NONE;
}

static enum err note_login(struct request *req, const struct user *u)
{
	struct audit line = audit_of(req, "login", audit_object_id(req->arena, AUDIT_USER, u->id));
	return model_audit_write(request_db(req), req->arena, &line);
}

static enum err note_refusal(struct request *req, const struct user *u, const char *login)
{
	struct actor tried = { .id = u->id, .login = login, .role = u->role };
	struct audit line = audit_of(req, "login", audit_object_id(req->arena, AUDIT_USER, u->id));
	line.actor = &tried;
	line.refused = true;
	return model_audit_write(request_db(req), req->arena, &line);
}

/* The right password: failures are forgotten, a hash with old parameters is renewed, the session begins. All or nothing;
 * ERR_NOT_FOUND: it was changed while it was compared. */
static enum err welcome(struct request *req, struct response *res, const struct user *u, const char *account, const char *network,
			const char *renewed, struct login *out)
{
	struct arena *a = req->arena;
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e == ERR_NONE)
		e = model_logins_forgive(db, a, account, network);
	if (e == ERR_NONE)
		e = model_users_hold(db, a, u->id, u->password_hash);
	if (e == ERR_NONE && renewed)
		e = model_users_rehash(db, a, u->id, u->password_hash, renewed);
	if (e == ERR_NONE)
		e = login_begin(req, res, u, out);
	if (e == ERR_NONE)
		e = note_login(req, u);
	if (e == ERR_NONE)
		e = db_commit(db);
	else
		db_rollback(db);
	return e;
}

/* ERR_NOT_FOUND: the password was changed meanwhile. */
static enum err compare(struct request *req, struct response *res, const char *login, const char *password, const char *account,
			const char *network, struct login *out)
{
	struct user u = { 0 };
	bool weak;
	char *renewed = NULL;
	enum err e = model_users_find(request_db(req), req->arena, login, &u);
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	bool right = password_verify(u.password_hash, password, &weak) && !u.disabled_at;
	if (!right) {
		out->result = LOGIN_REFUSED;
		return note_refusal(req, &u, login);
	}
	e = weak ? password_hash(req->arena, password, &renewed) : ERR_NONE;
	if (e == ERR_NONE)
		e = welcome(req, res, &u, account, network, renewed, out);
	if (e == ERR_NONE)
		out->result = LOGIN_DONE;
	return e;
}

static enum err attempt(struct request *req, struct response *res, const char *login, const char *password, struct login *out)
{
	struct arena *a = req->arena;
	struct db *db = request_db(req);
	const char *account = arena_printf(a, "login:%s", login), *network = login_network(a, req->ip);
	enum err e = model_logins_attempt(db, a, account, network, login_pause, &out->retry_after_s);
	if (e != ERR_NONE)
		return e;
	if (out->retry_after_s) {
		out->result = LOGIN_LIMITED;
		log_event(LOG_WARN, "login_limited", LOG_STR("login", login), LOG_STR("network", network));
		return ERR_NONE;
	}
	e = compare(req, res, login, password, account, network, out);
	return e == ERR_NOT_FOUND ? compare(req, res, login, password, account, network, out) : e;
}

struct login session_login(struct request *req, struct response *res, const char *login, const char *password)
{
	struct login out = { .result = LOGIN_UNAVAILABLE };
	if (!gate_enter(req->app->password_gate))
		return (struct login){ .result = LOGIN_BUSY, .retry_after_s = LOGIN_BUSY_S };
	enum err e = attempt(req, res, login, password, &out);
	gate_leave(req->app->password_gate);
	if (e != ERR_NONE)
		out.result = LOGIN_UNAVAILABLE;
	else if (out.result == LOGIN_DONE && model_sessions_prune(request_db(req), req->arena) != ERR_NONE)
		log_event(LOG_WARN, "sessions_prune_failed");
	return out;
}
