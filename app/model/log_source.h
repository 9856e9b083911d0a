/* A build's log wherever it lies, in chunks or in the archive: by bytes, by lines, searched. */
#ifndef MODEL_LOG_SOURCE_H
#define MODEL_LOG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loglevel.h"
#include "model/log_bytes.h"

struct arena;
struct build;
struct objects;
struct request;

/* Made by log_source_open. Sizes are as they were then. */
struct log_source {
	struct request *req;
	const struct build *build;
	bool archived;
	/* Bytes of each container's part in the archive's order; of an archive from before they were kept: all in the first. */
	struct log_sizes sizes;
	bool parted; /* the parts are known */
};

/* ERR_UNAVAILABLE: the archive is not open. */
enum err log_source_open(struct request *req, const struct build *b, struct log_source *out) MUST_CHECK;

/* The bytes [from, from + len), fewer at the end; len <= 4 MiB. In the request's arena. */
enum err log_source_read(struct log_source *s, int64_t from, size_t len, const char **bytes, size_t *got) MUST_CHECK;

/* Where a line (from 1) begins; where there are fewer, *offset is the end. Reads the log up to there, piece by piece. */
enum err log_source_line(struct log_source *s, int64_t line, int64_t *offset) MUST_CHECK;

/* What is looked for. Both must hold. */
struct log_query {
	const char *text;    /* a part of the line, letters of either case alike (ASCII); NULL: any */
	enum loglevel level; /* at least */
};
struct log_match {
	int64_t line, offset; /* the line's number, and where it begins */
	const char *text;     /* the arena's, at most LOG_MATCH_SHOWN bytes, as it lies (colours and all) */
	size_t len;
	enum loglevel level;
};
enum { LOG_MATCH_SHOWN = 1024, LOG_MATCHES_MAX = 200 };
/* Where a search goes on: behind that line, which ends before that byte. All zero: from the beginning. */
struct log_place_at {
	int64_t line, offset;
};
/*
 * The next matches behind *place, at most LOG_MATCHES_MAX, within at most 32 MiB of log; *place gets where it stopped, and
 * `ended` says whether that is the end.
 */
enum err log_source_find(struct log_source *s, const struct log_query *q, struct log_place_at *place, struct log_match **out,
			 int *count, bool *ended) MUST_CHECK;

#endif
