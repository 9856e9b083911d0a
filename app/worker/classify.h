/* Why a build ended badly: from the pod's states and the failed container's last lines to one reason of the list. Pure. */
#ifndef WORKER_CLASSIFY_H
#define WORKER_CLASSIFY_H

#include <stdbool.h>

#include "model/build_words.h"
#include "model/builds.h"
#include "worker/observe.h"

struct arena;

/* What the clone script exits with when it knows the reason itself. */
enum clone_exit {
	CLONE_NO_DOCKERFILE = 64,
	CLONE_BAD_DOCKERFILE = 65,
	CLONE_NO_CONTEXT = 66,
	CLONE_NO_COMMIT = 67,
	CLONE_AUTH = 68,
	CLONE_AWAY = 69
};

struct verdict {
	enum build_reason reason;
	struct build_words words;
	const char *evidence; /* the lines or the condition it was read from, at most 2,000 bytes */
	bool infra;	      /* the platform's fault: worth one automatic retry */
};

/*
 * `container` is the one that ended badly; `tail` its last lines (any bytes; "" when there are none). The verdict's texts are the
 * arena's and valid UTF-8.
 */
struct verdict classify_failure(struct arena *a, const struct seen_pod *pod, enum build_container container, const char *tail);

#endif
