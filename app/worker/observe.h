/* What the cluster says, cut down to the few fields that decisions need. Pure: JSON in, plain structs out. */
#ifndef WORKER_OBSERVE_H
#define WORKER_OBSERVE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kube/labels.h"

struct arena;

/* The containers of a build's pod, in the order of the archive. An application's pod has one, at index 0. */
enum build_container { CONTAINER_CLONE, CONTAINER_BUILD, CONTAINER_PUSH, CONTAINER__MAX };

/* "clone", "build", "push". */
const char *build_container_name(enum build_container c);

enum container_state { CONTAINER_NONE, CONTAINER_WAITING, CONTAINER_RUNNING, CONTAINER_ENDED };

struct seen_container {
	enum container_state state;
	int exit_code, restarts;
	char reason[64];    /* of waiting or terminated */
	char message[1024]; /* likewise; the push container's digest is its termination message */
	bool started;	    /* its startup probe has been answered */
	int64_t started_us; /* since when it runs; 0: it does not */
	int last_exit_code; /* of the run before: a container that keeps crashing waits between two runs */
	int64_t last_ended_us;
	char last_reason[64], last_message[256];
};

enum pod_phase { POD_PENDING, POD_RUNNING, POD_SUCCEEDED, POD_FAILED, POD_UNKNOWN };

struct seen_pod {
	bool present, deleting, ready;
	int64_t id; /* of the build or project */
	char name[128], uid[64];
	int64_t created_us;
	enum pod_phase phase;
	char reason[64], message[512]; /* of the pod itself: Evicted, NodeLost, ... */
	char unschedulable[512];       /* why no node takes it; "" when one has or it was not tried yet */
	char disruption[64];	       /* reason of a true DisruptionTarget condition */
	char template_mark[20];	       /* equal for pods and the template they were made from */
	int64_t scheduled_us;	       /* when a node took it; 0: none has */
	struct seen_container containers[CONTAINER__MAX];
};

struct seen_job {
	bool present, deleting, complete, failed;
	int64_t id;
	char uid[64];
	char reason[64], message[256]; /* of the Failed condition */
};

enum seen_rollout { SEEN_WAITING, SEEN_DONE, SEEN_FAILED };

struct seen_app {
	bool present, deleting;
	int64_t id, deployment_id;
	char uid[64], resource_version[64];
	int replicas, ready, available;
	enum seen_rollout rollout;
	char rollout_message[256];
	char replica_failure[512]; /* why pods cannot be made: quota, admission */
	char template_mark[20];
};

/* Reads one object. False: it does not carry the portal's labels, lacks what every object has, or is not the application's own
 * Deployment or one of its pods (app_named). */
bool observe_pod(json_object *o, const char *id_label, struct seen_pod *out);
bool observe_job(json_object *o, struct seen_job *out);
bool observe_app(json_object *deployment, struct seen_app *out);

/* The id in one of the portal's labels of an object that the portal manages; 0: none. */
int64_t observe_id(json_object *o, const char *label);

/*
 * What the portal set in a Deployment, Service or Ingress, as text of lines "name=value" in a fixed order: two objects in which
 * the portal's fields are equal have equal texts. Values of variables appear as digests only. In the arena.
 */
char *observe_applied(struct arena *a, json_object *object);

/* Of the first text, only the lines that the second has too: what others added to an object is not the portal's. In the arena. */
char *observe_owned(struct arena *a, const char *is, const char *sent);

/*
 * What of `wanted` is otherwise now, as rows for people (projects.drift): [{"what": "replicas", "was": "1", "is": "3"}, {"what":
 * "env", "variable": "PORT"}], of which those without "is" are gone or too long to say; with `gone` true the object or field is
 * not there any more. At most a dozen, the arena's. NULL: nothing.
 */
json_object *observe_difference(struct arena *a, const char *wanted, const char *is);

#endif
