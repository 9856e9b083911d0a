/* Inside the room objects: one signed request to an S3 store, tried again where that helps, and what its answer means. */
#ifndef OBJECTS_S3_CALL_H
#define OBJECTS_S3_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "fetch/fetch.h"
#include "objects/sigv4.h"

struct arena;

/* A store's address, "http[s]://host[:port]", and the same as the header Host says it. */
struct s3_address {
	char *base;
	const char *host; /* within base */
};

struct s3 {
	struct s3_address address, public;
	struct sigv4_key key;
	const char *bucket;
};

struct s3_call {
	const char *method;
	const char *key; /* NULL: the bucket itself */
	struct sigv4_pair query[4];
	size_t query_count;
	const char *content_type, *range; /* may be NULL */
	const void *body;
	size_t body_len;
	int tries, timeout_ms;
	size_t response_cap; /* as in fetch.h */
	bool quiet;	     /* a failure is not worth a log line */
};

/*
 * ERR_NONE: a 2xx answer, or 416. ERR_NOT_FOUND: no such object, upload or bucket. ERR_UNAVAILABLE, ERR_TIMEOUT: also after the
 * last try. ERR_UNAUTHORIZED: keys or clock, ERR_INVALID: the request was refused; both are logged with what to do. `code` (may
 * be NULL) gets S3's own code of an error ("NoSuchBucket"), else "". Both results are the arena's.
 */
enum err s3_call(const struct s3 *s, struct arena *a, const struct s3_call *call, struct fetch_response *out,
		 const char **code) MUST_CHECK;

/* The text of the first element of that name in an XML answer, its five entities decoded, in the arena; NULL: there is none. */
char *s3_xml_text(struct arena *a, const char *xml, const char *element);

/* "/bucket/key" or "/bucket". */
char *s3_path(const struct s3 *s, struct arena *a, const char *key);

#endif
