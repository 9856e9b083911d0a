/* Users over the API. An invitation's link is in the answer that makes it, and nowhere afterwards. */
#include "model/users.h"
#include "api/api.h"
#include "base/arena.h"
#include "model/user_acts.h"

#define ROLES "student|teacher|admin"

/* A user as admins see him. */
struct api_user {
	struct user row;
	const char *role, *state;
};
SHAPE(shape_user, "User", struct api_user, MEMBER("id", SHAPE_INT64, struct api_user, row.id),
      MEMBER("login", SHAPE_STRING, struct api_user, row.login), MEMBER("name", SHAPE_STRING, struct api_user, row.name),
      MEMBER("role", SHAPE_STRING, struct api_user, role, .choices = ROLES),
      MEMBER("state", SHAPE_STRING, struct api_user, state, .choices = USER_STATES),
      MEMBER("last_login_at", SHAPE_TIME, struct api_user, row.last_login_at),
      MEMBER("created_at", SHAPE_TIME, struct api_user, row.created_at),
      MEMBER("version", SHAPE_INT, struct api_user, row.version, .about = "also the ETag: send it as If-Match"));
SHAPE_LIST(shape_users, "UserList", shape_user);

struct new_user {
	struct api_user user;
	const char *url, *expires_at;
};
SHAPE(shape_invited_user, "InvitedUser", struct new_user, MEMBER("user", SHAPE_ROW, struct new_user, user, .of = &shape_user),
      MEMBER("invitation_url", SHAPE_STRING, struct new_user, url, .about = "shown once: whoever has it sets the password"),
      MEMBER("expires_at", SHAPE_TIME, struct new_user, expires_at));

static struct api_user one(const struct user *u)
{
	return (struct api_user){ .row = *u, .role = role_name(u->role), .state = user_state(u) };
}

enum { Q, ROLE, STATE, CURSOR, LIMIT, QUERY_FIELDS };
INPUT_SET(
	query_api_users, [Q] = { .name = "q", .kind = IN_TEXT, .max = 100, .about = "a part of login or name" },
	[ROLE] = { .name = "role", .kind = IN_ENUM, .choices = ROLES },
	[STATE] = { .name = "state", .kind = IN_ENUM, .choices = USER_STATES },
	[CURSOR] = { .name = "cursor", .kind = IN_LOGIN, .about = "next_cursor of the page before" }, [LIMIT] = API_LIMIT_FIELD);

/* GET /api/v1/users */
int api_users_list(struct request *req, struct response *res)
{
	struct input_value v[QUERY_FIELDS];
	struct user_list found;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (status)
		return status;
	struct user_filter f = { .search = v[Q].text,
				 .role = v[ROLE].present ? v[ROLE].text : NULL,
				 .state = v[STATE].present ? v[STATE].text : NULL,
				 .after = v[CURSOR].present ? v[CURSOR].text : NULL,
				 .limit = api_limit(&v[LIMIT]) };
	enum err e = model_users_search(request_db(req), req->arena, &f, &found);
	if (e)
		return response_err(res, e, NULL);
	struct api_user *rows = arena_alloc(req->arena, sizeof *rows * (size_t)(found.count + 1));
	for (int i = 0; i < found.count; i++)
		rows[i] = one(&found.rows[i]);
	return api_rows(res, rows, found.count, found.more ? found.rows[found.count - 1].login : NULL);
}

/* The account of the path: 0, or the answered status. */
static int find(struct request *req, struct response *res, struct user *u)
{
	enum err e = model_users_get(request_db(req), req->arena, request_id_param(req, "id"), u);
	return e ? response_err(res, e, NULL) : 0;
}

static int answer(struct response *res, const struct user *u)
{
	struct api_user row = one(u);
	return api_version(res, 200, u->version, &shape_user, &row);
}

/* GET /api/v1/users/:id */
int api_users_show(struct request *req, struct response *res)
{
	struct user u;
	int status = find(req, res, &u);
	return status ? status : answer(res, &u);
}

