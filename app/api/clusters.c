/* Clusters over the API. Credentials go in and never come out. */
#include "model/cluster_fields.h"

#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "config.h"
#include "http/app.h"
#include "kube/kube.h"
#include "kube/rights.h"
#include "model/cluster_acts.h"
#include "model/settings.h"

static const char *kind_word(int x)
{
	return cluster_kind_name((enum cluster_kind)x);
}

/* A row as the API shows it. */
struct cluster_row {
	struct cluster row;
	const char *health;
	int64_t latency_ms, applications; /* -1 becomes null */
};
#define HEALTHS "unknown|away|troubled|well"
SHAPE(shape_cluster, "Cluster", struct cluster_row, MEMBER("id", SHAPE_INT64, struct cluster_row, row.id),
      MEMBER("name", SHAPE_STRING, struct cluster_row, row.name),
      MEMBER("kind", SHAPE_WORD, struct cluster_row, row.kind, .word = kind_word, .words = CLUSTER_KIND__MAX,
	     .about = "own: the portal's, from its environment; builds run there"),
      MEMBER("server", SHAPE_TEXT, struct cluster_row, row.server),
      MEMBER("has_credential", SHAPE_GIVEN, struct cluster_row, row.config_sealed),
      MEMBER("is_default", SHAPE_BOOL, struct cluster_row, row.is_default, .about = "new projects are placed there"),
      MEMBER("students_namespace", SHAPE_TEXT, struct cluster_row, row.students_namespace, .about = "null: the setting"),
      MEMBER("base_domain", SHAPE_TEXT, struct cluster_row, row.base_domain, .about = "null: the setting"),
      MEMBER("ingress_class", SHAPE_TEXT, struct cluster_row, row.ingress_class, .about = "null: the setting"),
      MEMBER("quota_apps", SHAPE_TEXT, struct cluster_row, row.quota_apps, .about = "null: the setting"),
      MEMBER("quota_cpu", SHAPE_TEXT, struct cluster_row, row.quota_cpu, .about = "null: the setting"),
      MEMBER("quota_memory", SHAPE_TEXT, struct cluster_row, row.quota_memory, .about = "null: the setting"),
      MEMBER("health", SHAPE_STRING, struct cluster_row, health, .choices = HEALTHS),
      MEMBER("message", SHAPE_TEXT, struct cluster_row, row.message, .about = "what is wrong"),
      MEMBER("guard_faults", SHAPE_TEXT, struct cluster_row, row.guard_faults,
	     .about = "JSON: what guards applications there and is not as it should be; null: not looked at yet"),
      MEMBER("server_version", SHAPE_TEXT, struct cluster_row, row.server_version),
      MEMBER("latency_ms", SHAPE_SECONDS, struct cluster_row, latency_ms),
      MEMBER("applications", SHAPE_SECONDS, struct cluster_row, applications, .about = "of the portal, that are there"),
      MEMBER("projects", SHAPE_INT, struct cluster_row, row.projects, .about = "that are placed there"),
      MEMBER("checked_at", SHAPE_TIME, struct cluster_row, row.checked_at, .about = "when it answered last"),
      MEMBER("looked_at", SHAPE_TIME, struct cluster_row, row.looked_at),
      MEMBER("created_at", SHAPE_TIME, struct cluster_row, row.created_at),
      MEMBER("updated_at", SHAPE_TIME, struct cluster_row, row.updated_at),
      MEMBER("version", SHAPE_INT, struct cluster_row, row.version, .about = "also the ETag: send it as If-Match"));
SHAPE_LIST(shape_clusters, "ClusterList", shape_cluster);

static struct cluster_row shown(const struct cluster *c)
{
	return (struct cluster_row){
		.row = *c, .health = cluster_health(c), .latency_ms = c->latency_ms, .applications = c->applications
	};
}

