/* Query, form, cookies and body: bytes from outside taken apart, each decoded once. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "http/router.h"
#include "http/wire.h"

enum { JSON_DEPTH = 16, JSON_CONTAINERS = 1000, JSON_VALUES = 4000, KEY_LIMIT = 128 };

/* How many pieces there are between '&', at most. */
static size_t count_pieces(const char *text, size_t len, size_t max)
{
	size_t n = 1;
	for (size_t i = 0; i < len && n < max; i++)
		n += text[i] == '&';
	return n;
}

bool pairs_parse(struct arena *a, const char *text, size_t len, size_t max, struct pairs *out)
{
	*out = (struct pairs){ 0 };
	if (len)
		out->at = arena_alloc(a, sizeof(*out->at) * count_pieces(text, len, max));
	for (size_t at = 0; at < len;) {
		const char *piece = text + at;
		const char *end = memchr(piece, '&', len - at);
		size_t n = end ? (size_t)(end - piece) : len - at;
		at += n + 1;
		if (!n)
			continue;
		const char *equals = memchr(piece, '=', n);
		size_t name_len = equals ? (size_t)(equals - piece) : n;
		if (!name_len || out->count == max)
			return false;
		struct pair *p = &out->at[out->count++];
		p->name = str_url_decode(a, piece, name_len, true);
		p->value = equals ? str_url_decode(a, equals + 1, n - name_len - 1, true) : "";
		/* A name comes from a program, not from somebody's hand. */
		if (!p->name || !p->value || str_has_control(p->name, ""))
			return false;
	}
	return true;
}

static bool cookie_text(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] <= 0x20 || s[i] == 0x7f || s[i] == '"' || s[i] == ',' || s[i] == '\\')
			return false;
	return true;
}

void cookies_parse(struct arena *a, const char *header, struct pairs *out)
{
	*out = (struct pairs){ 0 };
	if (*header)
		out->at = arena_alloc(a, sizeof(*out->at) * PAIRS_MAX);
	for (const char *p = header; *p && out->count < PAIRS_MAX;) {
		p += strspn(p, " \t;");
		size_t len = strcspn(p, ";"), name = strcspn(p, "=;");
		if (name && name < len && cookie_text(p, len))
			out->at[out->count++] =
				(struct pair){ arena_memdup(a, p, name), arena_memdup(a, p + name + 1, len - name - 1) };
		p += len;
	}
}

/* True when a Content-Type header is that media type, with or without parameters. */
static bool is_type(const char *content_type, const char *type)
{
	size_t len = strlen(type);
	return !strncasecmp(content_type, type, len) && (!content_type[len] || strchr("; \t", content_type[len]));
}

static bool is_form(const struct request *req)
{
	return is_type(req->content_type, "application/x-www-form-urlencoded");
}

static bool is_upload(const struct request *req)
{
	return is_type(req->content_type, "multipart/form-data");
}

static bool is_json(const struct request *req)
{
	return is_type(req->content_type, "application/json");
}

static bool takes_type(const struct request *req, const struct route *route)
{
	if (route->guards & RAW_BODY)
		return true;
	return ((route->guards & FORM_BODY) && is_form(req)) || ((route->guards & UPLOAD_BODY) && is_upload(req)) ||
	       ((route->guards & JSON_BODY) && is_json(req));
}

int request_body_length(struct request *req, const struct route *route, size_t *len)
{
	*len = 0;
	const char *text = request_header(req, "CONTENT_LENGTH");
	if (!*text)
		return 0;
	int64_t length;
	if (!str_to_int(text, 0, INT64_MAX, &length))
		return str_only(text, "0123456789") ? 413 : 400;
	if (!length)
		return 0;
	const char *coding = request_header(req, "HTTP_CONTENT_ENCODING");
	if (!takes_type(req, route) || (*coding && strcasecmp(coding, "identity")))
		return 415;
	if (length > (route->guards & BODY_2M ? BODY_LIMIT_LARGE : BODY_LIMIT))
		return 413;
	*len = (size_t)length;
	return 0;
}

static int take_key(struct request *req, const char **why)
{
	const char *field = pairs_get(&req->form, "idempotency_key");
	if (!*req->idempotency_key && field)
		req->idempotency_key = field;
	static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:";
	if (!*req->idempotency_key || (strlen(req->idempotency_key) <= KEY_LIMIT && str_only(req->idempotency_key, set)))
		return 0;
	*why = "error.idempotency_key";
	return 400;
}

static bool take_form(struct request *req, const struct route *route)
{
	if ((route->guards & FORM_BODY) && is_form(req))
		return pairs_parse(req->arena, req->body, req->body_len, FORM_PAIRS_MAX, &req->form);
	if (req->body_len && (route->guards & UPLOAD_BODY) && is_upload(req))
		return multipart_parse(req->arena, req->content_type, req->body, req->body_len, &req->form);
	return true;
}

int request_body(struct request *req, const struct route *route, const char *body, size_t len, const char **why)
{
	*why = NULL;
	req->body = body;
	req->body_len = len;
	if (!take_form(req, route)) {
		*why = "error.form";
		return 400;
	}
	if (len && (route->guards & JSON_BODY) && is_json(req)) {
		const char *fault;
		if (!json_is_modest(body, len, JSON_CONTAINERS, JSON_VALUES)) {
			*why = "error.json_large";
			return 400;
		}
		req->json = json_parse(req->arena, body, len, JSON_DEPTH, &fault);
		if (!req->json || !json_object_is_type(req->json, json_type_object)) {
			*why = req->json ? "error.json_object" : "error.json";
			return 400;
		}
	}
	return take_key(req, why);
}
