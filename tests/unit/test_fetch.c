/* Tests of the room fetch against a server on loopback that misbehaves on demand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/clock.h"
#include "fetch/fetch.h"
#include "stub.h"

enum { BIG = 1 << 20, LONG = 60000 /* ms; nothing takes so long */ };

static struct arena *a;
static struct stub *stub;
static struct fetch_peer peer;
static char last_request[8192];
static pthread_mutex_t last_lock = PTHREAD_MUTEX_INITIALIZER;
static char big[BIG];

static bool is(const char *request, const char *path)
{
	const char *at = strchr(request, ' ') + 1;
	return !strncmp(at, path, strlen(path)) && (at[strlen(path)] == ' ' || at[strlen(path)] == '?');
}

/* The body in chunks of odd sizes. */
static bool serve_big(int fd)
{
	stub_chunked(fd, "200 OK", "text/plain");
	for (size_t at = 0, n = 1; at < BIG; at += n, n = n * 7 % 9973 + 1)
		if (!stub_chunk(fd, big + at, at + n > BIG ? BIG - at : n))
			return false;
	return stub_chunks_end(fd);
}

static bool serve(void *context, int fd, const char *request)
{
	(void)context;
	pthread_mutex_lock(&last_lock);
	snprintf(last_request, sizeof last_request, "%s", request);
	pthread_mutex_unlock(&last_lock);
	if (is(request, "/hello"))
		return stub_answer_with(fd, "200 OK", "text/plain", "ETag: \"e1\"\r\nDocker-Content-Digest: sha256:aa\r\n",
					"hello");
	if (is(request, "/later"))
		return stub_answer_with(fd, "429 Too Many Requests", "text/plain", "Retry-After: 7\r\n", "later");
	if (is(request, "/date")) {
		char line[128];
		time_t then = time(NULL) + 20;
		struct tm tm;
		gmtime_r(&then, &tm);
		strftime(line, sizeof line, "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
		return stub_answer_with(fd, "503 Service Unavailable", "text/html", line, "<html>");
	}
	if (is(request, "/redirect"))
		return stub_answer_with(fd, "302 Found", "text/plain", "Location: /hello\r\n", "");
	if (is(request, "/big"))
		return serve_big(fd);
	if (is(request, "/cut"))
		return stub_puts(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") && false;
	if (is(request, "/silent"))
		return stub_silence(fd);
	if (is(request, "/slow-end")) { /* a head and a byte, then nothing */
		stub_chunked(fd, "200 OK", "text/plain");
		stub_chunk(fd, "x", 1);
		return stub_silence(fd);
	}
	return stub_answer(fd, "404 Not Found", "text/plain", "no");
}

static int setup(void **state)
{
	(void)state;
	static char base[64];
	fetch_init();
	a = arena_new(4 << 20);
	stub = stub_start(serve, NULL);
	snprintf(base, sizeof base, "http://127.0.0.1:%d", stub_port(stub));
	peer.base = base;
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)('a' + i % 26 + (i / 1000) % 2);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fetch_thread_end();
	stub_stop(stub);
	arena_free(a);
	fetch_cleanup();
	return 0;
}

static enum err get(const char *path, struct fetch_response *out)
{
	struct fetch_request r = { .method = "GET", .path = path, .timeout_ms = LONG };
	return fetch(a, &peer, &r, out);
}

static void answers_come_with_headers_over_one_connection(void **state)
{
	(void)state;
	struct fetch_response out;
	int before = stub_connections(stub);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(get("/hello", &out), ERR_NONE);
		assert_int_equal(out.status, 200);
		assert_string_equal(out.body, "hello");
		assert_string_equal(out.etag, "\"e1\"");
		assert_string_equal(out.digest, "sha256:aa");
		assert_int_equal(out.content_length, 5);
		assert_string_equal(out.content_range, "");
	}
	assert_true(stub_connections(stub) - before <= 1);
	assert_null(strstr(last_request, "Accept-Encoding"));
}

static void retry_after_is_seconds_or_a_date(void **state)
{
	(void)state;
	struct fetch_response out;
	assert_int_equal(get("/later", &out), ERR_NONE);
	assert_int_equal(out.status, 429);
	assert_int_equal(out.retry_after_ms, 7000);
	assert_int_equal(get("/date", &out), ERR_NONE);
	assert_in_range(out.retry_after_ms, 10000, 20000);
}

static void redirects_are_answers(void **state)
{
	(void)state;
	struct fetch_response out;
	assert_int_equal(get("/redirect", &out), ERR_NONE);
	assert_int_equal(out.status, 302);
}

