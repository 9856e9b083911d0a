/* Reading a live log for a page: its last chunks. */
#ifndef MODEL_LOG_READS_H
#define MODEL_LOG_READS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* A chunk without its bytes; model_log_chunks_data reads them. */
struct log_piece {
	int64_t seq;
	int container; /* 0 clone, 1 build, 2 push */
};

/* The last chunks that begin within max_bytes of the log's end, in order, at most 512. *whole: they are all there are. */
enum err model_log_reads_tail(struct db *db, struct arena *a, int64_t build_id, size_t max_bytes, struct log_piece **out,
			      int *count, bool *whole) MUST_CHECK;

#endif
