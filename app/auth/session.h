/* Signing in and out, and who sent a request: cookie or API token. */
#ifndef AUTH_SESSION_H
#define AUTH_SESSION_H

#include <stdbool.h>

#include "base/err.h"
#include "http/request.h"
#include "http/response.h"
#include "http/router.h"
#include "model/users.h"

/* The cookie's name: "__Host-session" with secure cookies, else "session". */
const char *session_cookie_name(const struct app *app);

/*
 * Fills req->actor, session, csrf, language from the Authorization header or the cookie by ONE query. ERR_NONE also when nobody
 * is signed in (actor.id 0); ERR_UNAUTHORIZED: a bearer token that is not (any more) good; ERR_UNAVAILABLE: the database is away.
 */
enum err session_identify(struct request *req) MUST_CHECK;

/*
 * What a live stream is good for as long as (http/stream_route.h): role and digest of the session or token that the request
 * showed. In the arena. Of a request whose actor is somebody.
 */
const char *session_holder(struct request *req);

/* Makes the request the user's. scopes: of a token; NULL: a session. */
void session_become(struct request *req, const struct user *u, const char *scopes);

/* How a login ended. */
enum login_result { LOGIN_DONE, LOGIN_REFUSED, LOGIN_LIMITED, LOGIN_BUSY, LOGIN_UNAVAILABLE };

struct login {
	enum login_result result;
	int retry_after_s;	/* of LOGIN_LIMITED and LOGIN_BUSY */
	const char *expires_at; /* of LOGIN_DONE: RFC 3339 */
};

/*
 * Checks login and password under the limits of threats S5-S8, makes a new session, sets the cookie and fills req->actor and
 * req->csrf. An earlier session of this browser ends. Writes the audit line.
 */
struct login session_login(struct request *req, struct response *res, const char *login, const char *password);

/*
 * Whom an invitation's code invites, under a limit of wrong codes a network: LOGIN_DONE, LOGIN_REFUSED (unknown, used, expired),
 * LOGIN_LIMITED, LOGIN_UNAVAILABLE. Only *out is filled.
 */
struct login session_invited(struct request *req, const char *code, struct user *out);

/*
 * Uses an invitation: sets the password (which the caller has checked by password_rule), ends the user's sessions, tokens and
 * other invitations, and signs in, all or nothing. Results as above, and LOGIN_BUSY.
 */
struct login session_accept(struct request *req, struct response *res, const char *code, const char *password);

/*
 * Changes the password of whoever is signed in, under the limits of logins: the current one must be right (else LOGIN_REFUSED),
 * the new one has been checked by password_rule. All sessions end, and this browser gets a new one; API tokens stay.
 */
struct login session_change_password(struct request *req, struct response *res, const char *current, const char *fresh);

/* Ends the request's session and deletes the cookie. */
enum err session_logout(struct request *req, struct response *res) MUST_CHECK;

/* A token for a session's forms: HMAC of the session's id under a random mask, 128 hex digits, in the arena; each is another one.
 */
char *csrf_token(struct arena *a, const char *session);
/* Whether it is one of that session's. NULL for either is none. Pure. */
bool csrf_fits(const char *session, const char *token);

/*
 * True when a request that changes something was meant by whoever holds the session, and not made by another site's page: the
 * browser does not say that it comes from elsewhere; and where there is a session (and the route is not NO_CSRF) the body is
 * JSON, or the token is in field csrf or header X-CSRF-Token. Sends nothing.
 */
bool csrf_meant(struct request *req);

/* True where the browser says that the request was made by a page of this portal: by its Origin, which must be there. Pure. */
bool origin_is_ours(const struct request *req);

/* A path that may follow a login: local, else "/". In the arena. Pure. */
const char *session_next(struct arena *a, const char *next);

/* The hook of struct app: guards of the route's row, CSRF, scopes. */
int session_guard(struct request *req, struct response *res, const struct route *route);

/* The hook of struct app for routes that are IDEMPOTENT: one transaction holds the key, the handler's acts and its answer. */
int idempotency_run(struct request *req, struct response *res, const struct route *route);

#endif
