/* What lies in a cluster, over the API: one list, one object, scale, restart and delete, for every kind of the table. */
#include <string.h>

#include "api/api.h"
#include "auth/reach.h"
#include "base/arena.h"
#include "model/resource_acts.h"

struct named {
	const char *name, *value;
};
SHAPE(shape_cluster_object_field, "ClusterObjectField", struct named, MEMBER("name", SHAPE_STRING, struct named, name),
      MEMBER("value", SHAPE_TEXT, struct named, value));

struct shown {
	struct resource row;
	const char *kind, *created_at, *yaml;
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
      MEMBER("yaml", SHAPE_TEXT, struct shown, yaml, .about = "for reading; null in lists; of a Secret without its values"));
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

static int act(struct request *req, struct response *res, enum resource_act what, int replicas)
{
	struct reach r;
	struct resource o;
	struct resource_done done;
	int status = load(req, res, &r, &o);
	if (status)
		return status;
	if (!reach_may(&r, &o, what))
		return response_error(res, 403, response_sentence(res, "resources.not_yours"));
	struct resource_order order = { &r.cluster, r.kube, r.kind, &o, what, replicas };
	enum err e = model_act_resource(req, &order, &done);
	if (e == ERR_CONFLICT)
		return response_error(res, 409, response_sentence(res, done.refusal ? done.refusal : "resources.changed"));
	if (e)
		return api_cluster_trouble(res, e, done.why);
	const struct acted answer = { r.kind->word, o.name, done.deployment_id };
	return api_row(res, 202, &shape_cluster_object_act, &answer);
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
