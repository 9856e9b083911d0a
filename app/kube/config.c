/* A typed walk over a kubeconfig's YAML, and the files of a pod's service account. */
#include "kube/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "base/str.h"
#include "kube/kube.h"

enum { KUBECONFIG_MAX = 1 << 20, PEM_MAX = 256 * 1024, URL_MAX = 2000, NAME_MAX_LEN = 253 };

/* What one reading of a kubeconfig carries along. */
struct reading {
	struct arena *a;
	yaml_document_t doc;
	const char *folder; /* NULL: no paths */
	bool local;	    /* without a folder: addresses of this machine are allowed all the same */
	const char *why;    /* the first thing that is wrong */
};

static bool fail(struct reading *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return false;
}

static yaml_node_t *member(struct reading *r, yaml_node_t *map, const char *name)
{
	if (!map || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		yaml_node_t *key = yaml_document_get_node(&r->doc, p->key);
		if (key && key->type == YAML_SCALAR_NODE && !strcmp((char *)key->data.scalar.value, name))
			return yaml_document_get_node(&r->doc, p->value);
	}
	return NULL;
}

static bool is_null(const yaml_node_t *n)
{
	if (!n)
		return true;
	if (n->type != YAML_SCALAR_NODE || n->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	const char *s = (const char *)n->data.scalar.value;
	return !*s || !strcmp(s, "~") || !strcasecmp(s, "null");
}

/* A text of the map in the arena, NULL when it is missing, null or empty; anything but one line of text is an error. */
static const char *text(struct reading *r, yaml_node_t *map, const char *name)
{
	yaml_node_t *n = member(r, map, name);
	if (is_null(n))
		return NULL;
	if (n->type != YAML_SCALAR_NODE || strlen((char *)n->data.scalar.value) != n->data.scalar.length) {
		fail(r, phrase(r->a, PHRASE_KUBE_NOT_TEXT, name));
		return NULL;
	}
	return n->data.scalar.length ? arena_strdup(r->a, (char *)n->data.scalar.value) : NULL;
}

/* The map `kind` of the element called `name` in a list such as clusters: [{name: x, cluster: {...}}]. */
static yaml_node_t *named(struct reading *r, const char *list, const char *kind, const char *name)
{
	yaml_node_t *items = member(r, yaml_document_get_root_node(&r->doc), list);
	if (items && items->type == YAML_SEQUENCE_NODE) {
		for (yaml_node_item_t *i = items->data.sequence.items.start; i < items->data.sequence.items.top; i++) {
			yaml_node_t *item = yaml_document_get_node(&r->doc, *i);
			const char *called = text(r, item, "name");
			if (called && !strcmp(called, name))
				return member(r, item, kind);
		}
	}
	fail(r, phrase(r->a, PHRASE_KUBE_MISSING, kind, arena_printf(r->a, "%.100s", name)));
	return NULL;
}

static const char *resolve(struct reading *r, const char *path)
{
	return *path == '/' ? path : arena_printf(r->a, "%s/%s", r->folder, path);
}

/* PEM from <name>-data (which counts first) or from the file that <name> names. */
static const char *pem(struct reading *r, yaml_node_t *map, const char *name)
{
	const char *data = text(r, map, arena_printf(r->a, "%s-data", name));
	const char *path = text(r, map, name);
	size_t len = 0;
	char *out;
	if (path && !r->folder) {
		fail(r, phrase(r->a, PHRASE_KUBE_FILE, name, arena_printf(r->a, "%s-data", name)));
		return NULL;
	}
	if (data) {
		out = str_unbase64(r->a, data, &len);
		if (!out)
			fail(r, phrase(r->a, PHRASE_KUBE_NOT_BASE64, arena_printf(r->a, "%s-data", name)));
	} else if (path) {
		path = resolve(r, path);
		out = config_file(r->a, path, PEM_MAX, &len);
		if (!out)
			fail(r, phrase(r->a, PHRASE_KUBE_NO_FILE, path, name, strerror(errno)));
	} else {
		return NULL;
	}
	if (out && (len > PEM_MAX || strlen(out) != len || !strstr(out, "-----BEGIN "))) {
		fail(r, phrase(r->a, PHRASE_KUBE_NOT_PEM, name));
		return NULL;
	}
	return out;
}

/* The host of "https://host[:port][/...]" without its brackets; NULL when it is not such an address. */
static const char *host_of(struct arena *a, const char *url)
{
	const char *host = strstr(url, "://") + 3;
	if (*host == '[') {
		size_t n = strcspn(++host, "]");
		return host[n] && n ? arena_memdup(a, host, n) : NULL;
	}
	size_t n = strcspn(host, ":/");
	return n ? arena_memdup(a, host, n) : NULL;
}

static bool is_loopback(const char *host)
{
	return !strcasecmp(host, "localhost") || !strcmp(host, "::1") ||
	       (str_starts(host, "127.") && str_only(host, "0123456789."));
}

/* Addresses of this machine and of its link, where metadata services live. A name is not looked up here. */
static bool is_local(const char *host)
{
	size_t len = strlen(host);
	return is_loopback(host) || str_starts(host, "169.254.") || str_starts(host, "0.") || !strcmp(host, "0") ||
	       !strncasecmp(host, "fe80:", 5) || !strcmp(host, "::") || !strncasecmp(host, "::ffff:", 7) ||
	       str_only(host, "0123456789") || !strncasecmp(host, "0x", 2) || (len && host[len - 1] == '.') ||
	       str_ends(host, ".localhost");
}

static bool check_server(struct reading *r, struct kube_config *out)
{
	const char *url = out->server;
	if (!url)
		return fail(r, phrase_text(PHRASE_KUBE_NO_SERVER));
	bool tls = str_starts(url, "https://");
	if ((!tls && !str_starts(url, "http://")) || strlen(url) > URL_MAX || strpbrk(url, " \t\r\n@?#\\\"<>"))
		return fail(r, phrase_text(PHRASE_KUBE_NO_ADDRESS));
	const char *host = host_of(r->a, url);
	if (!host)
		return fail(r, phrase_text(PHRASE_KUBE_NO_HOST));
	bool local = r->folder || r->local;
	if (!tls && (!local || !is_loopback(host)))
		return fail(r, phrase_text(PHRASE_KUBE_NO_TLS));
	if (!local && is_local(host))
		return fail(r, phrase_text(PHRASE_KUBE_LOCAL));
	char *trimmed = arena_strdup(r->a, url);
	for (size_t n = strlen(trimmed); n && trimmed[n - 1] == '/'; n--)
		trimmed[n - 1] = 0;
	out->server = trimmed;
	return true;
}

static bool check_tls_name(struct reading *r, const struct kube_config *out)
{
	if (out->tls_name && (strlen(out->tls_name) > NAME_MAX_LEN ||
			      !str_only(out->tls_name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")))
		return fail(r, phrase_text(PHRASE_KUBE_TLS_NAME));
	return true;
}

static bool take_cluster(struct reading *r, const char *name, struct kube_config *out)
{
	yaml_node_t *c = named(r, "clusters", "cluster", name);
	out->server = text(r, c, "server");
	out->tls_name = text(r, c, "tls-server-name");
	const char *insecure = text(r, c, "insecure-skip-tls-verify");
	if (insecure && strcasecmp(insecure, "false"))
		return fail(r, phrase_text(PHRASE_KUBE_INSECURE));
	if (text(r, c, "proxy-url"))
		return fail(r, phrase_text(PHRASE_KUBE_PROXY));
	out->ca_pem = pem(r, c, "certificate-authority");
	return !r->why && check_tls_name(r, out) && check_server(r, out);
}

/* Ways to sign in that would run programs, ask other services or act as somebody else. */
static bool refuse_user_fields(struct reading *r, yaml_node_t *u)
{
	static const struct {
		const char *field;
		enum phrase why;
	} refused[] = {
		{ "exec", PHRASE_KUBE_USER_EXEC },
		{ "auth-provider", PHRASE_KUBE_USER_PROVIDER },
		{ "as", PHRASE_KUBE_USER_AS },
		{ "as-uid", PHRASE_KUBE_USER_AS_UID },
		{ "as-groups", PHRASE_KUBE_USER_AS_GROUPS },
		{ "as-user-extra", PHRASE_KUBE_USER_AS_EXTRA },
		{ "username", PHRASE_KUBE_USER_PASSWORD },
		{ "password", PHRASE_KUBE_USER_PASSWORD },
	};
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (!is_null(member(r, u, refused[i].field)))
			return fail(r, phrase(r->a, PHRASE_KUBE_USER, phrase_text(refused[i].why)));
	return true;
}

static bool check_pair(struct reading *r, const struct kube_config *out)
{
	return !out->cert_pem == !out->key_pem || fail(r, phrase_text(PHRASE_KUBE_PAIR));
}

static bool take_user(struct reading *r, const char *name, struct kube_config *out)
{
	yaml_node_t *u = named(r, "users", "user", name);
	if (r->why || !refuse_user_fields(r, u))
		return false;
	out->token = text(r, u, "token");
	out->token_path = text(r, u, "tokenFile");
	if (out->token_path && !r->folder)
		return fail(r, phrase_text(PHRASE_KUBE_TOKEN_FILE));
	if (out->token_path)
		out->token_path = resolve(r, out->token_path);
	out->cert_pem = pem(r, u, "client-certificate");
	out->key_pem = pem(r, u, "client-key");
	return !r->why && check_pair(r, out);
}

/* `current` NULL: the one that the file itself names. */
static bool take_context(struct reading *r, const char *current, struct kube_config *out)
{
	yaml_node_t *root = yaml_document_get_root_node(&r->doc);
	if (!root || root->type != YAML_MAPPING_NODE)
		return fail(r, phrase_text(PHRASE_KUBE_NOT_ONE));
	if (!current)
		current = text(r, root, "current-context");
	if (!current)
		return fail(r, phrase_text(PHRASE_KUBE_NO_CURRENT));
	yaml_node_t *context = named(r, "contexts", "context", current);
	const char *cluster = text(r, context, "cluster"), *user = text(r, context, "user");
	const char *ns = text(r, context, "namespace");
	out->ns = ns ? ns : "";
	if (strlen(out->ns) > NAME_MAX_LEN)
		return fail(r, phrase_text(PHRASE_KUBE_NAMESPACE));
	if (!r->why && !cluster)
		fail(r, phrase_text(PHRASE_KUBE_NO_CLUSTER));
	return !r->why && take_cluster(r, cluster, out) && (!user || take_user(r, user, out));
}

/* Loads the text as YAML and calls `take`; false: r->why. */
static bool load(struct reading *r, const char *yaml, size_t len, bool (*take)(struct reading *r, void *context), void *context)
{
	yaml_parser_t parser;
	r->why = NULL;
	if (len > KUBECONFIG_MAX || !yaml_parser_initialize(&parser))
		return fail(r, phrase_text(PHRASE_KUBE_TOO_LONG));
	yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, len);
	if (yaml_parser_load(&parser, &r->doc)) {
		take(r, context);
		yaml_document_delete(&r->doc);
	} else {
		fail(r, phrase(r->a, PHRASE_KUBE_NOT_YAML, parser.problem ? parser.problem : phrase_text(PHRASE_KUBE_BREAKS_OFF),
			       arena_printf(r->a, "%zu", parser.problem_mark.line + 1)));
	}
	yaml_parser_delete(&parser);
	return !r->why;
}

/* What is wanted of a kubeconfig. */
struct choice {
	const char *context;
	struct kube_config *out;
};

static bool take_choice(struct reading *r, void *context)
{
	struct choice *c = context;
	return take_context(r, c->context, c->out);
}

bool config_parse(struct arena *a, const char *yaml, size_t len, const char *folder, struct kube_config *out, const char **why)
{
	struct reading r = { .a = a, .folder = folder };
	struct choice c = { .out = out };
	*out = (struct kube_config){ .ns = "" };
	bool good = load(&r, yaml, len, take_choice, &c);
	*why = r.why;
	return good;
}

bool kube_access_read(struct arena *a, const char *yaml, const char *context, bool local, struct kube_access *out,
		      const char **why)
{
	struct kube_config config = { .ns = "" };
	struct reading r = { .a = a, .local = local };
	struct choice c = { .context = context, .out = &config };
	bool good = load(&r, yaml, strlen(yaml), take_choice, &c);
	*why = r.why;
	*out = (struct kube_access){ .server = config.server,
				     .ca_pem = config.ca_pem,
				     .tls_name = config.tls_name,
				     .token = config.token,
				     .cert_pem = config.cert_pem,
				     .key_pem = config.key_pem };
	return good;
}

/* The names of the contexts, as they come. */
static bool take_contexts(struct reading *r, void *context)
{
	struct kube_contexts *out = context;
	yaml_node_t *root = yaml_document_get_root_node(&r->doc), *list = member(r, root, "contexts");
	if (!root || root->type != YAML_MAPPING_NODE || !list || list->type != YAML_SEQUENCE_NODE)
		return fail(r, phrase_text(PHRASE_KUBE_NO_CONTEXTS));
	out->current = text(r, root, "current-context");
	for (yaml_node_item_t *i = list->data.sequence.items.start; i < list->data.sequence.items.top; i++) {
		const char *name = text(r, yaml_document_get_node(&r->doc, *i), "name");
		if (name && out->count < KUBE_CONTEXTS_MAX)
			out->names[out->count++] = name;
	}
	return !r->why;
}

bool kube_contexts_read(struct arena *a, const char *yaml, struct kube_contexts *out, const char **why)
{
	struct reading r = { .a = a };
	*out = (struct kube_contexts){ .count = 0 };
	bool good = load(&r, yaml, strlen(yaml), take_contexts, out);
	*why = r.why;
	return good;
}

static bool is_pem(const char *text)
{
	return !text || (strlen(text) <= PEM_MAX && strstr(text, "-----BEGIN "));
}

bool config_access(struct arena *a, const struct kube_access *x, bool local, struct kube_config *out, const char **why)
{
	struct reading r = { .a = a, .local = local };
	*out = (struct kube_config){ .server = x->server,
				     .ca_pem = x->ca_pem,
				     .tls_name = x->tls_name,
				     .token = x->token,
				     .cert_pem = x->cert_pem,
				     .key_pem = x->key_pem,
				     .ns = "" };
	if (!is_pem(x->ca_pem) || !is_pem(x->cert_pem) || !is_pem(x->key_pem))
		fail(&r, phrase_text(PHRASE_KUBE_PEM));
	bool good = !r.why && check_tls_name(&r, out) && check_pair(&r, out) && check_server(&r, out);
	*why = r.why;
	return good;
}

char *config_file(struct arena *a, const char *path, size_t cap, size_t *len)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return NULL;
	char *bytes = malloc(cap + 1);
	*len = bytes ? fread(bytes, 1, cap + 1, f) : 0;
	bool ok = bytes && *len <= cap && !ferror(f);
	if (*len > cap)
		errno = EFBIG;
	fclose(f);
	char *copy = ok ? arena_memdup(a, bytes, *len) : NULL;
	free(bytes);
	return copy;
}

bool config_read(struct arena *a, const char *path, struct kube_config *out, const char **why)
{
	size_t len;
	char *yaml = config_file(a, path, KUBECONFIG_MAX, &len);
	if (!yaml) {
		*why = phrase(a, PHRASE_KUBE_CONFIG_FILE, path, strerror(errno));
		return false;
	}
	const char *slash = strrchr(path, '/');
	const char *folder = slash ? arena_memdup(a, path, (size_t)(slash - path)) : ".";
	return config_parse(a, yaml, len, folder, out, why);
}

bool config_in_cluster(struct arena *a, const char *folder, struct kube_config *out, const char **why)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
	int64_t number;
	size_t len;
	*out = (struct kube_config){ .ns = "" };
	if (!host || !*host || !port || !str_to_int(port, 1, 65535, &number)) {
		*why = phrase_text(PHRASE_KUBE_NO_POD);
		return false;
	}
	if (!str_only(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:")) {
		*why = phrase_text(PHRASE_KUBE_POD_HOST);
		return false;
	}
	out->server = arena_printf(a, strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port);
	out->token_path = arena_printf(a, "%s/token", folder);
	const char *ca = arena_printf(a, "%s/ca.crt", folder);
	out->ca_pem = config_file(a, ca, PEM_MAX, &len);
	if (!out->ca_pem || !strstr(out->ca_pem, "-----BEGIN ")) {
		*why = phrase(a, PHRASE_KUBE_POD_CA, ca);
		return false;
	}
	char *ns = config_file(a, arena_printf(a, "%s/namespace", folder), NAME_MAX_LEN + 2, &len);
	if (ns)
		ns[strcspn(ns, " \r\n")] = 0;
	out->ns = ns ? ns : "";
	return true;
}
