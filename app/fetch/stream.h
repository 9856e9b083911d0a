/* Inside the room fetch: one stream, and what the loop and its streams know of each other. */
#ifndef FETCH_STREAM_H
#define FETCH_STREAM_H

#include <pthread.h>
#include <stdatomic.h>

#include "fetch/handle.h"

struct fetch_stream {
	struct fetch_loop *loop;
	struct fetch_stream *next, *prev; /* the loop's list, while it runs */
	CURL *easy;
	struct handle_parts parts;
	struct fetch_handler handler;
	void *context;
	int idle_ms, total_ms;
	int64_t started, heard; /* monotonic times of the start and of the last byte */
	bool head_told, paused, running;
	atomic_int refs; /* the loop's until done was called, and one a queued command */
	char error[CURL_ERROR_SIZE];
};

/* Makes a stream that is not in a loop yet; NULL when memory is out or the address is none. */
struct fetch_stream *stream_new(struct fetch_loop *l, const struct fetch_peer *peer, const char *path, const char *const *headers,
				const struct fetch_handler *h, void *context);
void stream_unref(struct fetch_stream *s);

/* Lets a paused stream go on. The loop's thread, outside of libcurl's callbacks. */
void stream_unpause(struct fetch_stream *s);

/* What ran out at that time, or NULL. A paused stream is not idle: its handler is. */
const char *stream_expired(const struct fetch_stream *s, int64_t now);

#endif
