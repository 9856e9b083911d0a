/* What a stream's address asks for, checked. */
#ifndef STREAM_REQUEST_H
#define STREAM_REQUEST_H

#include "http/stream_route.h"
#include "stream/hub.h"

struct stream_request {
	enum stream_kind { STREAM_NONE, STREAM_WATCH, STREAM_HEALTH } kind;
	struct wish wish; /* points into the arrays below */
	int64_t builds[STREAM_IDS_MAX], projects[STREAM_IDS_MAX];
};

/*
 * Reads one of
 *	/stream/builds/ID/log		the log behind the newer of `last_event_id` and `after`, and the build's state
 *	/stream/builds/ID/state, /stream/projects/ID/state
 *	/stream/state			with `builds` and `projects`, lists of ids divided by commas
 *	/stream/health
 * Arguments are decoded; NULL: missing. Returns the HTTP status: 200, 404 for another path, 400 for a broken argument.
 */
int stream_request_parse(struct stream_request *r, const char *path, const char *last_event_id, const char *after,
			 const char *builds, const char *projects);

#endif
