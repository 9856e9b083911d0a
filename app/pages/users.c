/* Users: their list with search, one's form, new ones with their invitation, and the end of somebody's sessions. */
#include "model/users.h"
#include "base/arena.h"
#include "model/user_acts.h"
#include "pages/admin.h"
#include "pages/frame.h"
#include "pages/page.h"

#define ROLES "student|teacher|admin"

enum { LIST_ROWS = 50 };

enum { Q, ROLE, STATE, AFTER, QUERY_FIELDS };
INPUT_SET(
	query_users, [Q] = { .name = "q", .kind = IN_TEXT, .max = 100 },
	[ROLE] = { .name = "role", .kind = IN_ENUM, .choices = ROLES },
	[STATE] = { .name = "state", .kind = IN_ENUM, .choices = USER_STATES }, [AFTER] = { .name = "after", .kind = IN_LOGIN });

static const char *state_badge(const char *state)
{
	return *state == 'a' ? "success" : *state == 'i' ? "pending" : "stopped";
}

static void show_user(struct view *v, const struct user *u)
{
	const char *state = user_state(u);
	view_set_int(v, "id", u->id);
	view_set(v, "login", u->login);
	view_set(v, "badge", state_badge(state));
	view_set(v, "word", frame_word(v, "user_state", state));
	view_set_time(v, "seen", u->last_login_at);
}

static void show_row(struct view *v, const struct user *u)
{
	show_user(v, u);
	view_set(v, "name", u->name);
	view_set(v, "role_word", frame_word(v, "role", role_name(u->role)));
}

/* GET /admin/users */
int page_users_list(struct request *req, struct response *res)
{
	struct input_value in[QUERY_FIELDS];
	struct user_list found;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	struct user_filter f = { .search = in[Q].text,
				 .role = in[ROLE].present ? in[ROLE].text : NULL,
				 .state = in[STATE].present ? in[STATE].text : NULL,
				 .after = in[AFTER].present ? in[AFTER].text : NULL,
				 .limit = LIST_ROWS };
	enum err e = model_users_search(request_db(req), req->arena, &f, &found);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_USERS, NULL);
	frame_filter(v, req, in);
	view_options(v, "Roles", ROLES, "role", in[ROLE].text);
	view_options(v, "States", USER_STATES, "user_state", in[STATE].text);
	for (int i = 0; i < found.count; i++)
		show_row(view_row(v, "Users", i), &found.rows[i]);
	frame_pager(v, req, in, "after", found.more ? found.rows[found.count - 1].login : NULL);
	return page_answer(res, 200, v, "users_list");
}

enum { LOGIN, NAME, NEW_ROLE, NEW_FIELDS };
INPUT_SET(body_user_new, [LOGIN] = { .name = "login", .kind = IN_LOGIN, .required = true },
	  [NAME] = { .name = "name", .kind = IN_TEXT, .required = true, .min = 1, .max = 50 },
	  [NEW_ROLE] = { .name = "role", .kind = IN_ENUM, .required = true, .choices = ROLES });

static int show_new(struct request *req, struct response *res, const struct input_value *in, const struct input_errors *errors)
{
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_USERS, view_string(v, "user.new"));
	frame_form(v, &body_user_new, in, errors);
	view_options(v, "Roles", ROLES, "role", in[NEW_ROLE].text);
	return page_answer(res, errors ? 422 : 200, v, "users_new");
}

/* GET /admin/users/new */
int page_users_new(struct request *req, struct response *res)
{
	struct input_value in[NEW_FIELDS] = { [NEW_ROLE] = { .text = "teacher" } };
	return show_new(req, res, in, NULL);
}

/* The one page that shows an invitation's link. */
static int show_invitation(struct request *req, struct response *res, int64_t id, const char *login, const char *name,
			   const struct invited *i)
{
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_USERS, view_string(v, "user.invitation"));
	view_set(v, "Invited.login", login);
	view_set(v, "Invited.name", name);
	view_set(v, "Invitation.url", i->url);
	view_set_time(v, "Invitation.expires", i->expires_at);
	return page_answer_once(res, arena_printf(req->arena, "/admin/users/%lld", (long long)id), v, "users_invited");
}

/* POST /admin/users */
int page_users_create(struct request *req, struct response *res)
{
	struct input_value in[NEW_FIELDS];
	struct input_errors errors;
	struct invited invited;
	enum role role;
	int64_t id;
	if (!input_read(req, INPUT_BODY, in, &errors) || !role_parse(in[NEW_ROLE].text, &role))
		return show_new(req, res, in, &errors);
	enum err e = model_act_user_create(req, in[LOGIN].text, in[NAME].text, role, &id, &invited);
	if (!e)
		return show_invitation(req, res, id, in[LOGIN].text, in[NAME].text, &invited);
	if (e != ERR_CONFLICT)
		return response_err(res, e, NULL);
	input_fail(req, &errors, "login", "error.login_taken");
	return show_new(req, res, in, &errors);
}

