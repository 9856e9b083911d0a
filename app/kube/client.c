/* Opening a cluster, and one request to it: identity, breaker, one more try with a new token. */
#include "kube/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/phrases.h"
#include "kube/answer.h"

enum { CONFIG_ARENA = 8 << 20, REQUEST_MS = 10000, REQUEST_ARENA = 1 << 20 };

#define SERVICE_ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"

/* Takes over the arena that the config's texts lie in. */
static struct kube *kube_new(struct arena *a, struct arena *texts, const struct kube_config *config, const char *mode,
			     const char **why)
{
	struct kube *k = calloc(1, sizeof(*k));
	if (!k || !token_init(&k->token, config->token, config->token_path)) {
		*why = config->token_path ? phrase(a, PHRASE_KUBE_POD_TOKEN, config->token_path) : phrase_text(PHRASE_KUBE_TOKEN);
		if (k)
			token_free(&k->token);
		free(k);
		arena_free(texts);
		return NULL;
	}
	health_init(&k->health);
	k->texts = texts;
	k->config = *config;
	k->mode = mode;
	k->patience_ms = REQUEST_MS;
	k->peer = (struct fetch_peer){ .base = config->server,
				       .ca_pem = config->ca_pem,
				       .client_cert_pem = config->cert_pem,
				       .client_key_pem = config->key_pem,
				       .server_name = config->tls_name };
	*why = NULL;
	return k;
}

/* The sentence outlives the arena that it was made in. */
static struct kube *refuse(struct arena *a, struct arena *texts, const char **why)
{
	*why = arena_strdup(a, *why);
	arena_free(texts);
	return NULL;
}

struct kube *kube_open(struct arena *a, const char *path, const char **why)
{
	struct kube_config config;
	struct arena *texts = arena_new(CONFIG_ARENA);
	*why = phrase_text(PHRASE_CLUSTER_MEMORY);
	if (!texts)
		return NULL;
	if (*path)
		return config_read(texts, path, &config, why) ? kube_new(a, texts, &config, "kubeconfig", why)
							      : refuse(a, texts, why);
	const char *folder = getenv("KUBERNETES_SERVICEACCOUNT_DIR");
	if (!folder || !*folder)
		folder = SERVICE_ACCOUNT;
	return config_in_cluster(texts, folder, &config, why) ? kube_new(a, texts, &config, "in_cluster", why)
							      : refuse(a, texts, why);
}

static const char *copy(struct arena *a, const char *text)
{
	return text ? arena_strdup(a, text) : NULL;
}

struct kube *kube_open_access(struct arena *a, const struct kube_access *x, bool local, const char **why)
{
	struct kube_config config;
	struct arena *texts = arena_new(CONFIG_ARENA);
	*why = phrase_text(PHRASE_CLUSTER_MEMORY);
	if (!texts)
		return NULL;
	const struct kube_access kept = { .server = copy(texts, x->server),
					  .ca_pem = copy(texts, x->ca_pem),
					  .tls_name = copy(texts, x->tls_name),
					  .token = copy(texts, x->token),
					  .cert_pem = copy(texts, x->cert_pem),
					  .key_pem = copy(texts, x->key_pem) };
	return config_access(texts, &kept, local, &config, why) ? kube_new(a, texts, &config, "kubeconfig", why)
								: refuse(a, texts, why);
}

void kube_free(struct kube *k)
{
	if (!k)
		return;
	token_free(&k->token);
	health_free(&k->health);
	arena_free(k->texts);
	free(k);
}

void kube_set_patience(struct kube *k, int ms)
{
	k->patience_ms = ms;
}

const char *kube_mode(const struct kube *k)
{
	return k->mode;
}

const char *kube_server(const struct kube *k)
{
	return k->config.server;
}

const char *kube_namespace(const struct kube *k)
{
	return k->config.ns;
}

/* What is sent and what is wanted; NULL: no body, a whole object. */
struct types {
	const char *content, *accept;
};

/* NULL-terminated in `lines`, which holds four. */
static void fill_headers(struct kube *k, struct arena *a, const struct types *types, const char **lines)
{
	size_t n = 0;
	const char *authorization = token_header(&k->token, a);
	lines[n++] = types->accept ? arena_printf(a, "Accept: %s", types->accept) : "Accept: application/json";
	if (authorization)
		lines[n++] = authorization;
	if (types->content)
		lines[n++] = arena_printf(a, "Content-Type: %s", types->content);
	lines[n] = NULL;
}

struct fetch_stream *client_stream(struct fetch_loop *loop, struct kube *k, const char *path, int idle_ms, int total_ms,
				   const struct fetch_handler *h, void *context)
{
	const char *headers[4];
	struct arena *a = arena_new(REQUEST_ARENA);
	if (!a)
		return NULL;
	fill_headers(k, a, &(struct types){ 0 }, headers);
	struct fetch_stream *s = fetch_stream_open(loop, &k->peer, path, headers, idle_ms, total_ms, h, context);
	arena_free(a);
	return s;
}

