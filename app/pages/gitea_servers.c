/* Gitea servers: their list, one's form, deleting it, and the connection test. */
#include "model/gitea_servers.h"
#include "base/arena.h"
#include "config.h"
#include "gitea/gitea.h"
#include "http/app.h"
#include "model/admin_acts.h"
#include "pages/admin.h"
#include "pages/frame.h"
#include "pages/page.h"

enum { CA_MAX = 65536 };
static const char home[] = "/admin/gitea";

/* GET /admin/gitea */
int page_gitea_list(struct request *req, struct response *res)
{
	struct gitea_server *rows;
	int count;
	enum err e = model_gitea_servers_list(request_db(req), req->arena, &rows, &count);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_GITEA, NULL);
	view_set(v, "Environment.url", req->app->config->gitea_url);
	view_set_bool(v, "Environment.token", req->app->gitea != NULL);
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Servers", i);
		view_set_int(row, "id", rows[i].id);
		view_set(row, "name", rows[i].name);
		view_set(row, "url", rows[i].url);
		view_set(row, "ssh_host", rows[i].ssh_host);
		view_set_bool(row, "token", rows[i].token_sealed != NULL);
		view_set_time(row, "updated", rows[i].updated_at);
	}
	return page_answer(res, 200, v, "gitea_list");
}

enum { NAME, URL, SSH_HOST, CA, TOKEN, TOKEN_REMOVE, VERSION, FIELDS };
INPUT_SET(body_gitea_server, [NAME] = { .name = "name", .kind = IN_TEXT, .required = true, .min = 1, .max = 100 },
	  [URL] = { .name = "url", .kind = IN_URL, .required = true },
	  [SSH_HOST] = { .name = "ssh_host", .kind = IN_TEXT, .max = 253 },
	  [CA] = { .name = "ca_pem", .kind = IN_LINES, .max = CA_MAX }, [TOKEN] = { .name = "token", .kind = IN_PASSWORD },
	  [TOKEN_REMOVE] = { .name = "token_remove", .kind = IN_BOOL }, [VERSION] = { .name = "version", .kind = IN_INT });

static void fill(struct input_value *in, const struct gitea_server *s, struct arena *a)
{
	in[NAME].text = s->name;
	in[URL].text = s->url;
	in[SSH_HOST].text = s->ssh_host ? s->ssh_host : "";
	in[CA].text = s->ca_pem ? s->ca_pem : "";
	in[VERSION].text = frame_number(a, s->version);
}

/* The form of one (old NULL: of a new one), as it is stored or as it was typed. */
static int show(struct request *req, struct response *res, const struct gitea_server *old, const struct input_value *in,
		const struct input_errors *errors)
{
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_GITEA, old ? old->name : view_string(v, "gitea_server.new"));
	frame_form(v, &body_gitea_server, in, errors);
	if (old) {
		view_set_int(v, "Server.id", old->id);
		view_set(v, "Server.name", old->name);
		view_set_bool(v, "Server.token_kept", old->token_sealed != NULL);
	}
	return page_answer(res, errors && errors->count ? 422 : 200, v, "gitea_edit");
}

/* The server of the path: 0, or the answered status. */
static int load(struct request *req, struct response *res, struct gitea_server *s)
{
	enum err e = model_gitea_servers_get(request_db(req), req->arena, request_id_param(req, "id"), s);
	return e ? response_err(res, e, NULL) : 0;
}

/* GET /admin/gitea/new */
int page_gitea_new(struct request *req, struct response *res)
{
	struct input_value in[FIELDS] = { 0 };
	return show(req, res, NULL, in, NULL);
}

/* GET /admin/gitea/:id */
int page_gitea_form(struct request *req, struct response *res)
{
	struct input_value in[FIELDS] = { 0 };
	struct gitea_server s;
	int refused = load(req, res, &s);
	if (refused)
		return refused;
	fill(in, &s, req->arena);
	return show(req, res, &s, in, NULL);
}

