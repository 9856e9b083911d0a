/* Everybody's own account: name, language, time zone, password, sessions; tokens are in account_tokens.c. */
#include "pages/account.h"

#include <string.h>

#include "auth/password.h"
#include "auth/session.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/zone.h"
#include "model/account_acts.h"
#include "model/sessions.h"
#include "model/tokens.h"
#include "model/users.h"
#include "pages/frame.h"
#include "pages/page.h"

void account_frame(struct view *v, struct request *req, const char *title)
{
	(void)req;
	frame_crumb(v, "/account", view_string(v, "account.title"));
	frame_crumb(v, NULL, title);
	view_set(v, "Page.title", title);
}

/* What stands in it, and what it means; the first that is found counts. */
struct sign {
	const char *word, *name;
};

static const char *first_sign(const struct sign *signs, const char *text)
{
	for (; signs->word; signs++)
		if (strstr(text, signs->word))
			return signs->name;
	return NULL;
}

const char *account_browser(struct arena *a, const char *user_agent)
{
	static const struct sign browsers[] = {
		{ "Edg/", "Edge" },	 { "OPR/", "Opera" },	  { "Firefox/", "Firefox" }, { "Chromium/", "Chromium" },
		{ "Chrome/", "Chrome" }, { "Safari/", "Safari" }, { "curl/", "curl" },	     { "python-requests", "Python" },
		{ NULL, NULL }
	};
	static const struct sign systems[] = { { "Android", "Android" }, { "iPhone", "iPhone" },  { "iPad", "iPad" },
					       { "Windows", "Windows" }, { "Mac OS X", "macOS" }, { "CrOS", "ChromeOS" },
					       { "Linux", "Linux" },	 { NULL, NULL } };
	const char *browser = first_sign(browsers, user_agent), *system = first_sign(systems, user_agent);
	if (!browser)
		return arena_memdup(a, user_agent, strnlen(user_agent, 60));
	return system ? arena_printf(a, "%s, %s", browser, system) : browser;
}

static const char *session_hash(struct request *req)
{
	return req->session ? secret_digest(req->arena, req->session) : "";
}

static enum err show_sessions(struct view *v, struct request *req)
{
	struct session_row *rows;
	int count;
	enum err e = model_sessions_list(request_db(req), req->arena, req->actor.id, session_hash(req), &rows, &count);
	for (int i = 0; i < count && !e; i++) {
		struct view *row = view_row(v, "Sessions", i);
		view_set(row, "handle", rows[i].handle);
		view_set(row, "browser", account_browser(req->arena, rows[i].user_agent));
		view_set(row, "ip", rows[i].ip);
		view_set_time(row, "created", rows[i].created_at);
		view_set_time(row, "seen", rows[i].last_seen_at);
		view_set_bool(row, "current", rows[i].current);
	}
	return e;
}

static enum err show_tokens(struct view *v, struct request *req)
{
	struct token *rows;
	int count;
	enum err e = model_tokens_list(request_db(req), req->arena, req->actor.id, &rows, &count);
	for (int i = 0; i < count && !e; i++) {
		struct view *row = view_row(v, "Tokens", i);
		view_set_int(row, "id", rows[i].id);
		view_set(row, "name", rows[i].name);
		view_set(row, "scopes", rows[i].scopes);
		view_set_time(row, "created", rows[i].created_at);
		view_set_time(row, "used", rows[i].last_used_at);
		view_set_time(row, "expires", rows[i].expires_at);
	}
	return e;
}

enum { NAME, LANGUAGE, TIMEZONE, VERSION, PROFILE_FIELDS };
INPUT_SET(body_account, [NAME] = { .name = "name", .kind = IN_TEXT, .max = 50 },
	  [LANGUAGE] = { .name = "language", .kind = IN_ENUM, .choices = "zh|en" },
	  [TIMEZONE] = { .name = "timezone", .kind = IN_TEXT, .required = true, .max = 64 },
	  [VERSION] = { .name = "version", .kind = IN_INT, .required = true });

enum { CURRENT, PASSWORD, AGAIN, PASSWORD_FIELDS };
INPUT_SET(body_account_password, [CURRENT] = { .name = "current", .kind = IN_PASSWORD, .required = true },
	  [PASSWORD] = { .name = "password", .kind = IN_PASSWORD, .required = true },
	  [AGAIN] = { .name = "again", .kind = IN_PASSWORD, .required = true });

/* A form that was refused: which of the two, and what was wrong with it. */
struct refused {
	const struct input_set *set;
	const struct input_value *in;
	const struct input_errors *errors;
	int status;
};

static void fill(struct input_value *in, const struct user *u, struct arena *a)
{
	memset(in, 0, sizeof *in * PROFILE_FIELDS);
	in[NAME].text = u->name;
	in[LANGUAGE].text = u->language;
	in[TIMEZONE].text = u->timezone;
	in[VERSION].text = frame_number(a, u->version);
}

