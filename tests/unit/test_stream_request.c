/* A stream's address is taken apart strictly: nginx has authorised it, but what it names must still be ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "stream/request.h"

static struct stream_request r;

static void reads_paths(void **state)
{
	(void)state;
	assert_int_equal(stream_request_parse(&r, "/stream/builds/7/log", NULL, NULL, NULL, NULL), 200);
	assert_true(r.kind == STREAM_WATCH && r.wish.is_log && r.wish.build_count == 1 && r.wish.builds[0] == 7 &&
		    r.wish.after == 0);
	assert_int_equal(stream_request_parse(&r, "/stream/builds/7/state", NULL, NULL, NULL, NULL), 200);
	assert_true(!r.wish.is_log && r.wish.build_count == 1 && r.wish.project_count == 0);
	assert_int_equal(stream_request_parse(&r, "/stream/projects/8/state", NULL, NULL, NULL, NULL), 200);
	assert_true(r.wish.project_count == 1 && r.wish.projects[0] == 8 && r.wish.build_count == 0);
	assert_int_equal(stream_request_parse(&r, "/stream/health", NULL, NULL, NULL, NULL), 200);
	assert_int_equal(r.kind, STREAM_HEALTH);
}

static void refuses_other_paths(void **state)
{
	(void)state;
	static const char *const paths[] = { "/",
					     "/stream",
					     "/stream/",
					     "/stream/builds",
					     "/stream/builds//log",
					     "/stream/builds/0/log",
					     "/stream/builds/-1/log",
					     "/stream/builds/7/",
					     "/stream/builds/7/logs",
					     "/stream/builds/7/log/",
					     "/stream/builds/7x/log",
					     "/stream/builds/9223372036854775808/log",
					     "/stream/builds/00000000000000000000000000000007/log",
					     "/stream/projects/7/log",
					     "/stream/healthy",
					     "/stream/state/7" };
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		assert_int_equal(stream_request_parse(&r, paths[i], NULL, NULL, "1", NULL), 404);
}

static void goes_on_behind_the_newer_place(void **state)
{
	(void)state;
	assert_int_equal(stream_request_parse(&r, "/stream/builds/7/log", "12", "5", NULL, NULL), 200);
	assert_int_equal(r.wish.after, 12);
	assert_int_equal(stream_request_parse(&r, "/stream/builds/7/log", "", "5", NULL, NULL), 200);
	assert_int_equal(r.wish.after, 5);
	assert_int_equal(stream_request_parse(&r, "/stream/builds/7/log", "x", NULL, NULL, NULL), 400);
	assert_int_equal(stream_request_parse(&r, "/stream/builds/7/log", NULL, "-1", NULL, NULL), 400);
}

static void reads_lists(void **state)
{
	(void)state;
	assert_int_equal(stream_request_parse(&r, "/stream/state", NULL, NULL, "3,1,2", "9"), 200);
	assert_true(r.wish.build_count == 3 && r.wish.builds[2] == 2 && r.wish.project_count == 1 && !r.wish.is_log);
	static const char *const broken[] = { "", ",", "1,", ",1", "1,,2", "1;2", "a", "0", "1 " };
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		assert_int_equal(stream_request_parse(&r, "/stream/state", NULL, NULL, broken[i], NULL), 400);
	assert_int_equal(stream_request_parse(&r, "/stream/state", NULL, NULL, NULL, NULL), 400);
	char many[1024] = "";
	for (int i = 0; i < STREAM_IDS_MAX; i++)
		snprintf(many + strlen(many), sizeof many - strlen(many), "%s%d", i ? "," : "", i + 1);
	assert_int_equal(stream_request_parse(&r, "/stream/state", NULL, NULL, many, many), 200);
	assert_int_equal(r.wish.build_count, STREAM_IDS_MAX);
	snprintf(many + strlen(many), sizeof many - strlen(many), ",999");
	assert_int_equal(stream_request_parse(&r, "/stream/state", NULL, NULL, many, NULL), 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_paths),
		cmocka_unit_test(refuses_other_paths),
		cmocka_unit_test(goes_on_behind_the_newer_place),
		cmocka_unit_test(reads_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
