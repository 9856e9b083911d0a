/* Signing in by JSON, and API tokens. */
#include <string.h>

#include "api/api.h"
#include "auth/password.h"
#include "auth/session.h"
#include "base/arena.h"
#include "model/account_acts.h"
#include "model/tokens.h"
#include "model/users.h"

static const char *role_word(int x)
{
	return x == ROLE_NONE ? NULL : role_name((enum role)x);
}

SHAPE(shape_self, "Self", struct actor, MEMBER("id", SHAPE_INT64, struct actor, id),
      MEMBER("login", SHAPE_STRING, struct actor, login), MEMBER("name", SHAPE_STRING, struct actor, name),
      MEMBER("role", SHAPE_WORD, struct actor, role, .word = role_word, .words = ROLE__MAX),
      MEMBER("language", SHAPE_TEXT, struct actor, language, .about = "null: as the browser says", .choices = "zh|en"),
      MEMBER("timezone", SHAPE_STRING, struct actor, timezone));

/* A session as its owner sees it. */
struct signed_in {
	struct actor user;
	const char *csrf, *expires_at;
};
SHAPE(shape_session, "Session", struct signed_in, MEMBER("user", SHAPE_ROW, struct signed_in, user, .of = &shape_self),
      MEMBER("csrf_token", SHAPE_STRING, struct signed_in, csrf, .about = "goes into X-CSRF-Token of what changes something"),
      MEMBER("expires_at", SHAPE_STRING, struct signed_in, expires_at));
SHAPE(shape_me, "Me", struct signed_in, MEMBER("user", SHAPE_ROW, struct signed_in, user, .of = &shape_self),
      MEMBER("csrf_token", SHAPE_TEXT, struct signed_in, csrf, .about = "null with an API token, which needs none"),
      MEMBER("scopes", SHAPE_TEXT, struct signed_in, user.scopes,
	     .about = "of the API token; null: a session, which may do all"));

int api_session(struct response *res, const char *expires_at)
{
	struct signed_in me = { res->req->actor, res->req->csrf, expires_at };
	return api_row(res, 200, &shape_session, &me);
}

/* What is said of a login or a code that is refused, and of too many of them. */
struct refusal {
	int status;
	const char *refused, *limited;
};

static int failed(struct request *req, struct response *res, const struct login *login, const struct refusal *says)
{
	if (login->retry_after_s)
		response_header(res, "Retry-After", arena_printf(req->arena, "%d", login->retry_after_s));
	switch (login->result) {
	case LOGIN_REFUSED:
		return response_error(res, says->status, response_sentence(res, says->refused));
	case LOGIN_LIMITED:
		return response_error(res, 429, response_sentence(res, says->limited));
	case LOGIN_BUSY:
		return response_error(res, 503, response_sentence(res, "login.busy"));
	case LOGIN_DONE:
	case LOGIN_UNAVAILABLE:
		break;
	}
	return response_err(res, ERR_UNAVAILABLE, NULL);
}

enum { LOGIN, PASSWORD, LOGIN_FIELDS };
INPUT_SET(body_api_login, [LOGIN] = { .name = "login", .kind = IN_TEXT, .required = true },
	  [PASSWORD] = { .name = "password", .kind = IN_PASSWORD, .required = true });

/* POST /api/v1/auth/login {login, password}: sets the session's cookie; csrf_token goes into X-CSRF-Token of what changes
 * something. */
int api_auth_login(struct request *req, struct response *res)
{
	struct input_value in[LOGIN_FIELDS];
	int status = input_check(req, res, INPUT_BODY, in);
	if (status)
		return status;
	struct login login = session_login(req, res, in[LOGIN].text, in[PASSWORD].text);
	if (login.result != LOGIN_DONE)
		return failed(req, res, &login, &(struct refusal){ 401, "login.refused", "login.limited" });
	return api_session(res, login.expires_at);
}

enum { CODE, FIRST_PASSWORD, INVITATION_FIELDS };
INPUT_SET(body_api_invitation,
	  [CODE] = { .name = "code",
		     .kind = IN_TEXT,
		     .required = true,
		     .min = 1,
		     .max = 200,
		     .about = "the end of the invitation's link" },
	  [FIRST_PASSWORD] = { .name = "password", .kind = IN_PASSWORD, .required = true });

