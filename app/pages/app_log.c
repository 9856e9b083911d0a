/* A project's running application as the cluster shows it: pods, the log of a container, events. */
#include <string.h>

#include "auth/authorize.h"
#include "auth/reach.h"
#include "base/arena.h"
#include "kube/names.h"
#include "kube/pods.h"
#include "model/projects.h"
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
	struct reach reach;
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
	enum err e = ours ? kube_pods_log(l->reach.kube, l->req->arena, l->reach.ns, pod, container, l->in[PREVIOUS].flag,
					  POD_LOG_LINES, &text, &len, &why)
			  : ERR_NOT_FOUND;
	view_set(l->v, "Log.state", !e ? "there" : e == ERR_NOT_FOUND ? "gone" : e == ERR_INVALID ? "early" : "away");
	if (!e)
		part_pod_log(l->v, l->req, text, len, l->in[STAMPS].flag);
}

/* Reads what the cluster has; what it does not give is said in its place, and the page stands. */
static void read_cluster(struct look *l)
{
	struct arena *a = l->req->arena;
	struct kube *k = l->reach.kube;
	struct kube_pod *pods;
	struct kube_event *events;
	const char *why;
	int count;
	enum err e = k ? kube_pods_list(k, a, l->reach.ns, l->reach.selector, &pods, &count, &why) : ERR_UNAVAILABLE;
	if (e) {
		part_said(l->v, "Away", k ? why : l->reach.why);
		return;
	}
	for (int i = 0; i < count; i++)
		part_pod(view_row(l->v, "Pods", i), &pods[i]);
	if (count)
		show_log(l, pods, count);
	e = kube_events_list(k, a, l->reach.ns, app_name(a, l->project->id), &events, &count, &why);
	view_set_bool(l->v, "NoEvents", e != ERR_NONE);
	if (!e)
		part_pod_events(l->v, events, count);
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
	enum err e = reach_project(req, &p, &l.reach);
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
