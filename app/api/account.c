/* One's own account over the API: name, language, time zone, password, sessions. */
#include <string.h>

#include "api/api.h"
#include "auth/password.h"
#include "auth/session.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/zone.h"
#include "model/account_acts.h"
#include "model/sessions.h"
#include "model/users.h"

static const char *role_word(int x)
{
	return x == ROLE_NONE ? NULL : role_name((enum role)x);
}

SHAPE(shape_account, "Account", struct user, MEMBER("id", SHAPE_INT64, struct user, id),
      MEMBER("login", SHAPE_STRING, struct user, login), MEMBER("name", SHAPE_STRING, struct user, name),
      MEMBER("role", SHAPE_WORD, struct user, role, .word = role_word, .words = ROLE__MAX),
      MEMBER("language", SHAPE_TEXT, struct user, language, .about = "null: as the browser says", .choices = "zh|en"),
      MEMBER("timezone", SHAPE_STRING, struct user, timezone), MEMBER("created_at", SHAPE_TIME, struct user, created_at),
      MEMBER("version", SHAPE_INT, struct user, version, .about = "also the ETag: send it as If-Match"));

/* GET /api/v1/account */
int api_account_show(struct request *req, struct response *res)
{
	struct user u;
	enum err e = model_users_get(request_db(req), req->arena, req->actor.id, &u);
	if (e)
		return response_err(res, e, NULL);
	return api_version(res, 200, u.version, &shape_account, &u);
}

enum { NAME, LANGUAGE, TIMEZONE, FIELDS };
INPUT_SET(body_api_account, [NAME] = { .name = "name", .kind = IN_TEXT, .min = 1, .max = 50, .about = "not for students" },
	  [LANGUAGE] = { .name = "language", .kind = IN_ENUM, .choices = "browser|zh|en" },
	  [TIMEZONE] = { .name = "timezone", .kind = IN_TEXT, .min = 1, .max = 64, .about = "such as Asia/Shanghai" });

/* The language that stays or was sent; NULL: as the browser says. */
static const char *language_of_input(const struct input_value *v, const char *old)
{
	if (!v->present)
		return old;
	return strcmp(v->text, "browser") ? v->text : NULL;
}

/* PUT /api/v1/account: a field that was not sent stays as it is. */
int api_account_change(struct request *req, struct response *res)
{
	struct input_value v[FIELDS];
	struct input_errors errors;
	struct user u;
	if (input_read(req, INPUT_BODY, v, &errors) && v[TIMEZONE].present && !zone_known(v[TIMEZONE].text))
		input_fail(req, &errors, "timezone", "error.timezone");
	if (errors.count)
		return input_refuse(res, &errors);
	if (v[NAME].present && req->actor.role < ROLE_TEACHER)
		return response_error(res, 403, api_string(req, "error.name_fixed"));
	enum err e = model_users_get(request_db(req), req->arena, req->actor.id, &u);
	if (e)
		return response_err(res, e, NULL);
	int version = u.version, status = api_match(req, res, &version);
	if (status)
		return status;
	e = model_act_account(req, v[NAME].present ? v[NAME].text : NULL, language_of_input(&v[LANGUAGE], u.language),
			      v[TIMEZONE].present ? v[TIMEZONE].text : u.timezone, u.version);
	if (e == ERR_GONE)
		return api_changed(req, res);
	return e ? response_err(res, e, NULL) : api_account_show(req, res);
}

enum { CURRENT, PASSWORD, PASSWORD_FIELDS };
INPUT_SET(body_api_password, [CURRENT] = { .name = "current", .kind = IN_PASSWORD, .required = true },
	  [PASSWORD] = { .name = "password", .kind = IN_PASSWORD, .required = true, .about = "12 to 128 characters" });

/* PUT /api/v1/account/password: every session ends, and the cookie is of a new one. */
int api_account_password(struct request *req, struct response *res)
{
	static const struct {
		int status;
		const char *sentence;
	} answers[] = { [LOGIN_LIMITED] = { 429, "login.limited" },
			[LOGIN_BUSY] = { 503, "login.busy" },
			[LOGIN_UNAVAILABLE] = { 503, "error.503.detail" } };
	struct input_value v[PASSWORD_FIELDS];
	struct input_errors errors;
	const char *rule = input_read(req, INPUT_BODY, v, &errors) ? password_rule(req->actor.login, v[PASSWORD].text) : NULL;
	if (rule)
		input_fail(req, &errors, "password", rule);
	if (errors.count)
		return input_refuse(res, &errors);
	struct login login = session_change_password(req, res, v[CURRENT].text, v[PASSWORD].text);
	if (login.result == LOGIN_DONE)
		return api_session(res, login.expires_at);
	if (login.result == LOGIN_REFUSED) {
		input_fail(req, &errors, "current", "password.wrong");
		return input_refuse(res, &errors);
	}
	if (login.retry_after_s)
		response_header(res, "Retry-After", arena_printf(req->arena, "%d", login.retry_after_s));
	return response_error(res, answers[login.result].status, api_string(req, answers[login.result].sentence));
}

SHAPE(shape_own_session, "OwnSession", struct session_row, MEMBER("id", SHAPE_STRING, struct session_row, handle),
      MEMBER("ip", SHAPE_STRING, struct session_row, ip), MEMBER("user_agent", SHAPE_STRING, struct session_row, user_agent),
      MEMBER("created_at", SHAPE_TIME, struct session_row, created_at),
      MEMBER("last_seen_at", SHAPE_TIME, struct session_row, last_seen_at),
      MEMBER("expires_at", SHAPE_TIME, struct session_row, expires_at),
      MEMBER("current", SHAPE_BOOL, struct session_row, current, .about = "the one that asks"));
SHAPE_LIST(shape_own_sessions, "OwnSessionList", shape_own_session);

/* GET /api/v1/sessions */
int api_sessions_list(struct request *req, struct response *res)
{
	struct session_row *rows;
	int count;
	const char *hash = req->session ? secret_digest(req->arena, req->session) : "";
	enum err e = model_sessions_list(request_db(req), req->arena, req->actor.id, hash, &rows, &count);
	return e ? response_err(res, e, NULL) : api_rows(res, rows, count, NULL);
}

/* DELETE /api/v1/sessions/:session */
int api_sessions_end(struct request *req, struct response *res)
{
	enum err e = model_act_session_end(req, request_param(req, "session"));
	return e ? response_err(res, e, NULL) : 204;
}

/* DELETE /api/v1/sessions: all but the one that asks. */
int api_sessions_end_others(struct request *req, struct response *res)
{
	int count;
	enum err e = model_act_sessions_end_others(req, &count);
	return e ? response_err(res, e, NULL) : 204;
}
