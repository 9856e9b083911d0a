/* A connection that a server has upgraded to a WebSocket (RFC 6455), under the same rules of identity and trust as every request.
 */
#ifndef FETCH_SOCKET_H
#define FETCH_SOCKET_H

#include <stddef.h>

#include "base/err.h"
#include "fetch/fetch.h"

struct arena;
struct fetch_socket; /* one thread at a time */

/* What the server answered. Texts are the arena's, never NULL. */
struct fetch_socket_answer {
	int status;		  /* 101 when all is well; 0: none */
	const char *protocol;	  /* the subprotocol that it chose; "": none */
	const char *body, *error; /* of another status, at most 8 KiB; why there is no answer */
};

/*
 * Connects and upgrades within timeout_ms. headers as in struct fetch_request; protocols: "a, b", what may be chosen. ERR_NONE:
 * *out is open (fetch_socket_close); ERR_INVALID: the server answered something else (see answer); ERR_UNAVAILABLE, ERR_TIMEOUT,
 * ERR_INTERNAL: as fetch().
 */
enum err fetch_socket_open(struct arena *a, const struct fetch_peer *peer, const char *path, const char *const *headers,
			   const char *protocols, int timeout_ms, struct fetch_socket **out,
			   struct fetch_socket_answer *answer) MUST_CHECK;

/* Sends one binary message. ERR_UNAVAILABLE: the connection is gone; ERR_TIMEOUT: the peer takes nothing for 10 s. */
enum err fetch_socket_send(struct fetch_socket *s, const char *bytes, size_t len) MUST_CHECK;

/*
 * The next message, whole; pings are answered within, where the peer takes the answers. ERR_NONE: *bytes are the socket's until
 * the next call; ERR_TIMEOUT: no message was whole in so long, whatever else came, or wake_fd (-1: none) can be read;
 * ERR_GONE: closed; ERR_TOO_LARGE: a message over 1 MiB; ERR_UNAVAILABLE: broken.
 */
enum err fetch_socket_read(struct fetch_socket *s, int timeout_ms, int wake_fd, const char **bytes, size_t *len) MUST_CHECK;

/* Says goodbye where that takes no time, and closes. NULL is allowed. */
void fetch_socket_close(struct fetch_socket *s);

#endif
