/* What lies in a cluster: one list, one object, one question before each act, for every kind of the table. */
#include "pages/resources.h"

#include <string.h>

#include "auth/reach.h"
#include "base/arena.h"
#include "base/str.h"
#include "http/app.h"
#include "model/clusters.h"
#include "model/resource_acts.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { PROJECT, LABEL, PLACE, LIMIT, CONTINUE, LIST_FIELDS };
INPUT_SET(query_resources, [PROJECT] = { .name = "project_id", .kind = IN_ID },
	  [LABEL] = { .name = "label", .kind = IN_TEXT, .max = 380 },
	  [PLACE] = { .name = "place", .kind = IN_ENUM, .choices = REACH_PLACES },
	  [LIMIT] = { .name = "limit", .kind = IN_INT, .min = 1, .max = RESOURCE_LIMIT_MAX },
	  [CONTINUE] = { .name = "continue", .kind = IN_TEXT, .max = 4000 });
INPUT_SET(query_resource, { .name = "place", .kind = IN_ENUM, .choices = REACH_PLACES });

enum { REPLICAS, PLACE_FIELD, ACT_FIELDS };
INPUT_SET(body_resource_act, [REPLICAS] = { .name = "replicas", .kind = IN_INT, .max = RESOURCE_REPLICAS_MAX },
	  [PLACE_FIELD] = { .name = "place", .kind = IN_ENUM, .choices = REACH_PLACES });

const char *resource_trouble(enum err e, bool sent)
{
	return e == ERR_FORBIDDEN				    ? "resources.forbidden"
	       : sent && (e == ERR_TIMEOUT || e == ERR_UNAVAILABLE) ? "resources.in_doubt"
								    : "resources.away";
}

const char *resource_address(struct arena *a, const struct reach *r, const char *name)
{
	return arena_printf(a, "/clusters/%lld/%s%s%s", (long long)r->cluster.id, r->kind->word, name ? "/" : "",
			    name ? name : "");
}

/* With the place where it is not the usual one. */
static const char *placed(struct arena *a, const struct reach *r, const char *path)
{
	return r->place == KUBE_BUILDS ? arena_printf(a, "%s?place=builds", path) : path;
}

void resource_frame(struct view *v, const struct reach *r, const char *name)
{
	struct arena *a = r->req->arena;
	bool staff = r->req->actor.role >= ROLE_TEACHER;
	const char *word = frame_word(v, "resource_kind", r->kind->word);
	view_set(v, "Nav", staff ? "/clusters" : "/me");
	frame_crumb(v, staff ? "/clusters" : "/me", view_string(v, staff ? "resources.clusters" : "projects.mine"));
	frame_crumb(v, NULL, r->cluster.name);
	frame_crumb(v, name ? placed(a, r, resource_address(a, r, NULL)) : NULL, word);
	if (name)
		frame_crumb(v, NULL, name);
	view_set(v, "Page.title", arena_printf(a, "%s · %s", name ? name : word, r->cluster.name));
	view_set(v, "Cluster.name", r->cluster.name);
	view_set_int(v, "Cluster.id", r->cluster.id);
	view_set(v, "Kind.word", r->kind->word);
	view_set(v, "Kind.title", word);
	view_set_bool(v, "Kind.shared", r->kind->shared);
	view_set_bool(v, "Kind.events", r->kind->kind == KUBE_EVENT);
	view_set(v, "Namespace", r->ns);
	view_set(v, "Place", r->place == KUBE_BUILDS ? "builds" : NULL);
	view_set(v, "Home", placed(a, r, resource_address(a, r, NULL)));
	for (int i = 0; i < resource_kind_count && !name; i++) {
		struct reach other = *r;
		other.kind = &resource_kinds[i];
		const char *path = placed(a, &other, resource_address(a, &other, NULL));
		if (r->project_id)
			path = arena_printf(a, "%s%sproject_id=%lld", path, strchr(path, '?') ? "&" : "?",
					    (long long)r->project_id);
		if ((staff || !resource_kinds[i].shared) && resource_kinds[i].places & 1u << r->place)
			frame_tab(v, path, frame_word(v, "resource_kind", resource_kinds[i].word), &resource_kinds[i] == r->kind);
	}
}

