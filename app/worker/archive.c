/* A finished build's log from the database into the object store. */
#include "worker/archive.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/build_drive.h"
#include "model/log_chunks.h"
#include "objects/objects.h"

enum { SPAN_ARENA = 4 << 20 };

static enum err write_spans(struct objects_writer *w, struct db *db, struct arena *a, int64_t build_id,
			    const struct log_span *spans, int count, int64_t *bytes, int64_t *lines)
{
	enum err e = ERR_NONE;
	for (int i = 0; i < count && !e; i++) {
		const void *data;
		size_t len;
		arena_reset(a);
		e = model_log_chunks_data(db, a, build_id, spans[i].seq, &data, &len);
		if (e)
			break;
		if (len)
			e = objects_write(w, data, len);
		*bytes += (int64_t)len;
		*lines += log_lines_in(data, len);
	}
	return e;
}

static enum err write_container(struct objects_writer *w, struct db *db, struct arena *a, int64_t build_id, int container,
				struct log_archived *out)
{
	struct arena *list = arena_new(SPAN_ARENA);
	struct log_span *spans;
	int64_t after = 0;
	enum err e = list ? ERR_NONE : ERR_UNAVAILABLE;
	for (int count = 1; count > 0 && !e;) {
		arena_reset(list);
		e = model_log_chunks_spans(db, list, build_id, container, after, &spans, &count);
		if (!e)
			e = write_spans(w, db, a, build_id, spans, count, &out->part_bytes[container], &out->lines);
		if (!e && count)
			after = spans[count - 1].seq;
	}
	arena_free(list);
	return e;
}

enum err archive_build(struct objects *o, struct db *db, struct arena *a, int64_t build_id, struct log_archived *out)
{
	char key[64];
	struct objects_writer *w = NULL;
	*out = (struct log_archived){ 0 };
	snprintf(key, sizeof key, "builds/%" PRId64 "/build.log", build_id);
	enum err e = objects_begin(o, key, "text/plain; charset=utf-8", &w);
	if (e)
		return e;
	for (int c = 0; c < LOG_CONTAINERS && !e; c++)
		e = write_container(w, db, a, build_id, c, out);
	if (e) {
		objects_abort(w);
		return e;
	}
	e = objects_commit(w, &out->bytes, out->sha256);
	arena_reset(a);
	out->key = arena_strdup(a, key);
	return e;
}
