/* Why an application does not start, does not answer or has ended: from what a cluster reports to one code of the list. Pure. */
#ifndef WORKER_REASONS_H
#define WORKER_REASONS_H

#include <stdbool.h>

/* All codes are of DEPLOYMENT_REASONS (model/deployments.h). */

/* An image that does not come, by the container's reason and message while it waits. *final: waiting does not mend it. */
const char *reason_of_pull(const char *reason, const char *message, bool *final);

/* What was answered to somebody who wanted to make an object: QUOTA, ADMISSION, NOT_ALLOWED (the portal's own rights), REFUSED.
 */
const char *reason_of_refusal(const char *message);

/* A container that cannot be created: RUNS_AS_ROOT, SECRET_MISSING, START, REFUSED. */
const char *reason_of_config(const char *reason, const char *message);

/* A container that ended: OUT_OF_MEMORY, START, IMAGE_ARCH, ENDS, CRASH_LOOP. */
const char *reason_of_end(int exit_code, const char *reason, const char *message);

/* True of a pod that was evicted because it wrote more than it may; else the node was short of something. */
bool reason_is_disk(const char *message);

/* The same reason, or a better one, after a look into the application's last lines ("": none) and at the kubelet's last word on
 * its probes ("": none). */
const char *reason_with_log(const char *reason, const char *log);
const char *reason_with_probe(const char *reason, const char *probe);

/* The first limit that a quota's refusal names. Texts are "" where the message does not say. */
struct reason_quota {
	char name[64], resource[64], asked[32], used[32], limit[32];
};
bool reason_quota_parse(const char *message, struct reason_quota *out);

/*
 * What an application's last lines speak of, for advice: "address" (it listens elsewhere; value "127.0.0.1:5000"), "variable"
 * (value: its name), "module" (value: its name), "memory", "low_port". False: nothing that is known. `port`: on which it must
 * listen; `is_set` says whether it has a variable of that name.
 */
struct reason_hint {
	const char *code;
	char value[80];
};
bool reason_hint_find(const char *log, int port, bool (*is_set)(void *context, const char *name), void *context,
		      struct reason_hint *out);

#endif
