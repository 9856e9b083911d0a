/* Logs of running builds: the streams' side. */
#include "worker/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "worker/log_set.h"
#include "worker/mask.h"

static void wake(struct logs *l)
{
	l->signalled = true;
	pthread_cond_signal(&l->more);
}

static bool on_lines(void *context, const char *bytes, size_t len, const struct kube_log_seam *seam)
{
	struct log_one *one = context;
	struct logs *l = one->set->logs;
	pthread_mutex_lock(&l->lock);
	bool room = (!one->in.len || one->in.len + len <= LOG_QUEUE) && (!l->queued || l->queued + len <= LOG_QUEUES);
	if (one->set->closed)
		room = true; /* nobody wants them: the stream is being cancelled */
	else if (room) {
		buf_add(&one->in, bytes, len);
		l->queued += len;
		snprintf(one->seam.stamp, sizeof one->seam.stamp, "%s", seam->stamp);
		one->seam.lines = seam->lines;
		one->begun = true;
		one->failures = 0;
	} else {
		one->paused = true;
	}
	if (one->in.failed) {
		log_event(LOG_ERROR, "log_out_of_memory", LOG_NUM("build", one->set->build_id));
		abort();
	}
	wake(l);
	pthread_mutex_unlock(&l->lock);
	return room;
}

static void on_done(void *context, enum err e, const char *message)
{
	struct log_one *one = context;
	struct logs *l = one->set->logs;
	if (e && e != ERR_GONE && e != ERR_INVALID)
		log_event(LOG_INFO, "log_stream_ended", LOG_NUM("build", one->set->build_id),
			  LOG_NUM("container", one->container), LOG_STR("error", err_name(e)), LOG_STR("message", message));
	pthread_mutex_lock(&l->lock);
	one->stream = NULL;
	one->ended = true;
	one->paused = false;
	one->end = e;
	one->set->streams--;
	wake(l);
	pthread_mutex_unlock(&l->lock);
}

struct logs *logs_new(struct db_pool *pool, struct kube *k, struct fetch_loop *loop,
		      void (*changed)(void *context, int64_t build_id), void *context)
{
	struct logs *l = calloc(1, sizeof *l);
	if (!l)
		return NULL;
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->more, &attr);
	pthread_condattr_destroy(&attr);
	l->pool = pool;
	l->kube = k;
	l->loop = loop;
	l->changed = changed;
	l->context = context;
	if (pthread_create(&l->thread, NULL, log_writer_run, l) == 0)
		return l;
	pthread_cond_destroy(&l->more);
	pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

void logs_free(struct logs *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->stopping = true;
	wake(l);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	pthread_cond_destroy(&l->more);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

struct log_set *logs_open(struct logs *l, struct db *db, const struct lease *lease, int64_t build_id, const char *ns,
			  struct mask *mask, int64_t limit)
{
	struct log_set *s = calloc(1, sizeof *s);
	struct arena *a = arena_new(1 << 20);
	if (!s || !a)
		abort();
	enum err e = model_log_chunks_place(db, a, build_id, &s->place);
	arena_free(a);
	if (e) {
		mask_free(mask);
		free(s);
		return NULL;
	}
	s->logs = l;
	s->build_id = build_id;
	s->lease = *lease;
	s->mask = mask;
	s->limit = limit;
	snprintf(s->ns, sizeof s->ns, "%s", ns);
	for (int c = 0; c < LOG_CONTAINERS; c++) {
		s->logs_of[c].set = s;
		s->logs_of[c].container = c;
		s->logs_of[c].seam = s->place.seams[c];
		s->logs_of[c].begun = *s->place.seams[c].stamp != '\0';
		s->logs_of[c].in.cap = 4 << 20;
		s->logs_of[c].carry.cap = 4 << 20;
	}
	pthread_mutex_lock(&l->lock);
	s->next = l->sets;
	l->sets = s;
	pthread_mutex_unlock(&l->lock);
	return s;
}

void logs_close(struct log_set *s)
{
	if (!s)
		return;
	struct logs *l = s->logs;
	pthread_mutex_lock(&l->lock);
	s->closed = true;
	for (int c = 0; c < LOG_CONTAINERS; c++)
		if (s->logs_of[c].stream)
			kube_log_cancel(s->logs_of[c].stream);
	wake(l);
	pthread_mutex_unlock(&l->lock);
}

void logs_states(struct log_set *s, enum log_state states[CONTAINER__MAX], int64_t retry_us[CONTAINER__MAX])
{
	for (int c = 0; c < CONTAINER__MAX; c++) {
		states[c] = LOG_IDLE;
		retry_us[c] = 0;
	}
	if (!s)
		return;
	pthread_mutex_lock(&s->logs->lock);
	for (int c = 0; c < LOG_CONTAINERS; c++) {
		states[c] = s->logs_of[c].state;
		retry_us[c] = s->logs_of[c].retry_us;
	}
	pthread_mutex_unlock(&s->logs->lock);
}

void logs_read(struct log_set *s, enum build_container c, const char *pod, bool follow)
{
	static const struct kube_log_handler handler = { on_lines, on_done };
	struct logs *l = s->logs;
	struct log_one *one = &s->logs_of[c];
	struct kube_log_seam seam = { .lines = one->seam.lines };
	pthread_mutex_lock(&l->lock);
	if (one->state == LOG_IDLE && !one->stream && !s->closed) {
		snprintf(seam.stamp, sizeof seam.stamp, "%s", one->seam.stamp);
		one->follow = follow;
		one->ended = false;
		one->state = LOG_READING;
		s->streams++;
		/* The stream's callbacks wait for the lock, so they find the pointer set. */
		one->stream = kube_log_open(l->loop, l->kube, s->ns, pod, build_container_name(c), follow, &seam, &handler, one);
		if (!one->stream) {
			s->streams--;
			one->state = LOG_IDLE;
			one->retry_us = (clock_ms() + 1000) * 1000;
		}
	}
	pthread_mutex_unlock(&l->lock);
}

void logs_lose(struct log_set *s, enum build_container c, const char *line)
{
	struct logs *l = s->logs;
	struct log_one *one = &s->logs_of[c];
	pthread_mutex_lock(&l->lock);
	if (one->state != LOG_COMPLETE && one->state != LOG_GONE && !one->losing) {
		size_t before = one->in.len;
		buf_printf(&one->in, "%s\n", line);
		l->queued += one->in.len - before;
		one->losing = true;
		one->state = LOG_READING;
		if (one->stream)
			kube_log_cancel(one->stream);
		wake(l);
	}
	pthread_mutex_unlock(&l->lock);
}

bool logs_begun(struct log_set *s, enum build_container c)
{
	if (!s)
		return false;
	pthread_mutex_lock(&s->logs->lock);
	bool begun = s->logs_of[c].begun;
	pthread_mutex_unlock(&s->logs->lock);
	return begun;
}

bool logs_fenced(struct log_set *s)
{
	if (!s)
		return false;
	pthread_mutex_lock(&s->logs->lock);
	bool fenced = s->fenced;
	pthread_mutex_unlock(&s->logs->lock);
	return fenced;
}
