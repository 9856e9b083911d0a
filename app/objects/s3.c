/* The archive as a bucket of an S3 store: address, bucket, reading, signed addresses. Writing is in s3_write.c. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "config.h"
#include "objects/s3_call.h"
#include "objects/s3_write.h"
#include "objects/store.h"

enum { HANDOVER_SECONDS = 60, READ_TRIES = 2, READ_TIMEOUT_MS = 10000, READ_SLACK = 64 << 10, REMOVE_ARENA = 1 << 20 };

/* The text behind "scheme://" of an address without path, user or query; a default port is left out, as the header Host does. */
static bool address_parse(const char *url, struct s3_address *out)
{
	bool tls = str_starts(url, "https://");
	if (!tls && !str_starts(url, "http://"))
		return false;
	size_t scheme = tls ? 8 : 7, len = strlen(url);
	while (len > scheme && url[len - 1] == '/')
		len--;
	out->base = strndup(url, len);
	if (!out->base)
		return false;
	const char *standard = tls ? ":443" : ":80";
	if (str_ends(out->base, standard))
		out->base[len - strlen(standard)] = 0;
	for (char *c = out->base; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	out->host = out->base + scheme;
	if (str_only(out->host, "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]"))
		return true;
	free(out->base);
	out->base = NULL;
	return false;
}

static bool bucket_valid(const char *name)
{
	size_t len = strlen(name);
	return len >= 3 && len <= 63 && str_only(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") && !strstr(name, "..");
}

static void s3_free(void *state)
{
	struct s3 *s = state;
	if (s->public.base != s->address.base)
		free(s->public.base);
	free(s->address.base);
	free(s);
}

void *s3_open(const struct config *c, const char **why)
{
	struct s3 *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->key = (struct sigv4_key){ c->s3_access_key, c->s3_secret_key, c->s3_region };
	s->bucket = c->s3_bucket;
	*why = NULL;
	if (!address_parse(c->s3_endpoint, &s->address))
		*why = "S3_ENDPOINT_URL must be http[s]://host[:port] without a path";
	else if (!*c->s3_public_endpoint)
		s->public = s->address;
	else if (!address_parse(c->s3_public_endpoint, &s->public))
		*why = "MINIO_PUBLIC_ENDPOINT must be http[s]://host[:port] without a path";
	if (!*why && (!*c->s3_access_key || !*c->s3_secret_key))
		*why = "S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY must be set";
	if (!*why && !bucket_valid(c->s3_bucket))
		*why = "S3_BUCKET must be 3 to 63 of a-z, 0-9, '.' and '-'";
	if (!*why && !str_only(c->s3_region, "abcdefghijklmnopqrstuvwxyz0123456789-"))
		*why = "S3_REGION must be of a-z, 0-9 and '-'";
	if (!*why)
		return s;
	s3_free(s);
	return NULL;
}

/* A list, not a HEAD: only an answer with a body says what is wrong. */
static enum err check(void *state, struct arena *a)
{
	struct fetch_response r;
	const struct s3_call look = { .method = "GET",
				      .query = { { "list-type", "2" }, { "max-keys", "1" } },
				      .query_count = 2,
				      .tries = READ_TRIES,
				      .timeout_ms = READ_TIMEOUT_MS };
	return s3_call(state, a, &look, &r, NULL);
}

enum err s3_prepare(void *state, struct arena *a)
{
	const struct s3 *s = state;
	struct fetch_response r;
	enum err e = check(state, a);
	if (e != ERR_NOT_FOUND)
		return e;
	const char *body = strcmp(s->key.region, "us-east-1")
				   ? arena_printf(a,
						  "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
						  "<LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>",
						  s->key.region)
				   : "";
	const char *code;
	const struct s3_call make = {
		.method = "PUT", .body = body, .body_len = strlen(body), .tries = READ_TRIES, .timeout_ms = READ_TIMEOUT_MS
	};
	e = s3_call(s, a, &make, &r, &code);
	/* Another process may have made it just now. */
	return e == ERR_CONFLICT && !strcmp(code, "BucketAlreadyOwnedByYou") ? ERR_NONE : e;
}

/* "bytes 0-9/443": the number behind the slash. */
static bool total_of(const char *content_range, int64_t *total)
{
	const char *slash = strchr(content_range, '/');
	return slash && str_to_int(slash + 1, 0, INT64_MAX, total);
}

static enum err object_size(const struct s3 *s, struct arena *a, const char *key, int64_t *total)
{
	struct fetch_response r;
	const struct s3_call head = { .method = "HEAD", .key = key, .tries = READ_TRIES, .timeout_ms = READ_TIMEOUT_MS };
	enum err e = s3_call(s, a, &head, &r, NULL);
	if (e == ERR_NONE && r.content_length < 0)
		e = ERR_INTERNAL;
	if (e == ERR_NONE)
		*total = r.content_length;
	return e;
}

static enum err read_range(void *state, struct arena *a, const char *key, int64_t from, size_t len, const char **bytes,
			   size_t *got, int64_t *total)
{
	const struct s3 *s = state;
	if (!len)
		return object_size(s, a, key, total);
	struct fetch_response r;
	const struct s3_call get = { .method = "GET",
				     .key = key,
				     .range = arena_printf(a, "bytes=%lld-%lld", (long long)from,
							   (long long)from + (long long)len - 1),
				     .tries = READ_TRIES,
				     .timeout_ms = READ_TIMEOUT_MS,
				     .response_cap = len + READ_SLACK };
	enum err e = s3_call(s, a, &get, &r, NULL);
	if (e != ERR_NONE)
		return e;
	if (r.status == 416)
		return object_size(s, a, key, total);
	/* A store that does not know ranges answers 200 with everything; then only the beginning is what was asked for. */
	if (r.status != 206 && from)
		return ERR_INTERNAL;
	if (r.status == 206 && !total_of(r.content_range, total))
		return ERR_INTERNAL;
	if (r.status != 206)
		*total = (int64_t)r.body_len;
	*bytes = r.body;
	*got = r.body_len < len ? r.body_len : len;
	return ERR_NONE;
}

static enum err remove_object(void *state, const char *key)
{
	struct arena *a = arena_new(REMOVE_ARENA);
	if (!a)
		return ERR_UNAVAILABLE;
	struct fetch_response r;
	const struct s3_call call = { .method = "DELETE", .key = key, .tries = READ_TRIES, .timeout_ms = READ_TIMEOUT_MS };
	enum err e = s3_call(state, a, &call, &r, NULL);
	arena_free(a);
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

static char *presign(const struct s3 *s, struct arena *a, const struct s3_address *at, const char *key, const char *disposition,
		     int seconds)
{
	char date[17];
	sigv4_date(clock_now_us(), date);
	struct sigv4_request r = {
		.method = "GET", .path = s3_path(s, a, key), .headers = { { "host", at->host } }, .header_count = 1
	};
	if (disposition)
		r.query[r.query_count++] = (struct sigv4_pair){ "response-content-disposition", disposition };
	return sigv4_presign(a, &s->key, date, seconds, &r);
}

static void handover(void *state, struct arena *a, const char *key, struct objects_handover *out)
{
	const struct s3 *s = state;
	out->accel = "/_s3/";
	out->signed_uri = presign(s, a, &s->address, key, NULL, HANDOVER_SECONDS);
}

static const char *public_url(void *state, struct arena *a, const char *key, const char *filename, int seconds)
{
	const struct s3 *s = state;
	char *plain = arena_strdup(a, filename);
	for (char *c = plain; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
			*c = '_';
	const char *disposition = arena_printf(a, "attachment; filename=\"%s\"", plain);
	return arena_printf(a, "%s%s", s->public.base, presign(s, a, &s->public, key, disposition, seconds));
}

const struct store_kind store_s3 = {
	.free = s3_free,
	.check = check,
	.prepare = s3_prepare,
	.begin = s3_begin,
	.write = s3_write,
	.commit = s3_commit,
	.abort = s3_abort,
	.read = read_range,
	.remove = remove_object,
	.handover = handover,
	.public_url = public_url,
};
