/* What lies in a cluster, over the API: one list, one object, and every act, for every kind of the table. */
#include <string.h>

#include "api/api.h"
#include "auth/reach.h"
#include "base/arena.h"
#include "kube/resource_edit.h"
#include "model/resource_acts.h"

struct named {
	const char *name, *value;
};
SHAPE(shape_cluster_object_field, "ClusterObjectField", struct named, MEMBER("name", SHAPE_STRING, struct named, name),
      MEMBER("value", SHAPE_TEXT, struct named, value));

struct shown {
	struct resource row;
	const char *kind, *created_at, *yaml, *version;
	int64_t cluster_id;
	struct named *fields;
	int field_count;
};
SHAPE(shape_cluster_object, "ClusterObject", struct shown, MEMBER("kind", SHAPE_STRING, struct shown, kind),
      MEMBER("name", SHAPE_STRING, struct shown, row.name), MEMBER("namespace", SHAPE_STRING, struct shown, row.ns),
      MEMBER("uid", SHAPE_STRING, struct shown, row.uid), MEMBER("cluster_id", SHAPE_INT64, struct shown, cluster_id),
      MEMBER("project_id", SHAPE_ID, struct shown, row.project_id),
      MEMBER("managed", SHAPE_BOOL, struct shown, row.managed, .about = "made by the portal: only such ones can be changed"),
      MEMBER("created_at", SHAPE_TEXT, struct shown, created_at, .about = "an event's: when it was seen last"),
      MEMBER("fields", SHAPE_ROWS, struct shown, fields, .of = &shape_cluster_object_field,
	     .count_at = offsetof(struct shown, field_count), .about = "what the kind's list shows"),
      MEMBER("yaml", SHAPE_TEXT, struct shown, yaml, .about = "for reading; null in lists; of a Secret without its values"),
      MEMBER("version", SHAPE_TEXT, struct shown, version,
	     .about = "of labels, annotations and data, also the ETag: send it as If-Match; null in lists"));
SHAPE_LIST(shape_cluster_objects, "ClusterObjectList", shape_cluster_object);

static struct shown show(const struct reach *r, const struct resource *o)
{
	struct shown s = {
		.row = *o, .kind = r->kind->word, .created_at = *o->created_at ? o->created_at : NULL, .cluster_id = r->cluster.id
	};
	s.fields = arena_alloc(r->req->arena, sizeof *s.fields * RESOURCE_COLUMNS);
	for (int i = 0; i < RESOURCE_COLUMNS && r->kind->columns[i].word; i++)
		s.fields[s.field_count++] = (struct named){ r->kind->columns[i].word, o->cells[i] };
	return s;
}

enum { CLUSTER, PLACE, ONE_FIELDS };
#define WHERE                                                                                                                    \
	[CLUSTER] = { .name = "cluster_id", .kind = IN_ID, .about = "else the default cluster" }, [PLACE] = {                    \
		.name = "place", .kind = IN_ENUM, .choices = REACH_PLACES, .about = "whose namespace; applications unless said"  \
	}
INPUT_SET(query_api_resource, WHERE);
enum { PROJECT = ONE_FIELDS, LABEL, LIMIT, CONTINUE, LIST_FIELDS };
INPUT_SET(query_api_cluster_resources, WHERE, [PROJECT] = { .name = "project_id", .kind = IN_ID, .about = "whose objects" },
	  [LABEL] = { .name = "label", .kind = IN_TEXT, .max = 380, .about = "\"key\" or \"key=value\"" },
	  [LIMIT] = { .name = "limit", .kind = IN_INT, .min = 1, .max = RESOURCE_LIMIT_MAX, .about = "50 unless said" },
	  [CONTINUE] = { .name = "continue", .kind = IN_TEXT, .max = 4000, .about = "next_cursor of the page before" });

static enum err open_reach(struct request *req, const struct input_value *in, int64_t project_id, const char *label,
			   struct reach *r)
{
	struct reach_ask ask = { .cluster_id = in[CLUSTER].number,
				 .kind = request_param(req, "kind"),
				 .place = in[PLACE].text,
				 .project_id = project_id,
				 .label = label };
	return reach_open(req, &ask, r);
}

/* GET /api/v1/kubernetes/:kind */
int api_cluster_resources_list(struct request *req, struct response *res)
{
	struct input_value in[LIST_FIELDS];
	struct reach r;
	struct resource_page page;
	const char *why;
	int status = input_check(req, res, INPUT_QUERY, in);
	if (status)
		return status;
	enum err e = open_reach(req, in, in[PROJECT].number, in[LABEL].text, &r);
	if (e == ERR_INVALID)
		return response_error(res, 422, response_sentence(res, "resources.label_wrong"));
	if (e)
		return response_err(res, e, NULL);
	request_release_db(req);
	e = reach_list(&r, in[LIMIT].present ? (int)in[LIMIT].number : RESOURCE_LIMIT, in[CONTINUE].text, &page, &why);
	if (e)
		return api_cluster_trouble(res, e, why);
	struct shown *rows = arena_alloc(req->arena, sizeof *rows * (size_t)(page.count + 1));
	for (int i = 0; i < page.count; i++)
		rows[i] = show(&r, &page.rows[i]);
	return api_rows(res, rows, page.count, page.next);
}

