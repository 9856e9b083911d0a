/* Registries over the API. Passwords go in and never come out. */
#include "model/registries.h"
#include "api/api.h"
#include "base/arena.h"
#include "fetch/probe.h"
#include "http/app.h"
#include "model/admin_acts.h"

SHAPE(shape_registry, "Registry", struct registry, MEMBER("id", SHAPE_INT64, struct registry, id),
      MEMBER("name", SHAPE_STRING, struct registry, name),
      MEMBER("address", SHAPE_STRING, struct registry, address, .about = "host[:port]"),
      MEMBER("plain_http", SHAPE_BOOL, struct registry, plain_http),
      MEMBER("ca_pem", SHAPE_TEXT, struct registry, ca_pem, .about = "null: the system's authorities"),
      MEMBER("push_username", SHAPE_TEXT, struct registry, push_username),
      MEMBER("has_push_password", SHAPE_GIVEN, struct registry, push_password_sealed),
      MEMBER("pull_username", SHAPE_TEXT, struct registry, pull_username),
      MEMBER("has_pull_password", SHAPE_GIVEN, struct registry, pull_password_sealed),
      MEMBER("created_at", SHAPE_TIME, struct registry, created_at),
      MEMBER("updated_at", SHAPE_TIME, struct registry, updated_at),
      MEMBER("version", SHAPE_INT, struct registry, version, .about = "also the ETag: send it as If-Match"));
SHAPE_LIST(shape_registries, "RegistryList", shape_registry);

/* GET /api/v1/registries: there are few, so that one page has them all. */
int api_registries_list(struct request *req, struct response *res)
{
	struct registry *rows;
	int count;
	enum err e = model_registries_list(request_db(req), req->arena, &rows, &count);
	return e ? response_err(res, e, NULL) : api_rows(res, rows, count, NULL);
}

/* The registry of the path: 0, or the answered status. */
static int find(struct request *req, struct response *res, struct registry *r)
{
	enum err e = model_registries_get(request_db(req), req->arena, request_id_param(req, "id"), r);
	return e ? response_err(res, e, NULL) : 0;
}

static int answer(struct request *req, struct response *res, int status, int64_t id)
{
	struct registry r;
	enum err e = model_registries_get(request_db(req), req->arena, id, &r);
	if (e)
		return response_err(res, e, NULL);
	return api_version(res, status, r.version, &shape_registry, &r);
}

/* GET /api/v1/registries/:id */
int api_registries_show(struct request *req, struct response *res)
{
	return answer(req, res, 200, request_id_param(req, "id"));
}

#define FIELDS_OF(needed)                                                                                                        \
	[NAME] = { .name = "name", .kind = IN_TEXT, .required = needed, .min = 1, .max = 100 },                                  \
	[ADDRESS] = { .name = "address", .kind = IN_TEXT, .required = needed, .min = 1, .max = 260, .about = "host[:port]" },    \
	[PLAIN] = { .name = "plain_http", .kind = IN_BOOL }, [CA] = { .name = "ca_pem", .kind = IN_LINES, .max = 65536 },        \
	[PUSH_USER] = { .name = "push_username", .kind = IN_TEXT, .max = 200, .about = "\"\": no account" },                     \
	[PUSH_PASSWORD] = { .name = "push_password", .kind = IN_PASSWORD },                                                      \
	[PULL_USER] = { .name = "pull_username", .kind = IN_TEXT, .max = 200, .about = "\"\": no account" },                     \
	[PULL_PASSWORD] = { .name = "pull_password", .kind = IN_PASSWORD }

enum { NAME, ADDRESS, PLAIN, CA, PUSH_USER, PUSH_PASSWORD, PULL_USER, PULL_PASSWORD, FIELDS };
INPUT_SET(body_api_registry_new, FIELDS_OF(true));
INPUT_SET(body_api_registry, FIELDS_OF(false));

static const char *or_old(const struct input_value *v, const char *old)
{
	return v->present ? v->text : old ? old : "";
}

