/* What portal-stream reads: log chunks behind a place, and the state of many builds and projects at once. */
#ifndef MODEL_STREAM_READS_H
#define MODEL_STREAM_READS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* A piece of a build's log. The bytes are the arena's. */
struct stream_chunk {
	int64_t seq;
	int container; /* 0 clone, 1 build, 2 push */
	const char *data;
	size_t len;
};

struct stream_chunks {
	struct stream_chunk *at;
	size_t count;
};

/* A build as a page shows it live. Texts are the arena's; NULL where the column is. */
struct stream_build {
	int64_t id, project_id;
	const char *status, *phase, *reason, *message, *waiting_for, *image_tag, *digest;
	const char *started_at, *finished_at; /* RFC 3339 in UTC */
	int64_t duration;		      /* seconds; -1: not ended */
	bool ended, archived;
	int64_t last_seq; /* of the chunks that are there; 0: none */
};

/* A project's application as a page shows it live: what runs, the act that was asked for last, the latest build. */
struct stream_project {
	int64_t id;
	const char *app_state, *app_reason;
	int64_t app_ready;
	int64_t deployment_id; /* 0: none was ever asked for */
	const char *action, *state, *reason, *message, *progress_code, *progress_values;
	const char *drift, *drift_error;
	int64_t build_id; /* 0: none yet */
	const char *build_status, *build_phase;
	bool settled; /* nothing is under way */
};

/*
 * Reads chunks behind `after` in order: as many as begin within max_bytes, at least one where there is one, at most 256. With
 * `prime` the chunk numbered `after` itself comes first where it is there: its colours go on in the next one.
 */
enum err model_stream_chunks(struct db *db, struct arena *a, int64_t build_id, int64_t after, size_t max_bytes, bool prime,
			     struct stream_chunks *out) MUST_CHECK;

/* Reads the builds or projects of a list "{1,2,3}" that exist, in any order. */
enum err model_stream_builds(struct db *db, struct arena *a, const char *ids, struct stream_build **out,
			     size_t *count) MUST_CHECK;
enum err model_stream_projects(struct db *db, struct arena *a, const char *ids, struct stream_project **out,
			       size_t *count) MUST_CHECK;

/*
 * Which of a list of holders "{admin:0f3c...,...}" (http/stream_route.h) do not count any more: the session or token has ended,
 * its user is disabled or has another role. At most 256 at once, in any order; the arena's.
 */
enum err model_stream_gone(struct db *db, struct arena *a, const char *holders, const char ***out, size_t *count) MUST_CHECK;

#endif
