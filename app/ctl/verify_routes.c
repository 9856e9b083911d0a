/* portalctl verify, over HTTP: every path that is read, asked once. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "config.h"
#include "ctl/ctl.h"
#include "ctl/verify.h"
#include "fetch/fetch.h"
#include "model/invariants.h"

static const struct route {
	const char *method, *pattern, *guards;
} routes[] = {
#define PAGE(method, pattern, handler, guards, summary, query, body) { method, pattern, #guards },
#define API(method, pattern, handler, guards, summary, query, body, status, shape) { method, pattern, #guards },
#include "routes.def"
#undef PAGE
#undef API
};

struct asking {
	struct ctl *ctl;
	struct fetch_peer peer;
	const char *const *headers;
	bool signed_in;
	int asked, failed, skipped;
};

/* The pattern with the id of a row that is there in place of ":id". NULL: there is none, or there is a parameter of another kind.
 */
static const char *fill(struct asking *x, const char *pattern)
{
	struct arena *a = x->ctl->arena;
	const char *colon = strchr(pattern, ':'), *noun = colon;
	int64_t id = 0;
	if (!colon)
		return pattern;
	if (strchr(colon + 1, ':'))
		return NULL;
	for (noun--; noun > pattern && noun[-1] != '/'; noun--)
		;
	const char *word = arena_memdup(a, noun, (size_t)(colon - noun - 1));
	if (model_invariants_sample(x->ctl->db, a, word, &id) || !id)
		return NULL;
	return arena_printf(a, "%.*s%lld%s", (int)(colon - pattern), pattern, (long long)id, colon + strcspn(colon, "/"));
}

/*
 * What may not be: no answer, a fault of the server, "not found" for what is there, and "not signed in" with a token that reads.
 * Pages are for sessions, so a token is answered by the sign-in form's address; that is an answer.
 */
static const char *fault(const struct asking *x, const struct route *r, int status)
{
	if (status >= 500)
		return "the portal failed";
	if (status == 404 && !strstr(r->guards, "PUBLIC"))
		return "not found";
	if (x->signed_in && status == 401)
		return "the token was not taken";
	if (!x->signed_in && status == 200 && !strstr(r->guards, "PUBLIC"))
		return "shown to somebody who is not signed in";
	return NULL;
}

static void ask(struct asking *x, const struct route *r)
{
	struct fetch_response answer;
	const char *path = fill(x, r->pattern);
	if (!path) {
		x->skipped++;
		return;
	}
	const struct fetch_request request = { .method = "GET", .path = path, .headers = x->headers };
	enum err e = fetch(x->ctl->arena, &x->peer, &request, &answer);
	const char *why = e == ERR_TOO_LARGE ? NULL : e ? answer.error : fault(x, r, answer.status);
	x->asked++;
	if (!why)
		return;
	x->failed++;
	verify_line("endpoint", false,
		    arena_printf(x->ctl->arena, "GET %s: %d %s", path, answer.status, *why ? why : err_name(e)));
}

int verify_routes(struct ctl *ctl, const char *url, const char *ca_pem, const char *token)
{
	const char *headers[] = { "Accept: */*", NULL, NULL };
	struct asking x = {
		.ctl = ctl, .peer = { .base = url, .ca_pem = ca_pem }, .headers = headers, .signed_in = token != NULL
	};
	if (token)
		headers[1] = arena_printf(ctl->arena, "Authorization: Bearer %s", token);
	for (size_t i = 0; i < sizeof routes / sizeof *routes && !(x.failed && x.failed == x.asked && x.asked > 3); i++)
		if (!strcmp(routes[i].method, "GET") && strcmp(routes[i].pattern, "/auth/stream") != 0)
			ask(&x, &routes[i]);
	verify_line("endpoints", !x.failed,
		    arena_printf(ctl->arena, "%d asked at %s %s, %d failed, %d have nothing to show", x.asked, url,
				 token ? "with the token" : "without signing in", x.failed, x.skipped));
	return x.failed;
}