/* Reads the object of the path: 0, or the answered status. */
static int load(struct request *req, struct response *res, struct reach *r, struct resource *o)
{
	struct input_value in[ONE_FIELDS];
	const char *why;
	int status = input_check(req, res, INPUT_QUERY, in);
	if (status)
		return status;
	enum err e = open_reach(req, in, 0, "", r);
	if (e)
		return response_err(res, e, NULL);
	request_release_db(req);
	e = reach_get(r, request_param(req, "name"), o, &why);
	return e ? api_cluster_trouble(res, e, why) : 0;
}

static const char *tag(struct arena *a, const char *version)
{
	return arena_printf(a, "\"%s\"", version);
}

/* GET /api/v1/kubernetes/:kind/:name */
int api_cluster_resources_show(struct request *req, struct response *res)
{
	struct reach r;
	struct resource o;
	int status = load(req, res, &r, &o);
	if (status)
		return status;
	struct shown s = show(&r, &o);
	s.yaml = kube_resource_yaml(req->arena, &o);
	s.version = resource_edit_version(req->arena, &o);
	response_header(res, "ETag", tag(req->arena, s.version));
	return api_row(res, 200, &shape_cluster_object, &s);
}

struct acted {
	const char *kind, *name;
	int64_t deployment_id;
};
SHAPE(shape_cluster_object_act, "ClusterObjectAct", struct acted, MEMBER("kind", SHAPE_STRING, struct acted, kind),
      MEMBER("name", SHAPE_STRING, struct acted, name),
      MEMBER("deployment_id", SHAPE_ID, struct acted, deployment_id,
	     .about = "of the project, that does it; null: the cluster has been told"));

static int answer(struct response *res, const struct resource_order *o, int64_t deployment_id, int status)
{
	const struct acted row = { o->kind->word, o->object->name, deployment_id };
	return api_row(res, status, &shape_cluster_object_act, &row);
}

/* Does it and answers, with that status where all is well. */
static int order(struct request *req, struct response *res, const struct resource_order *o, int status)
{
	struct resource_done done;
	enum err e = model_act_resource(req, o, &done);
	const char *conflict = o->act == RESOURCE_CREATE ? "resource_edit.taken" : "resources.changed";
	if (e == ERR_CONFLICT)
		return response_error(res, 409, response_sentence(res, done.refusal ? done.refusal : conflict));
	if (e == ERR_TIMEOUT || e == ERR_UNAVAILABLE)
		return response_err(res, e, response_sentence(res, "resources.in_doubt"));
	if ((e == ERR_INVALID || e == ERR_TOO_LARGE) && o->edit)
		return response_error(res, 422,
				      arena_printf(req->arena, "%s %s", api_string(req, "resource_edit.refused"), done.why));
	if (e)
		return api_cluster_trouble(res, e, done.why);
	return answer(res, o, done.deployment_id, status);
}

static struct resource_order order_of(const struct reach *r, const struct resource *o, enum resource_act act)
{
	return (struct resource_order){ .cluster = &r->cluster, .kube = r->kube, .kind = r->kind, .object = o, .act = act };
}

static int act(struct request *req, struct response *res, enum resource_act what, int replicas)
{
	struct reach r;
	struct resource o;
	int status = load(req, res, &r, &o);
	if (status)
		return status;
	if (!reach_may(&r, &o, what))
		return response_error(res, 403, response_sentence(res, "resources.not_yours"));
	struct resource_order asked = order_of(&r, &o, what);
	asked.replicas = replicas;
	return order(req, res, &asked, 202);
}

INPUT_SET(body_api_resource_scale, { .name = "replicas", .kind = IN_INT, .required = true, .max = RESOURCE_REPLICAS_MAX });

/* POST /api/v1/kubernetes/:kind/:name/scale */
int api_cluster_resources_scale(struct request *req, struct response *res)
{
	struct input_value in[1];
	int status = input_check(req, res, INPUT_BODY, in);
	return status ? status : act(req, res, RESOURCE_SCALE, (int)in[0].number);
}

/* POST /api/v1/kubernetes/:kind/:name/restart */
int api_cluster_resources_restart(struct request *req, struct response *res)
{
	int status = input_none(req, res);
	return status ? status : act(req, res, RESOURCE_RESTART, 0);
}

