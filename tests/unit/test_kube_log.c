/* Tests of following logs against a server on loopback: pauses, cuts, refusals, and the seam over real connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "fetch/fetch.h"
#include "kube/kube.h"
#include "stub.h"

enum { MANY = 20000, LONG = 60000 /* ms; nothing takes so long */ };

static struct arena *a;
static struct stub *stub;
static struct fetch_loop *loop;
static struct kube *k;
static pthread_t thread;

/* Lines of which several share a stamp, three to the second. */
static void line(int i, bool stamp, struct buf *out)
{
	if (stamp)
		buf_printf(out, "2026-11-21T%02d:%02d:%02d.%dZ ", i / 6 / 3600 % 24, i / 6 / 60 % 60, i / 6 % 60, i / 2 % 3);
	buf_printf(out, "line %d of the log\n", i);
}

/* Those that are not before sinceTime. */
static bool serve_lines(int fd, const char *request, int to, bool end)
{
	struct buf text = { 0 };
	const char *since = strstr(request, "sinceTime=");
	int from = 0;
	if (since) {
		int h = 0, m = 0, s = 0;
		sscanf(since, "sinceTime=2026-11-21T%2d%%3A%2d%%3A%2dZ", &h, &m, &s);
		from = ((h * 60 + m) * 60 + s) * 6;
	}
	stub_chunked(fd, "200 OK", "text/plain");
	for (int i = from; i < to; i++)
		line(i, true, &text);
	if (!end) /* cut in the middle of a line */
		text.len -= 5;
	bool ok = true;
	for (size_t at = 0, n = 3; ok && at < text.len; at += n, n = n * 31 % 8191 + 1)
		ok = stub_chunk(fd, text.data + at, text.len - at < n ? text.len - at : n);
	buf_free(&text);
	return ok && end && stub_chunks_end(fd);
}

static bool serve(void *context, int fd, const char *request)
{
	char pod[32] = "";
	(void)context;
	sscanf(request, "GET /api/v1/namespaces/n/pods/%31[^/]", pod);
	if (!strstr(request, "/log?container=c%2F1&timestamps=true"))
		return stub_answer(fd, "404 Not Found", "text/plain", "?");
	if (!strcmp(pod, "waiting"))
		return stub_answer(fd, "400 Bad Request", "application/json",
				   "{\"kind\":\"Status\",\"message\":\"container \\\"c\\\" in pod is waiting to start\"}");
	if (!strcmp(pod, "gone"))
		return stub_answer(fd, "404 Not Found", "application/json",
				   "{\"kind\":\"Status\",\"message\":\"pods not found\"}");
	if (!strcmp(pod, "proxy"))
		return stub_answer(fd, "404 Not Found", "text/html", "<html>");
	if (!strcmp(pod, "rest")) /* the last line has no end */
		return stub_chunked(fd, "200 OK", "text/plain") && stub_chunk(fd, "2026-11-21T00:00:00Z done", 25) &&
		       stub_chunks_end(fd);
	if (!strcmp(pod, "quiet"))
		return stub_chunked(fd, "200 OK", "text/plain") && stub_silence(fd);
	if (!strcmp(pod, "cut"))
		return serve_lines(fd, request, strstr(request, "sinceTime") ? MANY : MANY / 2, strstr(request, "sinceTime"));
	return serve_lines(fd, request, MANY, true);
}

struct following {
	struct kube_log *log;
	struct buf text;
	struct kube_log_seam seam;
	atomic_int refuse_every, calls;
	atomic_int refused, ended;
	enum err result;
	char message[200];
};

static bool on_lines(void *context, const char *bytes, size_t len, const struct kube_log_seam *seam)
{
	struct following *f = context;
	if (f->refuse_every && ++f->calls % f->refuse_every == 0) {
		f->refused++;
		return false;
	}
	buf_add(&f->text, bytes, len);
	f->seam = *seam;
	return true;
}

static void on_done(void *context, enum err e, const char *message)
{
	struct following *f = context;
	snprintf(f->message, sizeof f->message, "%s", message);
	f->result = e;
	f->ended++;
}

static const struct kube_log_handler handler = { on_lines, on_done };

static void open_log(struct following *f, const char *pod)
{
	f->ended = 0;
	f->log = kube_log_open(loop, k, "n", pod, "c/1", true, &f->seam, &handler, f);
	assert_non_null(f->log);
}

static void await_end(struct following *f)
{
	for (int64_t end = clock_ms() + LONG; !f->ended && clock_ms() < end; clock_sleep(1)) {
		if (atomic_exchange(&f->refused, 0) && !f->ended)
			kube_log_resume(f->log);
	}
	assert_int_equal(f->ended, 1);
}

