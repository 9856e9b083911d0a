/* One pod of a project's application: its containers, a log, events, what it uses, one command, a terminal. */
#include <string.h>

#include "auth/authorize.h"
#include "auth/reach.h"
#include "base/arena.h"
#include "base/phrases.h"
#include "base/str.h"
#include "kube/pods.h"
#include "model/projects.h"
#include "model/settings.h"
#include "model/terminal_acts.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"
#include "pages/pod_parts.h"
#include "view/loglines.h"

enum { CONTAINER, PREVIOUS, STAMPS, LOG_FIELDS };
INPUT_SET(query_pod, [CONTAINER] = { .name = "container", .kind = IN_SLUG }, [PREVIOUS] = { .name = "previous", .kind = IN_BOOL },
	  [STAMPS] = { .name = "stamps", .kind = IN_BOOL });

enum { RUN_CONTAINER, COMMAND, SHELL, RUN_FIELDS };
INPUT_SET(body_pod_command, [RUN_CONTAINER] = { .name = "container", .kind = IN_SLUG, .required = true },
	  [COMMAND] = { .name = "command", .kind = IN_TEXT, .required = true, .min = 1, .max = COMMAND_MAX },
	  [SHELL] = { .name = "shell", .kind = IN_BOOL });
INPUT_SET(body_pod_terminal, [RUN_CONTAINER] = { .name = "container", .kind = IN_SLUG, .required = true },
	  [COMMAND] = { .name = "command", .kind = IN_TEXT, .max = COMMAND_MAX, .about = "of the form beside it; not used" },
	  [SHELL] = { .name = "shell", .kind = IN_BOOL, .about = "likewise" });

/* What a page is about. */
struct look {
	struct request *req;
	struct project project;
	struct settings *settings;
	struct reach reach;
	struct resource found; /* the pod as the cluster sends it */
	struct kube_pod pod;
	enum err e; /* why there is no pod */
	const char *why;
};

/* Reads project and pod: 0, or the answered status. That the cluster does not answer is l->e. */
static int load(struct request *req, struct response *res, struct look *l)
{
	*l = (struct look){ .req = req };
	int refused = part_load_project(req, res, ACTION_VIEW, &l->project);
	if (refused)
		return refused;
	enum err e = model_settings_load(request_db(req), req->arena, &l->settings);
	if (!e)
		e = reach_project(req, &l->project, &l->reach);
	if (e)
		return response_err(res, e, NULL);
	request_release_db(req); /* a slow cluster must not keep a connection */
	l->e = reach_get(&l->reach, request_param(req, "name"), &l->found, &l->why);
	if (l->e == ERR_NOT_FOUND)
		return response_error(res, 404, response_sentence(res, "pod.gone"));
	if (!l->e)
		kube_pod_read(req->arena, l->found.object, &l->pod);
	return 0;
}

static const char *chosen(const struct look *l, const char *asked)
{
	const char *names[POD_NAMES];
	return *asked ? asked : kube_pod_names(l->found.object, names) ? names[0] : "";
}

static const char *self(const struct look *l)
{
	return arena_printf(l->req->arena, "/projects/%lld/pods/%s", (long long)l->project.id, request_param(l->req, "name"));
}

static void show_containers(struct view *v, const struct look *l, const char *now)
{
	const char *names[POD_NAMES];
	int n = kube_pod_names(l->found.object, names);
	for (int i = 0; i < n; i++) {
		struct view *row = view_row(v, "Containers", i);
		view_set(row, "name", names[i]);
		view_set(row, "value", names[i]);
		view_set(row, "word", names[i]);
		view_set(row, "href", arena_printf(l->req->arena, "%s?container=%s", self(l), names[i]));
		view_set_bool(row, "now", !strcmp(names[i], now));
		for (int k = 0; k < l->pod.count; k++) {
			const struct kube_container *c = &l->pod.containers[k];
			if (strcmp(c->name, names[i]))
				continue;
			view_set(row, "state",
				 c->ready      ? frame_word(v, "pod", "ready")
				 : c->state[0] ? frame_word(v, "pod", c->state)
					       : NULL);
			view_set(row, "badge", c->ready ? "running-app" : *c->last_reason ? "failed" : "pending");
			view_set(row, "why", *c->reason ? c->reason : NULL);
			view_set_int(row, "restarts", c->restarts);
			if (*c->last_reason)
				view_set(row, "last", arena_printf(l->req->arena, "%s (%d)", c->last_reason, c->last_exit_code));
			view_set_bool(row, "crashed", c->restarts > 0);
		}
	}
}

