/* The handler process: threads that serve FastCGI requests until they are told to stop. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdint.h>

#include "http/app.h"

enum { THREADS_MAX = 256 };

/* What a handler process tells its supervisor, in memory that both share. Zeroed before the process starts. */
struct child_state {
	_Atomic int ready;		    /* all threads serve */
	_Atomic int64_t since[THREADS_MAX]; /* clock_ms when the thread began its request; 0: it has none */
};

/* What the handler processes of one supervisor do just now. */
struct handlers_use {
	int processes, busy; /* that serve; threads with a request */
};
/* From the memory of all places (supervisor_child_state of place "0"); NULL: nothing is known. Any thread. */
struct handlers_use handlers_use(const struct child_state *all);

/*
 * Serves requests from the listening socket with app->config->threads threads until SIGTERM or SIGINT; running requests have 20 s
 * to end. Returns the process' exit status. The one thread that calls it must be alone in the process, with those signals
 * blocked.
 */
int server_run(struct app *app, int listener, struct child_state *state);

#endif
