/* A live stream's row in the table of streams: its address, what it reads, and the events that it sends. */
#ifndef HTTP_STREAM_ROUTE_H
#define HTTP_STREAM_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

struct input_set;

enum {
	STREAM_IDS_MAX = 250, /* builds, and projects, in one stream */
	STREAM_IDS_ALL = 400, /* both together */
};

/*
 * Who was let in, as portal-web tells portal-stream in X-Portal-Holder: role and digest of the session or token, "admin:0f3c...".
 * While it stays open a stream is good for as long as that is.
 */
enum { STREAM_HOLDER_MAX = 80 };

/* `object`: of what is in data:, by its name among OpenAPI's components. */
struct stream_event {
	const char *name, *object, *about;
};

/* All by GET, for whoever may see the objects, by session or token. "/stream/builds/:id/log": as in a route. */
struct stream_route {
	const char *pattern, *summary;
	const struct input_set *query;
	bool resumes; /* goes on behind the header Last-Event-ID */
	const struct stream_event *events;
	size_t event_count;
};

#endif
