/* What belongs to no row on a cluster: a person looks, and deletes. */
#include "model/stray_acts.h"

#include "base/arena.h"
#include "base/phrases.h"
#include "http/app.h"
#include "model/audit.h"
#include "model/cluster_links.h"
#include "model/settings.h"

enum err model_strays_look(struct request *req, int64_t cluster_id, struct stray_look *out)
{
	struct arena *a = req->arena;
	struct cluster_link *link;
	*out = (struct stray_look){ .why = "" };
	enum err e = model_clusters_get(request_db(req), a, cluster_id, &out->cluster);
	if (!e)
		e = model_settings_load(request_db(req), a, &out->settings);
	if (e)
		return e;
	const struct cluster *c = &out->cluster;
	out->e = cluster_link_of(req->app->clusters, a, c, &link, &out->why);
	if (out->e)
		return ERR_NONE;
	out->kube = link->kube;
	cluster_link_lend(a, req->app->clusters, link);
	const char *builds = c->kind == CLUSTER_OWN ? settings_text(out->settings, SETTING_BUILD_NAMESPACE) : NULL;
	request_release_db(req); /* a slow cluster must not keep a connection */
	out->e = strays_list(out->kube, a, cluster_namespace(c, out->settings), builds, &out->found, &out->why);
	return out->e ? ERR_NONE : strays_keep(request_db(req), a, &out->found);
}

enum err model_act_strays(struct request *req, const struct cluster *c, struct kube *k, const struct strays *s, int *deleted,
			  const char **why)
{
	request_release_db(req);
	enum err e = strays_delete(k, req->arena, s, deleted, why);
	struct audit line = audit_of(req, "cluster.cleanup", audit_object_id(req->arena, AUDIT_CLUSTER, c->id));
	line.refused = e != ERR_NONE;
	line.detail = phrase(req->arena, e ? PHRASE_AUDIT_CLEANED_UP_PARTLY : PHRASE_AUDIT_CLEANED_UP, req->actor.name,
			     arena_printf(req->arena, "%d", *deleted), arena_printf(req->arena, "%d", s->count), c->name, *why);
	enum err noted = model_audit_write(request_db(req), req->arena, &line);
	return e ? e : noted;
}
