/* The table of live streams. What their addresses mean is read in stream/request.c, who may read them is asked in
 * pages/stream_auth.c. */
#include "streams.h"

#include "http/input.h"

INPUT_SET(query_stream_state,
	  { .name = "builds",
	    .kind = IN_IDS,
	    .max = STREAM_IDS_MAX,
	    .about = "at most 250, with commas between them; builds, projects or both" },
	  { .name = "projects",
	    .kind = IN_IDS,
	    .max = STREAM_IDS_MAX,
	    .about = "at most 250, with commas between them; at most 400 of both" });
INPUT_SET(query_stream_log, { .name = "after",
			      .kind = IN_INT,
			      .about = "seq of the last lines that one has; of it and Last-Event-ID the newer counts" });

#define BUILD_EVENT                                                                                                              \
	{                                                                                                                        \
		"state", "BuildState", "a build, at first and at each change"                                                    \
	}
#define PROJECT_EVENT                                                                                                            \
	{                                                                                                                        \
		"state", "ProjectState", "a project's application, at first and at each change"                                  \
	}
static const struct stream_event of_both[] = { BUILD_EVENT, PROJECT_EVENT }, of_project[] = { PROJECT_EVENT },
				 of_log[] = { BUILD_EVENT,
					      { "lines", "LogLines", "the next lines, with seq as the event's id" },
					      { "end", "LogEnd", "no more lines follow, and the stream ends" } };

#define EVENTS(list) list, sizeof(list) / sizeof *(list)
const struct stream_route streams[] = {
	{ "/stream/state", "The state of builds and projects, as it changes", &query_stream_state, false, EVENTS(of_both) },
	{ "/stream/projects/:id/state", "The state of one project, as it changes", &no_input, false, EVENTS(of_project) },
	{ "/stream/builds/:id/log", "The log of a build and its state, as they grow", &query_stream_log, true, EVENTS(of_log) },
};
const size_t stream_count = sizeof streams / sizeof *streams;