/* A field that was not sent stays as it is; old NULL: it is empty. */
static struct registry_edit edit_of(const struct input_value *v, const struct registry *old)
{
	return (struct registry_edit){ .name = or_old(&v[NAME], old ? old->name : NULL),
				       .address = or_old(&v[ADDRESS], old ? old->address : NULL),
				       .plain_http = v[PLAIN].present ? v[PLAIN].flag : old && old->plain_http,
				       .ca_pem = or_old(&v[CA], old ? old->ca_pem : NULL),
				       .push_username = or_old(&v[PUSH_USER], old ? old->push_username : NULL),
				       .push_password = v[PUSH_PASSWORD].present ? v[PUSH_PASSWORD].text : NULL,
				       .pull_username = or_old(&v[PULL_USER], old ? old->pull_username : NULL),
				       .pull_password = v[PULL_PASSWORD].present ? v[PULL_PASSWORD].text : NULL };
}

/* Reads and checks a body: 0, or the answered status. */
static int take(struct request *req, struct response *res, const struct registry *old, struct registry_edit *edit)
{
	struct input_value v[FIELDS];
	struct input_errors errors;
	struct field_fault faults[FIELD_FAULTS];
	if (!input_read(req, INPUT_BODY, v, &errors))
		return input_refuse(res, &errors);
	*edit = edit_of(v, old);
	int wrong = registry_check(edit, old, faults);
	for (int i = 0; i < wrong; i++)
		input_fail(req, &errors, faults[i].field, faults[i].name);
	return wrong ? input_refuse(res, &errors) : 0;
}

static int refused(struct request *req, struct response *res, enum err e)
{
	struct input_errors errors = { .count = 0 };
	if (e == ERR_GONE)
		return api_changed(req, res);
	if (e != ERR_CONFLICT)
		return response_err(res, e, NULL);
	input_fail(req, &errors, "name", "error.name_taken");
	return input_conflict(res, &errors);
}

/* POST /api/v1/registries */
int api_registries_create(struct request *req, struct response *res)
{
	struct registry_edit edit;
	int64_t id;
	int status = take(req, res, NULL, &edit);
	if (status)
		return status;
	enum err e = model_act_registry_create(req, &edit, &id);
	return e ? refused(req, res, e) : answer(req, res, 201, id);
}

/* PUT /api/v1/registries/:id */
int api_registries_change(struct request *req, struct response *res)
{
	struct registry_edit edit;
	struct registry old;
	int status = find(req, res, &old);
	if (status)
		return status;
	int version = old.version;
	status = api_match(req, res, &version);
	if (!status)
		status = take(req, res, &old, &edit);
	if (status)
		return status;
	enum err e = model_act_registry_save(req, old.id, &edit, old.version);
	return e ? refused(req, res, e) : answer(req, res, 200, old.id);
}

/* DELETE /api/v1/registries/:id */
int api_registries_delete(struct request *req, struct response *res)
{
	struct registry r;
	struct registry_uses uses;
	int status = find(req, res, &r);
	if (status)
		return status;
	enum err e = model_act_registry_delete(req, &r, &uses);
	if (e == ERR_CONFLICT)
		return response_error(res, 409,
				      arena_printf(req->arena, "%s %s %d. %s %d.", api_string(req, "registry.used"),
						   api_string(req, "registry.used_configs"), uses.configs,
						   api_string(req, "registry.used_builds"), uses.builds));
	return e ? response_err(res, e, NULL) : 204;
}

/* POST /api/v1/registries/:id/test */
int api_registries_test(struct request *req, struct response *res)
{
	struct registry r;
	struct probe probe;
	int status = find(req, res, &r);
	if (!status)
		status = input_none(req, res);
	if (status)
		return status;
	request_release_db(req); /* the other side may be slow */
	model_registries_probe(req->arena, req->app->keyring, &r, &probe);
	return api_probe(res, &probe);
}
