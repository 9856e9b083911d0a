/* From FastCGI parameters and bytes to a request, and from an answer to its head; private to this room and its tests. */
#ifndef HTTP_WIRE_H
#define HTTP_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "http/app.h"
#include "http/request.h"
#include "http/response.h"

enum { BODY_LIMIT = 64 << 10, BODY_LIMIT_LARGE = 2 << 20 };

/*
 * Fills the request from parameters "NAME=value" (they must outlive it): method, path, query, cookies, headers, language. Returns
 * 0, or the status to answer: 400 (encodings, duplicates, no path), 414 (too long), 421 (host), 431 (too many headers). Even then
 * the request is complete enough for an error to be answered.
 */
int request_head(struct request *req, struct app *app, struct arena *a, char *const *envp);

/* The body's length by CONTENT_LENGTH. 0, or 400 (not a number), 413 (over the route's cap), 415 (a kind that it does not take).
 */
int request_body_length(struct request *req, const struct route *route, size_t *len);

/* Takes the body (the arena's, with a NUL behind len bytes) apart as its type says. 0, 400 or 422; *why is a catalogue name or
 * NULL. */
int request_body(struct request *req, const struct route *route, const char *body, size_t len, const char **why);

/* Takes a multipart/form-data body apart; a file's bytes, in whatever encoding, are its pair's value, with 0xff for NUL. */
bool multipart_parse(struct arena *a, const char *content_type, const char *body, size_t len, struct pairs *out);

/* Takes a Cookie header apart; what is malformed in it is left out. */
void cookies_parse(struct arena *a, const char *header, struct pairs *out);

/* True when the Host header names the portal (or loopback, in development). */
bool host_allowed(const struct config *c, const char *host);

/* "zh" or "en" by an Accept-Language header; "en" when it says neither. */
const char *language_of(const char *accept_language);

/* Makes an empty answer; ends it. */
void response_begin(struct response *res, struct request *req);
void response_end(struct response *res);

/* Appends status line, all headers and the empty line. */
void response_head(const struct response *res, int status, struct buf *out);

/* "Not Found". */
const char *status_text(int status);

#endif
