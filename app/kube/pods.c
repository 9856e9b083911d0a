/* A project's pods as people look at them. */
#include "kube/pods.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/kube.h"
#include "kube/log_reader.h"

enum { LOG_CAP = 256 << 10 };

/* The text at a path, the arena's; "" where it is missing. */
static const char *text(struct arena *a, json_object *o, const char *path)
{
	return arena_strdup(a, json_text(o, path, ""));
}

static const char *state_of(json_object *status, const char *path)
{
	json_object *state = json_at(status, path);
	static const char *const names[] = { "running", "waiting", "terminated" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (json_object_object_get_ex(state, names[i], NULL))
			return names[i];
	return "";
}

static void read_container(struct arena *a, json_object *status, struct kube_container *c)
{
	const char *state = state_of(status, "state"), *last = state_of(status, "lastState");
	const char *now = arena_printf(a, "state.%s", state), *before = arena_printf(a, "lastState.%s", last);
	*c = (struct kube_container){
		.name = text(a, status, "name"),
		.state = state,
		.reason = text(a, status, arena_printf(a, "%s.reason", now)),
		.message = text(a, status, arena_printf(a, "%s.message", now)),
		.started_at = text(a, status, arena_printf(a, "%s.startedAt", now)),
		.exit_code = (int)json_int(status, arena_printf(a, "%s.exitCode", now), 0),
		.last_reason = text(a, status, arena_printf(a, "%s.reason", before)),
		.last_message = text(a, status, arena_printf(a, "%s.message", before)),
		.last_ended_at = text(a, status, arena_printf(a, "%s.finishedAt", before)),
		.last_exit_code = (int)json_int(status, arena_printf(a, "%s.exitCode", before), 0),
		.restarts = (int)json_int(status, "restartCount", 0),
		.ready = json_flag(status, "ready", false),
	};
}

static void read_pod(struct arena *a, json_object *o, struct kube_pod *p)
{
	json_object *statuses = json_at(o, "status.containerStatuses");
	*p = (struct kube_pod){
		.name = text(a, o, "metadata.name"),
		.uid = text(a, o, "metadata.uid"),
		.phase = text(a, o, "status.phase"),
		.reason = text(a, o, "status.reason"),
		.message = text(a, o, "status.message"),
		.node = text(a, o, "spec.nodeName"),
		.created_at = text(a, o, "metadata.creationTimestamp"),
		.ready = kube_condition(o, "Ready", NULL, NULL),
		.deleting = *json_text(o, "metadata.deletionTimestamp", "") != 0,
	};
	size_t count = json_len(o, "status.containerStatuses");
	for (size_t i = 0; i < count && p->count < POD_CONTAINERS; i++)
		read_container(a, json_object_array_get_idx(statuses, i), &p->containers[p->count++]);
	if (*p->message)
		return;
	/* Why no node takes it. */
	const char *reason, *message;
	if (!kube_condition(o, "PodScheduled", &reason, &message) && !strcmp(reason, "Unschedulable"))
		p->message = arena_strdup(a, message);
}

void kube_pod_read(struct arena *a, json_object *o, struct kube_pod *out)
{
	read_pod(a, o, out);
}

static int newest_pod(const void *x, const void *y)
{
	return strcmp(((const struct kube_pod *)y)->created_at, ((const struct kube_pod *)x)->created_at);
}

enum err kube_pods_list(struct kube *k, struct arena *a, const char *ns, const char *selector, struct kube_pod **out, int *count,
			const char **why)
{
	struct kube_answer answer;
	char *path = arena_printf(a, "%s?limit=%d&labelSelector=%s", kube_path(a, KUBE_POD, ns, NULL), PODS_MAX,
				  str_url_encode(a, selector, false));
	enum err e = kube_request(k, a, "GET", path, NULL, NULL, &answer);
	*count = 0;
	*why = answer.message;
	if (e)
		return e;
	json_object *items = json_at(answer.object, "items");
	size_t n = json_len(answer.object, "items");
	*out = arena_alloc(a, sizeof **out * (n + 1));
	for (size_t i = 0; i < n; i++)
		read_pod(a, json_object_array_get_idx(items, i), &(*out)[i]);
	qsort(*out, n, sizeof **out, newest_pod);
	*count = (int)n;
	return ERR_NONE;
}

enum err kube_pods_log(struct kube *k, struct arena *a, const char *ns, const char *pod, const char *container, bool previous,
		       int lines, const char **out, size_t *len, const char **why)
{
	struct kube_answer answer;
	char *path = arena_printf(a, "%s/log?container=%s&timestamps=true&tailLines=%d&limitBytes=%d%s",
				  kube_path(a, KUBE_POD, ns, pod), str_url_encode(a, container, false), lines, LOG_CAP,
				  previous ? "&previous=true" : "");
	enum err e = kube_text(k, a, path, LOG_CAP + 4096, out, len, &answer);
	*why = answer.message;
	/* "previous terminated container not found" comes as a bad request. */
	return e == ERR_INVALID && previous ? ERR_NOT_FOUND : e;
}

size_t kube_pods_log_unstamp(char *log, size_t len)
{
	size_t to = 0, stamp;
	struct stamp moment;
	for (size_t at = 0; at < len;) {
		char *line = log + at, *end = memchr(line, '\n', len - at);
		size_t n = end ? (size_t)(end - line) + 1 : len - at;
		/* The kubelet's own words, such as that a log is gone, bear none. */
		size_t skip = stamp_parse(line, n, &moment, &stamp) ? stamp + (stamp < n && line[stamp] == ' ') : 0;
		memmove(log + to, line + skip, n - skip);
		to += n - skip;
		at += n;
	}
	return to;
}

int kube_pod_names(json_object *o, const char *names[POD_NAMES])
{
	static const char *const lists[] = { "spec.containers", "spec.initContainers" };
	int n = 0;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		for (size_t k = 0; k < json_len(o, lists[i]) && n < POD_NAMES; k++)
			names[n++] = json_text(json_object_array_get_idx(json_at(o, lists[i]), k), "name", "");
	return n;
}

bool kube_pod_has(json_object *o, const char *container)
{
	const char *names[POD_NAMES];
	int n = kube_pod_names(o, names);
	while (n-- > 0)
		if (!strcmp(names[n], container))
			return true;
	return false;
}

const char *kube_pod_limit(json_object *o, const char *container, const char *what)
{
	json_object *all = json_at(o, "spec.containers");
	for (size_t i = 0; i < json_len(o, "spec.containers"); i++) {
		json_object *c = json_object_array_get_idx(all, i), *limit;
		if (!strcmp(json_text(c, "name", ""), container))
			return json_object_object_get_ex(json_at(c, "resources.limits"), what, &limit)
				       ? json_object_get_string(limit)
				       : NULL;
	}
	return NULL;
}

const char *kube_pods_use_trouble(enum err e)
{
	return e == ERR_NOT_FOUND ? "pod.no_metrics" : e == ERR_FORBIDDEN ? "pod.no_metrics_right" : "pod.metrics_away";
}

/* "prj-7" and what the cluster makes of it ("prj-7-6d5f-x2x"), not "prj-70". */
static bool belongs(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);
	return !strncmp(name, prefix, len) && (!name[len] || name[len] == '-');
}

