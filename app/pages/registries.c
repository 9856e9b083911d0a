/* Registries: their list, one's form, deleting it, and the connection test. */
#include "model/registries.h"
#include "base/arena.h"
#include "model/admin_acts.h"
#include "pages/admin.h"
#include "pages/frame.h"
#include "pages/page.h"

enum { CA_MAX = 65536 };

/* GET /admin/registries */
int page_registries_list(struct request *req, struct response *res)
{
	struct registry *rows;
	int count;
	enum err e = model_registries_list(request_db(req), req->arena, &rows, &count);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_REGISTRIES, NULL);
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Registries", i);
		view_set_int(row, "id", rows[i].id);
		view_set(row, "name", rows[i].name);
		view_set(row, "address", rows[i].address);
		view_set_bool(row, "plain_http", rows[i].plain_http);
		view_set(row, "push", rows[i].push_username);
		view_set(row, "pull", rows[i].pull_username);
		view_set_time(row, "updated", rows[i].updated_at);
	}
	return page_answer(res, 200, v, "registries_list");
}

enum { NAME, ADDRESS, PLAIN, CA, PUSH_USER, PUSH_PASSWORD, PUSH_REMOVE, PULL_USER, PULL_PASSWORD, PULL_REMOVE, VERSION, FIELDS };
INPUT_SET(body_registry, [NAME] = { .name = "name", .kind = IN_TEXT, .required = true, .min = 1, .max = 100 },
	  [ADDRESS] = { .name = "address", .kind = IN_TEXT, .required = true, .min = 1, .max = 260 },
	  [PLAIN] = { .name = "plain_http", .kind = IN_BOOL }, [CA] = { .name = "ca_pem", .kind = IN_LINES, .max = CA_MAX },
	  [PUSH_USER] = { .name = "push_username", .kind = IN_TEXT, .max = 200 },
	  [PUSH_PASSWORD] = { .name = "push_password", .kind = IN_PASSWORD },
	  [PUSH_REMOVE] = { .name = "push_remove", .kind = IN_BOOL },
	  [PULL_USER] = { .name = "pull_username", .kind = IN_TEXT, .max = 200 },
	  [PULL_PASSWORD] = { .name = "pull_password", .kind = IN_PASSWORD },
	  [PULL_REMOVE] = { .name = "pull_remove", .kind = IN_BOOL }, [VERSION] = { .name = "version", .kind = IN_INT });

static struct registry_edit edit_of(const struct input_value *in)
{
	return (struct registry_edit){ .name = in[NAME].text,
				       .address = in[ADDRESS].text,
				       .plain_http = in[PLAIN].flag,
				       .ca_pem = in[CA].text,
				       .push_username = in[PUSH_USER].text,
				       .push_password = in[PUSH_PASSWORD].text,
				       .push_remove = in[PUSH_REMOVE].flag,
				       .pull_username = in[PULL_USER].text,
				       .pull_password = in[PULL_PASSWORD].text,
				       .pull_remove = in[PULL_REMOVE].flag };
}

static void fill(struct input_value *in, const struct registry *r, struct arena *a)
{
	in[NAME].text = r->name;
	in[ADDRESS].text = r->address;
	in[PLAIN].flag = r->plain_http;
	in[CA].text = r->ca_pem ? r->ca_pem : "";
	in[PUSH_USER].text = r->push_username ? r->push_username : "";
	in[PULL_USER].text = r->pull_username ? r->pull_username : "";
	in[VERSION].text = frame_number(a, r->version);
}

/* The form of one (old NULL: of a new one), as it is stored or as it was typed. */
static int show(struct request *req, struct response *res, const struct registry *old, const struct input_value *in,
		const struct input_errors *errors)
{
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_REGISTRIES, old ? old->name : view_string(v, "registry.new"));
	frame_form(v, &body_registry, in, errors);
	if (old) {
		view_set_int(v, "Registry.id", old->id);
		view_set(v, "Registry.name", old->name);
		view_set_bool(v, "Registry.push_kept", old->push_password_sealed != NULL);
		view_set_bool(v, "Registry.pull_kept", old->pull_password_sealed != NULL);
	}
	return page_answer(res, errors && errors->count ? 422 : 200, v, "registries_edit");
}

/* The registry of the path: 0, or the answered status. */
static int load(struct request *req, struct response *res, struct registry *r)
{
	enum err e = model_registries_get(request_db(req), req->arena, request_id_param(req, "id"), r);
	return e ? response_err(res, e, NULL) : 0;
}

/* GET /admin/registries/new */
int page_registries_new(struct request *req, struct response *res)
{
	struct input_value in[FIELDS] = { 0 };
	return show(req, res, NULL, in, NULL);
}

