/* Image registries: a connection test. */
#include "registry/registry.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"

enum { JSON_DEPTH = 16, TOKEN_MAX = 16384, REALM_MAX = 2000 };

/* A test under way. */
struct test {
	struct arena *arena;
	struct probe *probe;
	const struct registry_server *server;
	struct fetch_peer peer;
	struct registry_challenge challenge;
	bool open;	   /* answers without an account */
	const char *scope; /* what a token is wanted for; NULL: for nothing in particular */
};

/* A registry's own answer to /v2/ is JSON or nothing; a web page is somebody else. */
static bool is_registry(struct arena *a, const struct fetch_response *r)
{
	const char *why;
	return !r->body_len || json_parse(a, r->body, r->body_len, JSON_DEPTH, &why);
}

/* What an answer to /v2/ without an account means; NULL: it is a registry. */
static const char *api_fault(struct test *t, const struct fetch_response *r)
{
	t->challenge = registry_challenge_parse(t->arena, r->authenticate);
	t->open = r->status == 200;
	if (r->status == 200)
		return is_registry(t->arena, r) ? NULL : "registry_api.none";
	if (r->status == 401)
		return t->challenge.basic || t->challenge.bearer ? NULL : "registry_api.none";
	if (r->status / 100 == 3)
		return "registry_api.redirect";
	return r->status == 429 || r->status >= 500 ? "registry_api.trouble" : "registry_api.none";
}

static const char *status_said(struct arena *a, const struct fetch_response *r)
{
	return r->status ? arena_printf(a, "HTTP %d %s", r->status, r->content_type) : r->error;
}

/* Whether /v2/ answers at all. */
static bool test_api(struct test *t)
{
	struct fetch_response r;
	enum err e = probe_fetch(t->probe, t->arena, "GET", &t->peer, "/v2/", NULL, &r);
	if (!probe_passed(t->probe))
		return false;
	const char *fault = e ? "registry_api.silent" : api_fault(t, &r);
	probe_add(t->probe, t->arena, "registry_api", fault ? PROBE_FAILED : PROBE_PASSED, fault,
		  fault ? status_said(t->arena, &r) : NULL);
	return !fault;
}

static const char *basic(struct arena *a, const struct registry_account *account)
{
	const char *both = arena_printf(a, "%s:%s", account->username, account->password);
	return arena_printf(a, "Authorization: Basic %s", str_base64(a, both, strlen(both)));
}

/* Takes the token server's address apart. False: the password must not go there. */
static bool token_server(struct test *t, struct fetch_peer *peer, const char **path)
{
	const char *realm = t->challenge.realm;
	size_t scheme = str_starts(realm, "https://") ? 8 : t->server->plain_http && str_starts(realm, "http://") ? 7 : 0;
	if (!scheme || strlen(realm) > REALM_MAX || strpbrk(realm, " \t\r\n\\#"))
		return false;
	size_t host = strcspn(realm + scheme, "/?");
	if (!host || memchr(realm + scheme, '@', host))
		return false;
	*peer = (struct fetch_peer){ .base = arena_memdup(t->arena, realm, scheme + host) };
	/* A private authority signs for its own host; a token server elsewhere is the public one's. */
	if (!strcmp(peer->base, t->peer.base))
		peer->ca_pem = t->peer.ca_pem;
	const char *rest = realm + scheme + host;
	*path = arena_printf(t->arena, "%s%s%sservice=%s", *rest == '/' ? "" : "/", rest, strchr(rest, '?') ? "&" : "?",
			     str_url_encode(t->arena, t->challenge.service, false));
	return true;
}

static bool is_printable(const char *s)
{
	while (*s > ' ' && *s < 0x7f)
		s++;
	return !*s;
}

/* A token for an account (NULL: for nobody). Otherwise NULL and what is wrong. */
static const char *get_token(struct test *t, const struct registry_account *account, const char **fault, const char **said)
{
	struct arena *a = t->arena;
	struct fetch_peer peer;
	struct fetch_response r;
	const char *path, *why;
	*fault = "account.realm";
	*said = t->challenge.realm;
	if (!token_server(t, &peer, &path))
		return NULL;
	if (account)
		path = arena_printf(a, "%s&account=%s", path, str_url_encode(a, account->username, false));
	if (t->scope)
		path = arena_printf(a, "%s&scope=%s", path, str_url_encode(a, t->scope, false));
	const char *headers[] = { account ? basic(a, account) : NULL, NULL };
	enum err e = probe_fetch(t->probe, a, "GET", &peer, path, headers, &r);
	*said = status_said(a, &r);
	*fault = !e && (r.status == 401 || r.status == 403) ? "account.refused" : "account.token";
	if (e || r.status != 200)
		return NULL;
	json_object *answer = json_parse(a, r.body, r.body_len, JSON_DEPTH, &why);
	const char *token = json_text(answer, "token", json_text(answer, "access_token", ""));
	return *token && strlen(token) <= TOKEN_MAX && is_printable(token) ? token : NULL;
}

