/* The answer that a handler fills; the server sends it whole, so that an error half-way is still a clean error page. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "http/request.h"

struct response {
	struct request *req;
	const char *content_type;
	struct buf body;
	struct buf headers; /* complete lines "Name: value\r\n", by response_header only */
	bool no_store;	    /* default true; static-like answers may switch it off */
	bool broken;	    /* a header was refused: the server answers 500 instead */
};

/* Adds a header. A value with a control character is our own bug or an attack: the answer becomes 500. */
void response_header(struct response *res, const char *name, const char *value);
/* Sets a cookie: HttpOnly, SameSite=Lax, Path=/, Secure by configuration. max_age_s 0 deletes it, -1: for the browser's session.
 */
void response_cookie(struct response *res, const char *name, const char *value, int max_age_s);

/* 303 to a local path (begins with '/', no "//", no control characters; else "/"). Returns the status for the handler to return.
 */
int response_redirect(struct response *res, const char *path);

/* The cookie of a notice that the next page shows once: it holds a name of the catalogue that begins with "notice.". */
#define NOTICE_COOKIE "notice"
/* Sets it. Works with and without a session. */
void response_notice(struct response *res, const char *name);

/* A sentence of the catalogue in the request's language, for `detail`; NULL when there is none of that name. */
const char *response_sentence(const struct response *res, const char *name);

/* Forgets what the answer holds so far, headers too. */
void response_begin_again(struct response *res);

/* True for a path that a redirect may name. Pure. */
bool response_path_local(const char *path);

/* Answers JSON text of an object; the object stays its arena's. Returns status. */
int response_json(struct response *res, int status, json_object *o);

/*
 * Answers an error: under /api as application/problem+json (RFC 9457: type, title, status, detail, instance, request_id, and
 * `errors` by field where there are), else as a finished page. `detail` is a sentence for people in the request's language; NULL:
 * the status' own. Returns the status.
 */
int response_error(struct response *res, int status, const char *detail);
/* The same with an array for `errors` (its ownership passes; NULL: none). */
int response_problem(struct response *res, int status, const char *detail, json_object *errors);
/* The same with a member of its own beside those of RFC 9457; `object` stays its arena's. A page does not show it. */
int response_problem_with(struct response *res, int status, const char *detail, const char *member, json_object *object);
/* The same from a code. */
int response_err(struct response *res, enum err e, const char *detail);

#endif
