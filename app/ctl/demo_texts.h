/* Inside the room ctl: the words of the made-up world of `portalctl demo`: Dockerfiles, what tools print, how things go wrong. */
#ifndef CTL_DEMO_TEXTS_H
#define CTL_DEMO_TEXTS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/build_words.h"
#include "model/builds.h"

struct demo_random;

/* An environment variable of an application, from a moment on. */
struct demo_variable {
	const char *name, *value;
	int64_t since;
};

/* An instruction of a Dockerfile, and what its RUN prints. */
struct demo_step {
	const char *instruction;
	int cost; /* of the build's time */
	const char *output;
};

/* How one of its instructions fails: the output in place of its own, or a file that is not there. */
struct demo_flaw {
	int step;
	const char *output;
	int exit_code;
	const char *missing; /* of a COPY */
};

struct demo_stack {
	const char *image; /* of the first FROM */
	const struct demo_step *steps;
	int step_count;
	const struct demo_flaw *flaws; /* the last one: a file is missing */
	int flaw_count;
	int seconds_lo, seconds_hi;	      /* of a build */
	const char *endless, *endless_output; /* a RUN that never ends, by mistake */
	const char *wrong_image;	      /* of a FROM that cannot be pulled */
	const char *started;		      /* what the application prints at its start */
	const char *crash;		      /* and before it ends */
	int crash_code;
};
extern const struct demo_stack demo_stacks[];
extern const int demo_stack_count;
/* Of the last stack: how the step with the very long log fails. */
extern const struct demo_flaw demo_long_flaw;

enum demo_where {
	WHERE_QUEUE,   /* it never began */
	WHERE_NOWHERE, /* no container of it ever ran */
	WHERE_CLONE,
	WHERE_BUILD,
	WHERE_PUSH
};

/* How a build ends badly. Texts have places for demo_expand. */
struct demo_fault {
	enum build_reason reason;
	int weight;
	enum demo_where where;
	bool own;		    /* the student's: likely to come again */
	bool infra;		    /* repeated once by the portal */
	bool lost;		    /* a part of its log is */
	bool step;		    /* a step of the Dockerfile: one of the stack's flaws */
	int seconds_lo, seconds_hi; /* 0: as its where says */
	const char *tail;	    /* the last lines of the container's log */
	enum build_sentence says;   /* the message, or its beginning */
	const char *sign;	    /* whose line of the tail follows behind the sentence */
	const char *why;	    /* what follows instead, and is the evidence */
	const char *pod_reason, *pod_message;
	const char *end_reason, *end_message; /* of the container, where its state says more than its log */
	int exit_code;
};
extern const struct demo_fault demo_faults[];
extern const int demo_fault_count;
/* Two that no chance deals. */
extern const struct demo_fault demo_superseded, demo_key_refused;

/* How a deployment fails. */
struct demo_trouble {
	const char *reason; /* as in deployments.reason */
	int weight;
	int seconds_lo, seconds_hi;
	bool applied;
	int exit_code;	  /* of its container; 0: it did not end */
	const char *said; /* the cluster's words; NULL: none */
	bool evidence;	  /* the application's last lines tell */
};
extern const struct demo_trouble demo_troubles[];
extern const int demo_trouble_count;
const struct demo_trouble *demo_trouble_find(const char *reason);

/* A commit's message, in either language. */
const char *demo_commit_message(struct demo_random *r, bool first, bool repair);
/* A branch beside the configured one. */
const char *demo_branch(struct demo_random *r);

#endif