static const char *limit_of(const struct look *l, const char *container, const char *what)
{
	const char *limit = kube_pod_limit(l->found.object, container, what);
	return limit ? limit : "–";
}

static void show_use(struct view *v, const struct look *l)
{
	struct kube_use use[POD_CONTAINERS];
	int n;
	struct arena *a = l->req->arena;
	enum err e = kube_pods_use(l->reach.kube, a, l->reach.ns, l->pod.name, use, &n);
	if (e)
		view_set(v, "NoUse", view_string(v, kube_pods_use_trouble(e)));
	for (int i = 0; i < n && !e; i++) {
		struct view *row = view_row(v, "Use", i);
		view_set(row, "container", use[i].container);
		view_set(row, "cpu", arena_printf(a, "%.0fm / %s", use[i].cores * 1000, limit_of(l, use[i].container, "cpu")));
		view_set(row, "memory",
			 arena_printf(a, "%.1fMi / %s", use[i].bytes / 1048576, limit_of(l, use[i].container, "memory")));
	}
}

static void show_log(struct view *v, const struct look *l, const struct input_value *in)
{
	const char *container = chosen(l, in[CONTAINER].text), *text = "", *why;
	size_t len = 0;
	view_set(v, "Log.container", container);
	view_set_bool(v, "Log.previous", in[PREVIOUS].flag);
	view_set_bool(v, "Log.stamps", in[STAMPS].flag);
	view_set(v, "Log.other", frame_link(l->req, in, "previous", in[PREVIOUS].flag ? NULL : "1"));
	view_set(v, "Log.toggle", frame_link(l->req, in, "stamps", in[STAMPS].flag ? NULL : "1"));
	enum err e = kube_pod_has(l->found.object, container)
			     ? kube_pods_log(l->reach.kube, l->req->arena, l->reach.ns, l->pod.name, container, in[PREVIOUS].flag,
					     POD_LOG_LINES, &text, &len, &why)
			     : ERR_NOT_FOUND;
	view_set(v, "Log.state", !e ? "there" : e == ERR_NOT_FOUND ? "gone" : e == ERR_INVALID ? "early" : "away");
	if (!e)
		part_pod_log(v, l->req, text, len, in[STAMPS].flag);
}

static struct view *frame(struct look *l)
{
	struct view *v = page_view(l->req);
	struct project_head head = project_head(&l->project);
	const char *name = request_param(l->req, "name");
	part_project_frame(v, l->req, &head, PROJECT_TAB__MAX);
	frame_crumb(v, arena_printf(l->req->arena, "/projects/%lld/log", (long long)l->project.id), view_string(v, "tab.log"));
	frame_crumb(v, NULL, name);
	view_set(v, "Page.title", arena_printf(l->req->arena, "%s · %s", name, l->project.name));
	view_set(v, "Self", self(l));
	view_set(v, "PodName", name);
	return v;
}

/* Everything that stands above the log. */
static void show_pod(struct view *v, struct look *l, const char *container)
{
	if (l->e) {
		part_trouble(v, "Away", l->why, l->e);
		return;
	}
	struct view *row = view_row(v, "Pod", 0);
	part_pod(row, &l->pod);
	view_set(row, "node", l->pod.node);
	view_set(row, "object",
		 arena_printf(l->req->arena, "/clusters/%lld/pods/%s", (long long)l->reach.cluster.id, l->pod.name));
	show_containers(v, l, container);
	view_set_bool(v, "May.exec", reach_may_exec(l->req, l->settings, &l->project));
	if (!view_get(v, "Form.container"))
		view_set(v, "Form.container", container);
}

/* GET /projects/:id/pods/:name */
int page_pods_show(struct request *req, struct response *res)
{
	struct input_value in[LOG_FIELDS];
	struct look l;
	struct kube_event *events;
	const char *why;
	int count, refused = input_check(req, res, INPUT_QUERY, in);
	if (!refused)
		refused = load(req, res, &l);
	if (refused)
		return refused;
	struct view *v = frame(&l);
	show_pod(v, &l, l.e ? "" : chosen(&l, in[CONTAINER].text));
	if (!l.e) {
		show_log(v, &l, in);
		show_use(v, &l);
		enum err e = kube_events_list(l.reach.kube, req->arena, l.reach.ns, l.pod.name, &events, &count, &why);
		view_set_bool(v, "NoEvents", e != ERR_NONE);
		if (!e)
			part_pod_events(v, events, count);
	}
	return page_answer(res, 200, v, "pods_show");
}

