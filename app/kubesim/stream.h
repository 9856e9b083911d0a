/* Answers that go on: a watch or a log that is followed. A quiet one is suspended and costs neither a thread nor a wake-up. */
#ifndef KUBESIM_STREAM_H
#define KUBESIM_STREAM_H

#include <microhttpd.h>

#include "base/buf.h"
#include "kubesim/world.h"

enum stream_state {
	STREAM_OPEN,
	STREAM_ENDED, /* regularly */
	STREAM_CUT,   /* the connection breaks without the end of the body */
};

/* Embedded at the beginning of what it serves. */
struct stream {
	struct world *w;
	struct MHD_Connection *connection;
	struct buf out;
	size_t taken; /* of `out` */
	enum stream_state state;
	bool suspended, watch;
	bool mute;	    /* half-open: nothing is sent any more, nothing ends it */
	enum sim_kind kind; /* of a watch */
	int64_t cut_after;  /* bytes until the connection breaks; -1: never */
	struct timer timer; /* wakes it */
	/* Adds what there is to `out` (any amount up to about 64 KiB), or sets `state`; nothing added: it waits. */
	void (*more)(struct stream *s);
	/* Gives back what the owner holds and frees the whole. */
	void (*close)(struct stream *s);
	struct stream *next, **link;
};

/*
 * Puts a stream into the world and makes the answer that serves it; fields from `more` to `kind` and `cut_after` are the
 * caller's. With the lock. NULL: memory is out; the stream is closed then.
 */
struct MHD_Response *stream_open(struct world *w, struct stream *s, struct MHD_Connection *connection, const char *type);

/* There is something new for it, or its state was set. With the lock. */
void stream_wake(struct stream *s);

/* An object of that kind has changed: wakes the watches of it. With the lock. */
void stream_happened(struct world *w, enum sim_kind kind);

/* Breaks (or ends) all streams: an outage, the end of the program. With the lock. */
void stream_end_all(struct world *w, enum stream_state state);

/* How many are open. With the lock. */
void stream_count(struct world *w, int64_t *watches, int64_t *follows);

#endif
