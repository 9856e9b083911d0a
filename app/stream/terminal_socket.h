/* The browser's WebSocket of a terminal, as libwebsockets' protocol "terminal". */
#ifndef STREAM_TERMINAL_SOCKET_H
#define STREAM_TERMINAL_SOCKET_H

#include <libwebsockets.h>

struct terminals;

/* The protocol's row for the context; `t` outlives the context. */
struct lws_protocols terminal_protocol(struct terminals *t);

#endif
