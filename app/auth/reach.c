/* Which of a cluster's objects somebody may see and change. */
#include "auth/reach.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auth/authorize.h"
#include "base/arena.h"
#include "http/app.h"
#include "kube/labels.h"
#include "model/cluster_links.h"
#include "model/projects.h"
#include "model/settings.h"

/* Events carry no labels: they are looked for in so many pages of so many. */
enum { OWN_MAX = 200, EVENT_PAGE = 500, EVENT_PAGES = 4 };

#define PORTALS LABEL_MANAGED_BY "=" MANAGED_BY "," LABEL_PROJECT

static bool staff(const struct request *req)
{
	return req->actor.role >= ROLE_TEACHER;
}

static bool has(const struct reach *r, int64_t project_id)
{
	for (int i = 0; i < r->own_count; i++)
		if (r->own[i] == project_id)
			return true;
	return false;
}

static bool lies_on(const struct project *p, const struct cluster *c)
{
	return p->cluster_id == c->id || p->applied_cluster_id == c->id ||
	       (!p->cluster_id && !p->applied_cluster_id && c->is_default);
}

/* A student's projects on that cluster; without any it is none of theirs. */
static enum err load_own(struct request *req, struct reach *r)
{
	struct project_filter f = { .user_id = req->actor.id, .limit = OWN_MAX };
	struct project_list found;
	enum err e = model_projects_list(request_db(req), req->arena, &f, &found);
	if (e)
		return e;
	r->own = arena_alloc(req->arena, sizeof *r->own * (size_t)(found.count + 1));
	for (int i = 0; i < found.count; i++)
		if (lies_on(&found.rows[i], &r->cluster))
			r->own[r->own_count++] = found.rows[i].id;
	return r->own_count ? ERR_NONE : ERR_NOT_FOUND;
}

/* Everybody but an admin sees by label alone. */
static void set_selector(struct reach *r, const char *label)
{
	struct arena *a = r->req->arena;
	const char *s = r->req->actor.role == ROLE_ADMIN ? "" : PORTALS;
	if (r->project_id)
		s = arena_printf(a, PORTALS "=%" PRId64, r->project_id);
	else if (r->own_count) {
		s = arena_printf(a, PORTALS " in (");
		for (int i = 0; i < r->own_count; i++)
			s = arena_printf(a, "%s%s%" PRId64, s, i ? "," : "", r->own[i]);
		s = arena_printf(a, "%s)", s);
	}
	if (*label)
		s = arena_printf(a, "%s%s%s", s, *s ? "," : "", label);
	r->selector = r->kind->kind == KUBE_EVENT || (r->kind->shared && !*label) ? "" : s;
}

static enum err open_cluster(struct reach *r, const struct reach_ask *ask)
{
	struct request *req = r->req;
	struct settings *s;
	struct cluster_link *link;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (!e)
		e = ask->cluster_id ? model_clusters_get(request_db(req), req->arena, ask->cluster_id, &r->cluster)
				    : model_clusters_default(request_db(req), req->arena, &r->cluster);
	if (e)
		return e;
	r->place = !strcmp(ask->place, "builds") ? KUBE_BUILDS : KUBE_APPLICATIONS;
	if (!(r->kind->places & 1u << r->place) || (r->place == KUBE_BUILDS && r->cluster.kind != CLUSTER_OWN))
		return ERR_NOT_FOUND;
	r->ns = arena_strdup(req->arena, r->place == KUBE_BUILDS ? settings_text(s, SETTING_BUILD_NAMESPACE)
								 : cluster_namespace(&r->cluster, s));
	e = cluster_link_of(req->app->clusters, req->arena, &r->cluster, &link, &r->why);
	if (e == ERR_UNAVAILABLE)
		return ERR_NONE;
	if (!e) {
		r->kube = link->kube;
		cluster_link_lend(req->arena, req->app->clusters, link);
	}
	return e;
}

enum err reach_open(struct request *req, const struct reach_ask *ask, struct reach *out)
{
	*out = (struct reach){ .req = req, .kind = resource_kind_of(ask->kind), .project_id = ask->project_id, .why = "" };
	if (!out->kind || (out->kind->shared && !staff(req)))
		return ERR_NOT_FOUND;
	if (*ask->label && !kube_label_valid(ask->label))
		return ERR_INVALID;
	enum err e = open_cluster(out, ask);
	if (!e && !staff(req))
		e = out->place == KUBE_APPLICATIONS ? load_own(req, out) : ERR_NOT_FOUND;
	if (!e && !staff(req) && ask->project_id && !has(out, ask->project_id))
		e = ERR_NOT_FOUND;
	if (!e)
		set_selector(out, ask->label);
	return e;
}

