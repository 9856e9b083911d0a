/* The head of a request: parameters from nginx become checked values. */
#include "http/request.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "config.h"
#include "http/wire.h"

enum { PARAMETERS_MAX = 200, PATH_LIMIT = 2048, QUERY_LIMIT = 8192, TEXT_LIMIT = 200 };

static const char *parameter(char *const *envp, const char *name)
{
	size_t len = strlen(name);
	for (char *const *e = envp; e && *e; e++)
		if (!strncmp(*e, name, len) && (*e)[len] == '=')
			return *e + len + 1;
	return "";
}

/* The key of an act that runs once: one that cannot be read must not count as none, so it becomes one that is no key. */
static const char *key_header(struct request *req)
{
	const char *key = request_header(req, "HTTP_IDEMPOTENCY_KEY");
	return !*key && request_has_header(req, "HTTP_IDEMPOTENCY_KEY") ? "?" : key;
}

/* A second one of these could mean one thing to nginx and another to us. */
static bool is_single(const char *entry)
{
	static const char *const names[] = {
		"CONTENT_LENGTH=",	"CONTENT_TYPE=",	  "REQUEST_METHOD=",
		"REQUEST_URI=",		"REMOTE_ADDR=",		  "HTTP_HOST=",
		"HTTP_COOKIE=",		"HTTP_AUTHORIZATION=",	  "HTTP_ORIGIN=",
		"HTTP_SEC_FETCH_SITE=", "HTTP_CONTENT_ENCODING=", "HTTP_X_CSRF_TOKEN=",
		"HTTP_X_REQUEST_ID=",	"HTTP_IDEMPOTENCY_KEY=",  "HTTP_X_GITEA_",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_starts(entry, names[i]))
			return true;
	return false;
}

static int check_parameters(char *const *envp)
{
	size_t count = 0;
	for (char *const *e = envp; e && *e; e++) {
		if (++count > PARAMETERS_MAX)
			return 431;
		if (!is_single(*e))
			continue;
		size_t name = strcspn(*e, "=") + 1;
		for (char *const *later = e + 1; *later; later++)
			if (!strncmp(*e, *later, name))
				return 400;
	}
	return 0;
}

static bool is_text(const char *s)
{
	return !str_has_control(s, "\t") && str_is_utf8(s, strlen(s));
}

const char *request_header(struct request *req, const char *cgi_name)
{
	const char *value = parameter(req->envp, cgi_name);
	return *value && is_text(value) ? arena_strdup(req->arena, value) : "";
}

bool request_has_header(const struct request *req, const char *cgi_name)
{
	size_t len = strlen(cgi_name);
	for (char *const *e = req->envp; e && *e; e++)
		if (!strncmp(*e, cgi_name, len) && (*e)[len] == '=')
			return true;
	return false;
}

/* The same, cut to what a row or a log line may hold. */
static const char *short_header(struct request *req, const char *cgi_name)
{
	const char *value = request_header(req, cgi_name);
	size_t len = strlen(value);
	return len <= TEXT_LIMIT ? value : arena_memdup(req->arena, value, str_utf8_cut(value, len, TEXT_LIMIT));
}

static const char *request_id(struct arena *a, const char *given)
{
	size_t len = strlen(given);
	static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";
	if (len >= 8 && len <= 64 && str_only(given, set))
		return arena_strdup(a, given);
	return secret_token(a, 16);
}

static const char *client_ip(struct arena *a, const char *address)
{
	unsigned char raw[16];
	if (inet_pton(AF_INET, address, raw) == 1 || inet_pton(AF_INET6, address, raw) == 1)
		return arena_strdup(a, address);
	return "";
}

static bool has_dot_segment(const char *path)
{
	for (const char *part = path; (part = strchr(part, '/'));) {
		part++;
		size_t len = strcspn(part, "/");
		if ((len == 1 && part[0] == '.') || (len == 2 && part[0] == '.' && part[1] == '.'))
			return true;
	}
	return false;
}

static int take_target(struct request *req, const char *target)
{
	size_t path_len = strcspn(target, "?");
	const char *query = target[path_len] ? target + path_len + 1 : "";
	size_t query_len = strlen(query);
	req->wants_json = str_starts(target, "/api/"); /* of a damaged one, too */
	if (path_len > PATH_LIMIT || query_len > QUERY_LIMIT)
		return 414;
	char *path = str_url_decode(req->arena, target, path_len, false);
	if (!path || *path != '/' || strpbrk(path, "\t\r\n\\") || has_dot_segment(path))
		return 400;
	size_t len = strlen(path);
	if (len > 1 && path[len - 1] == '/')
		path[len - 1] = 0;
	req->path = path;
	req->wants_json = str_starts(path, "/api/");
	if (!is_text(query))
		return 400;
	req->query_text = arena_strdup(req->arena, query);
	return pairs_parse(req->arena, query, query_len, PAIRS_MAX, &req->query) ? 0 : 400;
}

