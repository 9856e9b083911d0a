/* portal-stream's HTTP side: an event loop on a Unix socket that answers with Server-Sent Events. */
#ifndef STREAM_SERVER_H
#define STREAM_SERVER_H

#include <signal.h>

#include "base/err.h"

/*
 * Serves on the Unix socket at `path` (mode 0660), with the database at `database_url`, until *stop is set; then closes all
 * streams (browsers come back by themselves). nginx has authorised each path before it gets here. Once, in the main thread.
 */
enum err stream_serve(const char *path, const char *database_url, const volatile sig_atomic_t *stop) MUST_CHECK;

#endif
