/* Makes a build's Secrets and its Job in the cluster. */
#ifndef WORKER_BUILD_MAKE_H
#define WORKER_BUILD_MAKE_H

#include <stdint.h>

#include "base/err.h"
#include "model/builds.h"
#include "worker/build_act.h"

struct arena;
struct db;
struct keyring;
struct kube;
struct kube_answer;
struct settings;

struct making {
	struct kube *kube;
	struct db *db;
	struct keyring *keys;
	const struct settings *settings;
	const char *ns;
	const char *schemes; /* config.repo_schemes */
	int64_t build_id;
};

struct made {
	const char *job_uid;  /* the arena's */
	enum build_deed deed; /* after an error: what the cluster refused */
	/* After an error that no waiting mends: the build ends with this. */
	struct build_words fault; /* SAYS_NOTHING: there is none */
	enum build_reason reason;
};

/*
 * Safe to repeat: what is there from an earlier try is taken over after checking that it is this build's. ERR_NONE: the Job is
 * there. Any other code without made->fault: try again later; *answer says what the cluster said.
 */
enum err build_make(struct arena *a, const struct making *m, struct made *made, struct kube_answer *answer) MUST_CHECK;

/* Ties the Secrets to the Job, so that they go when it does. A failure is only logged: they are deleted by name as well. */
void build_make_owned(struct arena *a, const struct making *m, const char *job_uid);

#endif
