/* Clusters: their list with what was seen of each, one's form, its connection test with the rights that are missing, and moving a
 * project to another one. */
#include <string.h>

#include "auth/authorize.h"
#include "base/arena.h"
#include "base/json.h"
#include "config.h"
#include "http/app.h"
#include "kube/kube.h"
#include "kube/rights.h"
#include "model/cluster_acts.h"
#include "model/cluster_fields.h"
#include "model/clusters.h"
#include "model/settings.h"
#include "pages/admin.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

static void show_row(struct view *row, const struct cluster *c)
{
	static const struct {
		const char *health, *badge;
	} badges[] = { { "unknown", "none" }, { "away", "failed" }, { "troubled", "pending" }, { "well", "success" } };
	view_set_int(row, "id", c->id);
	view_set(row, "name", c->name);
	view_set(row, "kind", frame_word(row, "cluster_kind", cluster_kind_name(c->kind)));
	view_set(row, "server", c->server);
	view_set_bool(row, "default", c->is_default);
	view_set(row, "word", frame_word(row, "cluster_health", cluster_health(c)));
	for (size_t i = 0; i < sizeof badges / sizeof *badges; i++)
		if (!strcmp(badges[i].health, cluster_health(c)))
			view_set(row, "badge", badges[i].badge);
	part_said(row, "message", c->message);
	view_set(row, "version", c->server_version);
	view_set_time(row, "checked", c->checked_at);
	view_set_int(row, "projects", c->projects);
	if (c->latency_ms >= 0)
		view_set_int(row, "latency", c->latency_ms);
	if (c->applications >= 0)
		view_set_int(row, "applications", c->applications);
}

/* GET /admin/clusters */
int page_clusters_list(struct request *req, struct response *res)
{
	struct cluster *rows;
	struct leftover *leftovers;
	int count, left;
	enum err e = model_clusters_list(request_db(req), req->arena, &rows, &count);
	if (!e)
		e = model_leftovers_list(request_db(req), req->arena, 0, &leftovers, &left);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_CLUSTERS, NULL);
	for (int i = 0; i < count; i++)
		show_row(view_row(v, "Clusters", i), &rows[i]);
	for (int i = 0; i < left; i++) {
		struct view *row = view_row(v, "Leftovers", i);
		view_set_int(row, "project", leftovers[i].project_id);
		view_set(row, "cluster", leftovers[i].cluster_name);
		view_set_time(row, "since", leftovers[i].since);
		view_set(row, "message", leftovers[i].message);
	}
	return page_answer(res, 200, v, "clusters_list");
}

enum { CLUSTER_FIELD_NAMES, VERSION, FIELDS };
INPUT_SET(body_cluster, CLUSTER_FIELDS(true, CLUSTER_KINDS "|own", IN_LINES),
	  [VERSION] = { .name = "version", .kind = IN_INT, .max = INT32_MAX });

/* A form: what is stored, what was typed, what is wrong with it. */
struct form {
	struct cluster old; /* id 0: a new one */
	struct input_value in[FIELDS];
	struct input_errors errors;
	struct cluster_check check;
};

static const char *trimmed(struct arena *a, const char *s)
{
	size_t n = strlen(s);
	while (n && strchr(" \t\r\n", s[n - 1]))
		n--;
	return arena_memdup(a, s, n);
}

static struct cluster_edit edit_of(struct arena *a, const struct input_value *in)
{
	struct cluster_edit e = { .name = in[NAME].text,
				  .server = in[SERVER].text,
				  .ca_pem = in[CA].text,
				  .tls_name = in[TLS_NAME].text,
				  .token = trimmed(a, in[TOKEN].text),
				  .cert_pem = in[CERT].text,
				  .key_pem = in[KEY].text,
				  .kubeconfig = in[KUBECONFIG].text,
				  .context = in[CONTEXT].text,
				  .students_namespace = in[NAMESPACE].text,
				  .base_domain = in[DOMAIN].text,
				  .ingress_class = in[CLASS].text,
				  .quota_apps = in[APPS].text,
				  .quota_cpu = in[CPU].text,
				  .quota_memory = in[MEMORY].text };
	if (!cluster_kind_parse(in[KIND].text, &e.kind))
		e.kind = CLUSTER_KUBECONFIG;
	return e;
}