static int answer_invited(struct request *req, struct response *res, int64_t id, const struct invited *i)
{
	struct user u;
	enum err e = model_users_get(request_db(req), req->arena, id, &u);
	if (e)
		return response_err(res, e, NULL);
	struct new_user made = { one(&u), i->url, i->expires_at };
	response_header(res, "Location", arena_printf(req->arena, "/api/v1/users/%lld", (long long)id));
	return api_row(res, 201, &shape_invited_user, &made);
}

enum { LOGIN, NAME, NEW_ROLE, NEW_FIELDS };
INPUT_SET(body_api_user_new, [LOGIN] = { .name = "login", .kind = IN_LOGIN, .required = true },
	  [NAME] = { .name = "name", .kind = IN_TEXT, .required = true, .min = 1, .max = 50 },
	  [NEW_ROLE] = { .name = "role", .kind = IN_ENUM, .required = true, .choices = ROLES });

/* POST /api/v1/users */
int api_users_create(struct request *req, struct response *res)
{
	struct input_value v[NEW_FIELDS];
	struct input_errors errors = { .count = 0 };
	struct invited invited;
	enum role role = ROLE_NONE;
	int64_t id;
	int status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	role_parse(v[NEW_ROLE].text, &role);
	enum err e = model_act_user_create(req, v[LOGIN].text, v[NAME].text, role, &id, &invited);
	if (!e)
		return answer_invited(req, res, id, &invited);
	if (e != ERR_CONFLICT)
		return response_err(res, e, NULL);
	input_fail(req, &errors, "login", "error.login_taken");
	return input_conflict(res, &errors);
}

enum { EDIT_NAME, EDIT_ROLE, EDIT_DISABLED, EDIT_FIELDS };
INPUT_SET(body_api_user, [EDIT_NAME] = { .name = "name", .kind = IN_TEXT, .min = 1, .max = 50 },
	  [EDIT_ROLE] = { .name = "role", .kind = IN_ENUM, .choices = ROLES },
	  [EDIT_DISABLED] = { .name = "disabled", .kind = IN_BOOL, .about = "cannot sign in; sessions and tokens end" });

/* PUT /api/v1/users/:id: a field that was not sent stays as it is. */
int api_users_change(struct request *req, struct response *res)
{
	struct input_value v[EDIT_FIELDS];
	struct user u;
	int status = find(req, res, &u), version = status ? 0 : u.version;
	if (!status)
		status = api_match(req, res, &version);
	if (!status)
		status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	struct user_edit edit = { v[EDIT_NAME].present ? v[EDIT_NAME].text : u.name, u.role,
				  v[EDIT_DISABLED].present ? v[EDIT_DISABLED].flag : u.disabled_at != NULL };
	if (v[EDIT_ROLE].present)
		role_parse(v[EDIT_ROLE].text, &edit.role);
	enum err e = model_act_user_save(req, &u, &edit, u.version);
	if (e == ERR_FORBIDDEN || e == ERR_CONFLICT)
		return response_error(res, 409, api_string(req, e == ERR_FORBIDDEN ? "error.own_role" : "error.last_admin"));
	if (e)
		return e == ERR_GONE ? api_changed(req, res) : response_err(res, e, NULL);
	status = find(req, res, &u);
	return status ? status : answer(res, &u);
}

/* POST /api/v1/users/:id/invite */
int api_users_invite(struct request *req, struct response *res)
{
	struct invited invited;
	struct user u;
	int status = find(req, res, &u);
	if (!status)
		status = input_none(req, res);
	if (status)
		return status;
	enum err e = model_act_user_invite(req, &u, &invited);
	if (e == ERR_CONFLICT)
		return response_error(res, 409, api_string(req, "refused.disabled"));
	return e ? response_err(res, e, NULL) : answer_invited(req, res, u.id, &invited);
}

/* DELETE /api/v1/users/:id/sessions */
int api_users_sign_out(struct request *req, struct response *res)
{
	struct user u;
	int count, status = find(req, res, &u);
	if (status)
		return status;
	enum err e = model_act_user_sign_out(req, &u, &count);
	return e ? response_err(res, e, NULL) : 204;
}
