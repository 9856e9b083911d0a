/* Answers that go on: suspended while quiet, resumed by changes and timers. */
#include "kubesim/stream.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { PROBE_MS = 3000, BLOCK = 32 * 1024 };

static ssize_t take(struct stream *s, char *out, size_t room)
{
	size_t n = s->out.len - s->taken;
	if (n > room)
		n = room;
	if (s->cut_after >= 0 && (int64_t)n >= s->cut_after) {
		n = (size_t)s->cut_after;
		s->state = STREAM_CUT;
	}
	if (!n)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	memcpy(out, s->out.data + s->taken, n);
	s->taken += n;
	if (s->cut_after >= 0)
		s->cut_after -= (int64_t)n;
	if (s->state == STREAM_CUT)
		s->taken = s->out.len;
	return (ssize_t)n;
}

static ssize_t read_more(void *context, uint64_t at, char *out, size_t room)
{
	struct stream *s = context;
	struct world *w = s->w;
	ssize_t n = 0;
	(void)at;
	world_lock(w);
	if (s->taken == s->out.len) {
		buf_reset(&s->out);
		s->taken = 0;
		if (s->state == STREAM_OPEN && !s->mute)
			s->more(s);
	}
	if (s->out.len > s->taken) {
		n = take(s, out, room);
	} else if (s->state == STREAM_ENDED) {
		n = MHD_CONTENT_READER_END_OF_STREAM;
	} else if (s->state == STREAM_CUT) {
		n = MHD_CONTENT_READER_END_WITH_ERROR;
	} else {
		s->suspended = true;
		buf_free(&s->out);
		s->out = (struct buf){ 0 };
		MHD_suspend_connection(s->connection);
	}
	world_unlock(w);
	return n;
}

static void leave(void *context)
{
	struct stream *s = context;
	struct world *w = s->w;
	world_lock(w);
	timer_stop(w, &s->timer);
	*s->link = s->next;
	if (s->next)
		s->next->link = s->link;
	buf_free(&s->out);
	s->close(s);
	world_unlock(w);
}

void stream_wake(struct stream *s)
{
	if (!s->suspended)
		return;
	s->suspended = false;
	MHD_resume_connection(s->connection);
}

static void wake_by_timer(struct world *w, void *context)
{
	(void)w;
	stream_wake(context);
}

/* MHD does not look at suspended connections, so a client that left would be kept until the next line. */
static void probe(struct world *w, void *context)
{
	(void)context;
	size_t n = 0, i = 0;
	for (struct stream *s = w->streams; s; s = s->next)
		n += s->suspended;
	struct pollfd *fds = arena_alloc(w->scratch, (n + 1) * sizeof *fds);
	struct stream **of = arena_alloc(w->scratch, (n + 1) * sizeof(void *));
	for (struct stream *s = w->streams; s; s = s->next) {
		const union MHD_ConnectionInfo *info = MHD_get_connection_info(s->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		if (!s->suspended || !info)
			continue;
		fds[i] = (struct pollfd){ .fd = info->connect_fd, .events = POLLRDHUP };
		of[i++] = s;
	}
	if (i && poll(fds, i, 0) > 0)
		for (size_t k = 0; k < i; k++)
			if (fds[k].revents) {
				of[k]->state = STREAM_CUT;
				stream_wake(of[k]);
			}
	if (w->streams)
		timer_at(w, &w->probe, w->probe.due + PROBE_MS);
}

struct MHD_Response *stream_open(struct world *w, struct stream *s, struct MHD_Connection *connection, const char *type)
{
	s->w = w;
	s->connection = connection;
	if (w->outage_until_ms == INT64_MAX)
		s->state = STREAM_CUT; /* the daemon is about to stop, and stops with no connection suspended */
	s->timer.fire = wake_by_timer;
	s->timer.context = s;
	struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_more, s, leave);
	if (!r) {
		s->close(s);
		return NULL;
	}
	MHD_add_response_header(r, "Content-Type", type);
	s->next = w->streams;
	s->link = &w->streams;
	if (s->next)
		s->next->link = &s->next;
	w->streams = s;
	if (!w->probe.place) {
		w->probe.fire = probe;
		timer_at(w, &w->probe, clock_ms() + PROBE_MS);
	}
	return r;
}

void stream_happened(struct world *w, enum sim_kind kind)
{
	for (struct stream *s = w->streams; s; s = s->next)
		if (s->watch && s->kind == kind && !s->mute)
			stream_wake(s);
}

void stream_end_all(struct world *w, enum stream_state state)
{
	for (struct stream *s = w->streams; s; s = s->next) {
		s->state = state;
		stream_wake(s);
	}
}

void stream_count(struct world *w, int64_t *watches, int64_t *follows)
{
	*watches = *follows = 0;
	for (struct stream *s = w->streams; s; s = s->next)
		*(s->watch ? watches : follows) += 1;
}