static void fill(struct request *req, struct form *f)
{
	struct kube_access access = { 0 };
	const struct cluster *c = &f->old;
	for (int i = 0; i < FIELDS; i++)
		f->in[i].text = "";
	f->in[KIND].text = c->id ? cluster_kind_name(c->kind) : "kubeconfig";
	if (!c->id)
		return;
	bool open = cluster_access(req->arena, req->app->keyring, c, &access);
	f->in[NAME].text = c->name;
	f->in[SERVER].text = open && access.server ? access.server : "";
	f->in[CA].text = open && access.ca_pem ? access.ca_pem : "";
	f->in[TLS_NAME].text = open && access.tls_name ? access.tls_name : "";
	f->in[NAMESPACE].text = c->students_namespace ? c->students_namespace : "";
	f->in[DOMAIN].text = c->base_domain ? c->base_domain : "";
	f->in[CLASS].text = c->ingress_class ? c->ingress_class : "";
	f->in[APPS].text = c->quota_apps ? c->quota_apps : "";
	f->in[CPU].text = c->quota_cpu ? c->quota_cpu : "";
	f->in[MEMORY].text = c->quota_memory ? c->quota_memory : "";
	f->in[VERSION].text = frame_number(req->arena, c->version);
}

/* What guards its applications and is not as it should be. */
static void show_guards(struct view *v, struct arena *a, const struct cluster *c)
{
	const char *why;
	json_object *list = c->guard_faults ? json_parse(a, c->guard_faults, strlen(c->guard_faults), 8, &why) : NULL;
	size_t count = list && json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
	for (size_t i = 0; i < count; i++) {
		json_object *o = json_object_array_get_idx(list, i);
		struct view *row = view_row(v, "Guards", (int)i);
		view_set(row, "what", json_text(o, "what", ""));
		view_set(row, "why", frame_word(row, "guard", json_text(o, "why", "failed")));
		view_set(row, "detail", json_text(o, "detail", ""));
	}
}

/* How far its quotas are used. */
static enum err show_uses(struct request *req, struct view *v, const struct cluster *c)
{
	struct settings *s;
	struct quota_uses uses;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (!e)
		e = model_quotas_cluster(request_db(req), req->arena, s, c, &uses);
	for (int i = 0; !e && i < uses.count; i++) {
		const struct quota_use *u = &uses.rows[i];
		struct view *row = view_row(v, "Uses", i);
		view_set(row, "word", frame_word(row, "quota_word", quota_name(u->quota)));
		view_set(row, "used", quota_amount(req->arena, u->quota, u->used));
		if (u->limit)
			view_set(row, "limit", quota_amount(req->arena, u->quota, u->limit));
	}
	return e;
}

static int show(struct request *req, struct response *res, const struct form *f)
{
	struct view *v = page_view(req);
	const struct cluster *c = &f->old;
	admin_frame(v, req, ADMIN_CLUSTERS, c->id ? c->name : view_string(v, "cluster.new"));
	frame_form(v, &body_cluster, f->in, &f->errors);
	view_set(v, "Form.token", NULL); /* secrets are typed again */
	view_set(v, "Form.key_pem", NULL);
	view_options(v, "Kinds", CLUSTER_KINDS, "cluster_kind", f->in[KIND].text);
	if (c->id)
		show_row(view_row(v, "One", 0), c);
	show_guards(v, req->arena, c);
	if (c->id && show_uses(req, v, c))
		return response_err(res, ERR_UNAVAILABLE, NULL);
	view_set_bool(v, "Own", c->id && c->kind == CLUSTER_OWN);
	view_set_bool(v, "Kept", c->config_sealed != NULL);
	for (int i = 0; i < f->check.context_count; i++) {
		struct view *row = view_row(v, "Contexts", i);
		view_set(row, "value", f->check.contexts[i]);
		view_set(row, "word", f->check.contexts[i]);
	}
	return page_answer(res, f->errors.count ? 422 : 200, v, "clusters_edit");
}

/* The cluster of the path: 0, or the answered status. */
static int load(struct request *req, struct response *res, struct cluster *c)
{
	enum err e = model_clusters_get(request_db(req), req->arena, request_id_param(req, "id"), c);
	return e ? response_err(res, e, NULL) : 0;
}

/* GET /admin/clusters/new */
int page_clusters_new(struct request *req, struct response *res)
{
	struct form f = { .old.id = 0 };
	fill(req, &f);
	return show(req, res, &f);
}

/* GET /admin/clusters/:id */
int page_clusters_form(struct request *req, struct response *res)
{
	struct form f = { .old.id = 0 };
	int refused = load(req, res, &f.old);
	if (refused)
		return refused;
	fill(req, &f);
	return show(req, res, &f);
}

/* Reads and checks the form; false: it is to be shown again. */
static bool take(struct request *req, struct form *f, struct cluster_edit *edit, struct kube_access *access)
{
	bool read = input_read(req, INPUT_BODY, f->in, &f->errors);
	*edit = edit_of(req->arena, f->in);
	if (f->old.id && f->old.kind == CLUSTER_OWN)
		edit->kind = CLUSTER_OWN;
	else if (edit->kind == CLUSTER_OWN)
		input_fail(req, &f->errors, "kind", "error.choice");
	if (!read || f->errors.count ||
	    cluster_check(req->arena, req->app->keyring, edit, f->old.id ? &f->old : NULL, req->app->config->cluster_local,
			  access, &f->check))
		return !f->errors.count;
	for (int i = 0; i < f->check.count; i++)
		input_fail(req, &f->errors, f->check.faults[i].field, f->check.faults[i].name);
	if (f->check.sentence)
		input_fail_sentence(&f->errors, f->check.sentence_field, part_phrase(req, f->check.sentence));
	return false;
}

