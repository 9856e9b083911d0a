/* A project's pods over the API: their states and use, the log of a container, the cluster's events, one command. */
#include "kube/pods.h"

#include <math.h>
#include <string.h>

#include "api/api.h"
#include "auth/reach.h"
#include "base/arena.h"
#include "base/str.h"
#include "kube/names.h"
#include "model/terminal_acts.h"

/* A container's state; exit codes are -1 where there is none. */
struct shown_container {
	struct kube_container row;
	int64_t exit_code, last_exit_code;
};
SHAPE(shape_container, "PodContainer", struct shown_container, MEMBER("name", SHAPE_STRING, struct shown_container, row.name),
      MEMBER("state", SHAPE_TEXT, struct shown_container, row.state, .choices = "waiting|running|terminated",
	     .about = "null: the cluster says nothing of it yet"),
      MEMBER("ready", SHAPE_BOOL, struct shown_container, row.ready),
      MEMBER("reason", SHAPE_TEXT, struct shown_container, row.reason),
      MEMBER("message", SHAPE_TEXT, struct shown_container, row.message),
      MEMBER("started_at", SHAPE_TIME, struct shown_container, row.started_at, .about = "null unless it runs"),
      MEMBER("exit_code", SHAPE_SECONDS, struct shown_container, exit_code, .about = "null unless it has ended"),
      MEMBER("restarts", SHAPE_INT, struct shown_container, row.restarts),
      MEMBER("last_reason", SHAPE_TEXT, struct shown_container, row.last_reason,
	     .about = "why the run before ended; null: there was none"),
      MEMBER("last_message", SHAPE_TEXT, struct shown_container, row.last_message),
      MEMBER("last_exit_code", SHAPE_SECONDS, struct shown_container, last_exit_code),
      MEMBER("last_ended_at", SHAPE_TIME, struct shown_container, row.last_ended_at));

struct shown_use {
	struct kube_use row;
	const char *cpu_limit, *memory_limit;
};
SHAPE(shape_use, "PodUse", struct shown_use, MEMBER("container", SHAPE_STRING, struct shown_use, row.container),
      MEMBER("cpu_cores", SHAPE_DOUBLE, struct shown_use, row.cores),
      MEMBER("cpu_limit", SHAPE_TEXT, struct shown_use, cpu_limit, .about = "as the pod says it; null: none"),
      MEMBER("memory_bytes", SHAPE_DOUBLE, struct shown_use, row.bytes),
      MEMBER("memory_limit", SHAPE_TEXT, struct shown_use, memory_limit));

struct shown_pod {
	struct kube_pod row;
	const struct shown_container *containers;
	int count;
	const struct shown_use *use;
	int used;
	const char *use_message;
	bool commands;
};
#define POD_MEMBERS                                                                                                              \
	MEMBER("name", SHAPE_STRING, struct shown_pod, row.name), MEMBER("phase", SHAPE_TEXT, struct shown_pod, row.phase),      \
		MEMBER("ready", SHAPE_BOOL, struct shown_pod, row.ready),                                                        \
		MEMBER("deleting", SHAPE_BOOL, struct shown_pod, row.deleting, .about = "it is being ended"),                    \
		MEMBER("reason", SHAPE_TEXT, struct shown_pod, row.reason),                                                      \
		MEMBER("message", SHAPE_TEXT, struct shown_pod, row.message),                                                    \
		MEMBER("node", SHAPE_TEXT, struct shown_pod, row.node),                                                          \
		MEMBER("created_at", SHAPE_TIME, struct shown_pod, row.created_at),                                              \
		MEMBER("containers", SHAPE_ROWS, struct shown_pod, containers, .of = &shape_container,                           \
		       .count_at = offsetof(struct shown_pod, count))
SHAPE(shape_pod, "Pod", struct shown_pod, POD_MEMBERS);
SHAPE_LIST(shape_pods, "PodList", shape_pod);
SHAPE(shape_pod_one, "PodDetail", struct shown_pod, POD_MEMBERS,
      MEMBER("use", SHAPE_ROWS, struct shown_pod, use, .of = &shape_use, .count_at = offsetof(struct shown_pod, used),
	     .about = "now, as the cluster measured it"),
      MEMBER("use_message", SHAPE_TEXT, struct shown_pod, use_message, .about = "why use is not known"),
      MEMBER("commands", SHAPE_BOOL, struct shown_pod, commands, .about = "whether one may run commands in it"));

