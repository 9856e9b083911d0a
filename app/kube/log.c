/* Following one container's log on the loop: opening, pausing, and the one end. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "kube/answer.h"
#include "kube/client.h"
#include "kube/log_reader.h"

enum {
	PATH_ARENA = 64 * 1024,
	ERROR_BODY = 64 * 1024,
	KEEP_BUFFER = 64 * 1024,
	/* A silent or half-open stream is opened again from the seam: that costs one request and loses nothing. */
	FOLLOW_IDLE_MS = 5 * 60 * 1000,
	FOLLOW_TOTAL_MS = 60 * 60 * 1000,
	READ_IDLE_MS = 30 * 1000,
	READ_TOTAL_MS = 10 * 60 * 1000,
	OFFER_AGAIN_MS = 5000,
};

struct kube_log {
	struct fetch_loop *loop;
	struct kube *k;
	char *path;
	bool follow;
	struct kube_log_handler handler;
	void *context;

	pthread_mutex_t lock;	     /* guards the five below, which other threads look at */
	struct fetch_stream *stream; /* NULL: none is open */
	bool cancelled;
	bool held; /* the stream has ended, its last lines were not taken yet */
	bool over; /* done was called */
	int calls; /* of `again` that are still to come */

	/* The loop's thread only. */
	struct log_reader reader;
	struct buf error;
	size_t replay; /* so many of the next bytes were read before they were paused */
	int status, retry_after_ms;
	bool renewed;
};

static void log_free(struct kube_log *l)
{
	reader_free(&l->reader);
	buf_free(&l->error);
	pthread_mutex_destroy(&l->lock);
	free(l->path);
	free(l);
}

/* The one end. A call that is still to come gives the memory back. */
static void finish(struct kube_log *l, enum err e, const char *message)
{
	l->handler.done(l->context, e, message ? message : "");
	pthread_mutex_lock(&l->lock);
	l->over = true;
	bool last = !l->calls;
	pthread_mutex_unlock(&l->lock);
	if (last)
		log_free(l);
}

static bool offer(struct kube_log *l)
{
	struct log_reader *r = &l->reader;
	if (!r->out.len)
		return true;
	if (!l->handler.lines(l->context, r->out.data, r->out.len, &r->seam))
		return false;
	buf_reset(&r->out);
	if (r->out.size > KEEP_BUFFER)
		buf_free(&r->out);
	return true;
}

static void head(void *context, int status, int retry_after_ms)
{
	struct kube_log *l = context;
	l->status = status;
	l->retry_after_ms = retry_after_ms;
}

static bool data(void *context, const char *bytes, size_t len)
{
	struct kube_log *l = context;
	if (l->status != 200) {
		buf_add(&l->error, bytes, len);
		return true;
	}
	if (!offer(l))
		return false;
	size_t known = l->replay < len ? l->replay : len;
	l->replay -= known;
	reader_feed(&l->reader, bytes + known, len - known);
	if (offer(l))
		return true;
	/* The reader has these bytes; refusing them is how the stream is paused. */
	l->replay += len;
	return false;
}

static void again(void *context, bool ended);

/* The last lines of an ended stream; they wait for kube_log_resume when they are not taken. */
static void offer_last(struct kube_log *l)
{
	pthread_mutex_lock(&l->lock);
	l->held = true;
	bool cancelled = l->cancelled;
	pthread_mutex_unlock(&l->lock);
	if (cancelled) {
		finish(l, ERR_GONE, "cancelled");
	} else if (offer(l)) {
		bool broken = l->reader.complaint[0];
		finish(l, broken ? ERR_UNAVAILABLE : ERR_NONE, l->reader.complaint);
	} else {
		/* One call is always to come: it also tells when the loop ends. */
		pthread_mutex_lock(&l->lock);
		if (!l->calls) {
			l->calls++;
			fetch_loop_after(l->loop, OFFER_AGAIN_MS, again, l);
		}
		pthread_mutex_unlock(&l->lock);
	}
}

static void again(void *context, bool ended)
{
	struct kube_log *l = context;
	pthread_mutex_lock(&l->lock);
	l->calls--;
	bool over = l->over, last = over && !l->calls;
	pthread_mutex_unlock(&l->lock);
	if (last)
		log_free(l);
	else if (!over && ended)
		finish(l, ERR_UNAVAILABLE, "the program is stopping");
	else if (!over)
		offer_last(l);
}

