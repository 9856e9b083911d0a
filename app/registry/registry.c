/* Image registries: a connection test, and what is said of an image. */
#include "registry/registry.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "registry/image_config.h"

enum { JSON_DEPTH = 16, TOKEN_MAX = 16384, ADDRESS_MAX = 2000 };

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

/*
 * Takes an address apart to which the registry leads: its token server's, or where it keeps a blob. False: nothing may be asked
 * there.
 */
static bool other_server(struct test *t, const char *address, struct fetch_peer *peer, const char **path)
{
	size_t scheme = str_starts(address, "https://") ? 8 : t->server->plain_http && str_starts(address, "http://") ? 7 : 0;
	if (!scheme || strlen(address) > ADDRESS_MAX || strpbrk(address, " \t\r\n\\#"))
		return false;
	size_t host = strcspn(address + scheme, "/?");
	if (!host || memchr(address + scheme, '@', host))
		return false;
	*peer = (struct fetch_peer){ .base = arena_memdup(t->arena, address, scheme + host) };
	/* A private authority signs for its own host; another server is the public one's. */
	if (!strcmp(peer->base, t->peer.base))
		peer->ca_pem = t->peer.ca_pem;
	const char *rest = address + scheme + host;
	*path = arena_printf(t->arena, "%s%s", *rest == '/' ? "" : "/", rest);
	return true;
}

static bool token_server(struct test *t, struct fetch_peer *peer, const char **path)
{
	const char *rest;
	if (!other_server(t, t->challenge.realm, peer, &rest))
		return false;
	*path = arena_printf(t->arena, "%s%sservice=%s", rest, strchr(rest, '?') ? "&" : "?",
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

/* An image that is asked for: after this t->peer and `authorization` are set. False: it is no registry that answers. */
static bool begin_pull(struct test *t, const struct registry_account *pull, const char *repository, const char **authorization)
{
	const struct registry_server *server = t->server;
	*t->probe = probe_begin();
	t->peer = (struct fetch_peer){ .base = arena_printf(t->arena, "%s://%s", server->plain_http ? "http" : "https",
							    server->address),
				       .ca_pem = server->ca_pem };
	t->scope = arena_printf(t->arena, "repository:%s:pull", repository);
	if (!test_api(t))
		return false;
	*authorization = pull_header(t, pull);
	return true;
}

static enum registry_image verdict_of(enum err e, const struct fetch_response *r)
{
	return e				      ? REGISTRY_IMAGE_UNKNOWN
	       : r->status == 200		      ? REGISTRY_IMAGE_THERE
	       : r->status == 404		      ? REGISTRY_IMAGE_MISSING
	       : r->status == 401 || r->status == 403 ? REGISTRY_IMAGE_DENIED
						      : REGISTRY_IMAGE_UNKNOWN;
}

static enum registry_image get_manifest(struct test *t, const char *repository, const char *reference, const char *authorization,
					struct fetch_response *r)
{
	const char *accept = "Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
			     "application/vnd.docker.distribution.manifest.list.v2+json, "
			     "application/vnd.docker.distribution.manifest.v2+json";
	const char *headers[] = { accept, authorization, NULL };
	const char *path = arena_printf(t->arena, "/v2/%s/manifests/%s", repository, reference);
	return verdict_of(probe_fetch(t->probe, t->arena, "GET", &t->peer, path, headers, r), r);
}

/* Registries that keep their blobs elsewhere lead there once; the account is not for that server. */
static enum registry_image get_blob(struct test *t, const char *repository, const char *digest, const char *authorization,
				    struct fetch_response *r)
{
	struct fetch_peer elsewhere;
	const char *headers[] = { authorization, NULL }, *path = arena_printf(t->arena, "/v2/%s/blobs/%s", repository, digest);
	enum err e = probe_fetch_large(t->probe, t->arena, "GET", &t->peer, path, headers, IMAGE_CONFIG_MAX, r);
	if (!e && r->status / 100 == 3 && other_server(t, r->location, &elsewhere, &path))
		e = probe_fetch_large(t->probe, t->arena, "GET", &elsewhere, path, NULL, IMAGE_CONFIG_MAX, r);
	return verdict_of(e, r);
}

enum registry_image registry_image(struct arena *a, const struct registry_server *server, const struct registry_account *pull,
				   const char *repository, const char *reference)
{
	struct probe probe;
	struct test t = { .arena = a, .probe = &probe, .server = server };
	struct fetch_response r;
	const char *authorization;
	return begin_pull(&t, pull, repository, &authorization) ? get_manifest(&t, repository, reference, authorization, &r)
								: REGISTRY_IMAGE_UNKNOWN;
}

enum registry_image registry_image_user(struct arena *a, const struct registry_server *server,
					const struct registry_account *pull, const char *repository, const char *digest,
					const char **user)
{
	struct probe probe;
	struct test t = { .arena = a, .probe = &probe, .server = server };
	struct fetch_response r;
	enum registry_image said;
	const char *authorization;
	bool index = true;
	if (!begin_pull(&t, pull, repository, &authorization))
		return REGISTRY_IMAGE_UNKNOWN;
	for (int depth = 0; index && depth < 2; depth++) {
		said = get_manifest(&t, repository, digest, authorization, &r);
		if (said != REGISTRY_IMAGE_THERE)
			return said;
		digest = image_is_digest(digest, r.body, r.body_len) ? image_manifest_next(a, r.body, r.body_len, &index) : NULL;
		if (!digest)
			return REGISTRY_IMAGE_UNKNOWN;
	}
	if (index)
		return REGISTRY_IMAGE_UNKNOWN;
	said = get_blob(&t, repository, digest, authorization, &r);
	if (said != REGISTRY_IMAGE_THERE)
		return said;
	*user = image_is_digest(digest, r.body, r.body_len) ? image_config_user(a, r.body, r.body_len) : NULL;
	return *user ? REGISTRY_IMAGE_THERE : REGISTRY_IMAGE_UNKNOWN;
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