static const char *badge_of(const char *column, const char *cell)
{
	static const char *const good[] = { "Running", "Active",    "Available", "NewReplicaSetAvailable",
					    "Normal",  "Succeeded", "Completed" };
	static const char *const busy[] = { "Pending",	       "Terminating",	       "ContainerCreating", "ReplicaSetUpdated",
					    "PodInitializing", "NewReplicaSetCreated", "FoundNewReplicaSet" };
	if (strcmp(column, "state") && strcmp(column, "rollout") && strcmp(column, "type"))
		return NULL;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!strcmp(good[i], cell))
			return !strcmp(cell, "Normal") ? "none" : "running-app";
	for (size_t i = 0; i < sizeof busy / sizeof *busy; i++)
		if (!strcmp(busy[i], cell))
			return "pending";
	return !strcmp(column, "type") && strcmp(cell, "Warning") ? NULL : "failed";
}

/* An event is known by what it is about: that stands in place of its name. */
static bool names_row(const struct resource_kind *kind, int column)
{
	return kind->kind == KUBE_EVENT && !strcmp(kind->columns[column].word, "about");
}

static void show_cells(struct view *row, const struct resource_kind *kind, const struct resource *o)
{
	view_set(row, "text", o->name);
	for (int i = 0; i < RESOURCE_COLUMNS && kind->columns[i].word; i++) {
		if (names_row(kind, i)) {
			view_set(row, "text", o->cells[i]);
			continue;
		}
		struct view *cell = view_next(row, "Cells");
		view_set(cell, "title", frame_word(row, "resource_column", kind->columns[i].word));
		view_set(cell, "text", o->cells[i]);
		if (o->cells[i])
			view_set(cell, "badge", badge_of(kind->columns[i].word, o->cells[i]));
	}
}

/* What the row leads to; a pod has a page of its own. */
static void show_one(struct view *row, const struct reach *r, const struct resource *o)
{
	struct arena *a = r->req->arena;
	view_set(row, "name", o->name);
	view_set(row, "href", placed(a, r, resource_address(a, r, o->name)));
	if (o->project_id)
		view_set_int(row, "project", o->project_id);
	view_set_time(row, "created", o->created_at);
	show_cells(row, r->kind, o);
}

/* The cluster did not give what was asked: only this page says so. */
static void show_trouble(struct view *v, enum err e, const char *why)
{
	view_set(v, "Trouble",
		 view_string(v, e == ERR_FORBIDDEN   ? "resources.forbidden"
				: e == ERR_GONE	     ? "resources.expired"
				: e == ERR_INVALID   ? "resources.invalid"
				: e == ERR_NOT_FOUND ? "resources.unknown"
						     : "resources.away"));
	part_said(v, "TroubleWhy", why);
}

static enum err open_reach(struct request *req, const char *place, int64_t project_id, const char *label, struct reach *r)
{
	struct reach_ask ask = { .cluster_id = request_id_param(req, "id"),
				 .kind = request_param(req, "kind"),
				 .place = place,
				 .project_id = project_id,
				 .label = label };
	return ask.cluster_id ? reach_open(req, &ask, r) : ERR_NOT_FOUND;
}

/* GET /clusters/:id/:kind */
int page_resources_list(struct request *req, struct response *res)
{
	struct input_value in[LIST_FIELDS];
	struct reach r;
	struct resource_page page;
	const char *why;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	enum err e = open_reach(req, in[PLACE].text, in[PROJECT].number, in[LABEL].text, &r);
	if (e == ERR_INVALID)
		return response_error(res, 422, response_sentence(res, "resources.label_wrong"));
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	resource_frame(v, &r, NULL);
	frame_filter(v, req, in);
	view_options(v, "Places", REACH_PLACES, "resource_place", in[PLACE].text);
	if (reach_may(&r, NULL, RESOURCE_CREATE))
		view_set(v, "New", arena_printf(req->arena, "/clusters/%lld/new/%s", (long long)r.cluster.id, r.kind->word));
	view_set_bool(v, "Own", r.cluster.kind == CLUSTER_OWN && req->actor.role >= ROLE_TEACHER);
	request_release_db(req); /* a slow cluster must not keep a connection */
	e = reach_list(&r, in[LIMIT].present ? (int)in[LIMIT].number : RESOURCE_LIMIT, in[CONTINUE].text, &page, &why);
	if (e)
		show_trouble(v, e, why);
	for (int i = 0; i < RESOURCE_COLUMNS && r.kind->columns[i].word; i++)
		if (!names_row(r.kind, i))
			view_set(view_next(v, "Columns"), "title", frame_word(v, "resource_column", r.kind->columns[i].word));
	for (int i = 0; i < page.count && !e; i++)
		show_one(view_row(v, "Rows", i), &r, &page.rows[i]);
	frame_pager(v, req, in, "continue", e ? NULL : page.next);
	return page_answer(res, 200, v, "resources_list");
}