static void *run(void *l)
{
	fetch_loop_run(l);
	return NULL;
}

static int setup(void **state)
{
	(void)state;
	fetch_init();
	a = arena_new(8 << 20);
	stub = stub_start(serve, NULL);
	loop = fetch_loop_new(NULL, NULL);
	k = stub_kube(stub, a, "t");
	return pthread_create(&thread, NULL, run, loop);
}

static int teardown(void **state)
{
	(void)state;
	fetch_loop_stop(loop);
	pthread_join(thread, NULL);
	fetch_loop_free(loop);
	kube_free(k);
	stub_stop(stub);
	arena_free(a);
	fetch_cleanup();
	return 0;
}

static void assert_whole(const struct following *f)
{
	struct buf want = { 0 };
	for (int i = 0; i < MANY; i++)
		line(i, false, &want);
	assert_int_equal(f->text.len, want.len);
	assert_memory_equal(f->text.data, want.data, want.len);
	buf_free(&want);
}

static void a_log_comes_whole(void **state)
{
	(void)state;
	struct following f = { 0 };
	open_log(&f, "plain");
	await_end(&f);
	assert_int_equal(f.result, ERR_NONE);
	assert_whole(&f);
	open_log(&f, "plain"); /* from the last seam there is nothing more */
	await_end(&f);
	assert_whole(&f);
	buf_free(&f.text);
}

static void lines_that_were_refused_come_again(void **state)
{
	(void)state;
	for (int every = 2; every <= 5; every++) {
		struct following f = { .refuse_every = every };
		open_log(&f, "plain");
		await_end(&f);
		assert_int_equal(f.result, ERR_NONE);
		assert_whole(&f);
		buf_free(&f.text);
	}
}

static void a_cut_log_goes_on_at_the_seam(void **state)
{
	(void)state;
	struct following f = { .refuse_every = 7 };
	open_log(&f, "cut");
	await_end(&f);
	assert_int_equal(f.result, ERR_UNAVAILABLE);
	open_log(&f, "cut");
	await_end(&f);
	assert_int_equal(f.result, ERR_NONE);
	assert_whole(&f);
	buf_free(&f.text);
}

static void refusals_are_told_apart(void **state)
{
	(void)state;
	static const struct {
		const char *pod;
		enum err e;
		const char *word;
	} table[] = { { "waiting", ERR_INVALID, "waiting to start" },
		      { "gone", ERR_NOT_FOUND, "not found" },
		      { "proxy", ERR_UNAVAILABLE, "HTTP 404" } };
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct following f = { 0 };
		open_log(&f, table[i].pod);
		await_end(&f);
		assert_int_equal(f.result, table[i].e);
		assert_non_null(strstr(f.message, table[i].word));
	}
}

static void the_last_line_needs_no_end(void **state)
{
	(void)state;
	struct following f = { .refuse_every = 1 };
	open_log(&f, "rest");
	for (int i = 0; i < LONG / 5 && !f.refused; i++)
		clock_sleep(5);
	assert_int_equal(f.ended, 0);
	kube_log_resume(f.log);
	clock_sleep(50);
	assert_int_equal(f.ended, 0);
	f.refuse_every = 0;
	kube_log_resume(f.log);
	f.refused = 0;
	await_end(&f);
	assert_int_equal(f.result, ERR_NONE);
	assert_string_equal(f.text.data, "done");
	assert_string_equal(f.seam.stamp, "2026-11-21T00:00:00Z");
	buf_free(&f.text);
}

static void a_log_can_be_cancelled(void **state)
{
	(void)state;
	struct following quiet = { 0 }, held = { .refuse_every = 1 };
	open_log(&quiet, "quiet");
	open_log(&held, "rest");
	clock_sleep(100);
	kube_log_cancel(quiet.log);
	kube_log_cancel(held.log);
	held.refused = 0;
	await_end(&quiet);
	await_end(&held);
	assert_int_equal(quiet.result, ERR_GONE);
	assert_int_equal(held.result, ERR_GONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_comes_whole),
		cmocka_unit_test(lines_that_were_refused_come_again),
		cmocka_unit_test(a_cut_log_goes_on_at_the_seam),
		cmocka_unit_test(refusals_are_told_apart),
		cmocka_unit_test(the_last_line_needs_no_end),
		cmocka_unit_test(a_log_can_be_cancelled),
	};
	return cmocka_run_group_tests_name("kube_log", tests, setup, teardown);
}
