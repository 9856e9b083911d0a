/* The event loop: epoll beside curl_multi_socket_action, so that an event costs the same with ten streams as with thousands. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "fetch/stream.h"

/* The cache of idle connections counts the busy ones too: a small one would close each connection after its use. */
enum { TICK_MS = 100, EVENTS = 64, KEPT_CONNECTIONS = 10000 };

enum act { ACT_ADD, ACT_RESUME, ACT_CANCEL };

/* What another thread wants done with a stream. */
struct command {
	struct command *next;
	struct fetch_stream *stream;
	enum act act;
};

struct timer {
	struct timer *next;
	int64_t due;
	void (*fn)(void *context, bool ended);
	void *context;
};

struct fetch_loop {
	CURLM *multi;
	int epoll, wake;
	struct fetch_handler ticks;
	void *context;
	pthread_mutex_t lock; /* guards the three below */
	struct command *first, **last;
	struct timer *timers; /* earliest first */
	bool stop;
	struct fetch_stream *streams; /* running ones */
	int64_t curl_due;	      /* when libcurl wants a call; INT64_MAX: never */
	int64_t tick_due;
};

static void wake(struct fetch_loop *l)
{
	uint64_t one = 1;
	/* Fails only when the counter is full: then the loop wakes anyway. */
	ssize_t n = write(l->wake, &one, sizeof one);
	(void)n;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
	struct fetch_loop *l = context;
	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	struct epoll_event e = { .data.fd = fd };
	e.events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) | (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
	int op = known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	if (epoll_ctl(l->epoll, op, fd, &e) && (errno == ENOENT || errno == EEXIST))
		epoll_ctl(l->epoll, errno == ENOENT ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &e);
	curl_multi_assign(l->multi, fd, l);
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
	struct fetch_loop *l = context;
	(void)multi;
	l->curl_due = ms < 0 ? INT64_MAX : clock_ms() + ms;
	return 0;
}

struct fetch_loop *fetch_loop_new(const struct fetch_handler *ticks, void *context)
{
	struct fetch_loop *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	if (ticks)
		l->ticks = *ticks;
	l->context = context;
	l->last = &l->first;
	l->curl_due = INT64_MAX;
	pthread_mutex_init(&l->lock, NULL);
	l->multi = curl_multi_init();
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct epoll_event e = { .events = EPOLLIN, .data.fd = l->wake };
	if (!l->multi || l->epoll < 0 || l->wake < 0 || epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->wake, &e)) {
		fetch_loop_free(l);
		return NULL;
	}
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
	return l;
}

static bool push(struct fetch_loop *l, struct fetch_stream *s, enum act act)
{
	struct command *c = malloc(sizeof(*c));
	if (!c)
		return false;
	*c = (struct command){ .stream = s, .act = act };
	atomic_fetch_add(&s->refs, 1);
	pthread_mutex_lock(&l->lock);
	*l->last = c;
	l->last = &c->next;
	pthread_mutex_unlock(&l->lock);
	wake(l);
	return true;
}

struct fetch_stream *fetch_stream_open(struct fetch_loop *l, const struct fetch_peer *peer, const char *path,
				       const char *const *headers, int idle_ms, int total_ms, const struct fetch_handler *h,
				       void *context)
{
	struct fetch_stream *s = stream_new(l, peer, path, headers, h, context);
	if (!s)
		return NULL;
	s->idle_ms = idle_ms;
	s->total_ms = total_ms;
	if (!push(l, s, ACT_ADD)) {
		stream_unref(s);
		return NULL;
	}
	return s;
}

void fetch_stream_resume(struct fetch_loop *l, struct fetch_stream *s)
{
	push(l, s, ACT_RESUME);
}

void fetch_stream_cancel(struct fetch_loop *l, struct fetch_stream *s)
{
	push(l, s, ACT_CANCEL);
}

/* The one end of a stream. Its memory goes when no queued command names it any more. */
static void finish(struct fetch_stream *s, enum err e, const char *error)
{
	struct fetch_loop *l = s->loop;
	if (!s->running)
		return;
	s->running = false;
	curl_multi_remove_handle(l->multi, s->easy);
	if (s->prev)
		s->prev->next = s->next;
	else
		l->streams = s->next;
	if (s->next)
		s->next->prev = s->prev;
	s->handler.done(s->context, e, error);
	stream_unref(s);
}

static void start(struct fetch_stream *s)
{
	struct fetch_loop *l = s->loop;
	s->started = s->heard = clock_ms();
	s->next = l->streams;
	if (s->next)
		s->next->prev = s;
	l->streams = s;
	s->running = true;
	if (curl_multi_add_handle(l->multi, s->easy))
		finish(s, ERR_INTERNAL, "the stream could not be added");
}

static void obey(struct fetch_loop *l)
{
	pthread_mutex_lock(&l->lock);
	struct command *c = l->first;
	l->first = NULL;
	l->last = &l->first;
	pthread_mutex_unlock(&l->lock);
	while (c) {
		struct command *next = c->next;
		if (c->act == ACT_ADD)
			start(c->stream);
		else if (c->act == ACT_RESUME)
			stream_unpause(c->stream);
		else
			finish(c->stream, ERR_GONE, "cancelled");
		stream_unref(c->stream);
		free(c);
		c = next;
	}
}