/* What teachers see of them: nothing of how they are reached. */
SHAPE(shape_cluster_seen, "ClusterSeen", struct cluster_row, MEMBER("id", SHAPE_INT64, struct cluster_row, row.id),
      MEMBER("name", SHAPE_STRING, struct cluster_row, row.name),
      MEMBER("is_default", SHAPE_BOOL, struct cluster_row, row.is_default, .about = "new projects are placed there"),
      MEMBER("health", SHAPE_STRING, struct cluster_row, health, .choices = HEALTHS),
      MEMBER("projects", SHAPE_INT, struct cluster_row, row.projects, .about = "that are placed there"),
      MEMBER("checked_at", SHAPE_TIME, struct cluster_row, row.checked_at, .about = "when it answered last"));
SHAPE_LIST(shape_clusters_seen, "ClusterSeenList", shape_cluster_seen);

/* GET /api/v1/clusters, /api/v1/kubernetes/clusters: each row as the route's shape has it */
int api_clusters_list(struct request *req, struct response *res)
{
	struct cluster *all;
	int count;
	enum err e = model_clusters_list(request_db(req), req->arena, &all, &count);
	if (e)
		return response_err(res, e, NULL);
	struct cluster_row *rows = arena_alloc(req->arena, sizeof *rows * (size_t)(count + 1));
	for (int i = 0; i < count; i++)
		rows[i] = shown(&all[i]);
	return api_rows(res, rows, count, NULL);
}

/* The cluster of the path: 0, or the answered status. */
static int load(struct request *req, struct response *res, struct cluster *c)
{
	enum err e = model_clusters_get(request_db(req), req->arena, request_id_param(req, "id"), c);
	return e ? response_err(res, e, NULL) : 0;
}

static int answer(struct request *req, struct response *res, int status, int64_t id)
{
	struct cluster c;
	enum err e = model_clusters_get(request_db(req), req->arena, id, &c);
	if (e)
		return response_err(res, e, NULL);
	struct cluster_row row = shown(&c);
	return api_version(res, status, c.version, &shape_cluster, &row);
}

/* GET /api/v1/kubernetes/clusters/:id */
int api_clusters_show(struct request *req, struct response *res)
{
	return answer(req, res, 200, request_id_param(req, "id"));
}

enum { CLUSTER_FIELD_NAMES, FIELDS };
INPUT_SET(body_api_cluster_new, CLUSTER_FIELDS(true, CLUSTER_KINDS, IN_TEXT));
INPUT_SET(body_api_cluster, CLUSTER_FIELDS(false, CLUSTER_KINDS, IN_TEXT));

static const char *or_old(const struct input_value *v, const char *old)
{
	return v->present ? v->text : old ? old : "";
}

/* A field that was not sent stays as it is; old NULL: it is empty. */
static struct cluster_edit edit_of(struct request *req, const struct input_value *v, const struct cluster *old)
{
	struct kube_access now = { 0 };
	if (old && !cluster_access(req->arena, req->app->keyring, old, &now))
		now = (struct kube_access){ 0 };
	struct cluster_edit e = { .name = or_old(&v[NAME], old ? old->name : NULL),
				  .kind = old ? old->kind : CLUSTER_KUBECONFIG,
				  .server = or_old(&v[SERVER], now.server),
				  .ca_pem = or_old(&v[CA], now.ca_pem),
				  .tls_name = or_old(&v[TLS_NAME], now.tls_name),
				  .token = v[TOKEN].text,
				  .cert_pem = v[CERT].text,
				  .key_pem = v[KEY].text,
				  .kubeconfig = v[KUBECONFIG].text,
				  .context = v[CONTEXT].text,
				  .students_namespace = or_old(&v[NAMESPACE], old ? old->students_namespace : NULL),
				  .base_domain = or_old(&v[DOMAIN], old ? old->base_domain : NULL),
				  .ingress_class = or_old(&v[CLASS], old ? old->ingress_class : NULL),
				  .quota_apps = or_old(&v[APPS], old ? old->quota_apps : NULL),
				  .quota_cpu = or_old(&v[CPU], old ? old->quota_cpu : NULL),
				  .quota_memory = or_old(&v[MEMORY], old ? old->quota_memory : NULL) };
	if (v[KIND].present && !(old && old->kind == CLUSTER_OWN) && !cluster_kind_parse(v[KIND].text, &e.kind))
		e.kind = CLUSTER_KUBECONFIG;
	return e;
}

