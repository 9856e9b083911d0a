/* A small HTTP server on loopback for tests: each connection has a thread, and the test writes the raw bytes of its answers. */
#ifndef UNIT_STUB_H
#define UNIT_STUB_H

#include <stdbool.h>
#include <stddef.h>

struct stub;

/* Called per request with its head and body ("GET /x HTTP/1.1\r\n..."). False closes the connection. Many threads at once. */
typedef bool stub_serve(void *context, int fd, const char *request);

struct stub *stub_start(stub_serve *serve, void *context);
int stub_port(const struct stub *s);
/* Connections and requests so far. */
int stub_connections(struct stub *s);
int stub_requests(struct stub *s);
/* Cuts every connection and waits for the threads. */
void stub_stop(struct stub *s);

/* Writes all of it; false when the peer is gone. */
bool stub_write(int fd, const char *bytes, size_t len);
bool stub_puts(int fd, const char *text);

/* A whole answer with Content-Length, "HTTP/1.1 <status>" ("200 OK") and a content type. */
bool stub_answer(int fd, const char *status, const char *type, const char *body);
/* Further header lines, each with "\r\n". */
bool stub_answer_with(int fd, const char *status, const char *type, const char *headers, const char *body);

/* An answer in chunks: its head, one chunk, the end. */
bool stub_chunked(int fd, const char *status, const char *type);
bool stub_chunk(int fd, const char *bytes, size_t len);
bool stub_chunks_end(int fd);

/* Says nothing more, until the peer has had enough; false. */
bool stub_silence(int fd);

struct arena;
struct kube;

/* Opens the stub as a cluster, by a kubeconfig with that token (NULL: none). */
struct kube *stub_kube(const struct stub *s, struct arena *a, const char *token);

/* What happened, as words that a test compares with what it expects. Any thread. */
void trace_reset(void);
void trace_add(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Waits until the trace is (or begins with, when `expected` ends with '*') that; false after the limit. */
bool trace_becomes(const char *expected, int limit_ms);
const char *trace_text(void);

#endif