void fetch_loop_after(struct fetch_loop *l, int delay_ms, void (*fn)(void *context, bool ended), void *context)
{
	struct timer *t = malloc(sizeof(*t));
	if (!t) {
		log_event(LOG_ERROR, "timer_lost", LOG_NUM("delay_ms", delay_ms));
		abort(); /* whoever waits for the call would wait for ever */
	}
	*t = (struct timer){ .due = clock_ms() + delay_ms, .fn = fn, .context = context };
	pthread_mutex_lock(&l->lock);
	struct timer **at = &l->timers;
	while (*at && (*at)->due <= t->due)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
	pthread_mutex_unlock(&l->lock);
	wake(l);
}

/* Calls what is due; with `ended` everything. A call may add further ones. */
static void run_timers(struct fetch_loop *l, bool ended)
{
	int64_t now = clock_ms();
	for (;;) {
		pthread_mutex_lock(&l->lock);
		struct timer *t = l->timers;
		if (t && (ended || t->due <= now))
			l->timers = t->next;
		else
			t = NULL;
		pthread_mutex_unlock(&l->lock);
		if (!t)
			return;
		t->fn(t->context, ended);
		free(t);
	}
}

static void collect(struct fetch_loop *l)
{
	CURLMsg *m;
	int left;
	while ((m = curl_multi_info_read(l->multi, &left))) {
		struct fetch_stream *s = NULL;
		CURLcode code = m->data.result;
		if (m->msg != CURLMSG_DONE || curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&s))
			continue;
		const char *text = !code ? "" : *s->error ? s->error : curl_easy_strerror(code);
		finish(s, handle_error(s->easy, code), text);
	}
}

static void tick(struct fetch_loop *l, int64_t now)
{
	l->tick_due = now + TICK_MS;
	struct fetch_stream *next;
	for (struct fetch_stream *s = l->streams; s; s = next) {
		next = s->next;
		const char *why = stream_expired(s, now);
		if (why)
			finish(s, ERR_TIMEOUT, why);
	}
	if (l->ticks.tick)
		l->ticks.tick(l->context);
}

static int pause_ms(struct fetch_loop *l)
{
	int64_t due = l->tick_due < l->curl_due ? l->tick_due : l->curl_due;
	pthread_mutex_lock(&l->lock);
	if (l->timers && l->timers->due < due)
		due = l->timers->due;
	if (l->first || l->stop)
		due = 0;
	pthread_mutex_unlock(&l->lock);
	int64_t ms = due - clock_ms();
	return ms < 0 ? 0 : ms > TICK_MS ? TICK_MS : (int)ms;
}

static void drain(int fd)
{
	uint64_t n;
	ssize_t got = read(fd, &n, sizeof n);
	(void)got;
}

static void serve_sockets(struct fetch_loop *l)
{
	struct epoll_event events[EVENTS];
	int running, n = epoll_wait(l->epoll, events, EVENTS, pause_ms(l));
	for (int i = 0; i < n; i++) {
		if (events[i].data.fd == l->wake) {
			drain(l->wake);
			continue;
		}
		int bits = (events[i].events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
			   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
			   (events[i].events & EPOLLERR ? CURL_CSELECT_ERR : 0);
		curl_multi_socket_action(l->multi, events[i].data.fd, bits, &running);
	}
	if (clock_ms() < l->curl_due)
		return;
	l->curl_due = INT64_MAX;
	curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	/* libcurl does not announce a time twice: when it was called a moment too early, ask. */
	long ms = -1;
	if (l->curl_due == INT64_MAX && !curl_multi_timeout(l->multi, &ms) && ms >= 0)
		l->curl_due = clock_ms() + (ms ? ms : 1);
}

static bool stopping(struct fetch_loop *l)
{
	pthread_mutex_lock(&l->lock);
	bool stop = l->stop;
	pthread_mutex_unlock(&l->lock);
	return stop;
}

/* Ends streams and calls until nothing new comes of it. */
static void end_all(struct fetch_loop *l)
{
	for (;;) {
		obey(l);
		while (l->streams)
			finish(l->streams, ERR_UNAVAILABLE, "the program is stopping");
		run_timers(l, true);
		pthread_mutex_lock(&l->lock);
		bool more = l->first || l->timers;
		pthread_mutex_unlock(&l->lock);
		if (!more)
			return;
	}
}

void fetch_loop_run(struct fetch_loop *l)
{
	l->tick_due = clock_ms() + TICK_MS;
	while (!stopping(l)) {
		obey(l);
		serve_sockets(l);
		collect(l);
		run_timers(l, false);
		int64_t now = clock_ms();
		if (now >= l->tick_due)
			tick(l, now);
	}
	end_all(l);
}

void fetch_loop_stop(struct fetch_loop *l)
{
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_mutex_unlock(&l->lock);
	wake(l);
}

void fetch_loop_free(struct fetch_loop *l)
{
	if (!l)
		return;
	end_all(l);
	curl_multi_cleanup(l->multi);
	if (l->epoll >= 0)
		close(l->epoll);
	if (l->wake >= 0)
		close(l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l);
}