static const char *method_name(struct request *req, const char *method)
{
	static const char *const names[] = { "GET", "POST", "PUT", "DELETE", "PATCH" };
	req->head = !strcmp(method, "HEAD");
	if (req->head)
		return "GET";
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(method, names[i]))
			return names[i];
	return "OTHER"; /* no route has it: 405 */
}

int request_head(struct request *req, struct app *app, struct arena *a, char *const *envp)
{
	*req = (struct request){ .app = app, .arena = a, .envp = envp, .path = "/", .query_text = "", .body = "", .csrf = "" };
	req->id = request_id(a, parameter(envp, "HTTP_X_REQUEST_ID"));
	req->method = method_name(req, parameter(envp, "REQUEST_METHOD"));
	req->ip = client_ip(a, parameter(envp, "REMOTE_ADDR"));
	req->user_agent = short_header(req, "HTTP_USER_AGENT");
	req->host = request_header(req, "HTTP_HOST");
	req->origin = request_header(req, "HTTP_ORIGIN");
	req->fetch_site = request_header(req, "HTTP_SEC_FETCH_SITE");
	req->accept_language = short_header(req, "HTTP_ACCEPT_LANGUAGE");
	req->authorization = request_header(req, "HTTP_AUTHORIZATION");
	req->idempotency_key = key_header(req);
	req->content_type = request_header(req, "CONTENT_TYPE");
	cookies_parse(a, request_header(req, "HTTP_COOKIE"), &req->cookies);
	const char *chosen = pairs_get(&req->cookies, "language");
	bool known = chosen && (!strcmp(chosen, "zh") || !strcmp(chosen, "en"));
	req->language = known ? chosen : language_of(req->accept_language);
	int status = check_parameters(envp);
	return status ? status : take_target(req, parameter(envp, "REQUEST_URI"));
}

const char *pairs_get(const struct pairs *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (!strcmp(p->at[i].name, name))
			return p->at[i].value;
	return NULL;
}

const char *request_param(const struct request *req, const char *name)
{
	for (size_t i = 0; i < ROUTE_PARAMS_MAX && req->params[i].name; i++)
		if (!strcmp(req->params[i].name, name))
			return req->params[i].value;
	return "";
}

int64_t request_id_param(const struct request *req, const char *name)
{
	int64_t id;
	return str_to_int(request_param(req, name), 1, INT64_MAX, &id) ? id : 0;
}

/* The host without its port; *len gets its length. "[::1]:80" is "[::1]". */
static size_t host_length(const char *host)
{
	if (*host != '[')
		return strcspn(host, ":/?#");
	size_t len = strcspn(host, "]");
	return host[len] ? len + 1 : len;
}

static bool same_host(const char *a, const char *b)
{
	size_t len = host_length(a);
	return len && len == host_length(b) && !strncasecmp(a, b, len);
}

bool host_allowed(const struct config *c, const char *host)
{
	if (strpbrk(host, "/?#@"))
		return false;
	const char *own = strstr(c->portal_url, "://");
	if (own && same_host(own + 3, host))
		return true;
	if (strcmp(c->environment, "development"))
		return false;
	return same_host("localhost", host) || same_host("127.0.0.1", host) || same_host("[::1]", host);
}

/* The weight in thousandths of one entry "zh-CN;q=0.8". */
static int weight(const char *entry, size_t len)
{
	const char *q = memchr(entry, ';', len);
	size_t left = q ? len - (size_t)(q - entry) : 0;
	while (left && *q != '=') {
		q++;
		left--;
	}
	if (left < 2)
		return 1000;
	if (q[1] != '0')
		return 1000;
	int value = 0, unit = 100;
	for (size_t i = 3; i < left && unit && q[i] >= '0' && q[i] <= '9'; i++, unit /= 10)
		value += (q[i] - '0') * unit;
	return value;
}

const char *language_of(const char *accept_language)
{
	int best = 0;
	const char *language = "en";
	for (const char *p = accept_language; *p;) {
		p += strspn(p, " \t,");
		size_t len = strcspn(p, ",");
		bool ends = len == 2 || (len > 2 && strchr("-; \t", p[2]));
		const char *candidate = !ends ? NULL : !strncasecmp(p, "zh", 2) ? "zh" : !strncasecmp(p, "en", 2) ? "en" : NULL;
		int q = candidate ? weight(p, len) : 0;
		if (q > best) {
			best = q;
			language = candidate;
		}
		p += len;
	}
	return language;
}
