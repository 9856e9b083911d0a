/* AWS Signature Version 4 for S3: what is signed, as a header and as a presigned address. Pure. */
#ifndef OBJECTS_SIGV4_H
#define OBJECTS_SIGV4_H

#include <stddef.h>
#include <stdint.h>

struct arena;

struct sigv4_key {
	const char *access_key, *secret_key, *region;
};

/* A header (name in lower case, value without white space around it) or a query parameter (neither is encoded yet). */
struct sigv4_pair {
	const char *name, *value;
};

enum { SIGV4_PAIRS = 12 };

/* At most SIGV4_PAIRS parameters and as many headers, in any order; "host" must be among the headers. */
struct sigv4_request {
	const char *method;
	const char *path; /* "/bucket/key", not encoded */
	struct sigv4_pair query[SIGV4_PAIRS], headers[SIGV4_PAIRS];
	size_t query_count, header_count;
	const char *payload; /* SHA-256 of the body in hex, or "UNSIGNED-PAYLOAD" */
};

/* "20130524T000000Z" from microseconds since 1970. */
void sigv4_date(int64_t us, char out[17]);

/* The path and query as they must be sent: encoded, parameters sorted. In the arena. */
char *sigv4_uri(struct arena *a, const struct sigv4_request *r);

/* The canonical request, of which the digest is signed. In the arena. */
char *sigv4_canonical(struct arena *a, const struct sigv4_request *r);

/* The value of the header Authorization; the request's headers must hold x-amz-date with the same date. In the arena. */
char *sigv4_authorization(struct arena *a, const struct sigv4_key *k, const char *date, const struct sigv4_request *r);

/*
 * The path and query of an address that is valid for `seconds` (1..604800). The request has the one header host, at most six
 * parameters of its own, and any payload. In the arena.
 */
char *sigv4_presign(struct arena *a, const struct sigv4_key *k, const char *date, int seconds, const struct sigv4_request *r);

#endif