/* The project of the path, and the way to its pods. */
struct look {
	struct project project;
	struct settings *settings;
	struct reach reach;
	struct resource found; /* of load_pod: as the cluster sends it */
};

static int load_project(struct request *req, struct response *res, struct look *l)
{
	int status = api_project(req, res, request_id_param(req, "id"), ACTION_VIEW, &l->project);
	if (status)
		return status;
	enum err e = model_settings_load(request_db(req), req->arena, &l->settings);
	return e ? response_err(res, e, NULL) : 0;
}

/* The way to the project's cluster: 0, or the answered status. The connection is given back: a slow cluster must not keep it. */
static int open_cluster(struct request *req, struct response *res, struct look *l)
{
	enum err e = reach_project(req, &l->project, &l->reach);
	if (e)
		return response_err(res, e, NULL);
	request_release_db(req);
	return l->reach.kube ? 0 : api_cluster_trouble(res, ERR_UNAVAILABLE, l->reach.why);
}

static int load(struct request *req, struct response *res, struct look *l)
{
	int status = load_project(req, res, l);
	return status ? status : open_cluster(req, res, l);
}

/* The pod of the path, once there is a way to it: 0, or the answered status. */
static int find(struct request *req, struct response *res, struct look *l)
{
	const char *why;
	enum err e = reach_get(&l->reach, request_param(req, "name"), &l->found, &why);
	if (e == ERR_NOT_FOUND)
		return response_error(res, 404, api_string(req, "pod.gone"));
	return e ? api_cluster_trouble(res, e, why) : 0;
}

static int load_pod(struct request *req, struct response *res, struct look *l)
{
	int status = load(req, res, l);
	return status ? status : find(req, res, l);
}

static struct shown_container container_of(const struct kube_container *c)
{
	struct shown_container s = { .row = *c, .exit_code = -1, .last_exit_code = -1 };
	if (!strcmp(c->state, "terminated"))
		s.exit_code = c->exit_code;
	if (*c->last_reason || *c->last_ended_at)
		s.last_exit_code = c->last_exit_code;
	s.row.state = str_or_null(c->state);
	s.row.reason = str_or_null(c->reason);
	s.row.message = str_or_null(c->message);
	s.row.last_reason = str_or_null(c->last_reason);
	s.row.last_message = str_or_null(c->last_message);
	return s;
}

static struct shown_pod pod_of(struct arena *a, const struct kube_pod *p)
{
	struct shown_container *all = arena_alloc(a, sizeof *all * POD_CONTAINERS);
	for (int i = 0; i < p->count; i++)
		all[i] = container_of(&p->containers[i]);
	struct shown_pod s = { .row = *p, .containers = all, .count = p->count };
	s.row.phase = str_or_null(p->phase);
	s.row.reason = str_or_null(p->reason);
	s.row.message = str_or_null(p->message);
	s.row.node = str_or_null(p->node);
	return s;
}

/* GET /api/v1/projects/:id/pods: newest first */
int api_pods_list(struct request *req, struct response *res)
{
	struct look l;
	struct kube_pod *pods;
	const char *why;
	int count, status = load(req, res, &l);
	if (status)
		return status;
	enum err e = kube_pods_list(l.reach.kube, req->arena, l.reach.ns, l.reach.selector, &pods, &count, &why);
	if (e)
		return api_cluster_trouble(res, e, why);
	struct shown_pod *rows = arena_alloc(req->arena, sizeof *rows * (size_t)(count + 1));
	for (int i = 0; i < count; i++)
		rows[i] = pod_of(req->arena, &pods[i]);
	return api_rows(res, rows, count, NULL);
}

/* Every container by its name, also those of which the cluster says nothing yet. */
static void add_silent(struct request *req, const struct look *l, struct shown_pod *s)
{
	const char *names[POD_NAMES];
	int n = kube_pod_names(l->found.object, names), said = s->count;
	struct shown_container *all = arena_alloc(req->arena, sizeof *all * (size_t)(said + n + 1));
	for (int i = 0; i < said; i++)
		all[i] = s->containers[i];
	for (int i = 0; i < n; i++) {
		bool there = false;
		for (int k = 0; k < said; k++)
			there = there || !strcmp(all[k].row.name, names[i]);
		if (!there)
			all[s->count++] = (struct shown_container){ .row.name = names[i], .exit_code = -1, .last_exit_code = -1 };
	}
	s->containers = all;
}

