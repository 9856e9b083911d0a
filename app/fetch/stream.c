/* One stream of the event loop: its curl handle, and the way from libcurl's callbacks to the handler. */
#include "fetch/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
	struct fetch_stream *s = context;
	size_t len = size * count;
	long status = 0;
	s->heard = clock_ms();
	curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	bool blank = len <= 2 && (*bytes == '\r' || *bytes == '\n');
	if (blank && status >= 200 && !s->head_told) {
		s->head_told = true;
		if (s->handler.head)
			s->handler.head(s->context, (int)status, handle_retry_after(s->easy));
	}
	return len;
}

static size_t take_data(char *bytes, size_t size, size_t count, void *context)
{
	struct fetch_stream *s = context;
	size_t len = size * count;
	s->heard = clock_ms();
	if (!s->handler.data || s->handler.data(s->context, bytes, len))
		return len;
	s->paused = true;
	return CURL_WRITEFUNC_PAUSE;
}

struct fetch_stream *stream_new(struct fetch_loop *l, const struct fetch_peer *peer, const char *path, const char *const *headers,
				const struct fetch_handler *h, void *context)
{
	struct fetch_stream *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->loop = l;
	s->handler = *h;
	s->context = context;
	atomic_init(&s->refs, 1);
	s->easy = curl_easy_init();
	if (!s->easy || !handle_prepare(s->easy, peer, path, headers, &s->parts)) {
		stream_unref(s);
		return NULL;
	}
	curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s);
	curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, s->error);
	curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(s->easy, CURLOPT_HEADERDATA, s);
	curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, take_data);
	curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
	return s;
}

void stream_unref(struct fetch_stream *s)
{
	if (atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	curl_easy_cleanup(s->easy);
	handle_parts_free(&s->parts);
	free(s);
}

void stream_unpause(struct fetch_stream *s)
{
	if (!s->running || !s->paused)
		return;
	s->paused = false;
	s->heard = clock_ms();
	curl_easy_pause(s->easy, CURLPAUSE_CONT); /* may call take_data at once, which may pause again */
}

const char *stream_expired(const struct fetch_stream *s, int64_t now)
{
	if (s->total_ms && now - s->started >= s->total_ms)
		return "the time limit ran out";
	if (s->idle_ms && !s->paused && now - s->heard >= s->idle_ms)
		return "nothing was heard for too long";
	return NULL;
}