/* The page: as it is, or with one of its forms as it was sent (refused may be NULL). */
static int show(struct request *req, struct response *res, const struct refused *refused)
{
	struct input_value profile[PROFILE_FIELDS];
	struct user u;
	struct view *v = page_view(req);
	enum err e = model_users_get(request_db(req), req->arena, req->actor.id, &u);
	if (!e)
		e = show_sessions(v, req);
	if (!e)
		e = show_tokens(v, req);
	if (e)
		return response_err(res, e, NULL);
	view_set(v, "Page.title", view_string(v, "account.title"));
	fill(profile, &u, req->arena);
	frame_form(v, &body_account, profile, NULL);
	if (refused)
		frame_form(v, refused->set, refused->in, refused->errors);
	view_set(v, "Which", !refused ? "" : refused->set == &body_account ? "profile" : "password");
	view_set(v, "Account.login", u.login);
	view_set(v, "Account.role", frame_word(v, "role", role_name(u.role)));
	view_set_bool(v, "Account.may_rename", u.role >= ROLE_TEACHER);
	view_options(v, "Languages", "zh|en", "language", view_get(v, "Form.language"));
	for (const char *const *zone = view_zones(); *zone; zone++)
		view_set(view_next(v, "Zones"), "name", *zone);
	return page_answer(res, refused ? refused->status : 200, v, "account");
}

/* GET /account */
int page_account(struct request *req, struct response *res)
{
	return show(req, res, NULL);
}

/* POST /account: a student's name is the roster's, so that it stays. */
int page_account_save(struct request *req, struct response *res)
{
	struct input_value in[PROFILE_FIELDS];
	struct input_errors errors;
	bool may_rename = req->actor.role >= ROLE_TEACHER;
	bool read = input_read(req, INPUT_BODY, in, &errors);
	if (read && *in[TIMEZONE].text && !zone_known(in[TIMEZONE].text))
		input_fail(req, &errors, "timezone", "error.timezone");
	if (read && may_rename && !*in[NAME].text)
		input_fail(req, &errors, "name", "error.required");
	if (read && !may_rename && in[NAME].present && strcmp(in[NAME].text, req->actor.name))
		input_fail(req, &errors, "name", "error.name_fixed");
	enum err e = errors.count ? ERR_INVALID
				  : model_act_account(req, may_rename ? in[NAME].text : NULL,
						      in[LANGUAGE].present ? in[LANGUAGE].text : NULL, in[TIMEZONE].text,
						      (int)in[VERSION].number);
	if (!e)
		return page_redirect_notice(res, "/account", "notice.account");
	if (e == ERR_GONE)
		input_fail(req, &errors, "version", "error.changed_meanwhile");
	else if (e != ERR_INVALID)
		return response_err(res, e, NULL);
	return show(req, res, &(struct refused){ &body_account, in, &errors, 422 });
}

/* What is wrong with the new password, at its fields. */
static void check_password(struct request *req, const struct input_value *in, struct input_errors *errors)
{
	const char *rule = in[PASSWORD].present ? password_rule(req->actor.login, in[PASSWORD].text) : NULL;
	if (rule)
		input_fail(req, errors, "password", rule);
	else if (in[PASSWORD].present && in[AGAIN].present && strcmp(in[PASSWORD].text, in[AGAIN].text))
		input_fail(req, errors, "again", "password.differs");
}

/* POST /account/password */
int page_account_password(struct request *req, struct response *res)
{
	static const struct {
		int status;
		const char *sentence;
	} answers[] = { [LOGIN_REFUSED] = { 422, "password.wrong" },
			[LOGIN_LIMITED] = { 429, "login.limited" },
			[LOGIN_BUSY] = { 503, "login.busy" },
			[LOGIN_UNAVAILABLE] = { 503, "error.503.detail" } };
	struct input_value in[PASSWORD_FIELDS];
	struct input_errors errors;
	int status = 422;
	if (input_read(req, INPUT_BODY, in, &errors))
		check_password(req, in, &errors);
	if (!errors.count) {
		struct login login = session_change_password(req, res, in[CURRENT].text, in[PASSWORD].text);
		if (login.result == LOGIN_DONE)
			return page_redirect_notice(res, "/account", "notice.password");
		status = answers[login.result].status;
		if (login.retry_after_s)
			response_header(res, "Retry-After", arena_printf(req->arena, "%d", login.retry_after_s));
		input_fail(req, &errors, "current", answers[login.result].sentence);
	}
	return show(req, res, &(struct refused){ &body_account_password, in, &errors, status });
}

/* POST /account/sessions/:session/end */
int page_account_session_end(struct request *req, struct response *res)
{
	int refused = input_none(req, res);
	if (refused)
		return refused;
	enum err e = model_act_session_end(req, request_param(req, "session"));
	return e ? response_err(res, e, NULL) : page_redirect_notice(res, "/account", "notice.session");
}

/* POST /account/sessions/end: all but this one. */
int page_account_sessions_end(struct request *req, struct response *res)
{
	int count, refused = input_none(req, res);
	if (refused)
		return refused;
	enum err e = model_act_sessions_end_others(req, &count);
	return e ? response_err(res, e, NULL) : page_redirect_notice(res, "/account", "notice.sessions");
}
