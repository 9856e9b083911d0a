/* Signing in and out, and the language that somebody chooses. */
#include <string.h>

#include "auth/session.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "base/zone.h"
#include "db/db.h"
#include "model/audit.h"
#include "model/users.h"
#include "pages/page.h"

enum { LANGUAGE_S = 365 * 24 * 3600 };

static int form(struct request *req, struct response *res, int status, const char *login, const char *next, const char *problem)
{
	struct view *v = page_view(req);
	view_set(v, "Page.title", view_string(v, "login.title"));
	view_set(v, "Form.login", login);
	view_set(v, "Form.next", next);
	view_set(v, "Form.problem", problem);
	return page_answer(res, status, v, "login");
}

INPUT_SET(query_login, { .name = "next", .kind = IN_TEXT, .max = 4000 });

/* GET /login?next=/path: the sign-in form; whoever is signed in goes on. */
int page_login_form(struct request *req, struct response *res)
{
	const char *next = session_next(req->arena, pairs_get(&req->query, "next"));
	if (req->actor.id)
		return response_redirect(res, next);
	return form(req, res, 200, "", next, NULL);
}

/* The sentence of a failed login, and its status. */
static int failed(struct request *req, struct response *res, const struct login *login, const char *name, const char *next)
{
	static const struct {
		int status;
		const char *sentence;
	} answers[] = {
		[LOGIN_REFUSED] = { 401, "login.refused" },
		[LOGIN_LIMITED] = { 429, "login.limited" },
		[LOGIN_BUSY] = { 503, "login.busy" },
		[LOGIN_UNAVAILABLE] = { 503, "error.503.detail" },
	};
	if (login->retry_after_s)
		response_header(res, "Retry-After", arena_printf(req->arena, "%d", login->retry_after_s));
	return form(req, res, answers[login->result].status, name, next, response_sentence(res, answers[login->result].sentence));
}

enum { LOGIN, PASSWORD, LOGIN_FIELDS };
INPUT_SET(body_login, [LOGIN] = { .name = "login", .kind = IN_TEXT, .required = true },
	  [PASSWORD] = { .name = "password", .kind = IN_PASSWORD, .required = true });

/* POST /login: login, password, next. */
int page_login_submit(struct request *req, struct response *res)
{
	struct input_value in[LOGIN_FIELDS];
	struct input_errors errors;
	const char *next = session_next(req->arena, pairs_get(&req->form, "next"));
	if (!input_read(req, INPUT_BODY, in, &errors))
		return form(req, res, 422, in[LOGIN].text, next, response_sentence(res, "login.incomplete"));
	struct login login = session_login(req, res, in[LOGIN].text, in[PASSWORD].text);
	if (login.result != LOGIN_DONE)
		return failed(req, res, &login, in[LOGIN].text, next);
	return response_redirect(res, next);
}

/* POST /logout */
int page_logout(struct request *req, struct response *res)
{
	enum err e = session_logout(req, res);
	return e == ERR_NONE ? response_redirect(res, "/login") : response_err(res, e, NULL);
}

static enum err keep(struct request *req, const char *language, const char *timezone)
{
	struct actor *a = &req->actor;
	return model_users_set_preferences(request_db(req), req->arena, a->id, language ? language : a->language,
					   timezone ? timezone : a->timezone);
}

enum { LANGUAGE, TIMEZONE, PREFERENCE_FIELDS };
INPUT_SET(body_preferences, [LANGUAGE] = { .name = "language", .kind = IN_ENUM, .choices = "zh|en" },
	  [TIMEZONE] = { .name = "timezone", .kind = IN_TEXT, .max = 64 });

/* POST /preferences: language (zh, en), timezone, next. For whoever is not signed in the browser remembers the language. */
int page_preferences(struct request *req, struct response *res)
{
	struct input_value in[PREFERENCE_FIELDS];
	struct input_errors errors;
	bool fine = input_read(req, INPUT_BODY, in, &errors);
	if (fine && *in[TIMEZONE].text && !zone_known(in[TIMEZONE].text)) {
		input_fail(req, &errors, "timezone", "error.timezone");
		fine = false;
	}
	if (!fine)
		return input_refuse(res, &errors);
	const char *next = pairs_get(&req->form, "next");
	if (req->actor.id) {
		enum err e =
			keep(req, in[LANGUAGE].present ? in[LANGUAGE].text : NULL, *in[TIMEZONE].text ? in[TIMEZONE].text : NULL);
		if (e != ERR_NONE)
			return response_err(res, e, NULL);
	}
	if (in[LANGUAGE].present)
		response_cookie(res, "language", in[LANGUAGE].text, LANGUAGE_S);
	return response_redirect(res, next && response_path_local(next) ? next : "/");
}
