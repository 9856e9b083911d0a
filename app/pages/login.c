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
#include "pages/frame.h"
#include "pages/page.h"

enum { LANGUAGE_S = 365 * 24 * 3600 };

enum { LOGIN, PASSWORD, LOGIN_FIELDS };
INPUT_SET(body_login, [LOGIN] = { .name = "login", .kind = IN_TEXT, .required = true },
	  [PASSWORD] = { .name = "password", .kind = IN_PASSWORD, .required = true });

/* What the sign-in form shows; errors and problem may be NULL. */
struct form {
	struct input_value in[LOGIN_FIELDS];
	const struct input_errors *errors;
	const char *next, *problem;
};

static int show(struct request *req, struct response *res, int status, const struct form *f)
{
	struct view *v = page_view(req);
	view_set(v, "Page.title", view_string(v, "login.title"));
	frame_form(v, &body_login, f->in, f->errors);
	view_set(v, "Form.next", f->next);
	view_set(v, "Form.problem", f->problem);
	return page_answer(res, status, v, "login");
}

INPUT_SET(query_login, { .name = "next", .kind = IN_TEXT, .max = 4000 });

/* GET /login?next=/path: the sign-in form; whoever is signed in goes on. */
int page_login_form(struct request *req, struct response *res)
{
	struct form f = { .in = { [LOGIN].text = "", [PASSWORD].text = "" } };
	f.next = session_next(req->arena, pairs_get(&req->query, "next"));
	return req->actor.id ? response_redirect(res, f.next) : show(req, res, 200, &f);
}

/* The sentence of a failed login, and its status. */
static int failed(struct request *req, struct response *res, const struct login *login, struct form *f)
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
	f->problem = response_sentence(res, answers[login->result].sentence);
	return show(req, res, answers[login->result].status, f);
}

/* POST /login: login, password, next. */
int page_login_submit(struct request *req, struct response *res)
{
	struct form f = { .next = session_next(req->arena, pairs_get(&req->form, "next")) };
	struct input_errors errors;
	if (!input_read(req, INPUT_BODY, f.in, &errors)) {
		f.errors = &errors;
		return show(req, res, 422, &f);
	}
	struct login login = session_login(req, res, f.in[LOGIN].text, f.in[PASSWORD].text);
	return login.result == LOGIN_DONE ? response_redirect(res, f.next) : failed(req, res, &login, &f);
}

/* POST /logout */
int page_logout(struct request *req, struct response *res)
{
	int refused = input_none(req, res);
	if (refused)
		return refused;
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
