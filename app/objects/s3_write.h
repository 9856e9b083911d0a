/* Inside the room objects: one object into an S3 store, small ones at once and large ones in parts. */
#ifndef OBJECTS_S3_WRITE_H
#define OBJECTS_S3_WRITE_H

#include <stddef.h>

#include "base/err.h"

struct arena;

/* As in store.h; state is a struct s3. */
enum err s3_begin(void *state, const char *key, const char *content_type, void **writer);
enum err s3_write(void *writer, const void *bytes, size_t len);
enum err s3_commit(void *writer);
void s3_abort(void *writer);

/* Makes the bucket where it is missing (s3.c). */
enum err s3_prepare(void *state, struct arena *a);

#endif
