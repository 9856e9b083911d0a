/* Tests of watches against a server on loopback that plays one fault after the other: each namespace is a story. */
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
#include "base/clock.h"
#include "base/json.h"
#include "fetch/fetch.h"
#include "kube/kube.h"
#include "stub.h"

#define JSON "application/json"
#define POD(name, version) "{\"metadata\":{\"name\":\"" name "\",\"resourceVersion\":\"" version "\"}}"
#define EVENT(type, name, version) "{\"type\":\"" type "\",\"object\":" POD(name, version) "}\n"
#define LIST(version, items) "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"" version "\"},\"items\":" items "}"
#define EXPIRED "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}"

/* Milliseconds: the shortest pause after a failure, and what nothing takes. */
enum { PAUSE = 600, LONG = 180000 };
/* As many pages as are taken for a list. */
enum { PAGES = 1000 };

static struct arena *a;
static struct stub *stub;
static struct fetch_loop *loop;
static pthread_t thread;
static atomic_int lists, watches; /* requests of the story that is running */

static bool watch_body(int fd, const char *text)
{
	return stub_chunked(fd, "200 OK", JSON) && (!*text || stub_chunk(fd, text, strlen(text))); /* an empty one is the end */
}

/* Until the story is over. */
static bool stay(int fd)
{
	for (int64_t end = clock_ms() + LONG; clock_ms() < end && stub_chunk(fd, "\n", 1);)
		clock_sleep(20);
	return false;
}

/* A watch that stays open. */
static bool hold(int fd, const char *text)
{
	return watch_body(fd, text) && stay(fd);
}

static bool list_one(int fd)
{
	return stub_answer(fd, "200 OK", JSON, LIST("5", "[" POD("p1", "3") "]"));
}

static bool tell_pages(int fd, const char *request, int n)
{
	if (n == 1)
		return stub_answer(
			fd, "200 OK", JSON,
			"{\"metadata\":{\"resourceVersion\":\"5\",\"continue\":\"a+b\"},\"items\":[" POD("p1", "3") "]}");
	trace_add(strstr(request, "continue=a%2Bb") ? "next" : "?");
	return stub_answer(fd, "200 OK", JSON, LIST("5", "[" POD("p2", "4") "]"));
}

static bool tell_gone_page(int fd, const char *request, int n)
{
	if (n != 2)
		return tell_pages(fd, request, n == 3 ? 1 : n);
	return stub_answer(fd, "410 Gone", JSON, EXPIRED);
}

/* A million bytes of what json-c would make 300 of. */
static bool tell_swollen(int fd)
{
	enum { EMPTY = 300000 };
	static const char head[] = "{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[";
	char *text = malloc(sizeof head + EMPTY * 3 + 3), *p = text + sizeof head - 1;
	memcpy(text, head, sizeof head);
	for (int i = 0; i < EMPTY; i++, p += 3)
		memcpy(p, "{},", 3);
	memcpy(p - 1, "]}", 3);
	bool ok = stub_answer(fd, "200 OK", JSON, text);
	free(text);
	return ok;
}

static bool serve_list(int fd, const char *request, const char *story, int n)
{
	if (!strcmp(story, "pages"))
		return tell_pages(fd, request, n);
	if (!strcmp(story, "gone-page"))
		return tell_gone_page(fd, request, n);
	if (!strcmp(story, "null"))
		return stub_answer(fd, "200 OK", JSON, LIST("5", "null"));
	if (!strcmp(story, "endless") && n <= PAGES) /* in one piece: no page waits for the peer's word on its head */
		return stub_puts(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 65\r\n\r\n"
				     "{\"metadata\":{\"resourceVersion\":\"5\",\"continue\":\"more\"},\"items\":[]}");
	if (!strcmp(story, "busy") && n == 1)
		return stub_answer_with(fd, "429 Too Many Requests", "text/plain", "Retry-After: 2\r\n", "Too many requests");
	if (!strcmp(story, "html") && n <= 2)
		return stub_answer(fd, "502 Bad Gateway", "text/html", "<html>");
	if (!strcmp(story, "swollen") && n <= 2)
		return tell_swollen(fd);
	if (!strcmp(story, "forbidden") && n == 1)
		return stub_answer(fd, "403 Forbidden", JSON, "{\"kind\":\"Status\",\"message\":\"pods is forbidden\"}");
	return list_one(fd);
}

