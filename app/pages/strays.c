/* Objects on a cluster that belong to no project or build any more: shown first, deleted when an admin says so. */
#include <string.h>

#include "base/arena.h"
#include "http/app.h"
#include "model/cluster_links.h"
#include "model/clusters.h"
#include "model/settings.h"
#include "model/stray_acts.h"
#include "pages/admin.h"
#include "pages/frame.h"
#include "pages/page.h"

enum { SHOWN_MAX = 200, DIGEST = 64 };
INPUT_SET(body_strays, { .name = "seen", .kind = IN_TEXT, .required = true, .min = DIGEST, .max = DIGEST });

struct look {
	struct cluster cluster;
	struct settings *settings;
	struct strays found;
	struct kube *kube;
	enum err e; /* the cluster did not say */
	const char *why;
};

/* Reads the cluster of the path and what is left there: 0, or the answered status. */
static int load(struct request *req, struct response *res, struct look *l)
{
	struct cluster_link *link;
	*l = (struct look){ .why = "" };
	enum err e = model_clusters_get(request_db(req), req->arena, request_id_param(req, "id"), &l->cluster);
	if (!e)
		e = model_settings_load(request_db(req), req->arena, &l->settings);
	if (e)
		return response_err(res, e, NULL);
	l->e = cluster_link_of(req->app->clusters, req->arena, &l->cluster, &link, &l->why);
	if (l->e)
		return 0;
	l->kube = link->kube;
	cluster_link_lend(req->arena, req->app->clusters, link);
	const char *builds = l->cluster.kind == CLUSTER_OWN ? settings_text(l->settings, SETTING_BUILD_NAMESPACE) : NULL;
	request_release_db(req); /* a slow cluster must not keep a connection */
	l->e = strays_list(l->kube, req->arena, cluster_namespace(&l->cluster, l->settings), builds, &l->found, &l->why);
	e = l->e ? ERR_NONE : strays_keep(request_db(req), req->arena, &l->found);
	return e ? response_err(res, e, NULL) : 0;
}

static int show(struct request *req, struct response *res, const struct look *l, int status)
{
	struct view *v = page_view(req);
	struct cleanup last;
	admin_frame(v, req, ADMIN_CLUSTERS, l->cluster.name);
	view_set_int(v, "Cluster.id", l->cluster.id);
	view_set(v, "Cluster.name", l->cluster.name);
	view_set_int(v, "Hours", settings_int(l->settings, SETTING_CLEANUP_HOURS));
	view_set_bool(v, "Changed", status == 409);
	if (l->e)
		view_set(v, "Away", *l->why ? l->why : err_name(l->e));
	for (int i = 0; i < l->found.count && i < SHOWN_MAX; i++) {
		const struct stray *s = &l->found.at[i];
		struct view *row = view_row(v, "Strays", i);
		view_set(row, "kind", frame_word(v, "resource_kind", s->kind->word));
		view_set(row, "name", s->object.name);
		view_set(row, "ns", s->object.ns);
		view_set_int(row, "id", s->build_id ? s->build_id : s->project_id);
		view_set_bool(row, "build", s->build_id != 0);
		view_set_time(row, "created", s->object.created_at);
	}
	view_set_int(v, "Count", l->found.count);
	view_set_bool(v, "More", l->found.count > SHOWN_MAX || l->found.more);
	view_set(v, "Hidden", l->found.hidden);
	view_set(v, "Seen", strays_fingerprint(req->arena, &l->found));
	if (!model_cleanups_get(request_db(req), req->arena, l->cluster.id, &last)) {
		view_set_bool(v, "Last.there", true);
		view_set_time(v, "Last.at", last.finished_at);
		view_set_int(v, "Last.deleted", last.deleted);
		view_set(v, "Last.message", last.message);
	}
	return page_answer(res, status, v, "strays");
}

/* GET /admin/clusters/:id/strays */
int page_strays_list(struct request *req, struct response *res)
{
	struct look l;
	int refused = load(req, res, &l);
	return refused ? refused : show(req, res, &l, 200);
}

/* POST /admin/clusters/:id/strays */
int page_strays_delete(struct request *req, struct response *res)
{
	struct input_value in[1];
	struct look l;
	const char *why;
	int deleted, refused = input_check(req, res, INPUT_BODY, in);
	if (!refused)
		refused = load(req, res, &l);
	if (refused)
		return refused;
	if (l.e)
		return response_err(res, l.e, response_sentence(res, "resources.away"));
	/* What was shown is what is deleted. */
	if (strcmp(in[0].text, strays_fingerprint(req->arena, &l.found)))
		return show(req, res, &l, 409);
	enum err e = model_act_strays(req, &l.cluster, l.kube, &l.found, &deleted, &why);
	if (e == ERR_FORBIDDEN)
		return response_error(res, 409, response_sentence(res, "resources.forbidden"));
	if (e)
		return response_err(res, e, response_sentence(res, "strays.part"));
	return page_redirect_notice(res, arena_printf(req->arena, "/admin/clusters/%lld/strays", (long long)l.cluster.id),
				    "notice.strays");
}
