/* Logs of simulated containers: lines that appear at their time, computed lines, the small shell that makes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kubesim/podlog.h"
#include "kubesim/shell.h"

static void lines_appear_at_their_time(void **state)
{
	struct podlog *l = podlog_new();
	(void)state;
	podlog_add(l, 100, "a", 1);
	podlog_add(l, 300, "b", 1);
	podlog_add(l, 200, "c", 1); /* never before the one above it */
	assert_int_equal(podlog_end(l, 99), 0);
	assert_int_equal(podlog_end(l, 100), 1);
	assert_int_equal(podlog_end(l, 300), 2);
	assert_int_equal(podlog_end(l, 1000), 3);
	assert_int_equal(podlog_due(l, 2), 301);
	assert_true(podlog_due(l, 3) == INT64_MAX);
	assert_int_equal(podlog_since(l, 200), 1);
	podlog_close(l, 250);
	podlog_add(l, 400, "late", 4);
	assert_int_equal(podlog_end(l, 1000), 1);
	podlog_put(l);
}

static void oldest_lines_go(void **state)
{
	struct podlog *l = podlog_new();
	char room[PODLOG_LINE];
	(void)state;
	for (int i = 0; i <= PODLOG_KEEP; i++)
		podlog_printf(l, i, "%d", i);
	assert_int_equal(l->dropped, PODLOG_KEEP / 4);
	assert_int_equal(podlog_end(l, INT64_MAX - 1), PODLOG_KEEP + 1);
	assert_string_equal(podlog_line(l, PODLOG_KEEP, room).text, "20000");
	assert_int_equal(podlog_line(l, 0, room).len, 0);
	podlog_put(l);
}

static void computed_lines_keep_time_and_content(void **state)
{
	struct podlog *l = podlog_new();
	char one[PODLOG_LINE], two[PODLOG_LINE];
	(void)state;
	l->generator = (struct podlog_generator){ .bytes = 1 << 30, .rate = 1000000, .start_us = 500 };
	assert_int_equal(podlog_end(l, 499), 0);
	assert_int_equal(podlog_end(l, 500), 1);
	for (int64_t now = 500; now < 2000000; now += 33333) { /* the two ways to count agree at every moment */
		size_t end = podlog_end(l, now);
		assert_true(podlog_due(l, end - 1) <= now);
		assert_true(podlog_due(l, end) > now);
	}
	assert_int_equal(podlog_end(l, INT64_MAX / 4), ((1 << 30) + 99) / 100);
	struct podlog_line a = podlog_line(l, 123456, one), b = podlog_line(l, 123456, two);
	assert_int_equal(a.len, 99);
	assert_memory_equal(a.text, b.text, 99);
	podlog_close(l, 500 + 1000000);
	assert_int_equal(podlog_end(l, INT64_MAX / 4), 10001);
	podlog_put(l);
}

struct spoken {
	char text[256];
	double slept;
};

static void print(void *context, const char *text, const char *file)
{
	struct spoken *s = context;
	strncat(s->text, file ? file : "", sizeof s->text - strlen(s->text) - 1);
	strncat(s->text, text, sizeof s->text - strlen(s->text) - 1);
	strncat(s->text, "|", sizeof s->text - strlen(s->text) - 1);
}

static void rest(void *context, double seconds)
{
	((struct spoken *)context)->slept += seconds;
}

static void shell_acts(void **state)
{
	static const struct {
		const char *script, *text;
		int code;
		double slept;
	} rows[] = {
		{ "echo a; echo 'b c' \"d\"", "a|b c d|", 0, 0 },
		{ "exit 3", "", 3, 0 },
		{ "false && echo no || echo yes", "yes|", 0, 0 },
		{ "true || exit 9", "", 0, 0 },
		{ "true &&\n false", "", 1, 0 },
		{ "sleep 2; sleep 0.5; false", "", 1, 2.5 },
		{ "set -e\nfalse\necho no", "", 1, 0 },
		{ "A=1 echo x >/dev/termination-log", "/dev/termination-logx|", 0, 0 },
		{ "printf 'a\\nb\\n'; # comment; exit 4", "a|b|", 0, 0 },
		{ "something --odd | cat; echo on", "on|", 0, 0 },
		{ "echo x; exit", "x|", 0, 0 },
		{ "", "", 0, 0 },
	};
	struct arena *a = arena_new(1 << 20);
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct spoken said = { .slept = 0 };
		struct shell s = { .arena = a, .context = &said, .print = print, .sleep = rest };
		assert_int_equal(shell_run(&s, rows[i].script), rows[i].code);
		assert_string_equal(said.text, rows[i].text);
		assert_true(said.slept == rows[i].slept);
	}
	struct spoken said = { .slept = 0 };
	struct shell s = { .arena = a, .context = &said, .print = print, .sleep = rest };
	assert_int_equal(shell_run_argv(&s, (const char *const[]){ "/bin/sh", "-ec", "false; echo x", NULL }), 1);
	assert_int_equal(shell_run_argv(&s, (const char *const[]){ "false", NULL }), 1);
	assert_int_equal(shell_run_argv(&s, (const char *const[]){ NULL }), 0);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_appear_at_their_time),
		cmocka_unit_test(oldest_lines_go),
		cmocka_unit_test(computed_lines_keep_time_and_content),
		cmocka_unit_test(shell_acts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
