/* From method and path to a row of the table of routes. The table itself is app/routes.def. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include <stddef.h>

#include "http/app.h"
#include "http/input.h"
#include "http/request.h"
#include "http/response.h"

/* What a row demands or allows; the dispatcher checks it once, before the handler. Exactly one of the first four. */
enum route_guard {
	PUBLIC = 1 << 0,       /* anybody; no session is read, req->actor is nobody */
	NEED_LOGIN = 1 << 1,   /* anybody signed in; the handler calls authorize() on the object */
	NEED_TEACHER = 1 << 2, /* a teacher or admin; others get 404 */
	NEED_ADMIN = 1 << 3,   /* an admin; others get 404 */
	KNOW_USER = 1 << 4,    /* with PUBLIC: a session is read where there is one */
	NO_CSRF = 1 << 5,      /* needs no token, for it uses no session's rights: the webhook, the sign-in */
	FORM_BODY = 1 << 6,    /* takes application/x-www-form-urlencoded; req->form is filled. Without a body is fine too */
	JSON_BODY = 1 << 7,    /* takes application/json; req->json is filled (an object). Without a body: NULL */
	UPLOAD_BODY = 1 << 17, /* takes multipart/form-data as well as FORM_BODY; req->form is filled */
	RAW_BODY = 1 << 8,     /* takes any body; the handler looks at req->content_type and req->body itself */
	BODY_2M = 1 << 9,      /* at most 2 MiB instead of 64 KiB */
	NO_LOG = 1 << 10,      /* no line in the log for a success: health checks, the stream's question */
	ANY_HOST = 1 << 11,    /* any Host header: health checks by address; the webhook, whose body is signed */
	IDEMPOTENT = 1 << 12,  /* a POST that runs once for one Idempotency-Key header or field idempotency_key */
	SCOPE_READ = 1 << 13,  /* what an API token needs; unless stated: read for GET, write for the rest */
	SCOPE_WRITE = 1 << 14,
	SCOPE_DEPLOY = 1 << 15,	 /* deploy, restart, stop, start, build: what changes what runs */
	SESSION_ONLY = 1 << 16,	 /* not by an API token: sign-in, tokens, logout */
	IF_MATCH = 1 << 18,	 /* an edit that can be guarded by the ETag that was read: 412 when it has changed */
	JSON_DOCUMENT = 1 << 19, /* of the API: answers JSON that is no shape */
	CSV_ANSWER = 1 << 20,	 /* answers text/csv */
	AWAY = 1 << 21, /* may wait for another system (git server, Gitea, registry, cluster): at most half the threads at once */
	SHOWN_ONCE = 1 << 23,  /* with IDEMPOTENT: the answer shows a secret, is not kept; a repeat is told so (API: 409) */
	SECRET_PATH = 1 << 22, /* the path holds a secret: browsers do not pass it on, nginx does not write it down */
};

/* A row without a body flag takes none: a body is answered with 415. Several body flags: each of those kinds. */
struct route {
	const char *method, *pattern; /* "GET" also answers HEAD. "/builds/:id": a segment with ':' matches any one segment */
	int (*handler)(struct request *req, struct response *res);
	unsigned guards;
	const char *summary;		      /* one line for the API's description */
	const struct input_set *query, *body; /* what it reads: http/input.h */
	int status;			      /* of the API: the answer when all is well; 0: a page */
	const struct shape *answer;	      /* and its JSON: api/shape.h; NULL: none, or no JSON */
};

/* "read", "write" or "deploy": what an API token needs for the row; NULL: a token cannot do it, or nothing is needed. Any thread.
 */
const char *route_scope(const struct route *route);

/* What router_match found. */
struct route_match {
	const struct route *route; /* NULL: none; see allow */
	const char *allow; /* "GET, HEAD, POST" when the path exists under other methods (405), else NULL (404); the arena's */
};

/*
 * Finds the row for req->method and req->path, and fills req->params. A literal segment wins over a parameter. Any thread.
 */
struct route_match router_match(const struct route *routes, size_t count, struct request *req);

/*
 * The nearest address at or above `path` that answers GET: `path` itself with its query, else what is left of it when segments
 * are taken from its end; "/" at last. A form's own address may take POST alone. In the arena. Any thread.
 */
const char *router_page(const struct request *req, const char *path);

/*
 * Guards, handler, and an answer whatever happens. The body has been read. Returns the status that was answered.
 */
int router_run(const struct route *route, struct request *req, struct response *res);

#endif
