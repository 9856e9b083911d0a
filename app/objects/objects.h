/* The archive: objects by key, in an S3 store or in a directory, written as streams and read by range. */
#ifndef OBJECTS_OBJECTS_H
#define OBJECTS_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct config;
struct objects; /* any thread may use it */

enum { OBJECT_KEY_MAX = 512, OBJECT_READ_MAX = 8 << 20 };

/* Opens by configuration (archive, archive_dir, s3_*), which must outlive it. NULL: *why says what is wrong with it. Nothing is
 * sent yet. */
struct objects *objects_open(struct arena *a, const struct config *c, const char **why);
void objects_free(struct objects *o);

/*
 * True for a key of our own making: [A-Za-z0-9._/-]{1,512}, no part between slashes empty or beginning with '.'. Every function
 * below answers ERR_INVALID (or NULL) for any other. Pure.
 */
bool object_key_valid(const char *key);

/*
 * A writer of one object, used by one thread at a time. Nothing can be read under the key before objects_commit, and an older
 * object stays until then; a crash leaves no half object under it. Memory stays under 17 MiB however long the object (at most 78
 * GiB) is. After an error of objects_write only objects_abort is allowed; the object can be begun anew at any time.
 * ERR_UNAVAILABLE, ERR_TIMEOUT: try again later; ERR_UNAUTHORIZED, ERR_INVALID: somebody must see to it (logged with what to do).
 */
struct objects_writer;
enum err objects_begin(struct objects *o, const char *key, const char *content_type, struct objects_writer **w) MUST_CHECK;
enum err objects_write(struct objects_writer *w, const void *bytes, size_t len) MUST_CHECK;
/* Ends the writer in every case. hex gets SHA-256 of all bytes. ERR_NONE: the object is stored for good. */
enum err objects_commit(struct objects_writer *w, int64_t *bytes, char hex[65]) MUST_CHECK;
/* Ends the writer and leaves nothing of it, as far as the store answers. NULL is allowed. */
void objects_abort(struct objects_writer *w);

/* Reads [from, from + len) into the arena; fewer at the end. *total is the object's size. ERR_NOT_FOUND. len <= OBJECT_READ_MAX.
 */
enum err objects_read(struct objects *o, struct arena *a, const char *key, int64_t from, size_t len, const char **bytes,
		      size_t *got, int64_t *total) MUST_CHECK;
/* An object that is not there counts as deleted. */
enum err objects_delete(struct objects *o, const char *key) MUST_CHECK;
/* Creates the bucket or directory when it is missing, and thereby tests address, keys and clock. Any number of times. */
enum err objects_prepare(struct objects *o, struct arena *a) MUST_CHECK;

/* The same test without creating anything. ERR_NOT_FOUND: no such bucket or directory. */
enum err objects_check(struct objects *o, struct arena *a) MUST_CHECK;

/*
 * What portal-web tells nginx so that nginx hands the object over itself: the value of X-Accel-Redirect ("/_archive/KEY", or
 * "/_s3/" for S3), and for S3 the value of X-Signed-Uri ("/bucket/key?X-Amz-...", signed for s3_endpoint's host, valid 60 s),
 * else NULL. Nothing is sent; that the object exists is not checked.
 */
struct objects_handover {
	const char *accel, *signed_uri;
};
enum err objects_handover(struct objects *o, struct arena *a, const char *key, struct objects_handover *out) MUST_CHECK;
/* A presigned GET for browsers (s3_public_endpoint) that downloads as `filename`, valid `seconds`; NULL for a directory. */
const char *objects_public_url(struct objects *o, struct arena *a, const char *key, const char *filename, int seconds);

#endif