static void show_labels(struct view *v, const struct resource *o)
{
	json_object *meta = NULL, *labels = NULL;
	json_object_object_get_ex(o->object, "metadata", &meta);
	if (!meta || !json_object_object_get_ex(meta, "labels", &labels) || !json_object_is_type(labels, json_type_object))
		return;
	json_object_object_foreach (labels, key, value) {
		struct view *row = view_next(v, "Labels");
		view_set(row, "text", arena_printf(view_arena(v), "%s=%s", key, value ? json_object_get_string(value) : ""));
	}
}

static void show_acts(struct view *v, const struct reach *r, const struct resource *o)
{
	static const enum resource_act shown[] = { RESOURCE_CHANGE, RESOURCE_SCALE, RESOURCE_RESTART, RESOURCE_DELETE };
	struct arena *a = r->req->arena;
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		if (!reach_may(r, o, shown[i]))
			continue;
		struct view *row = view_next(v, "Acts");
		const char *word = resource_act_word(shown[i]);
		view_set(row, "href", placed(a, r, arena_printf(a, "%s/%s", resource_address(a, r, o->name), word)));
		view_set(row, "word", frame_word(v, "resource_act", word));
		view_set(row, "kind", shown[i] == RESOURCE_DELETE ? "danger" : "");
	}
}

int resource_load(struct request *req, struct response *res, const char *place, struct reach *r, struct resource *o, enum err *e,
		  const char **why)
{
	enum err opened = open_reach(req, place, 0, "", r);
	if (opened)
		return response_err(res, opened, NULL);
	request_release_db(req);
	*e = reach_get(r, request_param(req, "name"), o, why);
	return *e == ERR_NOT_FOUND ? response_err(res, *e, NULL) : 0;
}

/* GET /clusters/:id/:kind/:name */
int page_resources_show(struct request *req, struct response *res)
{
	struct input_value in[1];
	struct reach r;
	struct resource o;
	enum err e;
	const char *why;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (!refused)
		refused = resource_load(req, res, in[0].text, &r, &o, &e, &why);
	if (refused)
		return refused;
	struct view *v = page_view(req);
	resource_frame(v, &r, request_param(req, "name"));
	if (e) {
		show_trouble(v, e, why);
	} else {
		show_one(view_row(v, "One", 0), &r, &o);
		show_labels(v, &o);
		show_acts(v, &r, &o);
		view_set(v, "Yaml", kube_resource_yaml(req->arena, &o));
		view_set_bool(v, "Secret", r.kind->kind == KUBE_SECRET);
		if (r.kind->kind == KUBE_POD && o.project_id)
			view_set(v, "Pod", arena_printf(req->arena, "/projects/%lld/pods/%s", (long long)o.project_id, o.name));
	}
	return page_answer(res, 200, v, "resources_show");
}

/* The object, and the act of the path, which must be the actor's: 0, or the answered status. */
static int load_act(struct request *req, struct response *res, const char *place, struct reach *r, struct resource *o,
		    enum resource_act *act)
{
	const char *why, *word = request_param(req, "act");
	enum err e;
	*act = RESOURCE_SCALE;
	while (*act <= RESOURCE_DELETE && strcmp(resource_act_word(*act), word))
		(*act)++;
	if (*act > RESOURCE_DELETE) /* change has routes of its own */
		return response_err(res, ERR_NOT_FOUND, NULL);
	int refused = resource_load(req, res, place, r, o, &e, &why);
	if (refused)
		return refused;
	if (e)
		return response_err(res, e, response_sentence(res, resource_trouble(e, false)));
	return reach_may(r, o, *act) ? 0 : response_error(res, 403, response_sentence(res, "resources.not_yours"));
}

