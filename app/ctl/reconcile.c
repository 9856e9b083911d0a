/* portalctl deployments reconcile: what the clusters hold of applications against what the portal has written down. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "config.h"
#include "ctl/ctl.h"
#include "kube/kube.h"
#include "kube/labels.h"
#include "model/builds.h"
#include "model/cluster_links.h"
#include "model/clusters.h"
#include "model/reconcile.h"
#include "model/settings.h"

/* A Deployment that carries the portal's labels. */
struct found {
	int64_t project_id;
	const char *name;
	int64_t replicas;
	bool seen; /* belongs to a row */
};

struct search {
	struct arena *arena;
	struct found *at;
	int count, room;
};

static void gather(void *context, json_object *o)
{
	struct search *s = context;
	json_object *labels = json_at(o, "metadata.labels"), *id;
	if (!labels || !json_object_object_get_ex(labels, LABEL_PROJECT, &id))
		return;
	if (s->count == s->room) {
		struct found *wider = arena_alloc(s->arena, sizeof *wider * (size_t)(s->room * 2 + 64));
		if (s->count)
			memcpy(wider, s->at, sizeof *wider * (size_t)s->count);
		s->at = wider;
		s->room = s->room * 2 + 64;
	}
	struct found *f = &s->at[s->count];
	*f = (struct found){ .name = arena_strdup(s->arena, json_text(o, "metadata.name", "")),
			     .replicas = json_int(o, "spec.replicas", 1) };
	s->count += str_to_int(json_object_get_string(id), 1, INT64_MAX, &f->project_id);
}

struct reconciling {
	struct ctl *ctl;
	struct reconcile_row *rows;
	int count, wrong;
	bool apply;
};

static void tell(struct reconciling *r, const struct cluster *c, int64_t project, const char *verdict, const char *detail)
{
	printf("%s\t%lld\t%s\t%s\n", c->name, (long long)project, verdict, detail);
	r->wrong++;
}

static int by_project(const void *x, const void *y)
{
	int64_t a = ((const struct reconcile_row *)x)->project_id, b = ((const struct reconcile_row *)y)->project_id;
	return (a > b) - (a < b);
}

/* A Deployment that is there: whose it is, and whether it should be. */
static enum err judge_found(struct reconciling *r, const struct cluster *c, struct found *f)
{
	struct reconcile_row key = { .project_id = f->project_id };
	const struct reconcile_row *row = bsearch(&key, r->rows, (size_t)r->count, sizeof *r->rows, by_project);
	if (!row) {
		tell(r, c, f->project_id, "unknown",
		     arena_printf(r->ctl->arena, "%s is of a project that is gone: delete it by kubectl", f->name));
		return ERR_NONE;
	}
	f->seen = row->cluster_id == c->id;
	if (row->busy || row->moving_to == c->id)
		return ERR_NONE;
	if (f->seen) {
		if (row->stopped && f->replicas > 0)
			tell(r, c, f->project_id, "differs", "it was stopped and has replicas: the workers put it right");
		return ERR_NONE;
	}
	tell(r, c, f->project_id, "left over", r->apply ? "the workers delete it" : "it does not belong here");
	return r->apply ? model_leftovers_note(r->ctl->db, r->ctl->arena, f->project_id, c->id) : ERR_NONE;
}

static bool holds(const struct search *s, int64_t project)
{
	for (int i = 0; i < s->count; i++)
		if (s->at[i].project_id == project)
			return true;
	return false;
}

static enum err reconcile(struct reconciling *r, const struct cluster *c, struct kube *k, const char *ns)
{
	struct search s = { .arena = r->ctl->arena };
	enum err e = kube_list(k, r->ctl->arena, KUBE_DEPLOYMENT, ns, LABEL_MANAGED_BY "=" MANAGED_BY, gather, &s, NULL);
	if (e) {
		tell(r, c, 0, "unknown", "the cluster does not answer");
		return ERR_NONE;
	}
	for (int i = 0; i < s.count && !e; i++)
		e = judge_found(r, c, &s.at[i]);
	for (int i = 0; i < r->count && !e; i++) {
		const struct reconcile_row *row = &r->rows[i];
		if (row->cluster_id == c->id && !row->busy && !holds(&s, row->project_id))
			tell(r, c, row->project_id, "missing", "its Deployment is gone: the workers make it again");
	}
	return e;
}

/* Every cluster that can be opened; the others are named. */
static enum err all(struct reconciling *r, const struct settings *s)
{
	struct cluster *clusters;
	const char *why = "";
	int count;
	struct ctl *ctl = r->ctl;
	enum err e = model_clusters_list(ctl->db, ctl->arena, &clusters, &count);
	struct kube *own = kube_open(ctl->arena, ctl->config->k8s_config_path, &why);
	struct cluster_links *links = cluster_links_new(ctl->keyring, own, why, 0, ctl->config->cluster_local);
	for (int i = 0; !e && links && i < count; i++) {
		struct cluster_link *link;
		if (cluster_link_of(links, ctl->arena, &clusters[i], &link, &why)) {
			tell(r, &clusters[i], 0, "unknown", why);
			continue;
		}
		e = reconcile(r, &clusters[i], link->kube, cluster_namespace(&clusters[i], s));
		cluster_link_put(links, link);
	}
	cluster_links_free(links);
	kube_free(own);
	return e ? e : links ? ERR_NONE : ERR_INTERNAL;
}

enum ctl_exit ctl_deployments_reconcile(struct ctl *ctl, int argc, char **argv)
{
	struct reconciling r = { .ctl = ctl };
	const struct ctl_option options[] = { { .name = "--apply", .flag = &r.apply }, { 0 } };
	struct settings *s;
	if (!ctl_parse(argc, argv, options, NULL, 0))
		return CTL_USAGE;
	enum err e = model_settings_load(ctl->db, ctl->arena, &s);
	if (!e)
		e = model_reconcile_list(ctl->db, ctl->arena, &r.rows, &r.count);
	if (!e)
		e = all(&r, s);
	if (e)
		return ctl_fail_err(e, "compare the clusters");
	if (r.apply)
		model_builds_notify(ctl->db, ctl->arena);
	fprintf(stderr, "%d projects, %d differences\n", r.count, r.wrong);
	return r.wrong && !r.apply ? CTL_FAILED : CTL_DONE;
}
