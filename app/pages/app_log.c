/* A project's running application as the cluster shows it: pods, the log of a container, events. */
#include <string.h>

#include "auth/authorize.h"
#include "base/arena.h"
#include "http/app.h"
#include "kube/kube.h"
#include "kube/labels.h"
#include "kube/pods.h"
#include "model/cluster_links.h"
#include "model/clusters.h"
#include "model/projects.h"
#include "model/settings.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"
#include "pages/pod_parts.h"

enum { POD, CONTAINER, PREVIOUS, STAMPS, LOG_FIELDS };
INPUT_SET(query_app_log, [POD] = { .name = "pod", .kind = IN_SLUG, .min = 1, .max = 253 },
	  [CONTAINER] = { .name = "container", .kind = IN_SLUG }, [PREVIOUS] = { .name = "previous", .kind = IN_BOOL },
	  [STAMPS] = { .name = "stamps", .kind = IN_BOOL });

/* What the page is about. */
struct look {
	struct request *req;
	struct view *v;
	const struct input_value *in;
	const char *ns;
	struct kube *kube; /* of the project's cluster; NULL: why */
	const char *why;
	struct project *project;
};

/* The log of the pod and container that the query names, else of the newest pod's first. */
static void show_log(struct look *l, const struct kube_pod *pods, int count)
{
	const char *pod = l->in[POD].present ? l->in[POD].text : pods[0].name, *text = "", *why;
	const char *container = l->in[CONTAINER].present ? l->in[CONTAINER].text : "app";
	bool ours = false;
	size_t len = 0;
	for (int i = 0; i < count; i++)
		ours = ours || !strcmp(pods[i].name, pod);
	view_set(l->v, "Log.pod", pod);
	view_set_bool(l->v, "Log.previous", l->in[PREVIOUS].flag);
	view_set_bool(l->v, "Log.stamps", l->in[STAMPS].flag);
	view_set(l->v, "Log.other", frame_link(l->req, l->in, "previous", l->in[PREVIOUS].flag ? NULL : "1"));
	view_set(l->v, "Log.toggle", frame_link(l->req, l->in, "stamps", l->in[STAMPS].flag ? NULL : "1"));
	/* A pod that is not this project's is none: the name alone gives no right. */
	enum err e = ours ? kube_pods_log(l->kube, l->req->arena, l->ns, pod, container, l->in[PREVIOUS].flag, POD_LOG_LINES,
					  &text, &len, &why)
			  : ERR_NOT_FOUND;
	view_set(l->v, "Log.state", !e ? "there" : e == ERR_NOT_FOUND ? "gone" : e == ERR_INVALID ? "early" : "away");
	if (!e)
		part_pod_log(l->v, l->req, text, len, l->in[STAMPS].flag);
}

/* Reads what the cluster has; what it does not give is said in its place, and the page stands. */
static void read_cluster(struct look *l)
{
	struct arena *a = l->req->arena;
	struct kube *k = l->kube;
	struct kube_pod *pods;
	struct kube_event *events;
	const char *why;
	int count;
	const char *selector =
		arena_printf(a, LABEL_MANAGED_BY "=" MANAGED_BY "," LABEL_PROJECT "=%lld", (long long)l->project->id);
	enum err e = k ? kube_pods_list(k, a, l->ns, selector, &pods, &count, &why) : ERR_UNAVAILABLE;
	if (e) {
		view_set(l->v, "Away", k ? why : l->why);
		return;
	}
	for (int i = 0; i < count; i++)
		part_pod(view_row(l->v, "Pods", i), &pods[i]);
	if (count)
		show_log(l, pods, count);
	e = kube_events_list(k, a, l->ns, arena_printf(a, "prj-%lld", (long long)l->project->id), &events, &count, &why);
	view_set_bool(l->v, "NoEvents", e != ERR_NONE);
	if (!e)
		part_pod_events(l->v, events, count);
}

/* Finds the project's cluster: open it or say why not. */
static enum err find_cluster(struct look *l)
{
	struct cluster c;
	struct settings *s;
	struct cluster_link *link;
	struct request *req = l->req;
	int64_t id = l->project->applied_cluster_id ? l->project->applied_cluster_id : l->project->cluster_id;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (!e)
		e = id ? model_clusters_get(request_db(req), req->arena, id, &c)
		       : model_clusters_default(request_db(req), req->arena, &c);
	if (e)
		return e;
	l->ns = arena_strdup(req->arena, cluster_namespace(&c, s));
	e = cluster_link_of(req->app->clusters, req->arena, &c, &link, &l->why);
	if (e == ERR_UNAVAILABLE)
		return ERR_NONE;
	if (!e) {
		l->kube = link->kube;
		cluster_link_lend(req->arena, req->app->clusters, link);
	}
	return e;
}

int page_app_log(struct request *req, struct response *res)
{
	struct input_value in[LOG_FIELDS];
	struct project p;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (!refused)
		refused = part_load_project(req, res, ACTION_VIEW, &p);
	if (refused)
		return refused;
	struct look l = { .req = req, .v = page_view(req), .in = in, .project = &p };
	enum err e = find_cluster(&l);
	if (e)
		return response_err(res, e, NULL);
	struct project_head head = project_head(&p);
	part_project_frame(l.v, req, &head, TAB_LOG);
	view_set(l.v, "Self", req->path);
	view_set(l.v, "State", p.app_state);
	request_release_db(req); /* a slow cluster must not keep a connection */
	read_cluster(&l);
	return page_answer(res, 200, l.v, "app_log");
}
