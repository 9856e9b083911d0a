/* AWS Signature Version 4 for S3: what is signed, as a header and as a presigned address. */
#include "objects/sigv4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

enum { DAY = 8 }; /* digits of the date that are its day */

void sigv4_date(int64_t us, char out[17])
{
	char text[32];
	clock_format(us, text);
	snprintf(out, 17, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", text, text + 5, text + 8, text + 11, text + 14, text + 17);
}

static int by_name(const void *a, const void *b)
{
	const struct sigv4_pair *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	return order ? order : strcmp(x->value, y->value);
}

/* Order counts after encoding: '%' sorts before letters. */
static char *canonical_query(struct arena *a, const struct sigv4_request *r)
{
	struct sigv4_pair sorted[SIGV4_PAIRS];
	for (size_t i = 0; i < r->query_count; i++)
		sorted[i] = (struct sigv4_pair){ str_url_encode(a, r->query[i].name, false),
						 str_url_encode(a, r->query[i].value, false) };
	qsort(sorted, r->query_count, sizeof *sorted, by_name);
	char *text = arena_strdup(a, "");
	for (size_t i = 0; i < r->query_count; i++)
		text = arena_printf(a, "%s%s%s=%s", text, i ? "&" : "", sorted[i].name, sorted[i].value);
	return text;
}

static void sort_headers(const struct sigv4_request *r, struct sigv4_pair sorted[SIGV4_PAIRS])
{
	memcpy(sorted, r->headers, sizeof(*sorted) * r->header_count);
	qsort(sorted, r->header_count, sizeof *sorted, by_name);
}

static char *signed_headers(struct arena *a, const struct sigv4_request *r)
{
	struct sigv4_pair sorted[SIGV4_PAIRS];
	sort_headers(r, sorted);
	char *text = arena_strdup(a, "");
	for (size_t i = 0; i < r->header_count; i++)
		text = arena_printf(a, "%s%s%s", text, i ? ";" : "", sorted[i].name);
	return text;
}

char *sigv4_uri(struct arena *a, const struct sigv4_request *r)
{
	return arena_printf(a, "%s%s%s", str_url_encode(a, r->path, true), r->query_count ? "?" : "", canonical_query(a, r));
}

char *sigv4_canonical(struct arena *a, const struct sigv4_request *r)
{
	struct sigv4_pair sorted[SIGV4_PAIRS];
	sort_headers(r, sorted);
	char *headers = arena_strdup(a, "");
	for (size_t i = 0; i < r->header_count; i++)
		headers = arena_printf(a, "%s%s:%s\n", headers, sorted[i].name, sorted[i].value);
	return arena_printf(a, "%s\n%s\n%s\n%s\n%s\n%s", r->method, str_url_encode(a, r->path, true), canonical_query(a, r),
			    headers, signed_headers(a, r), r->payload);
}

static char *scope(struct arena *a, const struct sigv4_key *k, const char *date)
{
	return arena_printf(a, "%.*s/%s/s3/aws4_request", DAY, date, k->region);
}

static void step(unsigned char key[SHA256_SIZE], const char *text)
{
	unsigned char out[SHA256_SIZE];
	secret_hmac_sha256(key, SHA256_SIZE, text, strlen(text), out);
	memcpy(key, out, SHA256_SIZE);
}

static char *signature(struct arena *a, const struct sigv4_key *k, const char *date, const struct sigv4_request *r)
{
	const char *to_sign =
		arena_printf(a, ALGORITHM "\n%s\n%s\n%s", date, scope(a, k, date), secret_digest(a, sigv4_canonical(a, r)));
	const char *secret = arena_printf(a, "AWS4%s", k->secret_key);
	unsigned char key[SHA256_SIZE];
	secret_hmac_sha256(secret, strlen(secret), date, DAY, key);
	step(key, k->region);
	step(key, "s3");
	step(key, "aws4_request");
	step(key, to_sign);
	char *hex = arena_alloc(a, 2 * SHA256_SIZE + 1);
	str_hex(key, SHA256_SIZE, hex);
	return hex;
}

char *sigv4_authorization(struct arena *a, const struct sigv4_key *k, const char *date, const struct sigv4_request *r)
{
	return arena_printf(a, ALGORITHM " Credential=%s/%s,SignedHeaders=%s,Signature=%s", k->access_key, scope(a, k, date),
			    signed_headers(a, r), signature(a, k, date, r));
}

char *sigv4_presign(struct arena *a, const struct sigv4_key *k, const char *date, int seconds, const struct sigv4_request *r)
{
	struct sigv4_request p = *r;
	p.payload = "UNSIGNED-PAYLOAD";
	const struct sigv4_pair more[] = {
		{ "X-Amz-Algorithm", ALGORITHM },
		{ "X-Amz-Credential", arena_printf(a, "%s/%s", k->access_key, scope(a, k, date)) },
		{ "X-Amz-Date", date },
		{ "X-Amz-Expires", arena_printf(a, "%d", seconds) },
		{ "X-Amz-SignedHeaders", signed_headers(a, r) },
	};
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		p.query[p.query_count++] = more[i];
	return arena_printf(a, "%s&X-Amz-Signature=%s", sigv4_uri(a, &p), signature(a, k, date, &p));
}
