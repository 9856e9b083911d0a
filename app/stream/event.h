/* One event of a stream, as the bytes that go out; made once, shared by all who get it. */
#ifndef STREAM_EVENT_H
#define STREAM_EVENT_H

#include <stddef.h>
#include <stdint.h>

/* Not changed after it is made. Made on the reader's thread, then counted and freed on the event loop's alone. */
struct event {
	struct event *next; /* in the one list that it belongs to */
	int refs;
	int64_t seq; /* of log lines: the chunk's; else 0 */
	size_t len;
	char text[];
};

/* Makes "id: SEQ\nevent: NAME\ndata: JSON\n\n" (no id for seq 0; JSON has no newline) with one reference. NULL: out of memory. */
struct event *event_new(int64_t seq, const char *name, const char *json, size_t len);

/* One more reference to it, which is returned; one less. NULL is allowed. */
struct event *event_ref(struct event *e);
void event_unref(struct event *e);

/* Gives up a whole list, linked by `next`. */
void event_unref_list(struct event *first);

#endif