static void limits_end_requests(void **state)
{
	(void)state;
	struct fetch_response out;
	struct fetch_request hasty = { .method = "GET", .path = "/silent", .timeout_ms = 1000 };
	struct fetch_request capped = { .method = "GET", .path = "/big", .response_cap = 1000 };
	assert_int_equal(fetch(a, &peer, &capped, &out), ERR_TOO_LARGE);
	assert_int_equal(get("/cut", &out), ERR_UNAVAILABLE);
	assert_true(*out.error);
	int64_t began = clock_ms();
	assert_int_equal(fetch(a, &peer, &hasty, &out), ERR_TIMEOUT);
	assert_in_range(clock_ms() - began, 900, LONG);
	struct fetch_peer closed = { .base = "http://127.0.0.1:1" };
	struct fetch_request r = { .method = "GET", .path = "/" };
	assert_int_equal(fetch(a, &closed, &r, &out), ERR_UNAVAILABLE);
	assert_int_equal(out.status, 0);
	struct fetch_peer other = { .base = "file:///etc/passwd" };
	assert_int_not_equal(fetch(a, &other, &r, &out), ERR_NONE);
	assert_int_equal(out.body_len, 0);
}

static void requests_say_no_more_than_they_must(void **state)
{
	(void)state;
	struct fetch_response out;
	struct fetch_request post = { .method = "POST", .path = "/hello" };
	assert_int_equal(fetch(a, &peer, &post, &out), ERR_NONE);
	assert_non_null(strstr(last_request, "POST /hello HTTP/1.1\r\n"));
	assert_non_null(strstr(last_request, "Content-Length: 0\r\n"));
	assert_null(strstr(last_request, "Content-Type"));
	const char *const headers[] = { "Content-Type: application/json", "Authorization: Bearer x", NULL };
	char body[3000];
	memset(body, 'b', sizeof body);
	struct fetch_request put = {
		.method = "PUT", .path = "/hello", .headers = headers, .body = body, .body_len = sizeof body
	};
	assert_int_equal(fetch(a, &peer, &put, &out), ERR_NONE);
	assert_null(strstr(last_request, "Expect"));
	assert_non_null(strstr(last_request, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(last_request, "Authorization: Bearer x\r\n"));
	struct fetch_request dots = { .method = "GET", .path = "/a/../b%2Fc" };
	assert_int_equal(fetch(a, &peer, &dots, &out), ERR_NONE);
	assert_non_null(strstr(last_request, "GET /a/../b%2Fc HTTP/1.1\r\n"));
}

struct sink {
	size_t len, give_up_at;
	bool wrong;
};

static bool to_sink(void *context, const char *bytes, size_t len)
{
	struct sink *s = context;
	if (s->len + len > BIG || memcmp(big + s->len, bytes, len))
		s->wrong = true;
	s->len += len;
	return !s->give_up_at || s->len < s->give_up_at;
}

static size_t from_big(void *context, char *out, size_t room)
{
	size_t *at = context, n = 5000 - *at < room ? 5000 - *at : room;
	memcpy(out, big + *at, n);
	*at += n;
	return n;
}

static size_t give_up(void *context, char *out, size_t room)
{
	(void)context;
	(void)out;
	(void)room;
	return SIZE_MAX;
}

static void bodies_can_be_streamed(void **state)
{
	(void)state;
	struct fetch_response out;
	struct sink sink = { 0 };
	struct fetch_request r = { .method = "GET", .path = "/big", .write = to_sink, .context = &sink };
	assert_int_equal(fetch(a, &peer, &r, &out), ERR_NONE);
	assert_int_equal(sink.len, BIG);
	assert_false(sink.wrong);
	assert_int_equal(out.body_len, 0);
	sink = (struct sink){ .give_up_at = 1000 };
	assert_int_equal(fetch(a, &peer, &r, &out), ERR_GONE);
	size_t at = 0;
	struct fetch_request up = { .method = "PUT", .path = "/hello", .read = from_big, .body_len = 5000, .context = &at };
	assert_int_equal(fetch(a, &peer, &up, &out), ERR_NONE);
	assert_int_equal(at, 5000);
	assert_non_null(strstr(last_request, "Content-Length: 5000\r\n"));
	up.read = give_up;
	assert_int_equal(fetch(a, &peer, &up, &out), ERR_GONE);
}

/* A loop in a thread of its own, and a stream that is refused again and again. */
struct reading {
	struct fetch_loop *loop;
	struct fetch_stream *stream;
	size_t len;
	int refuse_every, calls, refused;
	bool wrong;
	atomic_int status, paused, ended;
	enum err result;
};

static atomic_int ticks;

static void on_tick(void *context)
{
	(void)context;
	ticks++;
}

static void *run(void *loop)
{
	fetch_loop_run(loop);
	return NULL;
}

static void on_head(void *context, int status, int retry_after_ms)
{
	struct reading *r = context;
	(void)retry_after_ms;
	r->status = status;
}

static bool on_data(void *context, const char *bytes, size_t len)
{
	struct reading *r = context;
	if (r->refuse_every && ++r->calls % r->refuse_every == 0) {
		r->refused++;
		r->paused = 1;
		return false;
	}
	if (r->len + len > BIG || memcmp(big + r->len, bytes, len))
		r->wrong = true;
	r->len += len;
	return true;
}

static void on_done(void *context, enum err e, const char *error)
{
	struct reading *r = context;
	(void)error;
	r->result = e;
	r->ended++;
}

static const struct fetch_handler reader = { .head = on_head, .data = on_data, .done = on_done };

static void wait_for(atomic_int *flag)
{
	for (int i = 0; i < LONG / 5 && !*flag; i++)
		clock_sleep(5);
	assert_true(*flag);
}

static void a_paused_stream_goes_on_without_loss(void **state)
{
	(void)state;
	const struct fetch_handler tick = { .tick = on_tick };
	struct fetch_loop *l = fetch_loop_new(&tick, NULL);
	pthread_t thread;
	pthread_create(&thread, NULL, run, l);
	struct reading r = { .refuse_every = 3 };
	r.stream = fetch_stream_open(l, &peer, "/big", NULL, LONG, 3 * LONG, &reader, &r);
	for (int i = 0; i < 3 * LONG && !r.ended; i++) {
		if (atomic_exchange(&r.paused, 0))
			fetch_stream_resume(l, r.stream);
		clock_sleep(1);
	}
	assert_int_equal(r.ended, 1);
	assert_int_equal(r.result, ERR_NONE);
	assert_int_equal(r.status, 200);
	assert_int_equal(r.len, BIG);
	assert_false(r.wrong);
	assert_true(r.refused > 5);
	fetch_loop_stop(l);
	pthread_join(thread, NULL);
	fetch_loop_free(l);
}

static void a_call(void *context, bool ended)
{
	*(atomic_int *)context = ended ? 2 : 1;
}

static void streams_end_by_limits_by_cancel_and_with_the_loop(void **state)
{
	(void)state;
	const struct fetch_handler tick = { .tick = on_tick };
	struct fetch_loop *l = fetch_loop_new(&tick, NULL);
	pthread_t thread;
	pthread_create(&thread, NULL, run, l);
	struct reading idle = { 0 }, total = { 0 }, cancelled = { 0 }, left = { 0 }, late = { 0 }, cut = { 0 };
	int64_t began = clock_ms();
	assert_non_null(fetch_stream_open(l, &peer, "/slow-end", NULL, 300, 0, &reader, &idle));
	assert_non_null(fetch_stream_open(l, &peer, "/slow-end", NULL, 0, 600, &reader, &total));
	assert_non_null(fetch_stream_open(l, &peer, "/cut", NULL, 0, LONG, &reader, &cut));
	cancelled.stream = fetch_stream_open(l, &peer, "/slow-end", NULL, 0, 0, &reader, &cancelled);
	assert_non_null(fetch_stream_open(l, &peer, "/slow-end", NULL, 0, 0, &reader, &left));
	wait_for(&cancelled.status);
	fetch_stream_cancel(l, cancelled.stream);
	wait_for(&cancelled.ended);
	assert_int_equal(cancelled.result, ERR_GONE);
	wait_for(&idle.ended);
	assert_int_equal(idle.result, ERR_TIMEOUT);
	wait_for(&total.ended);
	assert_int_equal(total.result, ERR_TIMEOUT);
	assert_in_range(clock_ms() - began, 500, LONG);
	wait_for(&cut.ended);
	assert_int_equal(cut.result, ERR_UNAVAILABLE);
	atomic_int soon = 0, never = 0;
	fetch_loop_after(l, 50, a_call, &soon);
	fetch_loop_after(l, 3600000, a_call, &never);
	wait_for(&soon);
	assert_int_equal(soon, 1);
	assert_false(left.ended);
	fetch_loop_stop(l);
	pthread_join(thread, NULL);
	assert_int_equal(left.ended, 1);
	assert_int_equal(left.result, ERR_UNAVAILABLE);
	assert_int_equal(never, 2);
	assert_true(ticks > 3);
	assert_non_null(fetch_stream_open(l, &peer, "/hello", NULL, 0, 0, &reader, &late));
	fetch_loop_free(l);
	assert_int_equal(late.result, ERR_UNAVAILABLE);
}

static void many_streams_run_side_by_side(void **state)
{
	(void)state;
	enum { MANY = 300 };
	static struct reading r[MANY];
	struct fetch_loop *l = fetch_loop_new(NULL, NULL);
	pthread_t thread;
	pthread_create(&thread, NULL, run, l);
	for (int i = 0; i < MANY; i++)
		assert_non_null(fetch_stream_open(l, &peer, "/hello", NULL, LONG, LONG, &reader, &r[i]));
	for (int i = 0; i < MANY; i++) {
		wait_for(&r[i].ended);
		assert_int_equal(r[i].status, 200);
		assert_int_equal(r[i].result, ERR_NONE);
	}
	fetch_loop_stop(l);
	pthread_join(thread, NULL);
	fetch_loop_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_with_headers_over_one_connection),
		cmocka_unit_test(retry_after_is_seconds_or_a_date),
		cmocka_unit_test(redirects_are_answers),
		cmocka_unit_test(limits_end_requests),
		cmocka_unit_test(requests_say_no_more_than_they_must),
		cmocka_unit_test(bodies_can_be_streamed),
		cmocka_unit_test(a_paused_stream_goes_on_without_loss),
		cmocka_unit_test(streams_end_by_limits_by_cancel_and_with_the_loop),
		cmocka_unit_test(many_streams_run_side_by_side),
	};
	return cmocka_run_group_tests_name("fetch", tests, setup, teardown);
}