/* POST /api/v1/auth/invitation {code, password} */
int api_auth_invitation(struct request *req, struct response *res)
{
	static const struct refusal says = { 404, "invitation.refused", "invitation.limited" };
	struct input_value in[INVITATION_FIELDS];
	struct input_errors errors = { 0 };
	struct user u;
	int status = input_check(req, res, INPUT_BODY, in);
	if (status)
		return status;
	struct login login = session_invited(req, in[CODE].text, &u);
	if (login.result != LOGIN_DONE)
		return failed(req, res, &login, &says);
	const char *rule = password_rule(u.login, in[FIRST_PASSWORD].text);
	if (rule) {
		input_fail(req, &errors, "password", rule);
		return input_refuse(res, &errors);
	}
	login = session_accept(req, res, in[CODE].text, in[FIRST_PASSWORD].text);
	return login.result == LOGIN_DONE ? api_session(res, login.expires_at) : failed(req, res, &login, &says);
}

/* POST /api/v1/auth/logout */
int api_auth_logout(struct request *req, struct response *res)
{
	int refused = input_none(req, res);
	if (refused)
		return refused;
	enum err e = session_logout(req, res);
	return e == ERR_NONE ? 204 : response_err(res, e, NULL);
}

/* GET /api/v1/auth/me */
int api_auth_me(struct request *req, struct response *res)
{
	struct signed_in me = { req->actor, req->session ? req->csrf : NULL, NULL };
	return api_row(res, 200, &shape_me, &me);
}

SHAPE(shape_token, "Token", struct token, MEMBER("id", SHAPE_INT64, struct token, id),
      MEMBER("name", SHAPE_STRING, struct token, name),
      MEMBER("scopes", SHAPE_STRING, struct token, scopes, .about = "words separated by spaces: read write deploy"),
      MEMBER("expires_at", SHAPE_STRING, struct token, expires_at),
      MEMBER("last_used_at", SHAPE_TEXT, struct token, last_used_at),
      MEMBER("created_at", SHAPE_STRING, struct token, created_at));
SHAPE_LIST(shape_tokens, "TokenList", shape_token);

/* GET /api/v1/auth/tokens */
int api_tokens_list(struct request *req, struct response *res)
{
	struct token *tokens;
	int count;
	enum err e = model_tokens_list(request_db(req), req->arena, req->actor.id, &tokens, &count);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	return api_rows(res, tokens, count, NULL);
}

/* A token when it is made: the only time that it is shown. */
struct new_token {
	struct token row;
	const char *secret;
};
SHAPE(shape_new_token, "NewToken", struct new_token, MEMBER("id", SHAPE_INT64, struct new_token, row.id),
      MEMBER("name", SHAPE_STRING, struct new_token, row.name), MEMBER("scopes", SHAPE_STRING, struct new_token, row.scopes),
      MEMBER("expires_at", SHAPE_STRING, struct new_token, row.expires_at),
      MEMBER("token", SHAPE_STRING, struct new_token, secret, .about = "shown once: keep it"));

enum { NAME, SCOPES, DAYS, TOKEN_FIELDS };
INPUT_SET(body_api_token, [NAME] = { .name = "name", .kind = IN_TEXT, .required = true, .min = 1, .max = 100 },
	  [SCOPES] = { .name = "scopes", .kind = IN_ENUM, .required = true, .choices = TOKEN_SCOPES },
	  [DAYS] = { .name = "days", .kind = IN_INT, .required = true, .min = 1, .max = 366, .about = "until it ends" });

/* POST /api/v1/auth/tokens {name, scopes, days}: the token is in the answer, and nowhere afterwards. */
int api_tokens_create(struct request *req, struct response *res)
{
	struct input_value in[TOKEN_FIELDS];
	int status = input_check(req, res, INPUT_BODY, in);
	if (status)
		return status;
	struct new_token made = { .row = { .name = in[NAME].text, .scopes = in[SCOPES].text } };
	enum err e = model_act_token_create(req, (int)in[DAYS].number, &made.row, &made.secret);
	if (e)
		return response_err(res, e, NULL);
	response_header(res, "Location", arena_printf(req->arena, "/api/v1/auth/tokens/%lld", (long long)made.row.id));
	return api_row(res, 201, &shape_new_token, &made);
}

/* DELETE /api/v1/auth/tokens/:id */
int api_tokens_revoke(struct request *req, struct response *res)
{
	enum err e = model_act_token_revoke(req, request_id_param(req, "id"));
	return e == ERR_NONE ? 204 : response_err(res, e, NULL);
}