static bool serve_watch(int fd, const char *story, int n)
{
	if (n > 1)
		return hold(fd, EVENT("ADDED", "last", "99"));
	if (!strcmp(story, "pages"))
		return watch_body(fd, EVENT("ADDED", "p3", "6") EVENT("BOOKMARK", "", "8") EVENT("DELETED", "p1", "9")) &&
		       stub_chunks_end(fd);
	if (!strcmp(story, "gone-http"))
		return stub_answer(fd, "410 Gone", JSON, EXPIRED);
	if (!strcmp(story, "gone-event"))
		return watch_body(fd, "{\"type\":\"ERROR\",\"object\":" EXPIRED "}\n") && stay(fd);
	if (!strcmp(story, "error-event"))
		return watch_body(fd, "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":500}}\n") && stay(fd);
	if (!strcmp(story, "cut"))
		return watch_body(fd, EVENT("MODIFIED", "p1", "7") "{\"type\":\"ADDED\",\"obj") && false;
	if (!strcmp(story, "garbage"))
		return hold(fd, EVENT("MODIFIED", "p1", "7") "<html>\n");
	if (!strcmp(story, "short"))
		return stub_chunked(fd, "200 OK", JSON) && stub_chunks_end(fd);
	if (!strcmp(story, "half-open"))
		return stub_chunked(fd, "200 OK", JSON) && stub_silence(fd);
	if (!strcmp(story, "bytes")) {
		const char *text = EVENT("ADDED", "p3", "6") "\n" EVENT("ADDED", "p4", "7");
		stub_chunked(fd, "200 OK", JSON);
		for (; *text; text++)
			if (!stub_chunk(fd, text, 1))
				return false;
		return stay(fd);
	}
	return hold(fd, "");
}

static bool serve(void *context, int fd, const char *request)
{
	(void)context;
	char story[32] = "";
	const char *version = strstr(request, "resourceVersion=");
	sscanf(request, "GET /api/v1/namespaces/%31[^/]", story);
	if (!version) {
		int n = ++lists;
		trace_add("list");
		return serve_list(fd, request, story, n);
	}
	int n = ++watches;
	trace_add("watch%d", (int)strtol(version + 16, NULL, 10));
	if (!strstr(request, "labelSelector=a%3Db") || !strstr(request, "allowWatchBookmarks=true") ||
	    !strstr(request, "timeoutSeconds="))
		trace_add("?");
	return serve_watch(fd, story, n);
}

static void on_object(void *context, json_object *object, bool deleted)
{
	(void)context;
	trace_add("%c%s", deleted ? '-' : '+', json_text(object, "metadata.name", "?"));
}

static void on_begin(void *context)
{
	(void)context;
	trace_add("begin");
}

static void on_end(void *context)
{
	(void)context;
	trace_add("end");
}

static void on_trouble(void *context, const char *message)
{
	(void)context;
	trace_add(message ? "trouble" : "well");
}

static const struct kube_watch_handler handler = { on_object, on_begin, on_end, on_trouble };

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
	return pthread_create(&thread, NULL, run, loop);
}

static int teardown(void **state)
{
	(void)state;
	fetch_loop_stop(loop);
	pthread_join(thread, NULL);
	fetch_loop_free(loop);
	stub_stop(stub);
	arena_free(a);
	fetch_cleanup();
	return 0;
}

/* Plays a story until the trace is as expected; each ends with the watch that stays open. How long it took. */
static int64_t play(const char *story, int relist_ms, const char *expected)
{
	int64_t began = clock_ms();
	lists = watches = 0;
	trace_reset();
	struct kube *k = stub_kube(stub, a, "t");
	struct kube_watch *w = kube_watch_start(loop, k, KUBE_POD, story, "a=b", relist_ms, &handler, NULL);
	bool ok = trace_becomes(expected, LONG);
	kube_watch_stop(w);
	kube_free(k);
	assert_true(ok);
	return clock_ms() - began;
}

static void lists_come_in_pages_and_watches_go_on(void **state)
{
	(void)state;
	play("pages", 60000, "list begin +p1 list next +p2 end watch5 +p3 -p1 watch9 +last");
	play("null", 60000, "list begin end watch5");
	play("bytes", 0, "list begin +p1 end watch5 +p3 +p4");
}

