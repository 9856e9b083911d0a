/* The one HTTP client, on libcurl: single requests that block, and many streams on one event loop. */
#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct arena;

/*
 * Where requests go and with which identity. Filled by kube, objects, gitea; all texts outlive the requests.
 * Redirects are never followed, proxies never used, protocols are http and https only, HTTP/1.1, TLS always verified.
 */
struct fetch_peer {
	const char *base;	     /* "https://host:port" without a slash at the end */
	const char *ca_pem;	     /* authorities that may have signed the server; NULL: the system's */
	const char *client_cert_pem; /* NULL: none */
	const char *client_key_pem;
	const char *server_name; /* the name in the server's certificate where it is not the host's; NULL: the host's */
};

struct fetch_request {
	const char *method;	    /* "GET", ... */
	const char *path;	    /* begins with '/', with its query, already encoded */
	const char *const *headers; /* "Name: value" lines, NULL at the end; may be NULL */
	const void *body;	    /* NULL: none, or from `read` */
	size_t body_len;
	/*
	 * A body that is streamed: called for the next bytes (0: end, SIZE_MAX: give up); body_len is its whole length. It goes
	 * over a connection of its own, because it cannot be sent a second time when a kept one turns out to be dead.
	 */
	size_t (*read)(void *context, char *out, size_t room);
	/* A response body that is streamed (2xx only): false gives up. NULL: it goes to the response's buffer. */
	bool (*write)(void *context, const char *bytes, size_t len);
	void *context;
	size_t response_cap; /* bytes of a buffered response; 0: 8 MiB. More is ERR_TOO_LARGE */
	int timeout_ms;	     /* total; 0: 10 s. Connect limit is 5 s, and 30 s without a byte ends it, always */
};

/* How far a request came: the last step that was done. */
enum fetch_reached {
	FETCH_REACHED_NOTHING, /* no address belongs to the host's name */
	FETCH_REACHED_ADDRESS, /* nothing takes connections there */
	FETCH_REACHED_SERVER,  /* connected; TLS, where there is any, was not agreed upon */
	FETCH_REACHED_TLS,     /* connected and secured; no answer */
	FETCH_REACHED_ANSWER,
};

struct fetch_response {
	enum fetch_reached reached;
	int status;	  /* HTTP status, 0 if there was none */
	const char *body; /* the arena's; never NULL */
	size_t body_len;
	const char *content_type, *etag, *date; /* the arena's; "" when missing */
	const char *content_range, *digest;	/* Content-Range, Docker-Content-Digest */
	const char *authenticate;		/* WWW-Authenticate; several are joined by ", " */
	const char *location;			/* of a redirection, which is never followed here */
	int64_t content_length;			/* -1: not said */
	int retry_after_ms;			/* from Retry-After; 0: none */
	const char *error; /* "" or what libcurl says where err is not ERR_NONE, for logs and for people who test a connection */
};

/*
 * Once, before threads start; and at the end. Sets SIGPIPE to be ignored (libcurl would need signals to do it) and the soft
 * limit of open files to the hard one, at most 65536.
 */
void fetch_init(void);
void fetch_cleanup(void);

/*
 * Does one request; blocks for at most its timeout. Uses a connection that this thread kept from before where it can.
 * ERR_NONE: there is an HTTP answer, whatever its status. ERR_UNAVAILABLE: no connection, TLS refused, cut;
 * ERR_TIMEOUT: a limit ran out after the request was sent (the outcome is unknown); ERR_TOO_LARGE; ERR_GONE: `read` or
 * `write` gave up; ERR_INTERNAL: `base` is no URL, or memory is out. Any thread. The answer's body belongs to the arena but does
 * not count against its limit. A request without a body sends none, and with POST, PUT or PATCH says so by Content-Length: 0; no
 * Content-Type but the caller's is sent. A kept connection that the peer had closed is replaced in silence, so a request may in
 * rare cases arrive twice.
 */
enum err fetch(struct arena *a, const struct fetch_peer *peer, const struct fetch_request *request,
	       struct fetch_response *response) MUST_CHECK;

/* Ends this thread's kept connections; call before the thread ends. */
void fetch_thread_end(void);

/*
 * An event loop of streams on curl_multi and epoll: an event costs the same however many streams there are. One thread calls
 * fetch_loop_run; every callback runs there. Any thread may add, resume and cancel streams.
 */
struct fetch_loop;
struct fetch_stream;

struct fetch_handler {
	/* Status and headers are complete. `retry_after_ms` as above. */
	void (*head)(void *context, int status, int retry_after_ms);
	/*
	 * Bytes of the body, whatever the status. false pauses the stream before these bytes: the same bytes come again after
	 * fetch_stream_resume, perhaps with more behind them or cut elsewhere. NULL: they are thrown away.
	 */
	bool (*data)(void *context, const char *bytes, size_t len);
	/* The last call: ERR_NONE at a regular end. The stream and its context are not used afterwards. */
	void (*done)(void *context, enum err e, const char *error);
	/* Called about every 100 ms with the loop's thread; only for the one given to fetch_loop_new. */
	void (*tick)(void *context);
};

struct fetch_loop *fetch_loop_new(const struct fetch_handler *ticks, void *context);
/*
 * Runs until fetch_loop_stop; then ends every stream (done with ERR_UNAVAILABLE) and returns. Streams opened later are ended in
 * the same way by fetch_loop_free, from its thread.
 */
void fetch_loop_run(struct fetch_loop *l);
void fetch_loop_stop(struct fetch_loop *l);
/* After fetch_loop_run has returned, or when it was never called. NULL is allowed. */
void fetch_loop_free(struct fetch_loop *l);

/* Calls fn once on the loop's thread, delay_ms from now; with `ended` true when the loop ends before. Any thread. */
void fetch_loop_after(struct fetch_loop *l, int delay_ms, void (*fn)(void *context, bool ended), void *context);

/*
 * Starts a GET whose answer is streamed; peer, path and headers are copied. idle_ms: end it with ERR_TIMEOUT after so long
 * without a byte (0: never; a paused stream is not idle); total_ms likewise over all. TCP keep-alive is on (30 s). NULL only when
 * memory is out or the peer's base is no URL; else `done` is called exactly once, never from within this call.
 */
struct fetch_stream *fetch_stream_open(struct fetch_loop *l, const struct fetch_peer *peer, const char *path,
				       const char *const *headers, int idle_ms, int total_ms, const struct fetch_handler *h,
				       void *context);
void fetch_stream_resume(struct fetch_loop *l, struct fetch_stream *s);
/* Ends a stream soon; done is called with ERR_GONE. Both are harmless until done has returned, wrong afterwards. */
void fetch_stream_cancel(struct fetch_loop *l, struct fetch_stream *s);

#endif
