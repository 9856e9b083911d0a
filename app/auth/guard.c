/* The guards of a route's row, checked once before its handler. */
#include <string.h>

#include "auth/session.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "config.h"

/* Where a request's page came from, as the browser says. */
enum site { SITE_UNKNOWN, SITE_OURS, SITE_OTHER };

static bool is_ours(const struct request *req, const char *origin)
{
	const char *host = strstr(origin, "://");
	return !strcmp(origin, req->app->config->portal_url) || (host && !strcmp(host + 3, req->host));
}

static enum site site_of(const struct request *req)
{
	enum site site = SITE_UNKNOWN;
	if (!strcmp(req->fetch_site, "same-origin"))
		site = SITE_OURS;
	else if (*req->fetch_site && strcmp(req->fetch_site, "none"))
		return SITE_OTHER;
	if (!*req->origin)
		return site;
	return is_ours(req, req->origin) ? SITE_OURS : SITE_OTHER;
}

bool origin_is_ours(const struct request *req)
{
	return *req->origin && site_of(req) == SITE_OURS;
}

bool csrf_meant(struct request *req)
{
	if (site_of(req) == SITE_OTHER)
		return false;
	if (!req->session || req->route->guards & NO_CSRF)
		return true; /* there is no right to be borrowed */
	if (req->json)
		return true; /* a form cannot send JSON, and a foreign script would have to ask before it does */
	return csrf_fits(req->session, pairs_get(&req->form, "csrf")) ||
	       csrf_fits(req->session, request_header(req, "HTTP_X_CSRF_TOKEN"));
}

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	for (const char *p = words; *p;) {
		p += strspn(p, " ");
		size_t n = strcspn(p, " ");
		if (n == len && !memcmp(p, word, n))
			return true;
		p += n;
	}
	return false;
}

static bool token_allows(const char *scopes, const struct route *route)
{
	const char *needed = route_scope(route);
	return !(route->guards & SESSION_ONLY) && (!needed || has_word(scopes, needed));
}

/*
 * Whoever sent a form is told that it did nothing, and may go back to the page where it stood, if the browser says which. Of
 * another site's form nothing is said.
 */
static const char *after_lost_form(struct request *req, struct response *res)
{
	const char *page = request_header(req, "HTTP_REFERER"), *host = strstr(page, "://");
	const char *path = host ? host + 3 + strcspn(host + 3, "/?#") : page;
	bool ours = is_ours(req, arena_memdup(req->arena, page, (size_t)(path - page)));
	if (site_of(req) == SITE_OTHER || (*page && !ours))
		return "/";
	response_notice(res, "notice.not_saved");
	return ours ? session_next(req->arena, router_page(req, path)) : "/";
}

static int ask_to_sign_in(struct request *req, struct response *res)
{
	if (req->wants_json) {
		response_header(res, "WWW-Authenticate", "Bearer realm=\"hydrosim-portal\"");
		return response_error(res, 401, NULL);
	}
	const char *next = session_next(req->arena, request_header(req, "REQUEST_URI"));
	if (strcmp(req->method, "GET") && strcmp(req->path, "/logout")) /* signing out twice loses nothing */
		next = after_lost_form(req, res);
	if (!strcmp(next, "/"))
		return response_redirect(res, "/login");
	return response_redirect(res, arena_printf(req->arena, "/login?next=%s", str_url_encode(req->arena, next, true)));
}

static int refuse(struct response *res, int status, const char *name, const char *event)
{
	log_event(LOG_WARN, event, LOG_NUM("user_id", res->req->actor.id), LOG_STR("route", res->req->route->pattern));
	return response_error(res, status, response_sentence(res, name));
}

static int check_actor(struct request *req, struct response *res, const struct route *route)
{
	unsigned g = route->guards;
	if (!(g & PUBLIC) && !req->actor.id)
		return ask_to_sign_in(req, res);
	if (req->actor.scopes && !token_allows(req->actor.scopes, route))
		return refuse(res, 403, g & SESSION_ONLY ? "error.session_only" : "error.scope", "scope_refused");
	/* What only staff may see is not there for others. */
	if ((g & NEED_TEACHER && req->actor.role < ROLE_TEACHER) || (g & NEED_ADMIN && req->actor.role < ROLE_ADMIN))
		return response_error(res, 404, NULL);
	return 0;
}

int session_guard(struct request *req, struct response *res, const struct route *route)
{
	unsigned g = route->guards;
	if (!(g & PUBLIC) || g & KNOW_USER) {
		enum err e = session_identify(req);
		if (e == ERR_UNAUTHORIZED) {
			response_header(res, "WWW-Authenticate", "Bearer realm=\"hydrosim-portal\", error=\"invalid_token\"");
			return response_error(res, 401, response_sentence(res, "error.token"));
		}
		if (e != ERR_NONE)
			return response_err(res, e, NULL);
	}
	int status = check_actor(req, res, route);
	if (status)
		return status;
	bool changes = strcmp(route->method, "GET");
	if (changes && !req->actor.scopes && !csrf_meant(req))
		return refuse(res, 403, "error.csrf", "csrf_refused");
	return 0;
}
