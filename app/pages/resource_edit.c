/* Forms in which an admin changes labels, annotations and data of a cluster's object, one entry at a time, or makes a new
 * ConfigMap. */
#include "kube/resource_edit.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "model/resource_acts.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"
#include "pages/resources.h"

enum { KEY, VALUE, MAP, REMOVE, VERSION, CHANGE_FIELDS };
#define ENTRY(needed)                                                                                                            \
	[KEY] = { .name = "key", .kind = IN_TEXT, .required = (needed), .max = RESOURCE_KEY_MAX }, [VALUE] = {                   \
		.name = "value", .kind = IN_LINES, .max = RESOURCE_VALUE_MAX                                                     \
	}
INPUT_SET(body_resource_change,
	  ENTRY(true), [MAP] = { .name = "map", .kind = IN_ENUM, .required = true, .choices = RESOURCE_MAPS },
	  [REMOVE] = { .name = "remove", .kind = IN_BOOL },
	  [VERSION] = { .name = "version", .kind = IN_TEXT, .max = RESOURCE_VERSION });
enum { ENTRY_MAP, ENTRY_KEY, ENTRY_FIELDS };
INPUT_SET(query_resource_change, [ENTRY_MAP] = { .name = "map", .kind = IN_ENUM, .choices = RESOURCE_MAPS },
	  [ENTRY_KEY] = { .name = "key", .kind = IN_TEXT, .max = RESOURCE_KEY_MAX });
enum { NAME = MAP, NEW_FIELDS };
INPUT_SET(body_resource_new,
	  ENTRY(false), [NAME] = { .name = "name", .kind = IN_TEXT, .required = true, .max = RESOURCE_NAME_MAX });

/* A form that is shown, or shown again. */
struct form {
	struct request *req;
	struct response *res;
	struct reach reach;
	struct resource now; /* of a change */
	bool change, unsent; /* the cluster could not be asked at all */
	const char *said;    /* the cluster's word against it, or NULL */
	struct input_value in[CHANGE_FIELDS];
	struct input_errors errors;
};

static void show_maps(struct view *v, const struct form *f)
{
	struct arena *a = f->req->arena;
	bool has_data = f->reach.kind->kind == KUBE_CONFIGMAP;
	for (int i = RESOURCE_MAP__MAX - 1; i >= 0; i--) {
		enum resource_map map = (enum resource_map)i;
		struct resource_entry *entries;
		int count = resource_entries(a, &f->now, map, &entries);
		if (map == RESOURCE_DATA && !has_data)
			continue;
		struct view *part = view_next(v, "Maps");
		view_set(part, "word", resource_map_word(map));
		view_set(part, "title", frame_word(v, "resource_map", resource_map_word(map)));
		for (int k = 0; k < count; k++) {
			struct view *row = view_next(part, "entries");
			view_set(row, "key", entries[k].key);
			view_set(row, "href",
				 arena_printf(a, "?map=%s&key=%s#f-value", resource_map_word(map),
					      str_url_encode(a, entries[k].key, false)));
			view_set(row, "value", entries[k].value);
			view_set_bool(row, "own", entries[k].own);
		}
	}
	const char *chosen = *f->in[MAP].text ? f->in[MAP].text : has_data ? "data" : "labels";
	view_options(v, "MapChoices", has_data ? RESOURCE_MAPS : "labels|annotations", "resource_map", chosen);
}

static int show(struct form *f)
{
	const struct reach *r = &f->reach;
	struct view *v = page_view(f->req);
	const char *title = frame_word(v, "resource_act", f->change ? "change" : "create");
	resource_frame(v, r, f->change ? f->now.name : title);
	frame_form(v, f->change ? &body_resource_change : &body_resource_new, f->in, f->errors.count ? &f->errors : NULL);
	if (f->change)
		view_set(v, "Page.title", arena_printf(f->req->arena, "%s: %s", title, view_get(v, "Page.title")));
	view_set(v, "Act.title", title);
	view_set(v, "Act.path", f->req->path); /* without the entry that the form began with */
	view_set(v, "Act.back", resource_address(f->req->arena, r, f->change ? f->now.name : NULL));
	if (f->change) {
		view_set(v, "Name", f->now.name);
		view_set_bool(v, "Application", f->now.project_id != 0);
		view_set(v, "Form.version", f->unsent ? f->in[VERSION].text : resource_edit_version(f->req->arena, &f->now));
		show_maps(v, f);
	}
	if (f->said)
		part_said(v, "Said", f->said);
	return page_answer(f->res, f->errors.count ? 422 : 200, v, f->change ? "resources_change" : "resources_new");
}

/* What the cluster answered: nothing that was typed is lost, the form comes back with it. */
static int answer(struct form *f, enum err e, const char *said, const char *name)
{
	if (!e)
		return page_redirect_notice(
			f->res, arena_printf(f->req->arena, "%s/change", resource_address(f->req->arena, &f->reach, name)),
			f->change ? "notice.resource_changed" : "notice.resource_created");
	if (e == ERR_CONFLICT && !f->change)
		input_fail(f->req, &f->errors, "name", "resource_edit.taken");
	else
		input_fail(f->req, &f->errors, "",
			   e == ERR_CONFLICT			    ? "resource_edit.stale"
			   : e == ERR_NOT_FOUND && f->change	    ? "resource_edit.gone"
			   : e == ERR_INVALID || e == ERR_TOO_LARGE ? "resource_edit.refused"
								    : resource_trouble(e, !f->unsent));
	f->said = *said ? said : NULL;
	return show(f);
}