static const struct fetch_handler handler;

static bool open_stream(struct kube_log *l)
{
	int idle = l->follow ? FOLLOW_IDLE_MS : READ_IDLE_MS;
	int total = l->follow ? health_jitter(FOLLOW_TOTAL_MS) : READ_TOTAL_MS;
	l->status = 0;
	pthread_mutex_lock(&l->lock);
	l->stream = client_stream(l->loop, l->k, l->path, idle, total, &handler, l);
	/* While a credential was read anew there was no stream to be told. */
	if (l->stream && l->cancelled)
		fetch_stream_cancel(l->loop, l->stream);
	bool ok = l->stream != NULL;
	pthread_mutex_unlock(&l->lock);
	return ok;
}

/* An answer that is no log. */
static void refused(struct kube_log *l)
{
	struct kube_answer answer;
	struct arena *a = arena_new(1 << 20);
	if (!a) {
		finish(l, ERR_UNAVAILABLE, "memory is out");
		return;
	}
	buf_puts(&l->error, "");
	enum err e = answer_read(a, l->status, "application/json", l->error.data, l->error.len, &answer);
	if (e == ERR_TOO_MANY)
		health_hold(&l->k->health, clock_ms(), l->retry_after_ms);
	finish(l, e == ERR_NONE ? ERR_UNAVAILABLE : e, answer.message);
	arena_free(a);
}

static void done(void *context, enum err e, const char *error)
{
	struct kube_log *l = context;
	pthread_mutex_lock(&l->lock);
	l->stream = NULL;
	bool cancelled = l->cancelled;
	pthread_mutex_unlock(&l->lock);
	if (cancelled) {
		finish(l, ERR_GONE, "cancelled");
	} else if (e == ERR_NONE && l->status == 401 && !l->renewed && token_renew(&l->k->token)) {
		l->renewed = true;
		buf_reset(&l->error);
		if (!open_stream(l))
			finish(l, ERR_UNAVAILABLE, "memory is out");
	} else if (e == ERR_NONE && l->status == 200) {
		reader_end(&l->reader);
		offer_last(l);
	} else if (e == ERR_NONE) {
		refused(l);
	} else {
		finish(l, e, error);
	}
}

static const struct fetch_handler handler = { .head = head, .data = data, .done = done };

static char *log_path(struct kube_log *l, const char *ns, const char *pod, const char *container)
{
	char since[32];
	struct arena *a = arena_new(PATH_ARENA);
	if (!a)
		return NULL;
	char *path = arena_printf(a, "%s/log?container=%s&timestamps=true%s", kube_path(a, KUBE_POD, ns, pod),
				  str_url_encode(a, container, false), l->follow ? "&follow=true" : "");
	if (reader_since(&l->reader, since))
		path = arena_printf(a, "%s&sinceTime=%s", path, str_url_encode(a, since, false));
	path = strdup(path);
	arena_free(a);
	return path;
}

struct kube_log *kube_log_open(struct fetch_loop *loop, struct kube *k, const char *ns, const char *pod, const char *container,
			       bool follow, const struct kube_log_seam *from, const struct kube_log_handler *h, void *context)
{
	struct kube_log *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	*l = (struct kube_log){ .loop = loop, .k = k, .follow = follow, .handler = *h, .context = context };
	pthread_mutex_init(&l->lock, NULL);
	reader_init(&l->reader, from);
	l->error.cap = ERROR_BODY;
	l->path = log_path(l, ns, pod, container);
	if (!l->path || !open_stream(l)) {
		log_free(l);
		return NULL;
	}
	return l;
}

/* To the stream, or to the last lines that wait. */
static void nudge(struct kube_log *l, void (*what)(struct fetch_loop *, struct fetch_stream *))
{
	if (l->stream) {
		what(l->loop, l->stream);
	} else if (l->held) {
		l->calls++;
		fetch_loop_after(l->loop, 0, again, l);
	}
}

void kube_log_resume(struct kube_log *l)
{
	pthread_mutex_lock(&l->lock);
	nudge(l, fetch_stream_resume);
	pthread_mutex_unlock(&l->lock);
}

void kube_log_cancel(struct kube_log *l)
{
	pthread_mutex_lock(&l->lock);
	l->cancelled = true;
	nudge(l, fetch_stream_cancel);
	pthread_mutex_unlock(&l->lock);
}