/* Reads and checks the form; ERR_INVALID: it is to be shown again. */
static enum err take(struct request *req, const struct gitea_server *old, struct input_value *in, struct gitea_server_edit *edit,
		     struct input_errors *errors)
{
	struct field_fault faults[FIELD_FAULTS];
	struct gitea_server *all;
	int count;
	bool fine = input_read_(req, INPUT_BODY, in, FIELDS, errors);
	*edit = (struct gitea_server_edit){ .name = in[NAME].text,
					    .url = in[URL].text,
					    .ssh_host = in[SSH_HOST].text,
					    .ca_pem = in[CA].text,
					    .token = in[TOKEN].text,
					    .token_remove = in[TOKEN_REMOVE].flag };
	if (!fine)
		return ERR_INVALID;
	enum err e = model_gitea_servers_list(request_db(req), req->arena, &all, &count);
	int wrong = e ? 0 : gitea_server_check(req->arena, edit, old, all, count, faults);
	for (int i = 0; i < wrong; i++)
		input_fail(req, errors, faults[i].field, faults[i].name);
	return wrong ? ERR_INVALID : e;
}

/* What a refused change means for the form. */
static int again(struct request *req, struct response *res, const struct gitea_server *old, const struct input_value *in,
		 struct input_errors *errors, enum err e)
{
	if (e == ERR_CONFLICT)
		input_fail(req, errors, "name", "error.name_taken");
	else if (e == ERR_GONE)
		input_fail(req, errors, "version", "error.changed_meanwhile");
	else if (e == ERR_TOO_MANY)
		input_fail(req, errors, "name", "error.gitea_many");
	else if (e != ERR_INVALID)
		return response_err(res, e, NULL);
	return show(req, res, old, in, errors);
}

/* POST /admin/gitea */
int page_gitea_create(struct request *req, struct response *res)
{
	struct input_value in[FIELDS];
	struct input_errors errors;
	struct gitea_server_edit edit;
	int64_t id;
	enum err e = take(req, NULL, in, &edit, &errors);
	if (!e)
		e = model_act_gitea_create(req, &edit, &id);
	return e ? again(req, res, NULL, in, &errors, e) : page_redirect_notice(res, home, "notice.gitea_server");
}

/* POST /admin/gitea/:id */
int page_gitea_save(struct request *req, struct response *res)
{
	struct input_value in[FIELDS];
	struct input_errors errors;
	struct gitea_server_edit edit;
	struct gitea_server old;
	int refused = load(req, res, &old);
	if (refused)
		return refused;
	enum err e = take(req, &old, in, &edit, &errors);
	if (!e)
		e = model_act_gitea_save(req, old.id, &edit, (int)in[VERSION].number);
	return e ? again(req, res, &old, in, &errors, e) : page_redirect_notice(res, home, "notice.gitea_server");
}

/* GET /admin/gitea/:id/delete */
int page_gitea_delete_form(struct request *req, struct response *res)
{
	struct gitea_server s;
	int refused = load(req, res, &s);
	if (refused)
		return refused;
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_GITEA, view_string(v, "gitea_server.delete"));
	view_set_int(v, "Server.id", s.id);
	view_set(v, "Server.name", s.name);
	view_set(v, "Server.url", s.url);
	return page_answer(res, 200, v, "gitea_delete");
}

/* POST /admin/gitea/:id/delete */
int page_gitea_delete(struct request *req, struct response *res)
{
	struct gitea_server s;
	int refused = input_none(req, res);
	if (!refused)
		refused = load(req, res, &s);
	if (refused)
		return refused;
	enum err e = model_act_gitea_delete(req, &s);
	return e ? response_err(res, e, NULL) : page_redirect_notice(res, home, "notice.gitea_server_deleted");
}

/* POST /admin/gitea/:id/test */
int page_gitea_test(struct request *req, struct response *res)
{
	struct gitea_server s;
	struct probe probe;
	int refused = input_none(req, res);
	if (!refused)
		refused = load(req, res, &s);
	if (refused)
		return refused;
	request_release_db(req); /* the other side may be slow */
	model_gitea_servers_probe(req->arena, req->app->keyring, &s, &probe);
	return admin_show_probe(req, res, ADMIN_GITEA, s.name, s.url, &probe);
}

/* POST /admin/gitea/test: the server of the environment. */
int page_gitea_environment_test(struct request *req, struct response *res)
{
	const struct config *c = req->app->config;
	struct probe probe;
	int refused = input_none(req, res);
	if (refused)
		return refused;
	request_release_db(req);
	if (!gitea_environment_probe(req->arena, c, &probe))
		return response_error(res, 404, NULL);
	return admin_show_probe(req, res, ADMIN_GITEA, "GITEA_URL", c->gitea_url, &probe);
}
