/* One open stream: what its page has got, and what comes next. */
#ifndef STREAM_CLIENT_H
#define STREAM_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/stream_route.h"
#include "stream/topic.h"

struct hub;

struct client {
	struct client *next, **where;	/* in hub->clients */
	void *connection;		/* the server's */
	char holder[STREAM_HOLDER_MAX]; /* who was let in (http/stream_route.h); "": not looked at again */
	uint64_t serial;
	bool is_log;	       /* links[0] is the build whose log is sent */
	bool greeted;	       /* the first bytes went out */
	bool asked;	       /* waits for chunks that the topic no longer holds */
	bool beat;	       /* a heartbeat is due */
	bool ending;	       /* the last event was taken; with nothing left to send the stream ends */
	int64_t seq;	       /* the last chunk taken */
	struct event *sending; /* being sent, with the bytes that went out */
	size_t sent;
	struct event *own, **own_end; /* chunks read for this client alone */
	int64_t wrote_ms, woken_ms;   /* last write; when it was first woken after that, 0: it was not */
	size_t link_count;
	struct link links[];
};

/*
 * Fills `out` with the next bytes for this client, at most `room` (at least 256). Returns their number; 0: nothing to send now.
 * Asks the hub for what is missing. After the last byte of the last event client_is_done says so.
 */
size_t client_fill(struct hub *h, struct client *c, char *out, size_t room);
bool client_is_done(const struct client *c);

#endif
