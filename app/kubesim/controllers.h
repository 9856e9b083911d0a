/* The controllers: each looks at one object, does one step, and says when it wants to look again. All run with the lock. */
#ifndef KUBESIM_CONTROLLERS_H
#define KUBESIM_CONTROLLERS_H

#include "kubesim/world.h"

/* Whether a kind has a controller; a look at one object; and what follows when an object is out of the world. */
bool sim_controller_has(enum sim_kind kind);
void sim_controller_step(struct world *w, struct object *o);
void sim_controller_gone(struct world *w, struct object *o);

/* The controllers of the kinds (jobs.c, pods.c, deployments.c, replicasets.c). */
void sim_job_step(struct world *w, struct object *job);
void sim_pod_step(struct world *w, struct object *pod);
void sim_deployment_step(struct world *w, struct object *deployment);
void sim_replica_set_step(struct world *w, struct object *set);

/*
 * What DELETE does: policy is Background, Foreground or Orphan; pods end gracefully unless grace is 0 (-1: as the pod says).
 * true: the object is gone; false: it is still there with a deletionTimestamp.
 */
bool sim_gc_delete(struct world *w, struct object *o, const char *policy, int64_t grace);
/* Removes a deleted object that no finalizer holds any more; true: gone. */
bool sim_gc_finish(struct world *w, struct object *o);

/* Sets a condition; the transition time moves only when the status changes. `message` and `reason` may be "". */
void sim_condition(struct world *w, json_object *status, const char *type, const char *state, const char *reason,
		   const char *message, const char *probe_field);
/* The condition of that type, or NULL. */
json_object *sim_condition_find(json_object *o, const char *type);

/* A pod from a template, owned by a Job or ReplicaSet. NULL: a quota forbids it; `message` (scratch) says so, as the server does.
 */
struct object *sim_pod_create(struct world *w, struct object *owner, const char *generate, const char **message);
bool sim_pod_ended(struct object *pod);

#endif
