/* Faults that were ordered over the control endpoint and wait for their moment. All calls need the world's lock. */
#ifndef KUBESIM_FAULTS_H
#define KUBESIM_FAULTS_H

#include "kubesim/selector.h"
#include "kubesim/world.h"

/* The list in docs/kubesim.md follows this order. */
enum fault_type {
	/* builds */
	FAULT_OOM,
	FAULT_EVICT,
	FAULT_IMAGE_PULL,
	FAULT_UNSCHEDULABLE,
	FAULT_QUOTA,
	FAULT_HANG,
	FAULT_POD_DELETED,
	FAULT_NODE_LOST,
	FAULT_PUSH_DENIED,
	FAULT_GIT_AUTH,
	FAULT_DISK_FULL,
	FAULT_EXIT,
	FAULT_BIG_LOG,
	/* applications */
	FAULT_CRASH_LOOP,
	FAULT_NEVER_READY,
	/* protocol */
	FAULT_HTTP_429,
	FAULT_HTTP_500,
	FAULT_HTTP_503,
	FAULT_HTTP_410,
	FAULT_STALL,
	FAULT_CUT,
	FAULT_DROP_ANSWER,
	FAULT_WATCH_410,
	FAULT_WATCH_END,
	FAULT_WATCH_HALF_OPEN,
	FAULT_LOG_CUT,
	FAULT__MAX
};

struct fault {
	struct fault *next;
	enum fault_type type;
	int64_t count;				      /* times it still happens */
	struct arena *arena;			      /* holds the texts */
	struct selector selector;		      /* of the pod's (or Deployment's) labels; empty: any */
	const char *ns, *container, *verb, *resource; /* "" any */
	int64_t seconds, bytes, rate, code;
	bool ansi, invalid;
	json_object *order; /* as it came */
};

/* The fault's name in orders ("oom"), and the type of a name; FAULT__MAX: none. */
const char *fault_name(enum fault_type type);
enum fault_type fault_type(const char *name);

/* Keeps an order; false: *why says what is wrong with it (in scratch). */
bool sim_faults_add(struct world *w, json_object *order, const char **why);
/* Drops all; a JSON array of those that wait, owned by the caller. */
void sim_faults_clear(struct world *w);
json_object *sim_faults_list(struct world *w);

/*
 * Takes one occurrence of a fault that fits a pod (labels, ns, and the container's name where the fault names one), or a request.
 * `usual`: this is the container that is meant where an order names none. NULL: none is due. The fault is valid until the unlock:
 * its last occurrence only unlinks it then.
 */
const struct fault *sim_fault_for_pod(struct world *w, enum fault_type type, struct object *pod, const char *container,
				      bool usual);
const struct fault *sim_fault_for_request(struct world *w, enum fault_type type, const char *verb, const char *resource,
					  const char *ns);

#endif