static int ask(struct request *req, struct response *res, const struct reach *r, const struct resource *o, enum resource_act act,
	       const struct input_value *in, const struct input_errors *errors)
{
	struct view *v = page_view(req);
	const char *word = request_param(req, "act");
	resource_frame(v, r, o->name);
	frame_form(v, &body_resource_act, in, errors);
	show_one(view_row(v, "One", 0), r, o);
	view_set(v, "Act.title", frame_word(v, "resource_act", word));
	view_set(v, "Page.title", arena_printf(req->arena, "%s: %s", view_get(v, "Act.title"), view_get(v, "Page.title")));
	view_set(v, "Act.meaning", frame_word(v, "resource_act_meaning", word));
	view_set(v, "Act.path", arena_printf(req->arena, "%s/%s", resource_address(req->arena, r, o->name), word));
	view_set_bool(v, "Act.scale", act == RESOURCE_SCALE);
	view_set_bool(v, "Act.danger", act == RESOURCE_DELETE);
	return page_answer(res, errors ? 422 : 200, v, "resources_act");
}

/* GET /clusters/:id/:kind/:name/:act */
int page_resources_act_form(struct request *req, struct response *res)
{
	struct input_value in[1], shown[ACT_FIELDS] = { { .text = "1" }, { .text = "" } };
	struct reach r;
	struct resource o;
	enum resource_act act;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (!refused)
		refused = load_act(req, res, in[0].text, &r, &o, &act);
	return refused ? refused : ask(req, res, &r, &o, act, shown, NULL);
}

/* POST /clusters/:id/:kind/:name/:act */
int page_resources_act(struct request *req, struct response *res)
{
	struct input_value in[ACT_FIELDS];
	struct input_errors errors = { 0 };
	struct reach r;
	struct resource o;
	enum resource_act act;
	struct resource_done done;
	bool read = input_read(req, INPUT_BODY, in, &errors);
	int refused = load_act(req, res, in[PLACE_FIELD].text, &r, &o, &act);
	if (refused)
		return refused;
	if (act == RESOURCE_SCALE && read && !in[REPLICAS].present)
		input_fail(req, &errors, "replicas", "error.required");
	if (errors.count)
		return ask(req, res, &r, &o, act, in, &errors);
	struct resource_order order = { .cluster = &r.cluster,
					.kube = r.kube,
					.kind = r.kind,
					.object = &o,
					.act = act,
					.replicas = (int)in[REPLICAS].number };
	enum err e = model_act_resource(req, &order, &done);
	if (e == ERR_CONFLICT)
		return response_error(res, 409, response_sentence(res, done.refusal ? done.refusal : "resources.changed"));
	if (e == ERR_FORBIDDEN)
		return response_error(res, 409, response_sentence(res, "resources.forbidden"));
	if (e)
		return response_err(res, e, response_sentence(res, resource_trouble(e, true)));
	if (done.deployment_id)
		return page_redirect_notice(res, arena_printf(req->arena, "/deployments/%lld", (long long)done.deployment_id),
					    "notice.resource_deployment");
	const char *back =
		act == RESOURCE_DELETE ? resource_address(req->arena, &r, NULL) : resource_address(req->arena, &r, o.name);
	return page_redirect_notice(res, placed(req->arena, &r, back),
				    act == RESOURCE_DELETE  ? "notice.resource_deleted"
				    : act == RESOURCE_SCALE ? "notice.resource_scaled"
							    : "notice.resource_restarted");
}

/* GET /clusters */
int page_resources_clusters(struct request *req, struct response *res)
{
	struct cluster *rows;
	int count;
	enum err e = model_clusters_list(request_db(req), req->arena, &rows, &count);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	view_set(v, "Page.title", view_string(v, "resources.clusters"));
	view_set(v, "Nav", "/clusters");
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Clusters", i);
		const char *health = cluster_health(&rows[i]);
		view_set_int(row, "id", rows[i].id);
		view_set(row, "name", rows[i].name);
		view_set(row, "word", frame_word(v, "cluster_health", health));
		view_set(row, "badge",
			 !strcmp(health, "well")       ? "success"
			 : !strcmp(health, "away")     ? "failed"
			 : !strcmp(health, "troubled") ? "pending"
						       : "none");
		view_set_int(row, "projects", rows[i].projects);
		view_set_time(row, "checked", rows[i].checked_at);
		view_set_bool(row, "default", rows[i].is_default);
	}
	return page_answer(res, 200, v, "resources_clusters");
}
