/* Gitea servers over the API. Tokens go in and never come out. */
#include "model/gitea_servers.h"
#include "api/api.h"
#include "base/arena.h"
#include "fetch/probe.h"
#include "http/app.h"
#include "model/admin_acts.h"

SHAPE(shape_gitea_server, "GiteaServer", struct gitea_server, MEMBER("id", SHAPE_INT64, struct gitea_server, id),
      MEMBER("name", SHAPE_STRING, struct gitea_server, name), MEMBER("url", SHAPE_STRING, struct gitea_server, url),
      MEMBER("ssh_host", SHAPE_TEXT, struct gitea_server, ssh_host, .about = "where it is not the url's host"),
      MEMBER("ca_pem", SHAPE_TEXT, struct gitea_server, ca_pem, .about = "null: the system's authorities"),
      MEMBER("has_token", SHAPE_GIVEN, struct gitea_server, token_sealed),
      MEMBER("created_at", SHAPE_TIME, struct gitea_server, created_at),
      MEMBER("updated_at", SHAPE_TIME, struct gitea_server, updated_at),
      MEMBER("version", SHAPE_INT, struct gitea_server, version, .about = "also the ETag: send it as If-Match"));
SHAPE_LIST(shape_gitea_servers, "GiteaServerList", shape_gitea_server);

/* GET /api/v1/gitea-servers: there are few, so that one page has them all. */
int api_gitea_servers_list(struct request *req, struct response *res)
{
	struct gitea_server *rows;
	int count;
	enum err e = model_gitea_servers_list(request_db(req), req->arena, &rows, &count);
	return e ? response_err(res, e, NULL) : api_rows(res, rows, count, NULL);
}

/* The server of the path: 0, or the answered status. */
static int find(struct request *req, struct response *res, struct gitea_server *s)
{
	enum err e = model_gitea_servers_get(request_db(req), req->arena, request_id_param(req, "id"), s);
	return e ? response_err(res, e, NULL) : 0;
}

static int answer(struct request *req, struct response *res, int status, int64_t id)
{
	struct gitea_server s;
	enum err e = model_gitea_servers_get(request_db(req), req->arena, id, &s);
	if (e)
		return response_err(res, e, NULL);
	return api_version(res, status, s.version, &shape_gitea_server, &s);
}

/* GET /api/v1/gitea-servers/:id */
int api_gitea_servers_show(struct request *req, struct response *res)
{
	return answer(req, res, 200, request_id_param(req, "id"));
}

#define FIELDS_OF(needed)                                                                                                        \
	[NAME] = { .name = "name", .kind = IN_TEXT, .required = needed, .min = 1, .max = 100 },                                  \
	[URL] = { .name = "url", .kind = IN_URL, .required = needed },                                                           \
	[SSH_HOST] = { .name = "ssh_host", .kind = IN_TEXT, .max = 253, .about = "\"\": the url's host" },                       \
	[CA] = { .name = "ca_pem", .kind = IN_LINES, .max = 65536 }, [TOKEN] = { .name = "token", .kind = IN_PASSWORD },         \
	[TOKEN_REMOVE] = { .name = "token_remove", .kind = IN_BOOL, .about = "true: forget the stored token" }

enum { NAME, URL, SSH_HOST, CA, TOKEN, TOKEN_REMOVE, FIELDS };
INPUT_SET(body_api_gitea_server_new, FIELDS_OF(true));
INPUT_SET(body_api_gitea_server, FIELDS_OF(false));

static const char *or_old(const struct input_value *v, const char *old)
{
	return v->present ? v->text : old ? old : "";
}

/* Reads and checks a body, in which a field that was not sent stays as it is: 0, or the answered status. */
static int take(struct request *req, struct response *res, const struct gitea_server *old, struct gitea_server_edit *edit)
{
	static const struct gitea_server nothing;
	const struct gitea_server *o = old ? old : &nothing;
	struct input_value v[FIELDS];
	struct input_errors errors;
	struct field_fault faults[FIELD_FAULTS];
	struct gitea_server *all;
	int count;
	if (!input_read(req, INPUT_BODY, v, &errors))
		return input_refuse(res, &errors);
	*edit = (struct gitea_server_edit){ .name = or_old(&v[NAME], o->name),
					    .url = or_old(&v[URL], o->url),
					    .ssh_host = or_old(&v[SSH_HOST], o->ssh_host),
					    .ca_pem = or_old(&v[CA], o->ca_pem),
					    .token = v[TOKEN].text,
					    .token_remove = v[TOKEN_REMOVE].flag };
	enum err e = model_gitea_servers_list(request_db(req), req->arena, &all, &count);
	if (e)
		return response_err(res, e, NULL);
	int wrong = gitea_server_check(req->arena, edit, old, all, count, faults);
	for (int i = 0; i < wrong; i++)
		input_fail(req, &errors, faults[i].field, faults[i].name);
	return wrong ? input_refuse(res, &errors) : 0;
}

static int refused(struct request *req, struct response *res, enum err e)
{
	struct input_errors errors = { .count = 0 };
	if (e == ERR_GONE)
		return api_changed(req, res);
	if (e != ERR_CONFLICT && e != ERR_TOO_MANY)
		return response_err(res, e, NULL);
	input_fail(req, &errors, "name", e == ERR_CONFLICT ? "error.name_taken" : "error.gitea_many");
	return input_conflict(res, &errors);
}

/* POST /api/v1/gitea-servers */
int api_gitea_servers_create(struct request *req, struct response *res)
{
	struct gitea_server_edit edit;
	int64_t id;
	int status = take(req, res, NULL, &edit);
	if (status)
		return status;
	enum err e = model_act_gitea_create(req, &edit, &id);
	return e ? refused(req, res, e) : answer(req, res, 201, id);
}

/* PUT /api/v1/gitea-servers/:id */
int api_gitea_servers_change(struct request *req, struct response *res)
{
	struct gitea_server_edit edit;
	struct gitea_server old;
	int status = find(req, res, &old);
	if (status)
		return status;
	int version = old.version;
	status = api_match(req, res, &version);
	if (!status)
		status = take(req, res, &old, &edit);
	if (status)
		return status;
	enum err e = model_act_gitea_save(req, old.id, &edit, old.version);
	return e ? refused(req, res, e) : answer(req, res, 200, old.id);
}

/* DELETE /api/v1/gitea-servers/:id */
int api_gitea_servers_delete(struct request *req, struct response *res)
{
	struct gitea_server s;
	int status = find(req, res, &s);
	if (status)
		return status;
	enum err e = model_act_gitea_delete(req, &s);
	return e ? response_err(res, e, NULL) : 204;
}

/* POST /api/v1/gitea-servers/:id/test */
int api_gitea_servers_test(struct request *req, struct response *res)
{
	struct gitea_server s;
	struct probe probe;
	int status = find(req, res, &s);
	if (!status)
		status = input_none(req, res);
	if (status)
		return status;
	request_release_db(req); /* the other side may be slow */
	model_gitea_servers_probe(req->arena, req->app->keyring, &s, &probe);
	return api_probe(res, &probe);
}

/* POST /api/v1/gitea-servers/test: the server of the environment */
int api_gitea_environment_test(struct request *req, struct response *res)
{
	struct probe probe;
	int status = input_none(req, res);
	if (status)
		return status;
	request_release_db(req);
	return gitea_environment_probe(req->arena, req->app->config, &probe) ? api_probe(res, &probe)
									     : response_error(res, 404, NULL);
}