static int send(struct form *f, const struct resource *object, const struct resource_edit *edit)
{
	struct resource_done done;
	struct resource_order order = { .cluster = &f->reach.cluster,
					.kube = f->reach.kube,
					.kind = f->reach.kind,
					.object = object,
					.act = f->change ? RESOURCE_CHANGE : RESOURCE_CREATE,
					.edit = edit };
	enum err e = model_act_resource(f->req, &order, &done);
	return answer(f, e, done.why, object->name);
}

/* The object of the path, which must be the actor's to change: 0, or the answered status. *e: it could not be read. */
static int load(struct form *f, enum err *e, const char **why)
{
	f->change = true;
	int refused = resource_load(f->req, f->res, "", &f->reach, &f->now, e, why);
	if (refused || *e)
		return refused;
	return reach_may(&f->reach, &f->now, RESOURCE_CHANGE)
		       ? 0
		       : response_error(f->res, 403, response_sentence(f->res, "resources.not_yours"));
}

/* The one entry of a form as a wish. */
static struct resource_wish wish_of(struct arena *a, enum resource_map map, const char *key, const char *value)
{
	struct resource_wish wish = { 0 };
	wish.maps[map] = json_own(a, json_object_new_object());
	json_add_text(wish.maps[map], key, value);
	return wish;
}

/* The form begins with the entry that the query names, to be changed. */
static void take_entry(struct form *f, const struct input_value *query)
{
	enum resource_map map = (enum resource_map)query[ENTRY_MAP].number;
	struct resource_entry *entries;
	int count = query[ENTRY_MAP].present ? resource_entries(f->req->arena, &f->now, map, &entries) : 0;
	f->in[MAP] = query[ENTRY_MAP];
	for (int i = 0; i < count; i++) {
		if (strcmp(entries[i].key, query[ENTRY_KEY].text) != 0)
			continue;
		f->in[KEY].text = entries[i].key;
		f->in[VALUE].text = entries[i].value;
	}
}

/* GET /clusters/:id/:kind/:name/change */
int page_resources_change_form(struct request *req, struct response *res)
{
	struct form f = { .req = req, .res = res };
	struct input_value query[ENTRY_FIELDS];
	const char *why;
	enum err e = ERR_NONE;
	int refused = input_check(req, res, INPUT_QUERY, query);
	if (!refused)
		refused = load(&f, &e, &why);
	if (refused || e)
		return refused ? refused : response_err(res, e, response_sentence(res, resource_trouble(e, false)));
	take_entry(&f, query);
	return show(&f);
}

/* POST /clusters/:id/:kind/:name/change */
int page_resources_change(struct request *req, struct response *res)
{
	struct form f = { .req = req, .res = res };
	struct resource_edit edit;
	const char *why;
	enum err e;
	bool read = input_read(req, INPUT_BODY, f.in, &f.errors);
	int refused = load(&f, &e, &why);
	if (refused)
		return refused;
	if (e) {
		f.unsent = true;
		f.now.name = request_param(req, "name");
		return answer(&f, e, why, NULL);
	}
	if (!read)
		return show(&f);
	const struct resource_wish wish = wish_of(req->arena, (enum resource_map)f.in[MAP].number, f.in[KEY].text,
						  f.in[REMOVE].flag ? NULL : f.in[VALUE].text);
	bool differs = resource_edit_change(req->arena, f.reach.kind, &f.now, &wish, &edit);
	if (edit.same) /* a second click, too */
		return answer(&f, ERR_NONE, "", f.now.name);
	if (strcmp(f.in[VERSION].text, resource_edit_version(req->arena, &f.now)))
		return answer(&f, ERR_CONFLICT, "", NULL);
	if (differs)
		return send(&f, &f.now, &edit);
	input_fail(req, &f.errors, edit.field, edit.wrong);
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
	return refused ? refused : show(&f);
}

/* POST /clusters/:id/new/:kind */
int page_resources_create(struct request *req, struct response *res)
{
	struct form f = { .req = req, .res = res };
	struct resource_edit edit;
	struct resource_wish wish = { 0 };
	struct input_value in[NEW_FIELDS];
	bool read = input_read(req, INPUT_BODY, in, &f.errors);
	int refused = open_new(&f);
	if (refused)
		return refused;
	memcpy(f.in, in, sizeof in);
	if (!read)
		return show(&f);
	f.unsent = !f.reach.kube;
	if (f.unsent)
		return answer(&f, ERR_UNAVAILABLE, f.reach.why, NULL);
	if (*in[KEY].text || *in[VALUE].text)
		wish = wish_of(req->arena, RESOURCE_DATA, in[KEY].text, in[VALUE].text);
	const struct resource fresh = { .name = in[NAME].text, .ns = f.reach.ns };
	if (resource_edit_new(req->arena, f.reach.kind, f.reach.ns, in[NAME].text, &wish, &edit))
		return send(&f, &fresh, &edit);
	input_fail(req, &f.errors, edit.field, edit.wrong);
	return show(&f);
}
