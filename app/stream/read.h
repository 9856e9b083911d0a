/* The three reads of the reader's thread, each from rows to what the event loop takes. */
#ifndef STREAM_READ_H
#define STREAM_READ_H

#include "base/err.h"
#include "stream/reader.h"

struct db;

/* Answers WORK_CHUNKS: an event `lines` a chunk, rendered on from w->lines. The reader's thread. */
enum err read_chunks(struct db *db, struct work *w) MUST_CHECK;

/* Answers WORK_STATES: an event `state` for each build and project that exists. The reader's thread. */
enum err read_states(struct db *db, struct work *w) MUST_CHECK;

/* Answers WORK_HOLDERS. The reader's thread. */
enum err read_holders(struct db *db, struct work *w) MUST_CHECK;

#endif
