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

/* One pod as the cluster sends it. Pure. */
struct json_object;
void kube_pod_read(struct arena *a, struct json_object *o, struct kube_pod *out);

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