/* DELETE /api/v1/kubernetes/:kind/:name */
int api_cluster_resources_delete(struct request *req, struct response *res)
{
	int status = input_none(req, res);
	return status ? status : act(req, res, RESOURCE_DELETE, 0);
}

INPUT_SET(query_api_resource_place, [CLUSTER] = { .name = "cluster_id", .kind = IN_ID, .about = "else the default cluster" });

/* The maps have their own places. */
enum { CHANGE_FIELDS = RESOURCE_MAP__MAX, NAME = CHANGE_FIELDS, NEW_FIELDS };
#define MAPS                                                                                                                     \
	[RESOURCE_LABELS] = { .name = "labels", .kind = IN_JSON, .about = "keys with texts; null takes a key away" },            \
	[RESOURCE_ANNOTATIONS] = { .name = "annotations", .kind = IN_JSON, .about = "likewise" },                                \
	[RESOURCE_DATA] = { .name = "data", .kind = IN_JSON, .about = "likewise, of a ConfigMap" }
INPUT_SET(body_api_resource_change, MAPS);
INPUT_SET(body_api_resource_new,
	  MAPS, [NAME] = { .name = "name", .kind = IN_TEXT, .required = true, .min = 1, .max = RESOURCE_NAME_MAX });

static struct resource_wish wish_of(const struct input_value *in)
{
	struct resource_wish wish = { 0 };
	for (int m = 0; m < RESOURCE_MAP__MAX; m++)
		wish.maps[m] = in[m].present ? in[m].json : NULL;
	return wish;
}

/* Something of the wish cannot be: it is named by its map. */
static int refuse(struct request *req, struct response *res, const struct resource_edit *edit)
{
	struct input_errors errors = { 0 };
	const char *sentence = api_string(req, edit->wrong);
	bool name = !strcmp(edit->field, "name");
	input_fail_sentence(&errors, name ? "name" : resource_map_word(edit->map),
			    *edit->why ? arena_printf(req->arena, "%s (%s)", sentence, edit->why) : sentence);
	return input_refuse(res, &errors);
}

/* The cluster and kind that are asked for: 0, or the answered status. */
static int open_place(struct request *req, struct response *res, struct reach *r)
{
	struct input_value in[1], where[ONE_FIELDS] = { [PLACE] = { .text = "" } };
	int status = input_check(req, res, INPUT_QUERY, in);
	if (status)
		return status;
	where[CLUSTER] = in[0];
	enum err e = open_reach(req, where, 0, "", r);
	request_release_db(req);
	return e ? response_err(res, e, NULL) : 0;
}

/* POST /api/v1/kubernetes/:kind */
int api_cluster_resources_create(struct request *req, struct response *res)
{
	struct reach r;
	struct resource_edit edit;
	struct input_value in[NEW_FIELDS];
	int status = open_place(req, res, &r);
	if (!status)
		status = input_check(req, res, INPUT_BODY, in);
	if (status)
		return status;
	if (!reach_may(&r, NULL, RESOURCE_CREATE))
		return response_error(res, 403, response_sentence(res, "resource_edit.not_made"));
	if (!r.kube)
		return api_cluster_trouble(res, ERR_UNAVAILABLE, r.why);
	const struct resource_wish wish = wish_of(in);
	if (!resource_edit_new(req->arena, r.kind, r.ns, in[NAME].text, &wish, &edit))
		return refuse(req, res, &edit);
	const struct resource fresh = { .name = in[NAME].text, .ns = r.ns };
	struct resource_order asked = order_of(&r, &fresh, RESOURCE_CREATE);
	asked.edit = &edit;
	return order(req, res, &asked, 201);
}

/* PUT /api/v1/kubernetes/:kind/:name */
int api_cluster_resources_change(struct request *req, struct response *res)
{
	struct reach r;
	struct resource o;
	struct resource_edit edit;
	struct input_value in[CHANGE_FIELDS];
	const char *why;
	bool guarded;
	int status = open_place(req, res, &r);
	if (!status)
		status = input_check(req, res, INPUT_BODY, in);
	if (status)
		return status;
	enum err e = reach_get(&r, request_param(req, "name"), &o, &why);
	if (e)
		return api_cluster_trouble(res, e, why);
	if (!reach_may(&r, &o, RESOURCE_CHANGE))
		return response_error(res, 403, response_sentence(res, "resources.not_yours"));
	status = api_match_tag(req, res, tag(req->arena, resource_edit_version(req->arena, &o)), &guarded);
	if (status)
		return status;
	const struct resource_wish wish = wish_of(in);
	bool differs = resource_edit_change(req->arena, r.kind, &o, &wish, &edit);
	if (!differs && !edit.same)
		return refuse(req, res, &edit);
	struct resource_order asked = order_of(&r, &o, RESOURCE_CHANGE);
	asked.edit = &edit;
	return differs ? order(req, res, &asked, 202) : answer(res, &asked, 0, 202);
}