/* The account of the path: 0, or the answered status. */
static int load(struct request *req, struct response *res, struct user *u)
{
	enum err e = model_users_get(request_db(req), req->arena, request_id_param(req, "id"), u);
	return e ? response_err(res, e, NULL) : 0;
}

enum { EDIT_NAME, EDIT_ROLE, EDIT_DISABLED, EDIT_VERSION, EDIT_FIELDS };
INPUT_SET(body_user, [EDIT_NAME] = { .name = "name", .kind = IN_TEXT, .required = true, .min = 1, .max = 50 },
	  [EDIT_ROLE] = { .name = "role", .kind = IN_ENUM, .choices = ROLES },
	  [EDIT_DISABLED] = { .name = "disabled", .kind = IN_BOOL }, [EDIT_VERSION] = { .name = "version", .kind = IN_INT });

/* The form, as it is stored (in NULL) or as it was typed. */
static int show_edit(struct request *req, struct response *res, const struct user *u, const struct input_value *typed,
		     const struct input_errors *errors)
{
	const struct input_value stored[EDIT_FIELDS] = { [EDIT_NAME] = { .text = u->name },
							 [EDIT_ROLE] = { .text = role_name(u->role) },
							 [EDIT_DISABLED] = { .flag = u->disabled_at != NULL },
							 [EDIT_VERSION] = { .text = frame_number(req->arena, u->version) } };
	const struct input_value *in = typed ? typed : stored;
	struct view *v = page_view(req), *one = view_row(v, "One", 0);
	admin_frame(v, req, ADMIN_USERS, u->login);
	frame_form(v, &body_user, in, errors);
	view_options(v, "Roles", ROLES, "role", in[EDIT_ROLE].text);
	show_user(one, u);
	view_set_time(one, "created", u->created_at);
	view_set_bool(v, "Oneself", u->id == req->actor.id);
	return page_answer(res, errors ? 422 : 200, v, "users_edit");
}

/* GET /admin/users/:id */
int page_users_form(struct request *req, struct response *res)
{
	struct user u;
	int refused = load(req, res, &u);
	return refused ? refused : show_edit(req, res, &u, NULL, NULL);
}

/* POST /admin/users/:id: role and state of oneself are not in the form, and stay. */
int page_users_save(struct request *req, struct response *res)
{
	struct input_value in[EDIT_FIELDS];
	struct input_errors errors;
	struct user u;
	int refused = load(req, res, &u);
	if (refused)
		return refused;
	if (!input_read(req, INPUT_BODY, in, &errors))
		return show_edit(req, res, &u, in, &errors);
	struct user_edit edit = { in[EDIT_NAME].text, u.role, in[EDIT_DISABLED].flag };
	if (in[EDIT_ROLE].present)
		role_parse(in[EDIT_ROLE].text, &edit.role);
	enum err e = model_act_user_save(req, &u, &edit, (int)in[EDIT_VERSION].number);
	if (!e)
		return page_redirect_notice(res, "/admin/users", "notice.user");
	if (e == ERR_FORBIDDEN)
		input_fail(req, &errors, "role", "error.own_role");
	else if (e == ERR_CONFLICT)
		input_fail(req, &errors, "role", "error.last_admin");
	else if (e == ERR_GONE)
		input_fail(req, &errors, "version", "error.changed_meanwhile");
	else
		return response_err(res, e, NULL);
	return show_edit(req, res, &u, in, &errors);
}

/* POST /admin/users/:id/invite: for whoever has lost the password; the old one works until the new one is set. */
int page_users_invite(struct request *req, struct response *res)
{
	struct invited invited;
	struct user u;
	int refused = input_none(req, res);
	if (!refused)
		refused = load(req, res, &u);
	if (refused)
		return refused;
	enum err e = model_act_user_invite(req, &u, &invited);
	if (e == ERR_CONFLICT)
		return response_error(res, 409, response_sentence(res, "refused.disabled"));
	return e ? response_err(res, e, NULL) : show_invitation(req, res, u.id, u.login, u.name, &invited);
}

/* POST /admin/users/:id/sign-out */
int page_users_sign_out(struct request *req, struct response *res)
{
	struct user u;
	int count, refused = input_none(req, res);
	if (!refused)
		refused = load(req, res, &u);
	if (refused)
		return refused;
	enum err e = model_act_user_sign_out(req, &u, &count);
	return e ? response_err(res, e, NULL)
		 : page_redirect_notice(res, arena_printf(req->arena, "/admin/users/%lld", (long long)u.id), "notice.signed_out");
}
