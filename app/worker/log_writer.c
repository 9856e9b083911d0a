/* Logs of running builds: the writer's side. Takes what the streams brought, masks it, stores it in batches. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "worker/failpoint.h"
#include "worker/log_set.h"
#include "worker/mask.h"

enum { BATCH = 64, PAUSE_MS = 100, STOP_MS = 5000 };

/* What is taken from one queue. */
struct piece {
	struct log_one *one;
	struct buf out;	      /* masked */
	struct log_seam seam; /* behind it */
	size_t taken;
	bool ended, losing;
	enum { STORED_NOT, STORED, STORED_FENCED } stored;
};

struct batch {
	struct piece pieces[BATCH];
	int count;
	bool more; /* something was left in the queues */
};

/* With the lock held: moves queues into pieces. */
static void take_queues(struct logs *l, struct batch *b)
{
	b->count = 0;
	b->more = false;
	for (struct log_set *s = l->sets; s; s = s->next)
		for (int c = 0; c < LOG_CONTAINERS; c++) {
			struct log_one *one = &s->logs_of[c];
			if (!one->in.len && !one->ended && !one->losing)
				continue;
			if (b->count == BATCH) {
				b->more = true;
				return;
			}
			struct piece *p = &b->pieces[b->count++];
			*p = (struct piece){ .one = one, .out = one->in, .seam = one->seam, .taken = one->in.len };
			p->ended = one->ended;
			p->losing = one->losing;
			l->queued -= one->in.len;
			one->in = (struct buf){ .cap = one->in.cap };
		}
}

/* A pod that ended hides nothing more in its carry. */
static void mask_piece(struct piece *p)
{
	struct log_one *one = p->one;
	struct buf raw = p->out;
	p->out = (struct buf){ .cap = 16 << 20 };
	if (raw.len)
		mask_run(one->set->mask, &one->carry, raw.data, raw.len, &p->out);
	if ((p->ended && !one->follow) || p->losing)
		mask_run(one->set->mask, &one->carry, NULL, 0, &p->out);
	buf_free(&raw);
}

static enum err load_spans(struct db *db, struct arena *a, struct log_set *s)
{
	int64_t after = 0;
	for (int count = 1000; count == 1000;) {
		struct log_span *some;
		enum err e = model_log_chunks_spans(db, a, s->build_id, -1, after, &some, &count);
		if (e)
			return e;
		if (s->span_count + count + 1 > s->span_size) {
			s->span_size = (s->span_count + count) * 2 + 64;
			s->spans = realloc(s->spans, (size_t)s->span_size * sizeof *s->spans);
			if (!s->spans)
				abort();
		}
		if (count)
			memcpy(s->spans + s->span_count, some, (size_t)count * sizeof *some);
		s->span_count += count;
		after = count ? some[count - 1].seq : after;
	}
	return ERR_NONE;
}

/* The chunk that stands for what is left out: the first one behind the half that is kept of the beginning. */
static int find_cut(struct log_set *s)
{
	int64_t kept = 0;
	for (int i = 0; i < s->span_count; i++) {
		if (s->place.cut_seq ? s->spans[i].seq == s->place.cut_seq : kept + s->spans[i].bytes > s->limit / 2)
			return i;
		kept += s->spans[i].bytes;
	}
	return s->span_count;
}

/* Over the limit: the oldest of the rolling end go, a sixteenth of the limit at a time. */
static enum err make_room(struct db *db, struct arena *a, struct log_set *s, size_t len)
{
	if (s->place.bytes + (int64_t)len <= s->limit)
		return ERR_NONE;
	enum err e = s->spans ? ERR_NONE : load_spans(db, a, s);
	if (e)
		return e;
	int cut = find_cut(s), last = cut;
	int64_t freed = 0, want = (int64_t)len + s->limit / 16;
	bool first = !s->place.cut_seq;
	for (int i = first ? cut : cut + 1; i < s->span_count && freed < want; i++) {
		freed += s->spans[i].bytes;
		last = i;
	}
	if (!freed)
		return ERR_NONE;
	e = model_log_chunks_cut(db, a, &s->lease, s->build_id, s->spans[cut].seq, s->spans[last].seq,
				 s->place.cut_bytes + freed);
	if (e)
		return e;
	s->place.cut_seq = s->spans[cut].seq;
	s->place.cut_bytes += freed;
	s->place.bytes -= freed;
	s->spans[cut].bytes = 0;
	memmove(s->spans + cut + 1, s->spans + last + 1, (size_t)(s->span_count - last - 1) * sizeof *s->spans);
	s->span_count -= last - cut;
	return ERR_NONE;
}