/* What a refused change means for the form. */
static int again(struct request *req, struct response *res, struct form *f, enum err e)
{
	if (e == ERR_CONFLICT)
		input_fail(req, &f->errors, "name", "error.name_taken");
	else if (e == ERR_GONE)
		input_fail(req, &f->errors, "version", "error.changed_meanwhile");
	else if (e == ERR_TOO_MANY)
		input_fail(req, &f->errors, "name", "cluster.too_many");
	else
		return response_err(res, e, NULL);
	return show(req, res, f);
}

static int done(struct request *req, struct response *res, int64_t id, const char *notice)
{
	return page_redirect_notice(res, arena_printf(req->arena, "/admin/clusters/%lld", (long long)id), notice);
}

/* POST /admin/clusters */
int page_clusters_create(struct request *req, struct response *res)
{
	struct form f = { .old.id = 0 };
	struct cluster_edit edit;
	struct kube_access access;
	int64_t id;
	if (!take(req, &f, &edit, &access))
		return show(req, res, &f);
	enum err e = model_act_cluster_create(req, &edit, &access, &id);
	return e ? again(req, res, &f, e) : done(req, res, id, "notice.cluster");
}

/* POST /admin/clusters/:id */
int page_clusters_save(struct request *req, struct response *res)
{
	struct form f = { .old.id = 0 };
	struct cluster_edit edit;
	struct kube_access access;
	int refused = load(req, res, &f.old);
	if (refused)
		return refused;
	if (!take(req, &f, &edit, &access))
		return show(req, res, &f);
	enum err e = model_act_cluster_save(req, f.old.id, &edit, edit.kind == CLUSTER_OWN ? NULL : &access,
					    (int)f.in[VERSION].number);
	return e ? again(req, res, &f, e) : done(req, res, f.old.id, "notice.cluster");
}

/* GET /admin/clusters/:id/delete */
int page_clusters_delete_form(struct request *req, struct response *res)
{
	struct cluster c;
	int refused = load(req, res, &c);
	if (refused)
		return refused;
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_CLUSTERS, view_string(v, "cluster.delete"));
	show_row(view_row(v, "One", 0), &c);
	view_set_bool(v, "Own", c.kind == CLUSTER_OWN);
	return page_answer(res, 200, v, "clusters_delete");
}

/* POST /admin/clusters/:id/delete */
int page_clusters_delete(struct request *req, struct response *res)
{
	struct cluster c;
	int refused = input_none(req, res);
	if (!refused)
		refused = load(req, res, &c);
	if (refused)
		return refused;
	enum err e = model_act_cluster_delete(req, &c);
	if (e == ERR_CONFLICT)
		return response_error(res, 409, view_catalogue(req->language, "cluster.used"));
	return e ? response_err(res, e, NULL) : page_redirect_notice(res, "/admin/clusters", "notice.cluster_deleted");
}

static int act_on(struct request *req, struct response *res, enum err (*act)(struct request *req, const struct cluster *c),
		  const char *notice)
{
	struct cluster c;
	int refused = input_none(req, res);
	if (!refused)
		refused = load(req, res, &c);
	if (refused)
		return refused;
	enum err e = act(req, &c);
	return e ? response_err(res, e, NULL) : done(req, res, c.id, notice);
}

/* POST /admin/clusters/:id/default */
int page_clusters_default(struct request *req, struct response *res)
{
	return act_on(req, res, model_act_cluster_default, "notice.cluster");
}

/* POST /admin/clusters/:id/sync */
int page_clusters_sync(struct request *req, struct response *res)
{
	return act_on(req, res, model_act_cluster_sync, "notice.cluster_sync");
}

/* The name of a role's sentence in the catalogue. */
static const char *role_word(struct view *row, const char *role)
{
	char *name = arena_strdup(view_arena(row), role);
	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	return frame_word(row, "right", name);
}

