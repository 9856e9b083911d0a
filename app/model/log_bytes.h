/* A build's log by bytes while it lies in chunks: in the archive's order, clone, build, push. */
#ifndef MODEL_LOG_BYTES_H
#define MODEL_LOG_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

enum { LOG_PARTS = 3 };

/* How much there is of each container's log, the number of the newest chunk (0: none), and how many lines. */
struct log_sizes {
	int64_t part[LOG_PARTS], total, last_seq;
	int64_t lines; /* newlines in all of it */
};
enum err model_log_bytes_sizes(struct db *db, struct arena *a, int64_t build_id, struct log_sizes *out) MUST_CHECK;

/* The bytes [from, from + len) of the whole, fewer at its end; valid until the arena's reset. len <= 8 MiB. */
enum err model_log_bytes_range(struct db *db, struct arena *a, int64_t build_id, int64_t from, size_t len, const char **bytes,
			       size_t *got) MUST_CHECK;

#endif
