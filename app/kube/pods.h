/* A project's pods as people look at them: states, the log of a container, events. Reads only. */
#ifndef KUBE_PODS_H
#define KUBE_PODS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct kube;

/* A container of a pod. Texts are the arena's, never NULL. */
struct kube_container {
	const char *name, *state; /* "waiting", "running", "terminated", "" */
	const char *reason, *message;
	const char *started_at;					/* RFC 3339; "" unless it runs */
	const char *last_reason, *last_message, *last_ended_at; /* of the run before; "" where there was none */
	int exit_code, last_exit_code, restarts;
	bool ready;
};

enum { POD_CONTAINERS = 8, PODS_MAX = 50 };
/* Lines of a log that are shown unless somebody asks for more or fewer. */
enum { POD_LOG_LINES = 500 };

struct kube_pod {
	const char *name, *uid, *phase, *reason, *message, *node, *created_at;
	bool ready, deleting;
	struct kube_container containers[POD_CONTAINERS];
	int count;
};

/* The pods of a label selector, newest first; at most PODS_MAX. *why (the arena's) is the cluster's word on an error. */
enum err kube_pods_list(struct kube *k, struct arena *a, const char *ns, const char *selector, struct kube_pod **out, int *count,
			const char **why) MUST_CHECK;

/*
 * The last lines of a container's log, at most `lines` and 256 KiB, each with its time stamp; `previous`: of its run before.
 * ERR_NOT_FOUND: no such pod, container or run; ERR_INVALID: it has not started yet. Texts are the arena's.
 */
enum err kube_pods_log(struct kube *k, struct arena *a, const char *ns, const char *pod, const char *container, bool previous,
		       int lines, const char **text, size_t *len, const char **why) MUST_CHECK;

/* Takes the time stamp off each line of such a log that has one, in place; returns the length that is left. Pure. */
size_t kube_pods_log_unstamp(char *text, size_t len);

/* One pod as the cluster sends it. Pure. */
struct json_object;
void kube_pod_read(struct arena *a, struct json_object *o, struct kube_pod *out);

/*
 * The names of all containers of a pod as the cluster sends it: those that run, then those that run before them. Returns how
 * many; the texts are the object's. Pure, as are the others.
 */
enum { POD_NAMES = 20 };
int kube_pod_names(struct json_object *o, const char *names[POD_NAMES]);
bool kube_pod_has(struct json_object *o, const char *container);
/* What a container may take of "cpu" or "memory", as the pod says it ("500m", "512Mi"); NULL: no limit. The object's. */
const char *kube_pod_limit(struct json_object *o, const char *container, const char *what);

/*
 * What the containers of a pod use now, as the cluster's metrics say. ERR_NOT_FOUND: this cluster serves none, or has not
 * measured this pod yet; other codes as kube_request. At most POD_CONTAINERS.
 */
struct kube_use {
	const char *container; /* the arena's */
	double cores, bytes;
};
enum err kube_pods_use(struct kube *k, struct arena *a, const char *ns, const char *pod, struct kube_use *out,
		       int *count) MUST_CHECK;
/* The catalogue's sentence on that error. */
const char *kube_pods_use_trouble(enum err e);

/* An event about an object. */
struct kube_event {
	const char *kind, *name, *type, *reason, *message, *first_at, *last_at;
	int count;
};
enum { EVENTS_MAX = 100 };
/* The events about objects whose name begins with `prefix` ("prj-7", also "prj-7-..."), newest first; at most EVENTS_MAX. */
enum err kube_events_list(struct kube *k, struct arena *a, const char *ns, const char *prefix, struct kube_event **out,
			  int *count, const char **why) MUST_CHECK;

/* The events about the object of that name alone, newest first. */
enum err kube_events_of(struct kube *k, struct arena *a, const char *ns, const char *name, struct kube_event **out, int *count,
			const char **why) MUST_CHECK;

#endif