/* Reads and checks a body: 0, or the answered status. */
static int take(struct request *req, struct response *res, const struct cluster *old, struct cluster_edit *edit,
		struct kube_access *access)
{
	struct input_value v[FIELDS];
	struct input_errors errors = { 0 };
	struct cluster_check check;
	int status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	*edit = edit_of(req, v, old);
	if (cluster_check(req->arena, req->app->keyring, edit, old, req->app->config->cluster_local, access, &check))
		return 0;
	for (int i = 0; i < check.count; i++)
		input_fail(req, &errors, check.faults[i].field, check.faults[i].name);
	if (check.sentence)
		input_fail_sentence(&errors, check.sentence_field, check.sentence);
	return input_conflict(res, &errors);
}

static int refused(struct request *req, struct response *res, enum err e)
{
	struct input_errors errors = { 0 };
	if (e == ERR_GONE)
		return api_changed(req, res);
	if (e == ERR_TOO_MANY)
		return response_error(res, 409, api_string(req, "cluster.too_many"));
	if (e != ERR_CONFLICT)
		return response_err(res, e, NULL);
	input_fail(req, &errors, "name", "error.name_taken");
	return input_conflict(res, &errors);
}

/* POST /api/v1/kubernetes/clusters */
int api_clusters_create(struct request *req, struct response *res)
{
	struct cluster_edit edit;
	struct kube_access access;
	int64_t id;
	int status = take(req, res, NULL, &edit, &access);
	if (status)
		return status;
	enum err e = model_act_cluster_create(req, &edit, &access, &id);
	return e ? refused(req, res, e) : answer(req, res, 201, id);
}

/* PUT /api/v1/kubernetes/clusters/:id */
int api_clusters_change(struct request *req, struct response *res)
{
	struct cluster old;
	struct cluster_edit edit;
	struct kube_access access;
	int status = load(req, res, &old);
	int version = status ? 0 : old.version;
	if (!status)
		status = api_match(req, res, &version);
	if (!status)
		status = take(req, res, &old, &edit, &access);
	if (status)
		return status;
	enum err e = model_act_cluster_save(req, old.id, &edit, edit.kind == CLUSTER_OWN ? NULL : &access, version);
	return e ? refused(req, res, e) : answer(req, res, 200, old.id);
}

/* DELETE /api/v1/kubernetes/clusters/:id */
int api_clusters_delete(struct request *req, struct response *res)
{
	struct cluster c;
	int status = load(req, res, &c);
	if (!status)
		status = input_none(req, res);
	if (status)
		return status;
	enum err e = model_act_cluster_delete(req, &c);
	if (e == ERR_CONFLICT)
		return response_error(res, 409, api_string(req, "cluster.used"));
	return e ? response_err(res, e, NULL) : 204;
}

static int act_on(struct request *req, struct response *res, enum err (*act)(struct request *req, const struct cluster *c),
		  int done)
{
	struct cluster c;
	int status = load(req, res, &c);
	if (!status)
		status = input_none(req, res);
	if (status)
		return status;
	enum err e = act(req, &c);
	return e ? response_err(res, e, NULL) : answer(req, res, done, c.id);
}

/* POST /api/v1/kubernetes/clusters/:id/default */
int api_clusters_default(struct request *req, struct response *res)
{
	return act_on(req, res, model_act_cluster_default, 200);
}

/* POST /api/v1/kubernetes/clusters/:id/sync */
int api_clusters_sync(struct request *req, struct response *res)
{
	return act_on(req, res, model_act_cluster_sync, 202);
}

