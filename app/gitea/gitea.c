/* Gitea's API: repositories, branch heads, deploy keys, webhooks, commit statuses. */
#include "gitea/gitea.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/gitref.h"
#include "base/json.h"
#include "base/log.h"
#include "base/phrases.h"
#include "base/str.h"
#include "fetch/fetch.h"

enum {
	JSON_DEPTH = 64,
	TIMEOUT_MS = 10000,
	HEAD_TIMEOUT_MS = 2000,
	PAGE = 50,
	PAGES_MAX = 20,
	MESSAGE_MAX = 200,
	SAID_MAX = 200
};

struct gitea {
	char *base;	     /* "https://host:port" */
	char *ca_pem;	     /* NULL: the system's authorities */
	char *prefix;	     /* "/gitea/api/v1" */
	char *authorization; /* a header line */
};

/* One request, and the sentence's beginning where it fails: "Gitea: cannot <step>". */
struct call {
	const char *method, *path, *step;
	json_object *body; /* NULL: none; the arena's */
	int timeout_ms;
	json_object *answer; /* what came back, the arena's; NULL: nothing */
};

/* Where the host begins; NULL: it is no address of a server. */
static const char *host_of(const char *url)
{
	const char *host = str_starts(url, "https://") ? url + 8 : str_starts(url, "http://") ? url + 7 : "";
	return *host && !strchr(":/", *host) && !strpbrk(host, "@?#\\ \t\r\n") ? host : NULL;
}

bool gitea_url_valid(const char *url)
{
	return host_of(url) && str_is_utf8(url, strlen(url));
}