/* The selector asks the cluster; this asks again, whatever the cluster answered. */
static bool may_see(const struct reach *r, const struct resource *o)
{
	bool event = r->kind->kind == KUBE_EVENT;
	if (strcmp(r->kind->kind == KUBE_NAMESPACE ? o->name : o->ns, r->ns))
		return false;
	if (r->project_id && !r->kind->shared && o->project_id != r->project_id)
		return false;
	if (r->req->actor.role == ROLE_ADMIN)
		return true;
	if (r->req->actor.role == ROLE_TEACHER)
		return r->kind->shared || (o->project_id && (o->managed || event));
	return !r->kind->shared && (o->managed || event) && has(r, o->project_id);
}

static void keep_visible(const struct reach *r, struct resource_page *page)
{
	int n = 0;
	for (int i = 0; i < page->count; i++)
		if (may_see(r, &page->rows[i]))
			page->rows[n++] = page->rows[i];
	page->count = n;
}

static int newest(const void *x, const void *y)
{
	return strcmp(((const struct resource *)y)->created_at, ((const struct resource *)x)->created_at);
}

/* Pages are read until there is something to show. */
static enum err list_events(const struct reach *r, const char *from, struct resource_page *out, const char **why)
{
	enum err e = ERR_NONE;
	for (int i = 0; i < EVENT_PAGES && !e; i++) {
		e = kube_resources_list(r->kube, r->req->arena, r->kind, r->ns, "", EVENT_PAGE, from, out, why);
		if (e)
			break;
		keep_visible(r, out);
		from = out->next;
		if (out->count || !from)
			break;
	}
	if (!e && out->count)
		qsort(out->rows, (size_t)out->count, sizeof *out->rows, newest);
	return e;
}

/* It is the portal that the cluster refuses, not the person. */
static enum err as_ours(enum err e)
{
	return e == ERR_UNAUTHORIZED ? ERR_UNAVAILABLE : e;
}

enum err reach_list(const struct reach *r, int limit, const char *from, struct resource_page *out, const char **why)
{
	*out = (struct resource_page){ 0 };
	*why = r->why;
	if (!r->kube)
		return ERR_UNAVAILABLE;
	if (r->kind->kind == KUBE_EVENT)
		return as_ours(list_events(r, from, out, why));
	enum err e = kube_resources_list(r->kube, r->req->arena, r->kind, r->ns, r->selector, limit, from, out, why);
	if (!e)
		keep_visible(r, out);
	return as_ours(e);
}

enum err reach_get(const struct reach *r, const char *name, struct resource *out, const char **why)
{
	*why = r->why;
	if (!kube_name_valid(name))
		return ERR_NOT_FOUND;
	if (!r->kube)
		return ERR_UNAVAILABLE;
	enum err e = kube_resources_get(r->kube, r->req->arena, r->kind, r->ns, name, out, why);
	return !e && !may_see(r, out) ? ERR_NOT_FOUND : as_ours(e);
}

bool reach_may(const struct reach *r, const struct resource *o, enum resource_act act)
{
	enum action action = act == RESOURCE_SCALE				    ? ACTION_GOVERN
			     : act == RESOURCE_RESTART || r->kind->kind == KUBE_POD ? ACTION_RESTART
										    : ACTION_DELETE;
	bool admin = r->req->actor.role == ROLE_ADMIN;
	if (!r->kind->acts[act] || (act == RESOURCE_CREATE) != !o)
		return false;
	if (!o)
		return admin && r->place == KUBE_APPLICATIONS;
	if (!o->managed || !may_see(r, o))
		return false;
	/* An annotation can change how an ingress controller treats the applications. */
	if (!o->project_id || act == RESOURCE_CHANGE)
		return admin;
	return authorized(&r->req->actor, action, object_project(has(r, o->project_id) ? r->req->actor.id : 0));
}

enum err reach_project(struct request *req, const struct project *p, struct reach *out)
{
	struct reach_ask ask = { .cluster_id = p->applied_cluster_id ? p->applied_cluster_id : p->cluster_id,
				 .kind = "pods",
				 .place = "",
				 .project_id = p->id,
				 .label = "" };
	return reach_open(req, &ask, out);
}

bool reach_may_exec(const struct request *req, const struct settings *s, const struct project *p)
{
	if (!settings_int(s, SETTING_TERMINAL_SECONDS) ||
	    !authorized(&req->actor, ACTION_CONFIGURE, object_project(p->student_user_id)))
		return false;
	return staff(req) || !strcmp(settings_text(s, SETTING_TERMINAL_STUDENTS), "yes");
}
