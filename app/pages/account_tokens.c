/* One's own API tokens: a new one, shown once; and the end of one. */
#include "base/arena.h"
#include "model/account_acts.h"
#include "model/tokens.h"
#include "pages/account.h"
#include "pages/frame.h"
#include "pages/page.h"

enum { NAME, WRITE, DEPLOY, DAYS, FIELDS };
INPUT_SET(body_token, [NAME] = { .name = "name", .kind = IN_TEXT, .required = true, .min = 1, .max = 100 },
	  [WRITE] = { .name = "write", .kind = IN_BOOL }, [DEPLOY] = { .name = "deploy", .kind = IN_BOOL },
	  [DAYS] = { .name = "days", .kind = IN_INT, .required = true, .min = 1, .max = 366 });

static int show(struct request *req, struct response *res, const struct input_value *in, const struct input_errors *errors)
{
	struct view *v = page_view(req);
	account_frame(v, req, view_string(v, "token.new"));
	frame_form(v, &body_token, in, errors);
	return page_answer(res, errors ? 422 : 200, v, "account_token_new");
}

/* GET /account/tokens/new */
int page_tokens_new(struct request *req, struct response *res)
{
	struct input_value in[FIELDS] = { [DAYS] = { .text = "90" } };
	return show(req, res, in, NULL);
}

/* POST /account/tokens: the one page that shows it. */
int page_tokens_create(struct request *req, struct response *res)
{
	struct input_value in[FIELDS];
	struct input_errors errors;
	const char *secret;
	if (!input_read(req, INPUT_BODY, in, &errors))
		return show(req, res, in, &errors);
	struct token made = { .name = in[NAME].text,
			      .scopes = arena_printf(req->arena, "read%s%s", in[WRITE].flag ? " write" : "",
						     in[DEPLOY].flag ? " deploy" : "") };
	enum err e = model_act_token_create(req, (int)in[DAYS].number, &made, &secret);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	account_frame(v, req, view_string(v, "token.made"));
	view_set(v, "Token.name", made.name);
	view_set(v, "Token.scopes", made.scopes);
	view_set(v, "Token.secret", secret);
	view_set_time(v, "Token.expires", made.expires_at);
	return page_answer_once(res, "/account", v, "account_token_made");
}

/* The token of the path among one's own: 0, or the answered status. */
static int load(struct request *req, struct response *res, struct token *out)
{
	struct token *rows;
	int count;
	enum err e = model_tokens_list(request_db(req), req->arena, req->actor.id, &rows, &count);
	for (int i = 0; i < count && !e; i++) {
		if (rows[i].id != request_id_param(req, "id"))
			continue;
		*out = rows[i];
		return 0;
	}
	return response_err(res, e ? e : ERR_NOT_FOUND, NULL);
}

/* GET /account/tokens/:id/revoke */
int page_tokens_revoke_form(struct request *req, struct response *res)
{
	struct token token = { 0 };
	int refused = load(req, res, &token);
	if (refused)
		return refused;
	struct view *v = page_view(req);
	account_frame(v, req, view_string(v, "token.revoke"));
	view_set_int(v, "Token.id", token.id);
	view_set(v, "Token.name", token.name);
	view_set(v, "Token.scopes", token.scopes);
	view_set_time(v, "Token.used", token.last_used_at);
	return page_answer(res, 200, v, "account_token_revoke");
}

/* POST /account/tokens/:id/revoke */
int page_tokens_revoke(struct request *req, struct response *res)
{
	int refused = input_none(req, res);
	if (refused)
		return refused;
	enum err e = model_act_token_revoke(req, request_id_param(req, "id"));
	return e ? response_err(res, e, NULL) : page_redirect_notice(res, "/account", "notice.token_revoked");
}
