/* Makes the cluster hold an application's objects, or none of them. */
#ifndef WORKER_APP_APPLY_H
#define WORKER_APP_APPLY_H

#include "base/err.h"
#include "worker/manifests.h"

struct arena;
struct db;
struct keyring;
struct kube;
struct kube_answer;

struct applying {
	struct kube *kube;
	struct db *db;
	struct keyring *keys;
	const char *ns; /* the students' namespace */
	int64_t cluster_id;
};

struct app_applied {
	const char *text;  /* what the cluster holds of the portal's fields now; the arena's */
	const char *what;  /* after an error: the kind of the object that was refused, "Secret" */
	const char *fault; /* after an error that no waiting mends: why */
	bool overtaken;	   /* the cluster holds a later deployment: nothing was changed */
};

/*
 * Secrets, Deployment, Service, Ingress by server-side apply with force, each after a look: an object of that name that is not
 * the portal's is left alone (fault), and so is a Deployment of a later deployment (overtaken). Safe to repeat.
 */
enum err app_apply(struct arena *a, const struct applying *x, const struct app_plan *p, struct app_applied *out,
		   struct kube_answer *answer) MUST_CHECK;

/* The Secret by which the cluster pulls the plan's image alone: the registry's account was changed. As app_apply. */
enum err app_apply_pull(struct arena *a, const struct applying *x, const struct app_plan *p, struct app_applied *out,
			struct kube_answer *answer) MUST_CHECK;

/*
 * Deletes them all, but for what is not the portal's; upto not 0: nothing (overtaken) where the Deployment is of a later
 * deployment than that. Safe to repeat.
 */
enum err app_remove(struct arena *a, const struct applying *x, int64_t project_id, int64_t upto, struct app_applied *out,
		    struct kube_answer *answer) MUST_CHECK;

/* Deletes the Secrets of a project's variables that nothing needs any more (model_app_secrets_drop), and forgets them. Safe to
 * repeat. */
enum err app_drop_secrets(struct arena *a, const struct applying *x, int64_t project_id, int64_t upto,
			  struct kube_answer *answer) MUST_CHECK;

#endif