SHAPE(shape_right, "ClusterRight", struct kube_right_seen, MEMBER("namespace", SHAPE_STRING, struct kube_right_seen, ns),
      MEMBER("group", SHAPE_STRING, struct kube_right_seen, shown.group),
      MEMBER("resource", SHAPE_STRING, struct kube_right_seen, shown.resource),
      MEMBER("role", SHAPE_STRING, struct kube_right_seen, shown.role),
      MEMBER("needed", SHAPE_BOOL, struct kube_right_seen, shown.needed, .about = "false: the operator may leave it out"),
      MEMBER("asked", SHAPE_BOOL, struct kube_right_seen, asked),
      MEMBER("missing", SHAPE_TEXT, struct kube_right_seen, missing, .about = "the verbs that are refused"));

struct tested {
	struct kube_test test;
	struct api_test steps;
	const char *roles;
};
SHAPE(shape_cluster_test, "ClusterTest", struct tested, MEMBER("connection", SHAPE_ROW, struct tested, steps, .of = &shape_probe),
      MEMBER("version", SHAPE_TEXT, struct tested, test.version), MEMBER("identity", SHAPE_TEXT, struct tested, test.identity),
      MEMBER("rights", SHAPE_ROWS, struct tested, test.rights, .of = &shape_right,
	     .count_at = offsetof(struct tested, test.count)),
      MEMBER("roles", SHAPE_TEXT, struct tested, roles, .about = "what is missing, as YAML for kubectl apply"));

/* POST /api/v1/kubernetes/clusters/:id/test */
int api_clusters_test(struct request *req, struct response *res)
{
	struct cluster c;
	struct settings *s;
	struct tested t;
	const char *why;
	int status = load(req, res, &c);
	if (!status)
		status = input_none(req, res);
	if (status)
		return status;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (e)
		return response_err(res, e, NULL);
	request_release_db(req); /* a slow cluster must not keep a connection */
	if (!cluster_test(req->arena, req->app->keyring, req->app->kube, &c, s, req->app->config->cluster_local, &t.test, &why))
		return response_error(res, 409, why ? why : req->app->kube_why);
	t.steps = api_test_of(req, &t.test.probe);
	t.roles = kube_roles_text(req->arena, &t.test);
	return api_row(res, 200, &shape_cluster_test, &t);
}

/* --- where a project is placed ---------------------------------------------------------------------------------------------- */

struct placed {
	int64_t project_id, cluster_id, deployment_id;
};
SHAPE(shape_placed, "Placement", struct placed, MEMBER("project_id", SHAPE_INT64, struct placed, project_id),
      MEMBER("cluster_id", SHAPE_INT64, struct placed, cluster_id),
      MEMBER("deployment_id", SHAPE_ID, struct placed, deployment_id,
	     .about = "that moves what runs; null: nothing ran, the next deployment goes there"));

INPUT_SET(body_api_move, { .name = "cluster_id", .kind = IN_ID, .required = true });

/* PUT /api/v1/projects/:id/cluster */
int api_projects_move(struct request *req, struct response *res)
{
	struct project p;
	struct cluster to;
	struct input_value v[1];
	struct input_errors errors = { 0 };
	struct deployment_asked asked;
	int status = api_project(req, res, request_id_param(req, "id"), ACTION_GOVERN, &p);
	if (!status)
		status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	enum err e = model_clusters_get(request_db(req), req->arena, v[0].number, &to);
	if (!e)
		e = model_act_move(req, &p, &to, &asked);
	if (e == ERR_CONFLICT && asked.refusal >= REFUSED_QUOTA)
		return api_quota_full(req, res, &asked);
	if (e == ERR_NOT_FOUND || e == ERR_CONFLICT) {
		input_fail(req, &errors, "cluster_id",
			   e == ERR_NOT_FOUND ? "error.choice"
			   : asked.refusal    ? arena_printf(req->arena, "refused.%s", deployment_refusal_name(asked.refusal))
					      : "move.there");
		return input_conflict(res, &errors);
	}
	if (e)
		return response_err(res, e, NULL);
	const struct placed done = { p.id, to.id, asked.id };
	return api_row(res, 202, &shape_placed, &done);
}
