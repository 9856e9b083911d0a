/* Whether a Gitea is there and takes the portal's token. */
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "fetch/probe.h"
#include "gitea/gitea.h"

enum { JSON_DEPTH = 64 };

/* A test under way. */
struct test {
	struct arena *arena;
	struct probe *probe;
	struct fetch_peer peer;
	const char *prefix, *authorization;
};

/* One question; the answer's JSON or NULL. */
static enum err ask(struct test *t, const char *method, const char *path, bool token, struct fetch_response *r,
		    json_object **answer)
{
	const char *headers[] = { "Accept: application/json", token ? t->authorization : NULL, NULL }, *why;
	enum err e =
		probe_fetch(t->probe, t->arena, method, &t->peer, arena_printf(t->arena, "%s%s", t->prefix, path), headers, r);
	*answer = !e && r->body_len ? json_parse(t->arena, r->body, r->body_len, JSON_DEPTH, &why) : NULL;
	return e;
}

static const char *said(struct test *t, const struct fetch_response *r, json_object *answer)
{
	if (!r->status)
		return r->error;
	return arena_printf(t->arena, "HTTP %d %s", r->status, json_text(answer, "message", r->content_type));
}

static bool result(struct test *t, const char *name, const char *fault, const char *text)
{
	probe_add(t->probe, t->arena, name, fault ? PROBE_FAILED : PROBE_PASSED, fault, text);
	return !fault;
}

static bool test_version(struct test *t)
{
	struct fetch_response r;
	json_object *answer;
	enum err e = ask(t, "GET", "/version", false, &r, &answer);
	if (!probe_passed(t->probe))
		return false;
	if (!e && t->authorization && (r.status == 401 || r.status == 403)) /* one that shows nothing to guests */
		e = ask(t, "GET", "/version", true, &r, &answer);
	const char *version = json_text(answer, "version", "");
	if (e)
		return result(t, "gitea_version", "gitea.silent", r.error);
	if (r.status == 200 && *version)
		return result(t, "gitea_version", NULL, version);
	if (t->authorization && r.status == 401)
		return result(t, "gitea_version", "gitea.refused", said(t, &r, answer));
	if (r.status / 100 == 3)
		return result(t, "gitea_version", "gitea.redirect", said(t, &r, answer));
	return result(t, "gitea_version", r.status >= 500 ? "gitea.trouble" : "gitea.none", said(t, &r, answer));
}

static bool test_token(struct test *t)
{
	struct fetch_response r;
	json_object *answer;
	enum err e = ask(t, "GET", "/user", true, &r, &answer);
	const char *login = json_text(answer, "login", "");
	if (!e && r.status == 200 && *login)
		return result(t, "gitea_token", NULL, login);
	const char *fault = e		      ? "gitea.silent"
			    : r.status == 401 ? "gitea.refused"
			    : r.status == 403 ? "gitea.read_user"
					      : "gitea.none";
	return result(t, "gitea_token", fault, said(t, &r, answer));
}

/* Asks for something that is nowhere ("-" is no user's name) to go: the scope is looked at first. */
static void test_rights(struct test *t)
{
	struct fetch_response r;
	json_object *answer;
	enum err e = ask(t, "DELETE", "/repos/-/-/keys/1", true, &r, &answer);
	const char *fault = e		      ? "gitea.silent"
			    : r.status == 404 ? NULL
			    : r.status == 403 ? "gitea.write_repository"
					      : "gitea.none";
	result(t, "gitea_rights", fault, fault ? said(t, &r, answer) : NULL);
}

void gitea_probe(struct arena *a, const char *url, const char *token, const char *ca_pem, struct probe *out)
{
	size_t scheme = str_starts(url, "https://") ? 8 : 7, base = scheme + strcspn(url + scheme, "/"), len = strlen(url);
	while (len > base && url[len - 1] == '/')
		len--;
	struct test t = { .arena = a,
			  .probe = out,
			  .peer = { .base = arena_memdup(a, url, base), .ca_pem = ca_pem },
			  .prefix = arena_printf(a, "%.*s/api/v1", (int)(len - base), url + base),
			  .authorization = token && *token ? arena_printf(a, "Authorization: token %s", token) : NULL };
	*out = probe_begin();
	if (!test_version(&t))
		return;
	if (!t.authorization)
		probe_add(out, a, "gitea_token", PROBE_SKIPPED, "gitea.no_token", NULL);
	else if (test_token(&t))
		test_rights(&t);
}