static void note_span(struct log_set *s, int64_t seq, int64_t bytes)
{
	if (!s->spans)
		return;
	if (s->span_count == s->span_size) {
		s->span_size *= 2;
		s->spans = realloc(s->spans, (size_t)s->span_size * sizeof *s->spans);
		if (!s->spans)
			abort();
	}
	s->spans[s->span_count++] = (struct log_span){ seq, bytes };
}

static enum err store_piece(struct db *db, struct arena *a, struct piece *p)
{
	struct log_set *s = p->one->set;
	if (!p->out.len || s->fenced) {
		p->stored = s->fenced ? STORED_FENCED : STORED;
		return ERR_NONE;
	}
	enum err e = make_room(db, a, s, p->out.len);
	if (e)
		return e;
	struct log_chunk chunk = { .build_id = s->build_id,
				   .seq = s->place.seq + 1,
				   .container = p->one->container,
				   .data = p->out.data,
				   .len = p->out.len,
				   .stamp = p->seam.stamp,
				   .stamp_lines = p->seam.lines };
	e = model_log_chunks_add(db, a, &s->lease, &chunk);
	p->stored = e == ERR_CONFLICT ? STORED_FENCED : e ? STORED_NOT : STORED;
	if (p->stored != STORED)
		return p->stored == STORED_FENCED ? ERR_NONE : e;
	s->place.seq++;
	s->place.bytes += (int64_t)p->out.len;
	note_span(s, s->place.seq, (int64_t)p->out.len);
	return ERR_NONE;
}

/* All pieces in one transaction. After a failure the places are read again: how far it came is not known. */
static enum err store(struct db *db, struct arena *a, struct batch *b)
{
	enum err e = db_begin(db);
	for (int i = 0; i < b->count && !e; i++)
		e = store_piece(db, a, &b->pieces[i]);
	if (!e)
		e = db_commit(db);
	if (!e)
		return ERR_NONE;
	db_rollback(db);
	return e;
}

/* A commit whose outcome is unknown may have stored the pieces: then they are not stored again. */
static enum err look_again(struct db *db, struct arena *a, struct batch *b)
{
	for (int i = 0; i < b->count; i++) {
		struct piece *p = &b->pieces[i];
		struct log_set *s = p->one->set;
		struct log_place place;
		enum err e = model_log_chunks_place(db, a, s->build_id, &place);
		if (e)
			return e;
		const struct log_seam *is = &place.seams[p->one->container];
		if (p->stored == STORED && p->out.len && !strcmp(is->stamp, p->seam.stamp) && is->lines == p->seam.lines)
			buf_reset(&p->out);
		s->place = place;
		s->span_count = 0;
		free(s->spans);
		s->spans = NULL;
	}
	return ERR_NONE;
}

static void notify(struct db *db, struct arena *a, const struct batch *b)
{
	struct buf ids = { .cap = 1 << 16 };
	for (int i = 0; i < b->count; i++)
		if (b->pieces[i].stored == STORED && b->pieces[i].out.len)
			buf_printf(&ids, "%s%" PRId64, ids.len ? "," : "{", b->pieces[i].one->set->build_id);
	if (ids.len) {
		buf_puts(&ids, "}");
		if (model_log_chunks_notify(db, a, ids.data))
			log_event(LOG_WARN, "notify_failed", LOG_STR("what", "portal_log"));
	}
	buf_free(&ids);
}

/* With the lock held: the stream has ended and all that it brought is stored. */
static void settle(struct log_one *one, bool losing)
{
	int64_t now = clock_ms();
	one->ended = false;
	if (losing || one->end == ERR_NOT_FOUND) {
		one->state = losing || !one->begun ? LOG_GONE : LOG_IDLE;
		one->losing = one->losing && !losing;
		one->retry_us = (now + 2000) * 1000;
	} else if (one->end == ERR_NONE && !one->follow) {
		one->state = LOG_COMPLETE;
	} else {
		one->state = LOG_IDLE;
		one->failures += one->end != ERR_NONE && one->end != ERR_GONE;
		one->retry_us = (now + (one->failures ? 250 << (one->failures < 5 ? one->failures : 5) : 100)) * 1000;
	}
}

/* With the lock held. Of all logs: one whose own queue was empty may have found those of the others full. */
static void resume_paused(struct logs *l)
{
	for (struct log_set *s = l->sets; s; s = s->next)
		for (int c = 0; c < LOG_CONTAINERS; c++) {
			struct log_one *one = &s->logs_of[c];
			if (one->paused && one->stream) {
				one->paused = false;
				kube_log_resume(one->stream);
			}
		}
}

