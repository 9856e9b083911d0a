/* The made-up builds' logs in the archive, named and measured as the worker does it. */
#include <inttypes.h>
#include <pthread.h>

#include "base/arena.h"
#include "base/buf.h"
#include "ctl/demo.h"
#include "fetch/fetch.h"
#include "model/demo.h"
#include "objects/objects.h"

enum { KEYS = 500, SOME = 128, THREADS = 8 };

const char *demo_log_key(struct arena *a, int64_t build_id)
{
	return arena_printf(a, "builds/%" PRId64 "/build.log", build_id);
}

static enum err put(struct objects *o, const char *key, const struct buf *log, struct demo_build *b)
{
	struct objects_writer *w = NULL;
	enum err e = objects_begin(o, key, "text/plain; charset=utf-8", &w);
	if (e)
		return e;
	if (log->len)
		e = objects_write(w, log->data, log->len);
	if (!e)
		return objects_commit(w, &b->log_bytes, b->log_sha256);
	objects_abort(w);
	return e;
}

/* One thread's share of some logs: each `step`th. */
struct share {
	pthread_t thread;
	struct objects *objects;
	void **builds;
	const char **keys;
	struct buf *logs;
	int first, step, count;
	enum err e;
};

static void *write_share(void *context)
{
	struct share *s = context;
	for (int i = s->first; i < s->count && !s->e; i += s->step) {
		struct demo_build *b = s->builds[i];
		if (b->started)
			s->e = put(s->objects, s->keys[i], &s->logs[i], b);
	}
	fetch_thread_end();
	return NULL;
}

/* Each log waits for its disk or store several times: many wait together. */
static enum err write_some(struct objects *o, void **builds, const char **keys, struct buf *logs, int count)
{
	struct share shares[THREADS];
	int begun = 0;
	enum err e = ERR_NONE;
	for (; begun < THREADS; begun++) {
		struct share *s = &shares[begun];
		*s = (struct share){ .objects = o, .builds = builds, .keys = keys, .logs = logs };
		s->first = begun;
		s->step = THREADS;
		s->count = count;
		if (pthread_create(&s->thread, NULL, write_share, s))
			break;
	}
	for (int i = 0; i < begun; i++) {
		pthread_join(shares[i].thread, NULL);
		e = e ? e : shares[i].e;
	}
	return begun < THREADS ? ERR_UNAVAILABLE : e;
}

/* The log, and what the build says of itself. */
static void compose(struct demo *d, struct demo_build *b, struct buf *log)
{
	buf_reset(log);
	buf_puts(log, "");
	size_t tail = demo_log_write(d, b, log);
	if (b->fault)
		demo_verdict(d, b, log->data + tail);
}

enum err demo_archive_write(struct demo *d, struct objects *o, int *written)
{
	struct buf logs[SOME] = { { 0 } };
	const char *keys[SOME];
	enum err e = ERR_NONE;
	*written = 0;
	while (*written < d->builds.count && !e) {
		void **builds = d->builds.items + *written;
		int count = d->builds.count - *written < SOME ? d->builds.count - *written : SOME;
		for (int i = 0; i < count; i++) {
			struct demo_build *b = builds[i];
			compose(d, b, &logs[i]);
			keys[i] = demo_log_key(d->arena, b->id);
		}
		e = write_some(o, builds, keys, logs, count);
		*written += count;
	}
	for (int i = 0; i < SOME; i++)
		buf_free(&logs[i]);
	return e;
}

void demo_archive_undo(struct demo *d, struct objects *o, int written)
{
	for (int i = 0; i < written; i++) {
		const struct demo_build *b = d->builds.items[i];
		if (b->started && objects_delete(o, demo_log_key(d->arena, b->id)))
			return; /* the archive is away: nothing points at what is left there */
	}
}

enum err demo_archive_list(struct ctl *ctl, struct demo_list *keys)
{
	struct demo_log_key *some;
	int count = KEYS;
	for (int64_t after = 0; count == KEYS;) {
		enum err e = model_demo_log_keys(ctl->db, ctl->arena, after, KEYS, &some, &count);
		if (e)
			return e;
		for (int i = 0; i < count; i++) {
			demo_add(ctl->arena, keys, (void *)some[i].key);
			after = some[i].build_id;
		}
	}
	return ERR_NONE;
}
