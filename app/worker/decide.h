/* What to do next for a build or a deployment: pure functions of the row, what was observed, and the time. */
#ifndef WORKER_DECIDE_H
#define WORKER_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/build_words.h"
#include "model/builds.h"
#include "model/deployments.h"
#include "worker/observe.h"

/* How far the reading of one container's log is. */
enum log_state {
	LOG_IDLE,     /* no stream is open; more may be there */
	LOG_READING,  /* a stream is open, or what it brought is not stored yet */
	LOG_COMPLETE, /* read to its end after the container had ended, and stored */
	LOG_GONE,     /* what is missing cannot be had any more */
};

/* What keeps a pod from starting. Its driver remembers since when. */
enum stuck { STUCK_NOT, STUCK_NO_POD, STUCK_UNSCHEDULABLE, STUCK_IMAGE, STUCK_CONFIG };

/* The row and what its driver remembers. Times are microseconds since 1970, 0: not (yet). */
struct build_view {
	bool running; /* else it has ended, and what is left is to archive and to clean up */
	enum build_phase phase;
	bool cancel_requested;
	bool job_made; /* the row holds the Job's uid */
	int64_t claimed_us, deadline_us;
	int64_t unschedulable_us; /* the setting: how long a pod may wait for a place */
	int claims;
	bool archived, job_deleted;
	int64_t archive_retry_us; /* not before */
	int64_t stop_us;	  /* when the Job was deleted to stop it */
	int64_t end_us;		  /* when the pod's end was first seen */
	int64_t stuck_us;	  /* since when it is stuck as it is now */
	int64_t act_retry_us;	  /* not before: the last act failed */
	bool job_missing;	  /* asked by name, the API server knows no such Job */
	bool events_read;
	const char *event; /* why the Job makes no pod, as the cluster's events have it; NULL: no such event */
};

struct build_observed {
	bool synced;	     /* the caches have seen a full list, and are kept up */
	const char *trouble; /* why not: since when, and the other side's words; NULL: well */
	struct seen_job job;
	struct seen_pod pod;
	enum log_state logs[CONTAINER__MAX];
	int64_t log_retry_us[CONTAINER__MAX];
};

enum build_act {
	BUILD_WAIT,	   /* for what `says` and `why` tell; SAYS_NOTHING: the work goes on by itself */
	BUILD_MAKE,	   /* Secrets and Job */
	BUILD_PHASE,	   /* record `phase` */
	BUILD_READ_LOG,	   /* of `container`, followed or once more to its end */
	BUILD_LOSE_LOG,	   /* of `container`: say that the rest is lost, for `why` */
	BUILD_CONFIRM_JOB, /* ask by name whether the Job is there: a list may have missed it */
	BUILD_READ_EVENTS, /* why does the Job make no pod? */
	BUILD_STOP,	   /* delete the Job: its pod ends */
	BUILD_FINISH,	   /* record the end, see struct build_ending */
	BUILD_ARCHIVE,	   /* in the background */
	BUILD_DELETE,	   /* Job and Secrets */
	BUILD_FORGET,	   /* nothing is left to do */
};

/* How a build ended. With `failed` the container's end and its log tell the reason (classify.h); else `reason` does. */
enum build_ending { ENDING_SUCCESS, ENDING_CANCELLED, ENDING_CONTAINER, ENDING_REASON };

struct build_step {
	enum build_act act;
	enum build_phase phase;
	enum build_container container;
	bool follow;
	enum build_ending ending;
	enum build_reason reason;
	enum build_sentence says; /* with BUILD_WAIT and ENDING_REASON */
	const char *why;	  /* its detail, or NULL: static text or the observation's own */
	bool infra;		  /* nobody's fault who wrote code: worth one automatic retry */
};

/* What keeps the build's pod from starting now. Pure. */
enum stuck build_stuck(const struct build_observed *seen);

/* The one next step. Pure. `row` and `seen` must outlive the step's texts. */
struct build_step decide_build(const struct build_view *row, const struct build_observed *seen, int64_t now_us);

/* "sha256:" and 64 lower-case hex digits, with white space around allowed; copied without it. Pure. */
bool build_digest_parse(const char *text, char out[72]);

/* What the registry says of an image that a node could not fetch. */
enum image_verdict { IMAGE_UNASKED, IMAGE_THERE, IMAGE_MISSING, IMAGE_DENIED, IMAGE_UNKNOWN };

struct deploy_view {
	int64_t id;
	enum deployment_action action;
	bool applied; /* the row says that everything was applied */
	int64_t deadline_us, act_retry_us;
	int64_t applied_us;	  /* when it was: the watch is a moment behind */
	int64_t stuck_us;	  /* since when deploy_stuck says what it says */
	int64_t unschedulable_us; /* the setting */
	int claims;
	enum image_verdict image;
};

enum { DEPLOY_PODS = 4 };

struct deploy_observed {
	bool synced;
	const char *trouble;
	struct seen_app app;
	struct seen_pod pods[DEPLOY_PODS]; /* of the project, in no order */
	bool service, ingress;		   /* they exist */
};

enum deploy_act {
	DEPLOY_WAIT,
	DEPLOY_APPLY,	  /* Secrets, Deployment, Service, Ingress */
	DEPLOY_REMOVE,	  /* all of them */
	DEPLOY_ASK_IMAGE, /* the registry: the node's message does not tell */
	DEPLOY_FINISH,	  /* state and reason */
};

/* What keeps a pod of the new version from starting. */
enum deploy_stuck {
	DEPLOY_STUCK_NOT,
	DEPLOY_STUCK_IMAGE,
	DEPLOY_STUCK_CONFIG,
	DEPLOY_STUCK_UNSCHEDULABLE,
	DEPLOY_STUCK_QUOTA,
	DEPLOY_STUCK_ADMISSION
};

struct deploy_step {
	enum deploy_act act;
	enum deployment_state state; /* with DEPLOY_FINISH: running, stopped, deleted, failed */
	const char *code;	 /* failed: of DEPLOYMENT_REASONS; waiting: of DEPLOYMENT_PROGRESS, NULL: it goes on by itself */
	const char *message;	 /* the cluster's own words, or NULL; the observation's or static */
	const char *pod;	 /* its log and events tell more; NULL: none does */
	int64_t since_us;	 /* by the wall clock, since when it waits so; 0: since it is seen first */
	int exit_code, restarts; /* of the pod's container, where it has ended */
};

enum deploy_stuck deploy_stuck(const struct deploy_observed *seen);
struct deploy_step decide_deployment(const struct deploy_view *row, const struct deploy_observed *seen, int64_t now_us);

/* What is wrong with an application that nothing drives, at that moment of the wall clock: code NULL: nothing. A container that
 * ended less than a while ago counts, though it runs again. */
struct deploy_step decide_health(const struct deploy_observed *seen, int64_t now_us);
/* What it is with that: running while a copy of it answers; failed, or deploying while it may come up again by itself. */
enum deployment_state decide_health_state(const struct deploy_observed *seen, const struct deploy_step *ill, int64_t now_us);

#endif