/* A body that is wanted as it is. */
struct raw {
	const char *text;
	size_t len;
};

/* One try. The body dies with `inner`, the answer is `a`'s. raw NULL: the answer is JSON. */
static enum err try_once(struct kube *k, struct arena *a, struct arena *inner, const struct fetch_request *request,
			 const struct types *types, struct raw *raw, struct kube_answer *answer)
{
	const char *headers[4];
	struct fetch_request r = *request;
	struct fetch_response response;
	fill_headers(k, inner, types, headers);
	r.headers = headers;
	enum err e = fetch(inner, &k->peer, &r, &response);
	if (e != ERR_NONE) {
		answer->message = arena_strdup(a, response.error);
		return e;
	}
	if (raw && response.status >= 200 && response.status < 300) {
		answer->status = response.status;
		*raw = (struct raw){ arena_memdup(a, response.body, response.body_len), response.body_len };
		return ERR_NONE;
	}
	/* The body is the inner arena's own memory: parsing may mend it in place. */
	e = answer_read(a, response.status, response.content_type, (char *)(size_t)response.body, response.body_len, answer);
	answer->retry_after_ms = response.retry_after_ms;
	return e;
}

static enum health_result judge(enum err e, const struct kube_answer *answer)
{
	if (answer->status >= 500 || e == ERR_TIMEOUT)
		return HEALTH_STRAINED;
	return e == ERR_UNAVAILABLE ? HEALTH_DEAD : HEALTH_GOOD;
}

static enum err try_twice(struct kube *k, struct arena *a, struct fetch_request *request, const struct types *types,
			  struct raw *raw, struct kube_answer *answer)
{
	int64_t began = clock_ms();
	struct arena *inner = arena_new(REQUEST_ARENA);
	if (!inner)
		return ERR_INTERNAL;
	enum err e = try_once(k, a, inner, request, types, raw, answer);
	int left = k->patience_ms - (int)(clock_ms() - began);
	if (e == ERR_UNAUTHORIZED && token_renew(&k->token) && left > 0) {
		request->timeout_ms = left;
		e = try_once(k, a, inner, request, types, raw, answer);
	}
	arena_free(inner);
	return e;
}

/* Asks where the cluster's health allows it, and reports how it went. */
static enum err ask(struct kube *k, struct arena *a, struct fetch_request *request, const struct types *types, struct raw *raw,
		    struct kube_answer *answer)
{
	int wait_ms;
	*answer = (struct kube_answer){ .reason = "", .message = "" };
	enum health_pass pass = health_ask(&k->health, clock_ms(), &wait_ms);
	if (pass == PASS_FAILING || pass == PASS_BUSY) {
		char why[HEALTH_WHY];
		health_noted(&k->health, why);
		answer->retry_after_ms = wait_ms;
		answer->message = pass == PASS_BUSY ? phrase_text(PHRASE_CLUSTER_PAUSE) : phrase(a, PHRASE_CLUSTER_FAILING, why);
		return pass == PASS_BUSY ? ERR_TOO_MANY : ERR_UNAVAILABLE;
	}
	request->timeout_ms = k->patience_ms;
	enum err e = try_twice(k, a, request, types, raw, answer);
	int64_t now = clock_ms();
	enum health_result result = judge(e, answer);
	health_report(&k->health, pass, result, now);
	if (result != HEALTH_GOOD)
		health_note(&k->health, answer->message);
	if (e == ERR_TOO_MANY)
		health_hold(&k->health, now, answer->retry_after_ms);
	return e;
}

enum err kube_request(struct kube *k, struct arena *a, const char *method, const char *path, const char *content_type,
		      json_object *body, struct kube_answer *answer)
{
	struct fetch_request request = { .method = method, .path = path, .response_cap = ANSWER_CAP };
	if (body) {
		size_t len;
		request.body = json_object_to_json_string_length(body, JSON_PLAIN, &len);
		request.body_len = len;
	}
	return ask(k, a, &request, &(struct types){ .content = body ? content_type : NULL }, NULL, answer);
}

enum err client_metadata(struct kube *k, struct arena *a, const char *path, bool list, struct kube_answer *answer)
{
	static const struct types one = { .accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" },
				  all = { .accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" };
	struct fetch_request request = { .method = "GET", .path = path, .response_cap = ANSWER_CAP };
	enum err e = ask(k, a, &request, list ? &all : &one, NULL, answer);
	return e || answer->object ? e : ERR_UNAVAILABLE;
}

enum err kube_text(struct kube *k, struct arena *a, const char *path, size_t cap, const char **text, size_t *len,
		   struct kube_answer *answer)
{
	struct raw raw = { "", 0 };
	struct fetch_request request = { .method = "GET", .path = path, .response_cap = cap };
	enum err e = ask(k, a, &request, &(struct types){ 0 }, &raw, answer);
	*text = raw.text;
	*len = raw.len;
	return e;
}
