/* A request as handlers see it: parsed, checked, and with the user who sent it. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/err.h"

struct arena;
struct app; /* http/app.h */
struct db;
struct route;

enum role { ROLE_NONE, ROLE_STUDENT, ROLE_TEACHER, ROLE_ADMIN, ROLE__MAX };

/* Who acts. id 0: nobody is signed in. Texts are the request's. */
struct actor {
	int64_t id;
	const char *login, *name;
	enum role role;
	const char *language; /* "zh", "en", or NULL: as the browser says */
	const char *timezone;
	const char *scopes; /* of an API token; NULL: a session, which may do all that its role may */
};

/* One name and value of query, form or path. */
struct pair {
	const char *name, *value;
};

/* Of a query and of cookies; of a form, which may name each of a course's students. */
enum { PAIRS_MAX = 100, FORM_PAIRS_MAX = 1200, ROUTE_PARAMS_MAX = 4 };

struct pairs {
	struct pair *at;
	size_t count;
};

struct request {
	struct app *app;
	struct arena *arena;	/* all memory of this request */
	const char *method;	/* "GET", "POST", "PUT", "DELETE", "PATCH"; HEAD arrives as GET; "OTHER" has no route */
	bool head;		/* it was HEAD: the answer's body is not sent */
	const char *path;	/* decoded once, no trailing slash, begins with '/' */
	const char *query_text; /* raw, "" if none */
	struct pairs query, form, cookies;
	struct pair params[ROUTE_PARAMS_MAX]; /* of the route's pattern: ":id" */
	const char *body;		      /* raw bytes, "" if none */
	size_t body_len;
	const char *content_type;
	json_object *json; /* parsed when the route takes JSON and the body is; else NULL */
	const char *id;	   /* request id, [A-Za-z0-9-]{8,64} */
	const char *ip;	   /* of the client, as nginx says */
	const char *user_agent, *host, *origin, *fetch_site, *accept_language, *authorization;
	const char *idempotency_key; /* "" if none */
	bool wants_json;	     /* the path is under /api */
	struct actor actor;
	const char *session;	   /* the cookie's value, NULL without one */
	const char *csrf;	   /* the token that this session's forms carry; "" without a session */
	const char *language;	   /* "zh" or "en": the user's choice, else the browser's */
	struct db *db;		   /* this request's connection, borrowed at first use by request_db */
	char *const *envp;	   /* the FastCGI parameters; http room only */
	const struct route *route; /* the row that was matched; NULL: none */
};

/* The request's database connection: borrowed at the first call, given back by the server after the answer. NULL: none to be had.
 */
struct db *request_db(struct request *req);

/* Gives the connection back before a wait for another system; request_db borrows one anew. Within a transaction, such as that of
 * a route that runs once a key, it stays. */
void request_release_db(struct request *req);

/* A header by its CGI name ("HTTP_X_GITEA_EVENT"), copied to the arena; "" if missing, not UTF-8, or with control characters. */
const char *request_header(struct request *req, const char *cgi_name);
/* Whether it came at all, be it such that request_header gives it or not. */
bool request_has_header(const struct request *req, const char *cgi_name);

/* Takes "a=1&b=2" apart into decoded pairs of the arena. False: a broken encoding, a name that is empty or holds
 * control characters, or more than `max`. */
bool pairs_parse(struct arena *a, const char *text, size_t len, size_t max, struct pairs *out);

/* The value of a name, or NULL. */
const char *pairs_get(const struct pairs *p, const char *name);

/* The path parameter of that name (the route's pattern has it, or it is our own bug). */
const char *request_param(const struct request *req, const char *name);
/* The same as a positive id; 0 if it is not one, for which model calls find nothing. */
int64_t request_id_param(const struct request *req, const char *name);

#endif