/* Loads for an act in a container: 0, or the answered status. */
static int load_exec(struct request *req, struct response *res, struct look *l)
{
	int refused = load(req, res, l);
	if (refused)
		return refused;
	if (!reach_may_exec(l->req, l->settings, &l->project))
		return response_error(res, 403, response_sentence(res, "pod.may_not"));
	return l->e ? response_err(res, l->e, response_sentence(res, "resources.away")) : 0;
}

static void show_result(struct view *v, const struct look *l, const struct kube_exec_result *r)
{
	char *text = str_utf8_clean(l->req->arena, r->output, r->len);
	part_pod_log(v, l->req, text, strlen(text), true);
	view_set_bool(v, "Ran", true);
	view_set_bool(v, "Result.good", !r->late && r->exit_code == 0);
	view_set_bool(v, "Result.late", r->late);
	view_set_bool(v, "Result.cut", r->cut);
	if (r->exit_code >= 0)
		view_set_int(v, "Result.code", r->exit_code);
	else if (!r->late)
		part_said(v, "Result.message", r->message);
}

/* POST /projects/:id/pods/:name/run */
int page_pods_run(struct request *req, struct response *res)
{
	struct input_value in[RUN_FIELDS];
	struct input_errors errors = { 0 };
	struct look l;
	struct kube_exec_result result;
	const char *const *argv = NULL;
	const char *why;
	int argc = 0, refused = load_exec(req, res, &l);
	if (refused)
		return refused;
	bool read = input_read(req, INPUT_BODY, in, &errors);
	if (read && !kube_pod_has(l.found.object, in[RUN_CONTAINER].text))
		input_fail(req, &errors, "container", "error.choice");
	if (read && !(argv = kube_exec_line(req->arena, in[COMMAND].text, in[SHELL].flag, &argc)))
		input_fail(req, &errors, "command", "pod.words");
	struct view *v = frame(&l);
	if (!errors.count) {
		struct kube_exec_ask ask = {
			.ns = l.reach.ns, .pod = l.pod.name, .container = in[RUN_CONTAINER].text, .argv = argv, .argc = argc
		};
		enum err e = model_act_command(req, &l.project, l.reach.kube, &ask, &result, &why);
		if (e == ERR_FORBIDDEN)
			view_set(v, "RunTrouble", view_string(v, "resources.forbidden"));
		else if (e)
			part_trouble(v, "RunTrouble", why, e);
		else
			show_result(v, &l, &result);
	}
	frame_form(v, &body_pod_command, in, &errors);
	show_pod(v, &l, in[RUN_CONTAINER].text);
	return page_answer(res, errors.count ? 422 : 200, v, "pods_run");
}

/* Why a terminal ended, as the stream says it, and in the reader's language. */
static void show_ends(struct view *v)
{
	static const enum phrase ends[] = { PHRASE_TERMINAL_TIME, PHRASE_TERMINAL_SHELL, PHRASE_TERMINAL_LOST };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct view *row = view_next(v, "Ends");
		view_set(row, "text", phrase_text(ends[i]));
		part_said(row, "own", phrase_text(ends[i]));
	}
}

/* POST /projects/:id/pods/:name/terminal */
int page_pods_terminal(struct request *req, struct response *res)
{
	struct input_value in[RUN_FIELDS];
	struct look l;
	const char *ticket;
	int refused = load_exec(req, res, &l);
	if (!refused)
		refused = input_check(req, res, INPUT_BODY, in);
	if (refused)
		return refused;
	if (!kube_pod_has(l.found.object, in[RUN_CONTAINER].text))
		return response_err(res, ERR_NOT_FOUND, NULL);
	struct terminal t = { .project_id = l.project.id,
			      .cluster_id = l.reach.cluster.id,
			      .ns = l.reach.ns,
			      .pod = l.pod.name,
			      .container = in[RUN_CONTAINER].text,
			      .seconds = (int)settings_int(l.settings, SETTING_TERMINAL_SECONDS) };
	enum err e = model_terminals_ticket(req, &t, &ticket);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = frame(&l);
	show_pod(v, &l, in[RUN_CONTAINER].text);
	view_set(v, "Ticket", ticket);
	view_set(v, "Container", in[RUN_CONTAINER].text);
	view_set(v, "Limit", frame_duration(v, t.seconds));
	show_ends(v);
	return page_answer(res, 200, v, "pods_terminal");
}