/* Asks /v2/ with an account, by whatever way the registry wants. NULL: it takes it. */
static const char *account_fault(struct test *t, const struct registry_account *account, const char **said)
{
	struct arena *a = t->arena;
	struct fetch_response r;
	const char *fault, *header;
	if (t->challenge.bearer) {
		const char *token = get_token(t, account, &fault, said);
		if (!token)
			return fault;
		header = arena_printf(a, "Authorization: Bearer %s", token);
	} else {
		header = basic(a, account);
	}
	const char *headers[] = { header, NULL };
	enum err e = probe_fetch(t->probe, a, "GET", &t->peer, "/v2/", headers, &r);
	*said = status_said(a, &r);
	if (e)
		return "registry_api.silent";
	if (r.status == 200)
		return NULL;
	return r.status == 401 || r.status == 403 ? "account.refused" : "registry_api.trouble";
}

/* Without an account: fine in an open registry; else a token server may know guests, who can read. */
static void test_nobody(struct test *t, const char *name, bool reads)
{
	const char *fault = "account.needed", *said = NULL;
	bool guest = !t->open && reads && t->challenge.bearer && get_token(t, NULL, &fault, &said);
	if (t->open || guest)
		probe_add(t->probe, t->arena, name, PROBE_SKIPPED, guest ? "account.guest" : "account.open", NULL);
	else
		probe_add(t->probe, t->arena, name, PROBE_FAILED, "account.needed", said);
}

static void test_account(struct test *t, const char *name, bool reads, const struct registry_account *account)
{
	if (!account->username || !*account->username || !account->password) {
		test_nobody(t, name, reads);
		return;
	}
	const char *said = NULL, *fault = account_fault(t, account, &said);
	if (!fault && t->open)
		probe_add(t->probe, t->arena, name, PROBE_SKIPPED, "account.unasked", NULL);
	else
		probe_add(t->probe, t->arena, name, fault ? PROBE_FAILED : PROBE_PASSED, fault, fault ? said : NULL);
}

/* The line that signs in for a pull, or NULL: nobody is asked for, or it is refused. */
static const char *pull_header(struct test *t, const struct registry_account *pull)
{
	const char *fault, *said;
	bool named = pull->username && *pull->username && pull->password;
	if (t->open || (!t->challenge.bearer && !named))
		return NULL;
	if (!t->challenge.bearer)
		return basic(t->arena, pull);
	const char *token = get_token(t, named ? pull : NULL, &fault, &said);
	return token ? arena_printf(t->arena, "Authorization: Bearer %s", token) : NULL;
}

enum registry_image registry_image(struct arena *a, const struct registry_server *server, const struct registry_account *pull,
				   const char *repository, const char *reference)
{
	struct probe probe = probe_begin();
	struct test t = { .arena = a, .probe = &probe, .server = server };
	struct fetch_response r;
	t.peer = (struct fetch_peer){ .base = arena_printf(a, "%s://%s", server->plain_http ? "http" : "https", server->address),
				      .ca_pem = server->ca_pem };
	t.scope = arena_printf(a, "repository:%s:pull", repository);
	if (!test_api(&t))
		return REGISTRY_IMAGE_UNKNOWN;
	const char *accept = "Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
			     "application/vnd.docker.distribution.manifest.list.v2+json, "
			     "application/vnd.docker.distribution.manifest.v2+json";
	const char *headers[] = { accept, pull_header(&t, pull), NULL };
	const char *path = arena_printf(a, "/v2/%s/manifests/%s", repository, reference);
	enum err e = probe_fetch(&probe, a, "GET", &t.peer, path, headers, &r);
	return e				    ? REGISTRY_IMAGE_UNKNOWN
	       : r.status == 200		    ? REGISTRY_IMAGE_THERE
	       : r.status == 404		    ? REGISTRY_IMAGE_MISSING
	       : r.status == 401 || r.status == 403 ? REGISTRY_IMAGE_DENIED
						    : REGISTRY_IMAGE_UNKNOWN;
}

void registry_probe(struct arena *a, const struct registry_server *server, const struct registry_account *push,
		    const struct registry_account *pull, struct probe *out)
{
	struct test t = { .arena = a, .probe = out, .server = server };
	t.peer = (struct fetch_peer){ .base = arena_printf(a, "%s://%s", server->plain_http ? "http" : "https", server->address),
				      .ca_pem = server->ca_pem };
	*out = probe_begin();
	if (!test_api(&t))
		return;
	test_account(&t, "push_account", false, push);
	test_account(&t, "pull_account", true, pull);
}