/* With a pause no time is shorter than it; without one a busy machine may be slow now and then, not each time. */
static void play_without_pause(const char *story, const char *expected)
{
	int64_t fastest = INT64_MAX;
	for (int i = 0; i < 5 && fastest >= PAUSE; i++) {
		int64_t took = play(story, 60000, expected);
		fastest = took < fastest ? took : fastest;
	}
	assert_in_range(fastest, 0, PAUSE - 1);
}

static void expired_versions_lead_to_a_list_at_once(void **state)
{
	(void)state;
	play_without_pause("gone-http", "list begin +p1 end watch5 list begin +p1 end watch5 +last");
	play_without_pause("gone-event", "list begin +p1 end watch5 list begin +p1 end watch5 +last");
	play_without_pause("gone-page", "list begin +p1 list list begin +p1 list next +p2 end watch5");
}

static void doubt_leads_to_a_list_after_a_pause(void **state)
{
	(void)state;
	int64_t took = play("garbage", 60000, "list begin +p1 end watch5 +p1 list begin +p1 end watch5 +last");
	assert_in_range(took, PAUSE, LONG);
	took = play("error-event", 60000, "list begin +p1 end watch5 list begin +p1 end watch5 +last");
	assert_in_range(took, PAUSE, LONG);
}

static void a_cut_watch_goes_on_where_it_was(void **state)
{
	(void)state;
	int64_t took = play("cut", 60000, "list begin +p1 end watch5 +p1 watch7 +last");
	assert_in_range(took, PAUSE, LONG);
	took = play("short", 60000, "list begin +p1 end watch5 watch5 +last");
	assert_in_range(took, PAUSE, LONG);
}

static void pauses_are_honoured_and_trouble_is_told(void **state)
{
	(void)state;
	int64_t took = play("busy", 60000, "list list begin +p1 end watch5");
	assert_in_range(took, 1900, LONG);
	play("html", 60000, "list list trouble list begin +p1 end watch5 well");
	play("swollen", 60000, "list list trouble list begin +p1 end watch5 well");
	play("forbidden", 60000, "list trouble list begin +p1 end watch5 well");
}

static void a_list_without_an_end_is_trouble(void **state)
{
	(void)state;
	char expected[PAGES * 5 + 100] = "list begin";
	for (int i = 1; i < PAGES; i++)
		strcat(expected, " list");
	strcat(expected, " trouble list begin +p1 end watch5 well");
	assert_in_range(play("endless", 60000, expected), PAUSE, LONG);
}

static void a_silent_watch_is_not_trusted(void **state)
{
	(void)state;
	int64_t took = play("half-open", 3500, "list begin +p1 end watch5 list begin +p1 end watch5 +last*");
	assert_in_range(took, 5000, LONG);
}

static struct kube_watch *_Atomic stopping;

static void stop_in_a_callback(void *context, json_object *object, bool deleted)
{
	(void)context;
	(void)object;
	(void)deleted;
	trace_add("stopped");
	while (!stopping)
		clock_sleep(1);
	kube_watch_stop(stopping);
}

static void a_watch_can_be_stopped_anywhere(void **state)
{
	(void)state;
	struct kube *k = stub_kube(stub, a, NULL);
	const struct kube_watch_handler stopper = { .object = stop_in_a_callback, .list_end = on_end };
	trace_reset();
	stopping = kube_watch_start(loop, k, KUBE_POD, "stop", "a=b", 0, &stopper, NULL);
	assert_true(trace_becomes("list stopped", LONG));
	clock_sleep(100);
	assert_string_equal(trace_text(), "list stopped");
	for (int i = 0; i < 50; i++) {
		struct kube_watch *other = kube_watch_start(loop, k, KUBE_POD, "stop", "a=b", 0, &handler, NULL);
		clock_sleep(i % 5);
		kube_watch_stop(other);
	}
	kube_watch_stop(NULL);
	kube_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_come_in_pages_and_watches_go_on),
		cmocka_unit_test(expired_versions_lead_to_a_list_at_once),
		cmocka_unit_test(doubt_leads_to_a_list_after_a_pause),
		cmocka_unit_test(a_cut_watch_goes_on_where_it_was),
		cmocka_unit_test(pauses_are_honoured_and_trouble_is_told),
		cmocka_unit_test(a_list_without_an_end_is_trouble),
		cmocka_unit_test(a_silent_watch_is_not_trusted),
		cmocka_unit_test(a_watch_can_be_stopped_anywhere),
	};
	return cmocka_run_group_tests_name("kube_watch", tests, setup, teardown);
}
