/* Forms in which an admin writes an object of a cluster: a new one, or a change of one that is there. */
#include "kube/resource_edit.h"

#include <string.h>

#include "base/arena.h"
#include "model/resource_acts.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"
#include "pages/resources.h"

enum { TEXT, VERSION, CHANGE_FIELDS };
#define TEXT_FIELD [TEXT] = { .name = "yaml", .kind = IN_LINES, .required = true, .max = RESOURCE_TEXT_MAX }
INPUT_SET(body_resource_change, TEXT_FIELD, [VERSION] = { .name = "version", .kind = IN_TEXT, .max = RESOURCE_VERSION });
enum { NEW_FIELDS = VERSION };
INPUT_SET(body_resource_new, TEXT_FIELD);

/* A form that is shown, or shown again. */
struct form {
	struct request *req;
	struct response *res;
	struct reach reach;
	struct resource now; /* of a change */
	const char *said;    /* the cluster's word against it, or NULL */
	bool change, stale;
	struct input_value in[CHANGE_FIELDS];
	struct input_errors errors;
};

static int show(struct form *f)
{
	struct arena *a = f->req->arena;
	const struct reach *r = &f->reach;
	struct view *v = page_view(f->req);
	const char *title = frame_word(v, "resource_act", f->change ? "change" : "create");
	resource_frame(v, r, f->change ? f->now.name : title);
	frame_form(v, f->change ? &body_resource_change : &body_resource_new, f->in, &f->errors);
	view_set(v, "Act.title", title);
	view_set(v, "Act.meaning", frame_word(v, "resource_act_meaning", f->change ? "change" : "create"));
	view_set(v, "Act.path", f->req->path);
	view_set(v, "Act.back", resource_address(a, r, f->change ? f->now.name : NULL));
	view_set(v, "Name", f->change ? f->now.name : frame_word(v, "object", r->kind->word));
	if (f->change) {
		view_set_bool(v, "Application", f->now.project_id != 0);
		view_set(v, "Version", resource_edit_version(a, &f->now));
	}
	if (f->stale)
		view_set(v, "Now", resource_edit_text(a, &f->now));
	if (f->said)
		part_said(v, "Said", f->said);
	return page_answer(f->res, f->errors.count ? 422 : 200, v, "resources_edit");
}

static void fail_text(struct form *f, const char *wrong, const char *why)
{
	const char *sentence = response_sentence(f->res, wrong);
	if (*why)
		sentence = arena_printf(f->req->arena, "%s %s", sentence, part_phrase(f->req, why));
	input_fail_sentence(&f->errors, "yaml", sentence);
}

/* What the cluster answered: nothing is lost, the form comes back with it. */
static int answer(struct form *f, enum err e, const struct resource_done *done, const char *name)
{
	if (!e)
		return page_redirect_notice(f->res, resource_address(f->req->arena, &f->reach, name),
					    f->change ? "notice.resource_changed" : "notice.resource_created");
	if (e == ERR_CONFLICT && !f->change)
		fail_text(f, "resource_edit.taken", "");
	else if (e == ERR_INVALID || e == ERR_FORBIDDEN || e == ERR_TOO_LARGE)
		fail_text(f, "resource_edit.refused", "");
	else
		input_fail(f->req, &f->errors, "", e == ERR_CONFLICT ? "resource_edit.overtaken" : "resources.away");
	f->said = *done->why ? done->why : NULL;
	return show(f);
}

static int send(struct form *f, const struct resource_edit *edit)
{
	const struct resource fresh = { .name = edit->name, .ns = f->reach.ns };
	struct resource_done done;
	struct resource_order order = { .cluster = &f->reach.cluster,
					.kube = f->reach.kube,
					.kind = f->reach.kind,
					.object = f->change ? &f->now : &fresh,
					.act = f->change ? RESOURCE_CHANGE : RESOURCE_CREATE,
					.edit = edit };
	enum err e = model_act_resource(f->req, &order, &done);
	return answer(f, e, &done, edit->name);
}

/* The object of the path, which must be the actor's to change: 0, or the answered status. */
static int load(struct form *f)
{
	const char *why;
	enum err e;
	f->change = true;
	int refused = resource_load(f->req, f->res, "", &f->reach, &f->now, &e, &why);
	if (refused)
		return refused;
	if (e)
		return response_err(f->res, e,
				    response_sentence(f->res, e == ERR_FORBIDDEN ? "resources.forbidden" : "resources.away"));
	if (!reach_may(&f->reach, &f->now, RESOURCE_CHANGE))
		return response_error(f->res, 403, response_sentence(f->res, "resources.not_yours"));
	if (!resource_edit_text(f->req->arena, &f->now))
		return response_error(f->res, 409, response_sentence(f->res, "resource_edit.too_long"));
	return 0;
}

/* GET /clusters/:id/:kind/:name/change */
int page_resources_change_form(struct request *req, struct response *res)
{
	struct form f = { .req = req, .res = res };
	int refused = load(&f);
	if (refused)
		return refused;
	f.in[TEXT].text = resource_edit_text(req->arena, &f.now);
	return show(&f);
}

/* POST /clusters/:id/:kind/:name/change */
int page_resources_change(struct request *req, struct response *res)
{
	struct form f = { .req = req, .res = res };
	struct resource_edit edit;
	bool read = input_read(req, INPUT_BODY, f.in, &f.errors);
	int refused = load(&f);
	if (refused)
		return refused;
	if (!read)
		return show(&f);
	if (strcmp(f.in[VERSION].text, resource_edit_version(req->arena, &f.now))) {
		f.stale = true;
		input_fail(req, &f.errors, "", "resource_edit.stale");
		return show(&f);
	}
	if (resource_edit_change(req->arena, f.reach.kind, &f.now, f.in[TEXT].text, &edit))
		return send(&f, &edit);
	fail_text(&f, edit.wrong, edit.why);
	return show(&f);
}

/* Where one may be made: 0, or the answered status. */
static int open_new(struct form *f)
{
	struct reach_ask ask = {
		.cluster_id = request_id_param(f->req, "id"), .kind = request_param(f->req, "kind"), .place = "", .label = ""
	};
	enum err e = ask.cluster_id ? reach_open(f->req, &ask, &f->reach) : ERR_NOT_FOUND;
	request_release_db(f->req);
	return e || !reach_may(&f->reach, NULL, RESOURCE_CREATE) ? response_err(f->res, e ? e : ERR_NOT_FOUND, NULL) : 0;
}

/* GET /clusters/:id/new/:kind */
int page_resources_new(struct request *req, struct response *res)
{
	struct form f = { .req = req, .res = res };
	int refused = open_new(&f);
	if (refused)
		return refused;
	f.in[TEXT].text = resource_edit_starter(req->arena, f.reach.kind);
	return show(&f);
}

/* POST /clusters/:id/new/:kind */
int page_resources_create(struct request *req, struct response *res)
{
	struct form f = { .req = req, .res = res };
	struct resource_edit edit;
	struct input_value in[NEW_FIELDS];
	bool read = input_read(req, INPUT_BODY, in, &f.errors);
	int refused = open_new(&f);
	if (refused)
		return refused;
	f.in[TEXT] = in[TEXT];
	if (!read)
		return show(&f);
	if (!f.reach.kube) {
		const struct resource_done away = { .why = f.reach.why };
		return answer(&f, ERR_UNAVAILABLE, &away, NULL);
	}
	if (resource_edit_new(req->arena, f.reach.kind, f.reach.ns, f.in[TEXT].text, &edit))
		return send(&f, &edit);
	fail_text(&f, edit.wrong, edit.why);
	return show(&f);
}
