/* Who sent a request: the session's cookie or an API token, by one query. */
#include "auth/session.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "config.h"
#include "model/sessions.h"
#include "model/tokens.h"

enum { ID_LENGTH = 64, TOKEN_MAX = 200, NEXT_MAX = 2000 };

const char *session_cookie_name(const struct app *app)
{
	return app->config->secure_cookies ? "__Host-session" : "session";
}

static void csrf_sum(const char *session, unsigned char sum[SHA256_SIZE])
{
	static const char purpose[] = "csrf";
	secret_hmac_sha256(session, strlen(session), purpose, sizeof purpose - 1, sum);
}

/* A random half, and the sum under it: compressed pages of which an attacker chooses a part would betray what never changes. */
char *csrf_token(struct arena *a, const char *session)
{
	unsigned char sum[SHA256_SIZE], halves[2 * SHA256_SIZE];
	csrf_sum(session, sum);
	secret_random(halves, SHA256_SIZE);
	for (int i = 0; i < SHA256_SIZE; i++)
		halves[SHA256_SIZE + i] = sum[i] ^ halves[i];
	char *hex = arena_alloc(a, 2 * sizeof halves + 1);
	str_hex(halves, sizeof halves, hex);
	return hex;
}

bool csrf_fits(const char *session, const char *token)
{
	unsigned char sum[SHA256_SIZE], halves[2 * SHA256_SIZE];
	if (!session || !token || !str_unhex(token, halves, sizeof halves))
		return false;
	csrf_sum(session, sum);
	for (int i = 0; i < SHA256_SIZE; i++)
		halves[i] ^= halves[SHA256_SIZE + i];
	return secret_equal(halves, sum, sizeof sum);
}

const char *session_next(struct arena *a, const char *next)
{
	if (!next || strlen(next) > NEXT_MAX || !response_path_local(next) || str_starts(next, "/login") ||
	    str_starts(next, "/logout"))
		return "/";
	for (const char *p = next; *p; p++)
		if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f)
			return "/";
	return arena_strdup(a, next);
}

void session_become(struct request *req, const struct user *u, const char *scopes)
{
	req->actor = (struct actor){
		.id = u->id,
		.login = u->login,
		.name = u->name,
		.role = u->role,
		.language = u->language,
		.timezone = u->timezone,
		.scopes = scopes,
	};
	if (u->language)
		req->language = u->language;
}

static const char bearer[] = "Bearer ";

static enum err by_token(struct request *req)
{
	const char *token = req->authorization + sizeof bearer - 1;
	struct token found;
	if (strncasecmp(req->authorization, bearer, sizeof bearer - 1) || !*token || strlen(token) > TOKEN_MAX)
		return ERR_UNAUTHORIZED;
	struct db *db = request_db(req);
	enum err e = model_tokens_find(db, req->arena, secret_digest(req->arena, token), &found);
	if (e == ERR_NOT_FOUND)
		return ERR_UNAUTHORIZED;
	if (e == ERR_NONE && found.touch)
		e = model_tokens_touch(db, req->arena, found.id);
	if (e == ERR_NONE)
		session_become(req, &found.user, found.scopes);
	return e;
}

static enum err by_cookie(struct request *req)
{
	const char *id = pairs_get(&req->cookies, session_cookie_name(req->app));
	struct session found;
	if (!id || strlen(id) != ID_LENGTH || !str_only(id, "0123456789abcdef"))
		return ERR_NONE;
	const char *hash = secret_digest(req->arena, id);
	struct db *db = request_db(req);
	enum err e = model_sessions_get(db, req->arena, hash, &found);
	if (e == ERR_NOT_FOUND)
		return ERR_NONE;
	if (e == ERR_NONE && found.touch)
		e = model_sessions_touch(db, req->arena, hash);
	if (e != ERR_NONE)
		return e;
	req->session = id;
	req->csrf = csrf_token(req->arena, id);
	session_become(req, &found.user, NULL);
	return ERR_NONE;
}

enum err session_identify(struct request *req)
{
	return *req->authorization ? by_token(req) : by_cookie(req);
}

const char *session_holder(struct request *req)
{
	const char *shown = req->session ? req->session : req->authorization + sizeof bearer - 1;
	return arena_printf(req->arena, "%s:%s", role_name(req->actor.role), secret_digest(req->arena, shown));
}

enum err session_logout(struct request *req, struct response *res)
{
	enum err e = ERR_NONE;
	if (req->session)
		e = model_sessions_delete(request_db(req), req->arena, secret_digest(req->arena, req->session));
	if (e == ERR_NONE)
		response_cookie(res, session_cookie_name(req->app), "", 0);
	return e;
}