/* GET /admin/registries/:id */
int page_registries_form(struct request *req, struct response *res)
{
	struct input_value in[FIELDS] = { 0 };
	struct registry r;
	int refused = load(req, res, &r);
	if (refused)
		return refused;
	fill(in, &r, req->arena);
	return show(req, res, &r, in, NULL);
}

/* Reads and checks the form; false: it is to be shown again. */
static bool take(struct request *req, const struct registry *old, struct input_value *in, struct registry_edit *edit,
		 struct input_errors *errors)
{
	struct field_fault faults[FIELD_FAULTS];
	bool fine = input_read_(req, INPUT_BODY, in, FIELDS, errors);
	*edit = edit_of(in);
	int wrong = fine ? registry_check(edit, old, faults) : 0;
	for (int i = 0; i < wrong; i++)
		input_fail(req, errors, faults[i].field, faults[i].name);
	return fine && !wrong;
}

/* What a refused change means for the form; 0: it is something else. */
static int again(struct request *req, struct response *res, const struct registry *old, const struct input_value *in,
		 struct input_errors *errors, enum err e)
{
	if (e == ERR_CONFLICT)
		input_fail(req, errors, "name", "error.name_taken");
	else if (e == ERR_GONE)
		input_fail(req, errors, "version", "error.changed_meanwhile");
	else
		return response_err(res, e, NULL);
	return show(req, res, old, in, errors);
}

/* POST /admin/registries */
int page_registries_create(struct request *req, struct response *res)
{
	struct input_value in[FIELDS];
	struct input_errors errors;
	struct registry_edit edit;
	int64_t id;
	if (!take(req, NULL, in, &edit, &errors))
		return show(req, res, NULL, in, &errors);
	enum err e = model_act_registry_create(req, &edit, &id);
	return e ? again(req, res, NULL, in, &errors, e) : page_redirect_notice(res, "/admin/registries", "notice.registry");
}

/* POST /admin/registries/:id */
int page_registries_save(struct request *req, struct response *res)
{
	struct input_value in[FIELDS];
	struct input_errors errors;
	struct registry_edit edit;
	struct registry old;
	int refused = load(req, res, &old);
	if (refused)
		return refused;
	if (!take(req, &old, in, &edit, &errors))
		return show(req, res, &old, in, &errors);
	enum err e = model_act_registry_save(req, old.id, &edit, (int)in[VERSION].number);
	return e ? again(req, res, &old, in, &errors, e) : page_redirect_notice(res, "/admin/registries", "notice.registry");
}

/* GET /admin/registries/:id/delete: asks, or says what still needs it. */
int page_registries_delete_form(struct request *req, struct response *res)
{
	struct registry r;
	struct registry_uses uses;
	int refused = load(req, res, &r);
	if (refused)
		return refused;
	enum err e = model_registries_uses(request_db(req), req->arena, r.id, &uses);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_REGISTRIES, view_string(v, "registry.delete"));
	view_set_int(v, "Registry.id", r.id);
	view_set(v, "Registry.name", r.name);
	view_set(v, "Registry.address", r.address);
	view_set_bool(v, "Used", registry_used(&uses));
	view_set_int(v, "Uses.configs", uses.configs);
	view_set_int(v, "Uses.builds", uses.builds);
	view_set_bool(v, "Uses.more", uses.builds == REGISTRY_BUILDS_MAX);
	view_set_bool(v, "Uses.default", uses.is_default);
	return page_answer(res, 200, v, "registries_delete");
}

/* POST /admin/registries/:id/delete */
int page_registries_delete(struct request *req, struct response *res)
{
	struct registry r;
	struct registry_uses uses;
	int refused = input_none(req, res);
	if (!refused)
		refused = load(req, res, &r);
	if (refused)
		return refused;
	enum err e = model_act_registry_delete(req, &r, &uses);
	if (e == ERR_CONFLICT)
		return page_redirect_notice(res, arena_printf(req->arena, "/admin/registries/%lld/delete", (long long)r.id),
					    "notice.registry_used");
	return e ? response_err(res, e, NULL) : page_redirect_notice(res, "/admin/registries", "notice.registry_deleted");
}

/* POST /admin/registries/:id/test */
int page_registries_test(struct request *req, struct response *res)
{
	struct registry r;
	struct probe probe;
	int refused = input_none(req, res);
	if (!refused)
		refused = load(req, res, &r);
	if (refused)
		return refused;
	request_release_db(req); /* the other side may be slow */
	model_registries_probe(req->arena, req->app->keyring, &r, &probe);
	return admin_show_probe(req, res, ADMIN_REGISTRIES, r.name, r.address, &probe);
}
