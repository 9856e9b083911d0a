/* A build's log while it runs: chunks in the order of arrival, each with the seam behind it. */
#ifndef MODEL_LOG_CHUNKS_H
#define MODEL_LOG_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;
struct lease;

enum { LOG_CONTAINERS = 3, LOG_STAMP_SIZE = 40 };

/* Where the log of a build stands. */
struct log_place {
	int64_t seq;   /* of the last chunk; 0: none */
	int64_t bytes; /* stored, over all containers */
	struct log_seam {
		char stamp[LOG_STAMP_SIZE];
		int lines;
	} seams[LOG_CONTAINERS];
	/* Over the limit: the chunk that stands for what was left out, and how much that is. seq 0: nothing was. */
	int64_t cut_seq, cut_bytes;
};
enum err model_log_chunks_place(struct db *db, struct arena *a, int64_t build_id, struct log_place *out) MUST_CHECK;

struct log_chunk {
	int64_t build_id, seq;
	int container;
	const void *data;
	size_t len;
	const char *stamp; /* seam behind it */
	int stamp_lines;
};
/* The newlines in so many bytes. Pure. */
int64_t log_lines_in(const void *data, size_t len);

/* Appends where the lease still holds the build. ERR_CONFLICT: it does not, or another chunk has that number. */
enum err model_log_chunks_add(struct db *db, struct arena *a, const struct lease *l, const struct log_chunk *c) MUST_CHECK;

/*
 * Leaves out the chunks first..last of a log over its limit: the first of them becomes a line that says how many bytes are
 * missing
 * (`bytes` in all), the others go but for those that hold a container's seam, which become empty.
 */
enum err model_log_chunks_cut(struct db *db, struct arena *a, const struct lease *l, int64_t build_id, int64_t first,
			      int64_t last, int64_t bytes) MUST_CHECK;

/* The numbers and lengths of chunks behind `after` in order, at most 1,000; container -1: of any. */
struct log_span {
	int64_t seq;
	int64_t bytes;
};
enum err model_log_chunks_spans(struct db *db, struct arena *a, int64_t build_id, int container, int64_t after,
				struct log_span **out, int *count) MUST_CHECK;

/* One chunk's bytes, the arena's. ERR_NOT_FOUND. */
enum err model_log_chunks_data(struct db *db, struct arena *a, int64_t build_id, int64_t seq, const void **data,
			       size_t *len) MUST_CHECK;

/* The last bytes of a container's log as text (a NUL byte ends it), about max bytes, in the arena. */
enum err model_log_chunks_tail(struct db *db, struct arena *a, int64_t build_id, int container, size_t max,
			       const char **out) MUST_CHECK;

/* Tells the readers of these builds, "{1,2}", that there are new chunks. Outside a transaction. */
enum err model_log_chunks_notify(struct db *db, struct arena *a, const char *builds) MUST_CHECK;

/* Removes the chunks of builds whose log is in the archive for ten minutes: live readers have gone over to it. */
enum err model_log_chunks_sweep(struct db *db, struct arena *a) MUST_CHECK;

#endif
