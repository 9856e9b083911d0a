/* A finished build's log from the database into the object store. */
#ifndef WORKER_ARCHIVE_H
#define WORKER_ARCHIVE_H

#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;
struct log_archived; /* model/build_drive.h */
struct objects;

/*
 * Writes clone, build and push in this order under a key made of the build's id; memory does not grow with the log. The arena
 * is reset while it works, but for the result. ERR_UNAVAILABLE, ERR_TIMEOUT: try again.
 */
enum err archive_build(struct objects *o, struct db *db, struct arena *a, int64_t build_id, struct log_archived *out) MUST_CHECK;

#endif
