/* Where in a builder's log a step of the Dockerfile begins. */
#ifndef VIEW_LOGSTEPS_H
#define VIEW_LOGSTEPS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * True when the line begins a step: Kaniko's "INFO[0004] RUN pip install", BuildKit's "#8 [2/4] RUN pip install", docker's "Step
 * 3/7 : RUN ...", and "::group::name". *title and *title_len get the step's own words within the line. Pure; any thread.
 */
bool logstep_begins(const char *line, size_t len, const char **title, size_t *title_len);

/* "::endgroup::": what follows belongs to no step. */
bool logstep_ends(const char *line, size_t len);

#endif
