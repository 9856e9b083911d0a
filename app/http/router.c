/* Matching of paths, and the way through guards to the handler. */
#include "http/router.h"

#include <string.h>

#include "base/arena.h"
#include "base/gate.h"

/* What fits best: literal segments count, those further left more. 0: no match. `params` may be filled in part without one. */
static unsigned match(struct arena *a, const char *pattern, const char *path, struct pair *params)
{
	unsigned score = 1;
	size_t count = 0;
	while (*pattern == '/' && *path == '/') {
		size_t want = strcspn(++pattern, "/"), have = strcspn(++path, "/");
		score <<= 1;
		if (*pattern == ':') {
			if (!have || count == ROUTE_PARAMS_MAX)
				return 0;
			params[count++] = (struct pair){ pattern + 1, arena_memdup(a, path, have) };
		} else if (want == have && !memcmp(pattern, path, want)) {
			score |= 1;
		} else {
			return 0;
		}
		pattern += want;
		path += have;
	}
	return *pattern || *path ? 0 : score;
}

/* Comparing without memory: most rows do not match. */
static bool could_match(const char *pattern, const char *path)
{
	while (*pattern && *path) {
		if (*pattern == ':') {
			pattern += strcspn(pattern, "/");
			path += strcspn(path, "/");
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return !*pattern && !*path;
}

static void add_method(struct arena *a, const char **allow, const char *method)
{
	const char *name = strcmp(method, "GET") ? method : "GET, HEAD";
	*allow = *allow ? arena_printf(a, "%s, %s", *allow, name) : name;
}

/* ":id" in the pattern names a parameter up to the next '/'; the name in the answer ends there, too. */
static void end_names(struct arena *a, struct pair *params)
{
	for (size_t i = 0; i < ROUTE_PARAMS_MAX && params[i].name; i++)
		params[i].name = arena_memdup(a, params[i].name, strcspn(params[i].name, "/"));
}

struct route_match router_match(const struct route *routes, size_t count, struct request *req)
{
	struct route_match found = { 0 };
	unsigned best = 0;
	for (size_t i = 0; i < count; i++) {
		if (!could_match(routes[i].pattern, req->path))
			continue;
		struct pair params[ROUTE_PARAMS_MAX] = { 0 };
		unsigned score = match(req->arena, routes[i].pattern, req->path, params);
		if (!score || score < best)
			continue;
		if (score > best) /* the most specific pattern alone decides, whatever its methods are */
			found = (struct route_match){ 0 };
		best = score;
		add_method(req->arena, &found.allow, routes[i].method);
		if (strcmp(routes[i].method, req->method))
			continue;
		found.route = &routes[i];
		end_names(req->arena, params);
		memcpy(req->params, params, sizeof params);
	}
	if (found.route)
		found.allow = NULL;
	return found;
}

const char *router_page(const struct request *req, const char *path)
{
	struct request asked = *req;
	size_t whole = strcspn(path, "?"), len = whole;
	asked.method = "GET";
	do {
		asked.path = arena_memdup(req->arena, path, len);
		if (router_match(req->app->routes, req->app->route_count, &asked).route)
			return len == whole ? path : asked.path;
		while (len && path[--len] != '/')
			;
	} while (len);
	return "/";
}

const char *route_scope(const struct route *route)
{
	unsigned g = route->guards;
	if (g & SESSION_ONLY || g & PUBLIC)
		return NULL;
	if (g & SCOPE_DEPLOY)
		return "deploy";
	if (g & SCOPE_WRITE)
		return "write";
	return g & SCOPE_READ || !strcmp(route->method, "GET") ? "read" : "write";
}

int router_run(const struct route *route, struct request *req, struct response *res)
{
	const struct app_hooks *hooks = &req->app->hooks;
	if (hooks->guard) {
		int status = hooks->guard(req, res, route);
		if (status)
			return status;
	} else if (!(route->guards & PUBLIC)) {
		return response_error(res, 401, NULL);
	}
	bool away = route->guards & AWAY;
	if (away && !gate_enter(req->app->away_gate)) {
		response_header(res, "Retry-After", "10");
		return response_error(res, 503, response_sentence(res, "error.away_busy"));
	}
	bool once = (route->guards & IDEMPOTENT) && *req->idempotency_key && hooks->idempotent;
	int status = once ? hooks->idempotent(req, res, route) : route->handler(req, res);
	if (away)
		gate_leave(req->app->away_gate);
	return status;
}
