/* Signing in by JSON, and API tokens. */
#include <string.h>

#include "auth/session.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/secret.h"
#include "db/db.h"
#include "http/input.h"
#include "model/audit.h"
#include "model/tokens.h"
#include "model/users.h"
#include "routes.h"

static json_object *user_json(const struct actor *u)
{
	json_object *o = json_object_new_object();
	json_add_int(o, "id", u->id);
	json_add_text(o, "login", u->login);
	json_add_text(o, "name", u->name);
	json_add_text(o, "role", role_name(u->role));
	json_add_text(o, "language", u->language);
	json_add_text(o, "timezone", u->timezone);
	return o;
}

static int failed(struct request *req, struct response *res, const struct login *login)
{
	if (login->retry_after_s)
		response_header(res, "Retry-After", arena_printf(req->arena, "%d", login->retry_after_s));
	switch (login->result) {
	case LOGIN_REFUSED:
		return response_error(res, 401, response_sentence(res, "login.refused"));
	case LOGIN_LIMITED:
		return response_error(res, 429, response_sentence(res, "login.limited"));
	case LOGIN_BUSY:
		return response_error(res, 503, response_sentence(res, "login.busy"));
	case LOGIN_DONE:
	case LOGIN_UNAVAILABLE:
		break;
	}
	return response_err(res, ERR_UNAVAILABLE, NULL);
}

/* POST /api/v1/auth/login {login, password}: sets the session's cookie; csrf_token goes into X-CSRF-Token of what changes
 * something. */
int api_auth_login(struct request *req, struct response *res)
{
	enum { LOGIN, PASSWORD, COUNT };
	static const struct input_field fields[COUNT] = {
		[LOGIN] = { "login", IN_TEXT, .required = true },
		[PASSWORD] = { "password", IN_PASSWORD, .required = true },
	};
	struct input_value in[COUNT];
	int status = input_check(req, res, INPUT_BODY, fields, COUNT, in);
	if (status)
		return status;
	struct login login = session_login(req, res, in[LOGIN].text, in[PASSWORD].text);
	if (login.result != LOGIN_DONE)
		return failed(req, res, &login);
	json_object *o = json_own(req->arena, json_object_new_object());
	json_add(o, "user", user_json(&req->actor));
	json_add_text(o, "csrf_token", req->csrf);
	json_add_text(o, "expires_at", login.expires_at);
	return response_json(res, 200, o);
}

/* POST /api/v1/auth/logout */
int api_auth_logout(struct request *req, struct response *res)
{
	enum err e = session_logout(req, res);
	return e == ERR_NONE ? 204 : response_err(res, e, NULL);
}

/* GET /api/v1/auth/me */
int api_auth_me(struct request *req, struct response *res)
{
	json_object *o = json_own(req->arena, json_object_new_object());
	json_add(o, "user", user_json(&req->actor));
	json_add_text(o, "csrf_token", req->session ? req->csrf : NULL);
	json_add_text(o, "scopes", req->actor.scopes);
	return response_json(res, 200, o);
}

static json_object *token_json(const struct token *t)
{
	json_object *o = json_object_new_object();
	json_add_int(o, "id", t->id);
	json_add_text(o, "name", t->name);
	json_add_text(o, "scopes", t->scopes);
	json_add_text(o, "expires_at", t->expires_at);
	json_add_text(o, "last_used_at", t->last_used_at);
	json_add_text(o, "created_at", t->created_at);
	return o;
}

/* GET /api/v1/auth/tokens */
int api_tokens_list(struct request *req, struct response *res)
{
	struct token *tokens;
	int count;
	enum err e = model_tokens_list(request_db(req), req->arena, req->actor.id, &tokens, &count);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	json_object *items = json_object_new_array();
	for (int i = 0; i < count; i++)
		json_object_array_add(items, token_json(&tokens[i]));
	json_object *o = json_own(req->arena, json_object_new_object());
	json_add(o, "items", items);
	return response_json(res, 200, o);
}

/* The act and its audit line in one transaction. */
static enum err audited(struct request *req, enum err e, const char *action, int64_t id, const char *detail)
{
	struct db *db = request_db(req);
	struct audit line = audit_of(req, action, arena_printf(req->arena, "token %lld", (long long)id));
	line.detail = detail;
	if (e == ERR_NONE)
		e = model_audit_write(db, req->arena, &line);
	if (e == ERR_NONE)
		return db_commit(db);
	db_rollback(db);
	return e;
}

static enum err make_token(struct request *req, const char *secret, int days, struct token *made)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e == ERR_NONE)
		e = model_tokens_create(db, req->arena, req->actor.id, made->name, secret_digest(req->arena, secret),
					made->scopes, days, &made->id, &made->expires_at);
	return audited(req, e, "token.create", made->id, made->scopes);
}

/* POST /api/v1/auth/tokens {name, scopes, days}: the token is in the answer, and nowhere afterwards. */
int api_tokens_create(struct request *req, struct response *res)
{
	enum { NAME, SCOPES, DAYS, COUNT };
	static const struct input_field fields[COUNT] = {
		[NAME] = { "name", IN_TEXT, .required = true, .min = 1, .max = 100 },
		[SCOPES] = { "scopes", IN_ENUM, .required = true, .choices = "read|read write|read deploy|read write deploy" },
		[DAYS] = { "days", IN_INT, .required = true, .min = 1, .max = 366 },
	};
	struct input_value in[COUNT];
	int status = input_check(req, res, INPUT_BODY, fields, COUNT, in);
	if (status)
		return status;
	struct arena *a = req->arena;
	struct token made = { .name = in[NAME].text, .scopes = in[SCOPES].text };
	const char *secret = arena_printf(a, "hsp_%s", secret_token(a, 24));
	enum err e = make_token(req, secret, (int)in[DAYS].number, &made);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	json_object *o = json_build(a, "{'id': %d, 'name': %s, 'scopes': %s, 'expires_at': %s, 'token': %s}", made.id, made.name,
				    made.scopes, made.expires_at, secret);
	return response_json(res, 201, o);
}

/* DELETE /api/v1/auth/tokens/:id */
int api_tokens_revoke(struct request *req, struct response *res)
{
	int64_t id = request_id_param(req, "id");
	enum err e = db_begin(request_db(req));
	if (e == ERR_NONE)
		e = model_tokens_revoke(request_db(req), req->arena, req->actor.id, id);
	e = audited(req, e, "token.revoke", id, NULL);
	return e == ERR_NONE ? 204 : response_err(res, e, NULL);
}
