/* One signed request to an S3 store, tried again where that helps, and what its answer means. */
#include "objects/s3_call.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"

enum { PAUSE_MS = 500, PAUSE_MAX_MS = 5000 };

char *s3_xml_text(struct arena *a, const char *xml, const char *element)
{
	static const struct {
		const char *entity;
		char stands_for;
	} entities[] = { { "&amp;", '&' },  { "&lt;", '<' },	{ "&gt;", '>' },
			 { "&quot;", '"' }, { "&apos;", '\'' }, { "&#34;", '"' } };
	const char *open = arena_printf(a, "<%s>", element), *begin = strstr(xml, open);
	if (!begin)
		return NULL;
	begin += strlen(open);
	size_t len = strcspn(begin, "<");
	char *text = arena_alloc(a, len + 1), *out = text;
	for (const char *p = begin; p < begin + len; out++) {
		size_t skip = 1;
		*out = *p;
		for (size_t i = 0; *p == '&' && i < sizeof entities / sizeof *entities; i++) {
			if (!str_starts(p, entities[i].entity))
				continue;
			*out = entities[i].stands_for;
			skip = strlen(entities[i].entity);
			break;
		}
		p += skip;
	}
	return text;
}

char *s3_path(const struct s3 *s, struct arena *a, const char *key)
{
	return arena_printf(a, "/%s%s%s", s->bucket, key ? "/" : "", key ? key : "");
}

/* Signs with the present time, so a try after a pause is as fresh as the first one. */
static enum err send_once(const struct s3 *s, struct arena *a, const struct s3_call *c, struct fetch_response *out)
{
	unsigned char digest[SHA256_SIZE];
	char payload[2 * SHA256_SIZE + 1], date[17];
	secret_sha256(c->body_len ? c->body : "", c->body_len, digest);
	str_hex(digest, SHA256_SIZE, payload);
	sigv4_date(clock_now_us(), date);
	struct sigv4_request r = {
		.method = c->method, .path = s3_path(s, a, c->key), .payload = payload, .query_count = c->query_count
	};
	memcpy(r.query, c->query, sizeof c->query);
	const struct sigv4_pair all[] = { { "host", s->address.host },
					  { "x-amz-content-sha256", payload },
					  { "x-amz-date", date },
					  { "content-type", c->content_type },
					  { "range", c->range } };
	const char *lines[sizeof all / sizeof *all + 2];
	size_t n = 0;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (!all[i].value)
			continue;
		r.headers[r.header_count++] = all[i];
		if (i)
			lines[n++] = arena_printf(a, "%s: %s", all[i].name, all[i].value);
	}
	lines[n++] = arena_printf(a, "Authorization: %s", sigv4_authorization(a, &s->key, date, &r));
	lines[n] = NULL;
	const struct fetch_peer peer = { .base = s->address.base };
	const struct fetch_request request = { .method = c->method,
					       .path = sigv4_uri(a, &r),
					       .headers = lines,
					       .body = c->body,
					       .body_len = c->body_len,
					       .timeout_ms = c->timeout_ms,
					       .response_cap = c->response_cap };
	return fetch(a, &peer, &request, out);
}

static enum err meaning(int status, const char *code)
{
	if (status / 100 == 2 || status == 416)
		return ERR_NONE;
	if (!strcmp(code, "RequestTimeTooSkewed") || status == 401 || status == 403)
		return ERR_UNAUTHORIZED;
	if (status == 404)
		return ERR_NOT_FOUND;
	if (status == 409)
		return ERR_CONFLICT;
	if (status == 408 || status == 429 || status >= 500 || !strcmp(code, "RequestTimeout"))
		return ERR_UNAVAILABLE;
	return ERR_INVALID;
}

/* What an operator can do about it, in words. */
static const char *advice(const char *code, int status)
{
	static const struct {
		const char *code, *advice;
	} table[] = {
		{ "RequestTimeTooSkewed",
		  "the clocks of this machine and of the store differ by more than 15 minutes: set them right" },
		{ "InvalidAccessKeyId", "the store does not know S3_ACCESS_KEY_ID" },
		{ "SignatureDoesNotMatch",
		  "S3_SECRET_ACCESS_KEY is wrong, or S3_ENDPOINT_URL is not the host that the store sees" },
		{ "AccessDenied", "the keys are known but may not do this on S3_BUCKET" },
		{ "AuthorizationHeaderMalformed", "S3_REGION is not the region of the store" },
		{ "PermanentRedirect", "S3_ENDPOINT_URL is not the endpoint of the bucket's region" },
		{ "NoSuchBucket", "S3_BUCKET does not exist" },
		{ "XMinioStorageFull", "the store's disk is full" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (!strcmp(table[i].code, code))
			return table[i].advice;
	return status == 507			? "the store's disk is full"
	       : status == 401 || status == 403 ? "the store refuses the keys: see S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY"
	       : status >= 500			? "the store has trouble of its own: it is tried again"
						: "";
}

static void complain(const struct s3_call *c, enum err e, const char *code, const struct fetch_response *r)
{
	if (!c->quiet && e != ERR_NOT_FOUND)
		log_event(e == ERR_UNAVAILABLE || e == ERR_TIMEOUT ? LOG_WARN : LOG_ERROR, "s3_failed",
			  LOG_STR("method", c->method), LOG_STR("key", c->key), LOG_NUM("status", r->status),
			  LOG_STR("code", code), LOG_STR("error", r->error), LOG_STR("store_date", r->date),
			  LOG_STR("advice", advice(code, r->status)));
}

enum err s3_call(const struct s3 *s, struct arena *a, const struct s3_call *call, struct fetch_response *out, const char **code)
{
	const char *unused;
	if (!code)
		code = &unused;
	for (int attempt = 1;; attempt++) {
		*code = "";
		enum err e = send_once(s, a, call, out);
		if (e == ERR_NONE) {
			if (out->status >= 300)
				*code = s3_xml_text(a, out->body, "Code");
			*code = *code ? *code : "";
			e = meaning(out->status, *code);
		}
		if (e == ERR_NONE)
			return e;
		complain(call, e, *code, out);
		if (attempt >= call->tries || (e != ERR_UNAVAILABLE && e != ERR_TIMEOUT))
			return e;
		int pause = out->retry_after_ms ? out->retry_after_ms : PAUSE_MS << (attempt - 1);
		clock_sleep(pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS);
	}
}
