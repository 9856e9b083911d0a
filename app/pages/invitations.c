/* Invitations: whoever has a link sets a first password with it. The code is in the path alone, and in no log. */
#include <string.h>

#include "auth/password.h"
#include "auth/session.h"
#include "base/arena.h"
#include "pages/frame.h"
#include "pages/page.h"

/* What became of a code that does not (or cannot now) let anybody in: one page for all that it may be. */
static int turned_away(struct request *req, struct response *res, const struct login *login)
{
	static const struct {
		int status;
		const char *sentence;
	} answers[] = { [LOGIN_REFUSED] = { 404, "invitation.refused" },
			[LOGIN_LIMITED] = { 429, "invitation.limited" },
			[LOGIN_BUSY] = { 503, "login.busy" },
			[LOGIN_UNAVAILABLE] = { 503, "error.503.detail" } };
	if (login->retry_after_s)
		response_header(res, "Retry-After", arena_printf(req->arena, "%d", login->retry_after_s));
	struct view *v = page_view(req);
	view_set(v, "Page.title", view_string(v, "invitation.title"));
	view_set(v, "Problem", view_string(v, answers[login->result].sentence));
	return page_answer(res, answers[login->result].status, v, "invitations_accept");
}

enum { PASSWORD, AGAIN, FIELDS };
INPUT_SET(body_invitation, [PASSWORD] = { .name = "password", .kind = IN_PASSWORD, .required = true },
	  [AGAIN] = { .name = "again", .kind = IN_PASSWORD, .required = true });

static int show(struct request *req, struct response *res, const struct user *u, const struct input_errors *errors)
{
	struct view *v = page_view(req);
	view_set(v, "Page.title", view_string(v, "invitation.title"));
	view_set(v, "Invited.login", u->login);
	view_set(v, "Greeting", view_fill(v, "invitation.greeting", "name", u->name));
	if (errors) {
		frame_wrong(v, &body_invitation, errors);
		view_set(v, "Errors.password", input_error_of(errors, "password"));
		view_set(v, "Errors.again", input_error_of(errors, "again"));
	}
	return page_answer(res, errors ? 422 : 200, v, "invitations_accept");
}

/* GET /invite/:code */
int page_invitations_form(struct request *req, struct response *res)
{
	struct user u;
	struct login login = session_invited(req, request_param(req, "code"), &u);
	return login.result == LOGIN_DONE ? show(req, res, &u, NULL) : turned_away(req, res, &login);
}

/* POST /invite/:code */
int page_invitations_accept(struct request *req, struct response *res)
{
	struct input_value in[FIELDS];
	struct input_errors errors;
	struct user u;
	const char *code = request_param(req, "code");
	struct login login = session_invited(req, code, &u);
	if (login.result != LOGIN_DONE)
		return turned_away(req, res, &login);
	bool read = input_read(req, INPUT_BODY, in, &errors);
	const char *rule = read ? password_rule(u.login, in[PASSWORD].text) : NULL;
	if (rule)
		input_fail(req, &errors, "password", rule);
	else if (read && strcmp(in[PASSWORD].text, in[AGAIN].text))
		input_fail(req, &errors, "again", "password.differs");
	if (errors.count)
		return show(req, res, &u, &errors);
	login = session_accept(req, res, code, in[PASSWORD].text);
	return login.result == LOGIN_DONE ? page_redirect_notice(res, "/", "notice.welcome") : turned_away(req, res, &login);
}
