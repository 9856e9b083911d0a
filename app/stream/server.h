/* portal-stream's HTTP side: an event loop on a Unix socket that answers with Server-Sent Events, and terminals over WebSockets.
 */
#ifndef STREAM_SERVER_H
#define STREAM_SERVER_H

#include <signal.h>

#include "base/err.h"

struct config;
/*
 * Serves on the configured Unix socket (mode 0660) until *stop is set; then closes all streams (browsers come back by themselves)
 * and terminals. nginx has authorised each path before it gets here. Once, in the main thread.
 */
enum err stream_serve(const struct config *config, const volatile sig_atomic_t *stop) MUST_CHECK;

#endif