static void finish_pieces(struct logs *l, struct batch *b)
{
	pthread_mutex_lock(&l->lock);
	for (int i = 0; i < b->count; i++) {
		struct piece *p = &b->pieces[i];
		struct log_one *one = p->one;
		if (p->stored == STORED_FENCED)
			one->set->fenced = true;
		bool settled = (p->ended || (p->losing && !one->stream)) && !one->in.len;
		if (settled)
			settle(one, p->losing);
		if ((settled || one->set->fenced) && !one->set->closed)
			l->changed(l->context, one->set->build_id);
	}
	resume_paused(l);
	pthread_mutex_unlock(&l->lock);
	for (int i = 0; i < b->count; i++)
		buf_free(&b->pieces[i].out);
}

/* With the lock held: sets that are closed, have no stream and nothing to store. */
static struct log_set *unlink_closed(struct logs *l)
{
	struct log_set *gone = NULL;
	for (struct log_set **at = &l->sets; *at;) {
		struct log_set *s = *at;
		bool waiting = !s->closed || s->streams > 0;
		for (int c = 0; c < LOG_CONTAINERS && !waiting; c++)
			waiting = s->logs_of[c].in.len > 0;
		if (waiting) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		s->next = gone;
		gone = s;
	}
	return gone;
}

static void free_sets(struct log_set *s)
{
	while (s) {
		struct log_set *next = s->next;
		for (int c = 0; c < LOG_CONTAINERS; c++) {
			buf_free(&s->logs_of[c].in);
			buf_free(&s->logs_of[c].carry);
		}
		mask_free(s->mask);
		free(s->spans);
		free(s);
		s = next;
	}
}

/* Stores one batch, however long the database takes; gives up only at the end of the process. */
static void write_batch(struct logs *l, struct arena *a, struct batch *b, int64_t stop_ms)
{
	for (int i = 0; i < b->count; i++)
		mask_piece(&b->pieces[i]);
	bool unknown = false;
	for (;;) {
		arena_reset(a);
		struct db *db = db_acquire(l->pool, 2000);
		enum err e = db ? unknown ? look_again(db, a, b) : ERR_NONE : ERR_UNAVAILABLE;
		if (!e)
			e = store(db, a, b);
		if (!e)
			notify(db, a, b);
		else
			unknown = true;
		db_release(db);
		if (!e)
			break;
		log_event(LOG_WARN, "log_not_stored", LOG_STR("error", err_name(e)));
		pthread_mutex_lock(&l->lock);
		bool give_up = l->stopping && clock_ms() > stop_ms;
		pthread_mutex_unlock(&l->lock);
		if (give_up)
			break;
		clock_sleep(500);
	}
	FAILPOINT("log_half", b->count ? b->pieces[0].one->set->build_id : 0);
	finish_pieces(l, b);
}

/* Waits for something to store; pauses a little so that lines come in batches, unless a queue is long. */
static void wait_for_more(struct logs *l, int64_t last_ms)
{
	struct timespec until;
	while (!l->signalled && !l->stopping)
		pthread_cond_wait(&l->more, &l->lock);
	int64_t end = last_ms + PAUSE_MS;
	until.tv_sec = end / 1000;
	until.tv_nsec = end % 1000 * 1000000;
	while (!l->stopping && l->queued < LOG_URGENT && clock_ms() < end)
		if (pthread_cond_timedwait(&l->more, &l->lock, &until))
			break;
	l->signalled = false;
}

void *log_writer_run(void *context)
{
	struct logs *l = context;
	struct arena *a = arena_new(64 << 20);
	struct batch *b = calloc(1, sizeof *b);
	int64_t last_ms = 0, stop_ms = 0;
	if (!a || !b)
		abort();
	pthread_mutex_lock(&l->lock);
	for (;;) {
		wait_for_more(l, last_ms);
		if (l->stopping && !stop_ms)
			stop_ms = clock_ms() + STOP_MS;
		take_queues(l, b);
		struct log_set *gone = b->count ? NULL : unlink_closed(l);
		if (b->more || (b->count && l->sets))
			l->signalled = true; /* what is left over, and sets that were closed meanwhile */
		bool end = l->stopping && (!b->count || clock_ms() > stop_ms);
		pthread_mutex_unlock(&l->lock);
		free_sets(gone);
		if (b->count)
			write_batch(l, a, b, stop_ms ? stop_ms : INT64_MAX);
		last_ms = clock_ms();
		pthread_mutex_lock(&l->lock);
		if (end)
			break;
	}
	free_sets(l->sets);
	l->sets = NULL;
	pthread_mutex_unlock(&l->lock);
	free(b);
	arena_free(a);
	return NULL;
}
