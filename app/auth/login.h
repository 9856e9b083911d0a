/* What the ways of signing in share; private to this room. */
#ifndef AUTH_LOGIN_H
#define AUTH_LOGIN_H

#include "auth/session.h"
#include "model/sessions.h"

/* "net:10.0.0.0/24", "net:<16 hex digits>/64" for IPv6, "net:" where the address is unknown. In the arena. */
const char *login_network(struct arena *a, const char *ip);

/* How long the next try of a login must wait, in seconds; for model_logins_attempt. Pure. */
int login_pause(const struct login_failures *f);

/*
 * A new session of the user for this browser, whose earlier one ends: row, cookie, req->actor, req->csrf, out->expires_at. In the
 * caller's transaction. Writes no audit line.
 */
enum err login_begin(struct request *req, struct response *res, const struct user *u, struct login *out) MUST_CHECK;

enum { LOGIN_LIMITED_S = 600, LOGIN_BUSY_S = 2 }; /* what Retry-After says */

#endif
