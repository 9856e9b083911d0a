/* The archive: objects by key, in an S3 store or in a directory, written as streams and read by range. */
#ifndef OBJECTS_OBJECTS_H
#define OBJECTS_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct config;
struct objects; /* any thread may use it */

/* Opens by configuration (archive, archive_dir, s3_*). NULL: *why says what is wrong with it. Nothing is sent yet. */
struct objects *objects_open(struct arena *a, const struct config *c, const char **why);
void objects_free(struct objects *o);

/* A writer of one object. Nothing can be read under the key before objects_commit; a crash leaves no half object under it. */
struct objects_writer;
/* Keys are [A-Za-z0-9._/-]{1,512} without "..", by our own making. Memory stays under 17 MiB however long the object. */
enum err objects_begin(struct objects *o, const char *key, const char *content_type, struct objects_writer **w) MUST_CHECK;
enum err objects_write(struct objects_writer *w, const void *bytes, size_t len) MUST_CHECK;
/* Ends the writer in every case. hex gets SHA-256 of all bytes. */
enum err objects_commit(struct objects_writer *w, int64_t *bytes, char hex[65]) MUST_CHECK;
void objects_abort(struct objects_writer *w);

/* Reads [from, from + len) into the arena; fewer at the end. *total is the object's size. ERR_NOT_FOUND. len <= 8 MiB. */
enum err objects_read(struct objects *o, struct arena *a, const char *key, int64_t from, size_t len, const char **bytes, size_t *got,
		      int64_t *total) MUST_CHECK;
enum err objects_delete(struct objects *o, const char *key) MUST_CHECK;
/* Creates the bucket or directory when it is missing. */
enum err objects_prepare(struct objects *o, struct arena *a) MUST_CHECK;

/*
 * What portal-web tells nginx so that nginx hands the object over itself: the value of X-Accel-Redirect, and for S3 the signed
 * URI (valid 60 s) for the header X-Signed-Uri, else NULL. `filename` is for Content-Disposition.
 */
struct objects_handover {
	const char *accel, *signed_uri;
};
enum err objects_handover(struct objects *o, struct arena *a, const char *key, struct objects_handover *out) MUST_CHECK;
/* A presigned GET for browsers (s3_public_endpoint), valid `seconds`; NULL for a directory. */
const char *objects_public_url(struct objects *o, struct arena *a, const char *key, const char *filename, int seconds);

#endif