static void add_use(struct request *req, const struct look *l, struct shown_pod *s)
{
	struct kube_use measured[POD_CONTAINERS];
	struct shown_use *use = arena_alloc(req->arena, sizeof *use * POD_CONTAINERS);
	enum err e = kube_pods_use(l->reach.kube, req->arena, l->reach.ns, l->found.name, measured, &s->used);
	if (e) {
		s->used = 0;
		s->use_message = api_string(req, kube_pods_use_trouble(e));
	}
	for (int i = 0; i < s->used; i++)
		use[i] = (struct shown_use){ measured[i], kube_pod_limit(l->found.object, measured[i].container, "cpu"),
					     kube_pod_limit(l->found.object, measured[i].container, "memory") };
	s->use = use;
}

/* GET /api/v1/projects/:id/pods/:name */
int api_pods_show(struct request *req, struct response *res)
{
	struct look l;
	struct kube_pod pod;
	int status = load_pod(req, res, &l);
	if (status)
		return status;
	kube_pod_read(req->arena, l.found.object, &pod);
	struct shown_pod s = pod_of(req->arena, &pod);
	s.commands = reach_may_exec(req, l.settings, &l.project);
	add_silent(req, &l, &s);
	add_use(req, &l, &s);
	return api_row(res, 200, &shape_pod_one, &s);
}

enum { CONTAINER, PREVIOUS, STAMPS, LINES, LOG_FIELDS };
enum { LINES_MAX = 5000 };
INPUT_SET(query_api_pod_log, [CONTAINER] = { .name = "container", .kind = IN_SLUG, .about = "the first one unless said" },
	  [PREVIOUS] = { .name = "previous", .kind = IN_BOOL, .about = "of its run before, which crashed" },
	  [STAMPS] = { .name = "stamps", .kind = IN_BOOL, .about = "each line begins with its time" },
	  [LINES] = { .name = "lines",
		      .kind = IN_INT,
		      .min = 1,
		      .max = LINES_MAX,
		      .about = "the last ones, at most 256 KiB; 500 unless said" });

/* GET /api/v1/projects/:id/pods/:name/log */
int api_pods_log(struct request *req, struct response *res)
{
	struct input_value v[LOG_FIELDS];
	struct look l;
	const char *names[POD_NAMES], *text = "", *why = "";
	size_t len = 0;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (!status)
		status = load_pod(req, res, &l);
	if (status)
		return status;
	const char *container = v[CONTAINER].present ? v[CONTAINER].text : kube_pod_names(l.found.object, names) ? names[0] : "";
	enum err e = kube_pod_has(l.found.object, container)
			     ? kube_pods_log(l.reach.kube, req->arena, l.reach.ns, l.found.name, container, v[PREVIOUS].flag,
					     v[LINES].present ? (int)v[LINES].number : POD_LOG_LINES, &text, &len, &why)
			     : ERR_NOT_FOUND;
	if (e == ERR_NOT_FOUND || e == ERR_INVALID)
		return response_error(res, e == ERR_INVALID ? 409 : 404,
				      api_string(req, e == ERR_INVALID ? "applog.early" : "applog.gone"));
	if (e)
		return api_cluster_trouble(res, e, why);
	char *copy = arena_memdup(req->arena, text, len);
	if (!v[STAMPS].flag)
		len = kube_pods_log_unstamp(copy, len);
	buf_add(&res->body, copy, len);
	res->content_type = "text/plain; charset=utf-8";
	return res->body.failed ? response_error(res, 503, NULL) : 200;
}

SHAPE(shape_cluster_event, "ClusterEvent", struct kube_event,
      MEMBER("kind", SHAPE_STRING, struct kube_event, kind, .about = "of the object"),
      MEMBER("name", SHAPE_STRING, struct kube_event, name), MEMBER("type", SHAPE_STRING, struct kube_event, type),
      MEMBER("reason", SHAPE_STRING, struct kube_event, reason), MEMBER("message", SHAPE_STRING, struct kube_event, message),
      MEMBER("count", SHAPE_INT, struct kube_event, count, .about = "how often it was seen"),
      MEMBER("first_at", SHAPE_TIME, struct kube_event, first_at), MEMBER("last_at", SHAPE_TIME, struct kube_event, last_at));
SHAPE_LIST(shape_cluster_events, "ClusterEventList", shape_cluster_event);

