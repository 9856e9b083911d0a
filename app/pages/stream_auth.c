/* nginx asks before each stream: may whoever sent this request read it? */
#include <string.h>

#include "auth/authorize.h"
#include "auth/session.h"
#include "base/arena.h"
#include "base/str.h"
#include "http/stream_route.h"
#include "model/owners.h"
#include "pages/page.h"

/* Makes "{1,2,3}" of "1,2,3"; NULL when it is not that. *count gets the number of ids. */
static const char *id_list(struct arena *a, const char *text, size_t len, int *count)
{
	char *list = arena_printf(a, "{%.*s}", (int)len, text);
	*count = 0;
	for (char *p = list + 1; *p != '}';) {
		size_t n = strcspn(p, ",}");
		int64_t id;
		if (!str_to_int(arena_memdup(a, p, n), 1, INT64_MAX, &id) || ++*count > STREAM_IDS_ALL)
			return NULL;
		p += n;
		if (*p == ',' && p[1] == '}')
			return NULL;
		p += *p == ',';
	}
	return list;
}

struct wanted {
	const char *builds, *projects; /* "{1,2}" */
	int count;
};

/* "/stream/builds/7/log" or "/stream/projects/7/state". */
static bool one_object(struct arena *a, const char *path, const char *prefix, const char *suffix, const char **list, int *count)
{
	size_t len = strlen(path), before = strlen(prefix), after = strlen(suffix);
	if (!str_starts(path, prefix) || !str_ends(path, suffix) || len <= before + after)
		return false;
	*list = id_list(a, path + before, len - before - after, count);
	return *list && *count == 1;
}

/*
 * portal-stream takes the same query apart by rules of its own (it splits at ';', too). So only what has one meaning by anybody's
 * rules is allowed: names that are known, each once, and nothing but letters, digits and commas in them and their values.
 */
static bool read_query(struct arena *a, const char *query, struct pairs *out)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789,=&";
	if (query[strspn(query, set)] || !pairs_parse(a, query, strlen(query), PAIRS_MAX, out))
		return false;
	for (size_t i = 0; i < out->count; i++) {
		const char *name = out->at[i].name;
		bool known = !strcmp(name, "builds") || !strcmp(name, "projects");
		if (!known || pairs_get(out, name) != out->at[i].value)
			return false;
	}
	return true;
}

/* "/stream/state?builds=1,2&projects=3". */
static bool many_objects(struct arena *a, const char *text, struct wanted *w)
{
	struct pairs *query = arena_alloc(a, sizeof(*query));
	int builds = 0, projects = 0;
	if (!read_query(a, text, query))
		return false;
	const char *b = pairs_get(query, "builds"), *p = pairs_get(query, "projects");
	if (b)
		w->builds = id_list(a, b, strlen(b), &builds);
	if (p)
		w->projects = id_list(a, p, strlen(p), &projects);
	w->count = builds + projects;
	return w->builds && w->projects && w->count && w->count <= STREAM_IDS_ALL;
}

static bool parse(struct arena *a, const char *target, struct wanted *w)
{
	size_t len = strcspn(target, "?");
	const char *path = arena_memdup(a, target, len), *query = target[len] ? target + len + 1 : "";
	*w = (struct wanted){ .builds = "{}", .projects = "{}" };
	if (one_object(a, path, "/stream/builds/", "/log", &w->builds, &w->count) ||
	    one_object(a, path, "/stream/projects/", "/state", &w->projects, &w->count))
		return true;
	*w = (struct wanted){ .builds = "{}", .projects = "{}" };
	return !strcmp(path, "/stream/state") && many_objects(a, query, w);
}

/*
 * A terminal's WebSocket: any page of any site may open one, and the browser sends the cookie along, so it must come from here.
 * Its ticket says the rest; portal-stream is told whose connection it is.
 */
static int answer_terminal(struct request *req, struct response *res)
{
	if (req->actor.scopes || !origin_is_ours(req))
		return 403;
	response_header(res, "X-Portal-User", arena_printf(req->arena, "%lld", (long long)req->actor.id));
	return 204;
}

/* GET /auth/stream: 204, 401 or 403 (also for what does not exist). The address is in X-Original-URI, which only nginx sets. */
int page_stream_auth(struct request *req, struct response *res)
{
	struct wanted wanted;
	int64_t *owners;
	int count;
	const char *address = request_header(req, "HTTP_X_ORIGINAL_URI");
	if (!req->actor.id)
		return 401;
	if (!strcmp(address, "/stream/terminal"))
		return answer_terminal(req, res);
	if (!parse(req->arena, address, &wanted))
		return 403;
	enum err e = model_owners_read(request_db(req), req->arena, wanted.builds, wanted.projects, &owners, &count);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	for (int i = 0; i < count; i++)
		if (!authorized(&req->actor, ACTION_VIEW, object_project(owners[i])))
			return 403;
	response_header(res, "X-Portal-Holder", session_holder(req));
	return 204;
}