static const char *moment(struct arena *a, json_object *o, const char *usual, const char *otherwise)
{
	const char *at = json_text(o, usual, "");
	return arena_strdup(a, *at ? at : json_text(o, otherwise, json_text(o, "metadata.creationTimestamp", "")));
}

static int newest_event(const void *x, const void *y)
{
	return strcmp(((const struct kube_event *)y)->last_at, ((const struct kube_event *)x)->last_at);
}

struct gathering {
	struct arena *arena;
	const char *prefix;
	struct kube_event *at;
	int count, size;
};

static void gather(void *context, json_object *o)
{
	struct gathering *g = context;
	if (!belongs(json_text(o, "involvedObject.name", ""), g->prefix))
		return;
	if (g->count == g->size) {
		g->size = g->size ? 2 * g->size : EVENTS_MAX;
		struct kube_event *more = arena_alloc(g->arena, sizeof *more * (size_t)g->size);
		if (g->count)
			memcpy(more, g->at, sizeof *more * (size_t)g->count);
		g->at = more;
	}
	g->at[g->count++] = (struct kube_event){
		.kind = text(g->arena, o, "involvedObject.kind"),
		.name = text(g->arena, o, "involvedObject.name"),
		.type = text(g->arena, o, "type"),
		.reason = text(g->arena, o, "reason"),
		.message = text(g->arena, o, "message"),
		.first_at = moment(g->arena, o, "firstTimestamp", "eventTime"),
		.last_at = moment(g->arena, o, "lastTimestamp", "eventTime"),
		.count = (int)json_int(o, "count", 1),
	};
}

static void newest_first(struct gathering *g, struct kube_event **out, int *count)
{
	if (g->count)
		qsort(g->at, (size_t)g->count, sizeof *g->at, newest_event);
	*out = g->at;
	*count = g->count < EVENTS_MAX ? g->count : EVENTS_MAX;
}

enum err kube_events_list(struct kube *k, struct arena *a, const char *ns, const char *prefix, struct kube_event **out,
			  int *count, const char **why)
{
	struct gathering g = { .arena = a, .prefix = prefix };
	*count = 0;
	*why = "";
	enum err e = kube_list(k, a, KUBE_EVENT, ns, NULL, gather, &g, NULL);
	if (!e)
		newest_first(&g, out, count);
	return e;
}

enum err kube_events_of(struct kube *k, struct arena *a, const char *ns, const char *name, struct kube_event **out, int *count,
			const char **why)
{
	struct gathering g = { .arena = a, .prefix = name };
	struct kube_answer answer;
	char *path = arena_printf(a, "%s?limit=%d&fieldSelector=involvedObject.name%%3D%s", kube_path(a, KUBE_EVENT, ns, NULL),
				  EVENTS_MAX, str_url_encode(a, name, false));
	enum err e = kube_request(k, a, "GET", path, NULL, NULL, &answer);
	*count = 0;
	*why = answer.message;
	if (e)
		return e;
	for (size_t i = 0; i < json_len(answer.object, "items"); i++)
		gather(&g, json_object_array_get_idx(json_at(answer.object, "items"), i));
	newest_first(&g, out, count);
	return ERR_NONE;
}