static int events_of(struct request *req, struct response *res, const struct look *l, const char *prefix)
{
	struct kube_event *rows;
	const char *why;
	int count;
	enum err e = kube_events_list(l->reach.kube, req->arena, l->reach.ns, prefix, &rows, &count, &why);
	if (e == ERR_FORBIDDEN)
		return response_error(res, 409, api_string(req, "applog.no_events"));
	return e ? api_cluster_trouble(res, e, why) : api_rows(res, rows, count, NULL);
}

/* GET /api/v1/projects/:id/events: of all that the application is made of, newest first */
int api_pods_events_all(struct request *req, struct response *res)
{
	struct look l;
	int status = load(req, res, &l);
	return status ? status : events_of(req, res, &l, app_name(req->arena, l.project.id));
}

/* GET /api/v1/projects/:id/pods/:name/events */
int api_pods_events(struct request *req, struct response *res)
{
	struct look l;
	int status = load_pod(req, res, &l);
	return status ? status : events_of(req, res, &l, l.found.name);
}

/* --- one command --------------------------------------------------------------------------------------------------------- */

/* How it ended. */
struct ran {
	struct kube_exec_result row;
	const char *output, *message;
	int64_t exit_code;
};
SHAPE(shape_command, "CommandResult", struct ran,
      MEMBER("exit_code", SHAPE_SECONDS, struct ran, exit_code, .about = "null: it was not started, or has not ended"),
      MEMBER("late", SHAPE_BOOL, struct ran, row.late, .about = "it did not end in 8 seconds, and may still run"),
      MEMBER("message", SHAPE_TEXT, struct ran, message, .about = "why it was not started"),
      MEMBER("output", SHAPE_STRING, struct ran, output, .about = "what it wrote, both streams"),
      MEMBER("cut", SHAPE_BOOL, struct ran, row.cut, .about = "it wrote more than 64 KiB, of which these are the first"));

enum { WHERE, COMMAND, SHELL, RUN_FIELDS };
INPUT_SET(body_api_command, [WHERE] = { .name = "container", .kind = IN_SLUG, .required = true },
	  [COMMAND] = { .name = "command",
			.kind = IN_TEXT,
			.required = true,
			.min = 1,
			.max = COMMAND_MAX,
			.about = "at most 64 words; quotes hold words together" },
	  [SHELL] = { .name = "shell", .kind = IN_BOOL, .about = "through /bin/sh -c, so that pipes and variables work" });

/* Container and words of the body: 0, or the answered status. */
static int take(struct request *req, struct response *res, const struct look *l, const struct input_value *v,
		struct kube_exec_ask *ask)
{
	struct input_errors errors = { 0 };
	*ask = (struct kube_exec_ask){ .ns = l->reach.ns, .pod = l->found.name, .container = v[WHERE].text };
	if (!kube_pod_has(l->found.object, v[WHERE].text))
		input_fail(req, &errors, "container", "error.choice");
	if (!(ask->argv = kube_exec_line(req->arena, v[COMMAND].text, v[SHELL].flag, &ask->argc)))
		input_fail(req, &errors, "command", "pod.words");
	return errors.count ? input_conflict(res, &errors) : 0;
}

/* POST /api/v1/projects/:id/pods/:name/run */
int api_pods_run(struct request *req, struct response *res)
{
	struct input_value v[RUN_FIELDS];
	struct look l;
	struct kube_exec_ask ask;
	struct ran r = { 0 };
	const char *why;
	int status = load_project(req, res, &l);
	if (!status && !reach_may_exec(req, l.settings, &l.project))
		return response_error(res, 403, api_string(req, "pod.may_not"));
	if (!status)
		status = input_check(req, res, INPUT_BODY, v);
	if (!status)
		status = open_cluster(req, res, &l);
	if (!status)
		status = find(req, res, &l);
	if (!status)
		status = take(req, res, &l, v, &ask);
	if (status)
		return status;
	enum err e = model_act_command(req, &l.project, l.reach.kube, &ask, &r.row, &why);
	if (e == ERR_NOT_FOUND || e == ERR_INVALID) /* the pod has gone, or the container does not run */
		return response_error(res, 409, arena_printf(req->arena, "%s %s", api_string(req, "pod.not_run"), why));
	if (e)
		return api_cluster_trouble(res, e, why);
	r.exit_code = r.row.exit_code;
	r.output = str_utf8_clean(req->arena, r.row.output, r.row.len);
	r.message = r.row.exit_code < 0 && !r.row.late ? r.row.message : NULL;
	return api_row(res, 200, &shape_command, &r);
}