const char *gitea_url_host(struct arena *a, const char *url)
{
	const char *host = host_of(url);
	if (!host)
		return "";
	char *copy = arena_memdup(a, host, *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/"));
	for (char *c = copy; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

struct gitea *gitea_open(const char *url, const char *token, const char *ca_pem)
{
	if (!*url || !*token)
		return NULL;
	const char *host = host_of(url);
	if (!host || strpbrk(token, " \r\n")) {
		log_event(LOG_ERROR, "gitea_address_invalid", LOG_STR("advice", "it is http[s]://host[:port][/path]"));
		return NULL;
	}
	size_t base_len = (size_t)(host - url) + strcspn(host, "/"), len = strlen(url);
	while (len > base_len && url[len - 1] == '/')
		len--;
	struct gitea *g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->base = strndup(url, base_len);
	g->ca_pem = ca_pem && *ca_pem ? strdup(ca_pem) : NULL;
	if (asprintf(&g->prefix, "%.*s/api/v1", (int)(len - base_len), url + base_len) < 0)
		g->prefix = NULL;
	if (asprintf(&g->authorization, "Authorization: token %s", token) < 0)
		g->authorization = NULL;
	if (g->base && g->prefix && g->authorization && (g->ca_pem || !ca_pem || !*ca_pem))
		return g;
	gitea_free(g);
	return NULL;
}

void gitea_free(struct gitea *g)
{
	if (!g)
		return;
	free(g->base);
	free(g->ca_pem);
	free(g->prefix);
	if (g->authorization)
		explicit_bzero(g->authorization, strlen(g->authorization));
	free(g->authorization);
	free(g);
}

static char *repo_path(struct arena *a, const char *owner, const char *name, const char *rest)
{
	return arena_printf(a, "/repos/%s/%s%s", str_url_encode(a, owner, false), str_url_encode(a, name, false), rest);
}

static const char *full_name(struct arena *a, const char *owner, const char *name)
{
	return arena_printf(a, "%s/%s", owner, name);
}

static enum err meaning(int status, const char **what)
{
	switch (status) {
	case 401:
		*what = phrase_text(PHRASE_GITEA_TOKEN);
		return ERR_UNAUTHORIZED;
	case 403:
		*what = phrase_text(PHRASE_GITEA_RIGHTS);
		return ERR_FORBIDDEN;
	case 404:
		*what = phrase_text(PHRASE_GITEA_NOTHING);
		return ERR_NOT_FOUND;
	case 409:
	case 422:
		*what = phrase_text(PHRASE_GITEA_VALUES);
		return ERR_CONFLICT;
	case 429:
		*what = phrase_text(PHRASE_GITEA_WAIT);
		return ERR_UNAVAILABLE;
	}
	*what = phrase_text(PHRASE_GITEA_TROUBLE);
	return status >= 500 ? ERR_UNAVAILABLE : ERR_INTERNAL;
}

/* What Gitea says of an error, made safe to show. */
static const char *said(struct arena *a, json_object *answer)
{
	const char *message = json_text(answer, "message", "");
	char *text = arena_memdup(a, message, str_utf8_cut(message, strlen(message), SAID_MAX));
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return text;
}

static enum err perform(struct gitea *g, struct arena *a, struct call *c, const char **why)
{
	const char *text = c->body ? json_object_to_json_string_ext(c->body, JSON_PLAIN) : NULL;
	const char *headers[] = { g->authorization, "Accept: application/json", text ? "Content-Type: application/json" : NULL,
				  NULL };
	const struct fetch_peer peer = { .base = g->base, .ca_pem = g->ca_pem };
	const struct fetch_request request = { .method = c->method,
					       .path = arena_printf(a, "%s%s", g->prefix, c->path),
					       .headers = headers,
					       .body = text,
					       .body_len = text ? strlen(text) : 0,
					       .timeout_ms = c->timeout_ms ? c->timeout_ms : TIMEOUT_MS };
	struct fetch_response r;
	enum err e = fetch(a, &peer, &request, &r);
	if (e != ERR_NONE) {
		*why = phrase(a, PHRASE_GITEA_FAILED, c->step, r.error);
		return e;
	}
	const char *what;
	c->answer = r.body_len ? json_parse(a, r.body, r.body_len, JSON_DEPTH, &what) : NULL;
	if (r.status / 100 == 2) {
		if (c->answer || !r.body_len)
			return ERR_NONE;
		*why = phrase(a, PHRASE_GITEA_FAILED, c->step, phrase_text(PHRASE_GITEA_NOT_GITEA));
		return ERR_INTERNAL;
	}
	e = meaning(r.status, &what);
	const char *words = said(a, c->answer);
	*why = *words ? phrase(a, PHRASE_GITEA_REFUSED, c->step, what, words) : phrase(a, PHRASE_GITEA_FAILED, c->step, what);
	return e;
}

enum err gitea_check(struct gitea *g, struct arena *a, const char *owner, const char *name, struct gitea_repo *out,
		     const char **why)
{
	*out = (struct gitea_repo){ 0 };
	*why = NULL;
	struct call c = { .method = "GET",
			  .path = repo_path(a, owner, name, ""),
			  .step = phrase(a, PHRASE_GITEA_READ_REPOSITORY, full_name(a, owner, name)) };
	enum err e = perform(g, a, &c, why);
	if (e != ERR_NONE)
		return e;
	*out = (struct gitea_repo){ .id = json_int(c.answer, "id", 0),
				    .full_name = json_text(c.answer, "full_name", ""),
				    .default_branch = json_text(c.answer, "default_branch", ""),
				    .ssh_url = json_text(c.answer, "ssh_url", ""),
				    .clone_url = json_text(c.answer, "clone_url", ""),
				    .admin = json_flag(c.answer, "permissions.admin", false) };
	if (out->id > 0)
		return ERR_NONE;
	*why = phrase_text(PHRASE_GITEA_NO_REPOSITORY);
	return ERR_INTERNAL;
}

enum err gitea_head(struct gitea *g, struct arena *a, const char *owner, const char *name, const char *branch, const char **sha,
		    const char **message, const char **author, const char **why)
{
	*sha = *message = *author = *why = NULL;
	struct call c = { .method = "GET",
			  .path = repo_path(a, owner, name, arena_printf(a, "/branches/%s", str_url_encode(a, branch, true))),
			  .step = phrase(a, PHRASE_GITEA_READ_BRANCH, branch, full_name(a, owner, name)),
			  .timeout_ms = HEAD_TIMEOUT_MS };
	enum err e = perform(g, a, &c, why);
	if (e != ERR_NONE)
		return e;
	*sha = json_text(c.answer, "commit.id", "");
	if (!git_sha_valid(*sha)) {
		*sha = NULL;
		*why = phrase(a, PHRASE_GITEA_NO_COMMIT, branch, full_name(a, owner, name));
		return ERR_NOT_FOUND;
	}
	const char *text = json_text(c.answer, "commit.message", NULL);
	if (text) {
		size_t line = strcspn(text, "\r\n");
		*message = arena_memdup(a, text, str_utf8_cut(text, line, MESSAGE_MAX));
	}
	*author = json_text(c.answer, "commit.author.name", NULL);
	return ERR_NONE;
}

/* Calls `each` with every element of a paged list until it returns true. `path` is without a query. */
static enum err each_of(struct gitea *g, struct arena *a, const char *path, const char *step,
			bool (*each)(void *context, json_object *element), void *context, const char **why)
{
	for (int page = 1; page <= PAGES_MAX; page++) {
		struct call c = { .method = "GET",
				  .path = arena_printf(a, "%s?page=%d&limit=%d", path, page, PAGE),
				  .step = step };
		enum err e = perform(g, a, &c, why);
		if (e != ERR_NONE)
			return e;
		size_t n = json_object_is_type(c.answer, json_type_array) ? json_object_array_length(c.answer) : 0;
		for (size_t i = 0; i < n; i++)
			if (each(context, json_object_array_get_idx(c.answer, i)))
				return ERR_NONE;
		/* The server's own limit of a page may be smaller than what was asked for. */
		if (!n)
			return ERR_NONE;
	}
	return ERR_NONE;
}

static enum err delete_one(struct gitea *g, struct arena *a, const char *path, const char *step, const char **why)
{
	struct call c = { .method = "DELETE", .path = path, .step = step };
	enum err e = perform(g, a, &c, why);
	if (e != ERR_NOT_FOUND)
		return e;
	*why = NULL;
	return ERR_NONE;
}

struct wanted_key {
	const char *blob; /* the Base64 part of the public line */
	size_t len;
	int64_t id;
	bool read_only;
};

static bool same_key(void *context, json_object *element)
{
	struct wanted_key *w = context;
	const char *space = strchr(json_text(element, "key", ""), ' ');
	if (!space || strncmp(space + 1, w->blob, w->len) || (space[1 + w->len] && space[1 + w->len] != ' '))
		return false;
	w->id = json_int(element, "id", 0);
	w->read_only = json_flag(element, "read_only", false);
	return true;
}

enum err gitea_install_key(struct gitea *g, struct arena *a, const char *owner, const char *name, const char *title,
			   const char *public_key, int64_t *id, const char **why)
{
	*id = 0;
	*why = NULL;
	const char *blob = strchr(public_key, ' '), *keys = repo_path(a, owner, name, "/keys");
	if (!blob)
		return ERR_INVALID;
	struct wanted_key wanted = { .blob = blob + 1, .len = strcspn(blob + 1, " \r\n") };
	enum err e = each_of(g, a, keys, phrase(a, PHRASE_GITEA_LIST_KEYS, full_name(a, owner, name)), same_key, &wanted, why);
	if (e != ERR_NONE)
		return e;
	if (wanted.id && wanted.read_only) {
		*id = wanted.id;
		return ERR_NONE;
	}
	/* The same key with write access is more than the portal wants to hold. */
	if (wanted.id && (e = gitea_remove_key(g, a, owner, name, wanted.id, why)) != ERR_NONE)
		return e;
	struct call c = { .method = "POST",
			  .path = keys,
			  .step = phrase(a, PHRASE_GITEA_ADD_KEY, full_name(a, owner, name)),
			  .body = json_build(a, "{'title': %s, 'key': %s, 'read_only': %b}", title, public_key, 1) };
	e = perform(g, a, &c, why);
	if (e == ERR_NONE)
		*id = json_int(c.answer, "id", 0);
	return e;
}

enum err gitea_remove_key(struct gitea *g, struct arena *a, const char *owner, const char *name, int64_t id, const char **why)
{
	*why = NULL;
	return delete_one(g, a, repo_path(a, owner, name, arena_printf(a, "/keys/%lld", (long long)id)),
			  phrase(a, PHRASE_GITEA_REMOVE_KEY, full_name(a, owner, name)), why);
}

enum { HOOKS_MAX = 32 };
struct same_hooks {
	const char *url;
	int64_t ids[HOOKS_MAX];
	int count;
};

static bool same_hook(void *context, json_object *element)
{
	struct same_hooks *s = context;
	if (!strcmp(json_text(element, "config.url", ""), s->url))
		s->ids[s->count++] = json_int(element, "id", 0);
	return s->count == HOOKS_MAX;
}

enum err gitea_install_hook(struct gitea *g, struct arena *a, const char *owner, const char *name, const char *url,
			    const char *secret, int64_t *id, const char **why)
{
	*id = 0;
	*why = NULL;
	const char *hooks = repo_path(a, owner, name, "/hooks");
	struct same_hooks old = { .url = url };
	enum err e = each_of(g, a, hooks, phrase(a, PHRASE_GITEA_LIST_HOOKS, full_name(a, owner, name)), same_hook, &old, why);
	if (e != ERR_NONE)
		return e;
	struct call c = { .method = "POST",
			  .path = hooks,
			  .step = phrase(a, PHRASE_GITEA_ADD_HOOK, full_name(a, owner, name)),
			  .body = json_build(
				  a,
				  "{'type': 'gitea', 'active': %b, 'branch_filter': '*', 'events': ['push', 'create', 'delete'],"
				  " 'config': {'url': %s, 'content_type': 'json', 'secret': %s}}",
				  1, url, secret) };
	e = perform(g, a, &c, why);
	if (e != ERR_NONE)
		return e;
	*id = json_int(c.answer, "id", 0);
	/* The old ones go last, so that no push falls between; their secret cannot be read or set, so they are of no use. */
	for (int i = 0; i < old.count && e == ERR_NONE; i++)
		e = delete_one(g, a, arena_printf(a, "%s/%lld", hooks, (long long)old.ids[i]),
			       phrase(a, PHRASE_GITEA_REMOVE_HOOK, full_name(a, owner, name)), why);
	return e;
}

enum err gitea_status(struct gitea *g, struct arena *a, const char *owner, const char *name, const char *sha, const char *state,
		      const char *target_url, const char *context, const char *description, const char **why)
{
	*why = NULL;
	struct call c = { .method = "POST",
			  .path = repo_path(a, owner, name, arena_printf(a, "/statuses/%s", str_url_encode(a, sha, false))),
			  .step = phrase(a, PHRASE_GITEA_SET_STATUS, arena_printf(a, "%.10s", sha), full_name(a, owner, name)),
			  .body = json_build(a, "{'state': %s, 'target_url': %s, 'context': %s, 'description': %s}", state,
					     target_url, context, description) };
	return perform(g, a, &c, why);
}