static void show_test(struct view *v, struct arena *a, const struct kube_test *t)
{
	view_set(v, "Roles", kube_roles_text(a, t));
	for (int i = 0; i < t->count; i++) {
		const struct kube_right_seen *seen = &t->rights[i];
		struct view *row = view_row(v, "Rights", i);
		view_set(row, "role", seen->right->role);
		view_set(row, "ns", seen->ns);
		view_set(row, "resource",
			 *seen->right->group ? arena_printf(a, "%s.%s", seen->right->resource, seen->right->group)
					     : seen->right->resource);
		view_set(row, "missing", seen->missing);
		view_set_bool(row, "needed", seen->right->needed);
		view_set(row, "meaning", role_word(row, seen->right->role));
		view_set(row, "badge",
			 !seen->asked	       ? "none"
			 : !seen->missing      ? "success"
			 : seen->right->needed ? "failed"
					       : "pending");
		view_set(row, "word",
			 frame_word(row, "right_word",
				    !seen->asked     ? "unknown"
				    : !seen->missing ? "allowed"
						     : "missing"));
	}
}

/* POST /admin/clusters/:id/test */
int page_clusters_test(struct request *req, struct response *res)
{
	struct cluster c;
	struct kube_test t;
	struct settings *s;
	const char *why;
	int refused = input_none(req, res);
	if (!refused)
		refused = load(req, res, &c);
	if (refused)
		return refused;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (e)
		return response_err(res, e, NULL);
	request_release_db(req); /* a slow cluster must not keep a connection */
	if (!cluster_test(req->arena, req->app->keyring, req->app->kube, &c, s, req->app->config->cluster_local, &t, &why))
		return response_error(res, 409, part_phrase(req, why ? why : req->app->kube_why));
	struct view *v = page_view(req);
	admin_probe_frame(v, req, ADMIN_CLUSTERS, c.name, c.server, &t.probe);
	show_test(v, req->arena, &t);
	return page_answer(res, 200, v, "clusters_test");
}

/* --- where a project is placed ------------------------------------------------------------------------------------ */

enum { CLUSTER };
INPUT_SET(body_project_move, [CLUSTER] = { .name = "cluster_id", .kind = IN_ID, .required = true });

static int show_move(struct request *req, struct response *res, const struct project *p, const struct input_errors *errors)
{
	struct cluster *rows;
	int count;
	enum err e = model_clusters_list(request_db(req), req->arena, &rows, &count);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	struct project_head head = project_head(p);
	part_project_frame(v, req, &head, PROJECT_TAB__MAX);
	frame_crumb(v, NULL, view_string(v, "move.title"));
	view_set(v, "Page.title", arena_printf(req->arena, "%s · %s", view_string(v, "move.title"), p->name));
	struct input_value in[1] = { { .text = "" } };
	frame_form(v, &body_project_move, in, errors);
	view_set(v, "Now", p->cluster_name);
	view_set_bool(v, "Runs", p->serving_deployment_id != 0);
	for (int i = 0; i < count; i++) {
		struct view *row = view_next(v, "Clusters");
		view_set_int(row, "value", rows[i].id);
		view_set(row, "word",
			 arena_printf(req->arena, "%s · %s", rows[i].name,
				      frame_word(v, "cluster_health", cluster_health(&rows[i]))));
	}
	view_set(v, "Form.cluster_id", frame_number(req->arena, p->cluster_id));
	return page_answer(res, errors && errors->count ? 422 : 200, v, "projects_move");
}

/* GET /projects/:id/move */
int page_projects_move_form(struct request *req, struct response *res)
{
	struct project p;
	int refused = part_load_project(req, res, ACTION_GOVERN, &p);
	return refused ? refused : show_move(req, res, &p, NULL);
}

/* POST /projects/:id/move */
int page_projects_move(struct request *req, struct response *res)
{
	struct project p;
	struct cluster to;
	struct input_value in[1];
	struct input_errors errors;
	struct deployment_asked asked;
	int refused = part_load_project(req, res, ACTION_GOVERN, &p);
	if (refused)
		return refused;
	if (!input_read(req, INPUT_BODY, in, &errors))
		return show_move(req, res, &p, &errors);
	enum err e = model_clusters_get(request_db(req), req->arena, in[CLUSTER].number, &to);
	if (e == ERR_NOT_FOUND) {
		input_fail(req, &errors, "cluster_id", "error.choice");
		return show_move(req, res, &p, &errors);
	}
	if (!e)
		e = model_act_move(req, &p, &to, &asked);
	if (e == ERR_CONFLICT && asked.refusal >= REFUSED_QUOTA)
		return part_quota_full(req, res, &asked);
	if (e == ERR_CONFLICT) {
		input_fail(req, &errors, "cluster_id",
			   asked.refusal ? arena_printf(req->arena, "refused.%s", deployment_refusal_name(asked.refusal))
					 : "move.there");
		return show_move(req, res, &p, &errors);
	}
	if (e)
		return response_err(res, e, NULL);
	return page_redirect_notice(res, arena_printf(req->arena, "/projects/%lld", (long long)p.id),
				    asked.id ? "notice.moving" : "notice.placed");
}
