/* What the containers of a pod do: the part of a pod that no client sees. All calls need the lock. */
#ifndef KUBESIM_PODS_H
#define KUBESIM_PODS_H

#include "kubesim/podlog.h"
#include "kubesim/world.h"

struct source;

enum container_state { CONTAINER_WAITING, CONTAINER_RUNNING, CONTAINER_TERMINATED };

enum fate { FATE_EXIT, FATE_EVICTED, FATE_DELETED, FATE_NODE_LOST };

/* How a run of a container will end; made when it starts. */
struct plan {
	enum fate fate;
	int64_t ends_us; /* wall clock; INT64_MAX: not known, or never */
	int exit_code;
	const char *reason;  /* NULL: Completed or Error, by the code */
	const char *message; /* the termination message; "" none */
};

struct container {
	const char *name;
	json_object *spec; /* of the pod's tree at its creation; owned by the run's arena */
	bool init, ready, pulled, pull_broken, never_ready;
	enum container_state state;
	const char *reason, *message; /* while waiting, or at the end */
	int64_t next_us;	      /* when the next step is due; 0: not set */
	int64_t started_us, finished_us, ready_us;
	int exit_code, restarts, pull_failures;
	struct plan plan;
	struct podlog *log, *previous;
	json_object *last; /* lastState, owned; NULL none */
};

struct podrun {
	struct arena *arena;
	struct container *containers; /* init containers first */
	size_t init_count, count;
	bool scheduled, killed, is_job;
	int64_t unschedulable_until_us; /* 0: it can be scheduled */
	const char *node, *ip;
	int64_t scheduled_us, killed_us;
	int64_t settles_us; /* all containers have ended, and the phase follows then; 0: not yet */
	bool settled;
	const char *failed_reason, *failed_message; /* of the whole pod: Evicted, DeadlineExceeded, NodeLost */
	struct source *source;			    /* what clone has read; shared with the source thread */
	bool source_asked;
	const char *commit, *digest, *destination; /* what push pushes where; NULL: nothing */
};

struct podrun *sim_pod_run(struct world *w, struct object *pod);
void sim_pod_forget(struct world *w, struct object *pod);
struct container *sim_pod_container(struct podrun *run, const char *name);

/* The value of an environment variable in the first container that has it; NULL: none. */
const char *sim_pod_env(struct object *pod, const char *name);

/* Writes status from the run and commits. */
void sim_pod_show(struct world *w, struct object *pod);

/* Starts what a container does: fills its log and plan. */
void sim_container_start(struct world *w, struct object *pod, struct container *c);
/* The source thread has what a container waited for. */
void sim_container_source(struct world *w, struct object *pod, struct container *c);

/* Ends what runs at once: the whole pod fails. code 137 for a kill, 255 for a lost node. */
void sim_pod_fail(struct world *w, struct object *pod, const char *reason, const char *message, int code,
		  const char *container_reason);

/* A log has new lines or has ended: those who follow it look. */
void sim_logs_wake(struct world *w, const struct podlog *log);

/* An application's page was asked for: a line in its log. */
void sim_pod_served(struct world *w, struct object *pod, const char *method, const char *path, int status);

#endif
