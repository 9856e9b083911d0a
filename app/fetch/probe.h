/* A connection test: named steps, each with how it went, made by the rooms that talk to other systems and shown to people. */
#ifndef FETCH_PROBE_H
#define FETCH_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "fetch/fetch.h"

enum probe_outcome { PROBE_PASSED, PROBE_FAILED, PROBE_SKIPPED };

/* The words of a step are probe.NAME of the catalogue; what to do after a failure is probe.ADVICE. */
struct probe_step {
	const char *name; /* "connect", "tls", "registry_api", ... */
	enum probe_outcome outcome;
	const char *advice; /* NULL: none is needed */
	const char *said;   /* what the other side said, in its own words, or NULL; from outside: for showing only */
};

enum { PROBE_STEPS = 8, PROBE_TOTAL_MS = 10000, PROBE_REQUEST_MS = 4000, PROBE_ANSWER_MAX = 64 << 10 };

struct probe {
	struct probe_step steps[PROBE_STEPS];
	int count;
	int64_t ends_ms; /* of the monotonic clock: all steps together */
};

/* An empty one whose time begins now. */
struct probe probe_begin(void);

/* One more step; `said` is cut and cleaned, in the arena. Too many are our own bug. */
void probe_add(struct probe *p, struct arena *a, const char *name, enum probe_outcome outcome, const char *advice,
	       const char *said);

/* Whether no step failed. */
bool probe_passed(const struct probe *p);

/*
 * One request within the limits of a test: of time, and of bytes. ERR_TIMEOUT where the time of all steps is over. The first one
 * of a test also adds the steps "connect" and, for https, "tls".
 */
enum err probe_fetch(struct probe *p, struct arena *a, const char *method, const struct fetch_peer *peer, const char *path,
		     const char *const *headers, struct fetch_response *out) MUST_CHECK;
/* The same of an answer that may be as large as `cap`. */
enum err probe_fetch_large(struct probe *p, struct arena *a, const char *method, const struct fetch_peer *peer, const char *path,
			   const char *const *headers, size_t cap, struct fetch_response *out) MUST_CHECK;

#endif
