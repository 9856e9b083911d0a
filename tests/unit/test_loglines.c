/* Log chunks become line elements, numbered where the number is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "view/loglines.h"

#define NUMBERED(n, t)                                                                                                           \
	"<div class=\"log-line\" id=\"L" n "\"><a class=\"log-n\" href=\"#L" n "\">" n "</a><span class=\"log-t\">" t            \
	"</span></div>"
#define BARE(t) "<div class=\"log-line\"><a class=\"log-n\"></a><span class=\"log-t\">" t "</span></div>"
#define MORE(t) "<div class=\"log-line log-more\"><a class=\"log-n\"></a><span class=\"log-t\">" t "</span></div>"

static void add(struct loglines *l, const char *text, const char *want)
{
	struct buf out = { 0 };
	loglines_add(l, text, strlen(text), &out);
	assert_string_equal(out.data ? out.data : "", want);
	buf_free(&out);
}

static void numbers_lines_when_known(void **state)
{
	(void)state;
	struct loglines known = { .next = 9 }, unknown = { 0 };
	add(&known, "a\n\n<\n", NUMBERED("9", "a") NUMBERED("10", "") NUMBERED("11", "&lt;"));
	add(&known, "b\n", NUMBERED("12", "b"));
	add(&unknown, "a\nb\n", BARE("a") BARE("b"));
	add(&unknown, "", "");
}

static void goes_on_with_a_cut_line(void **state)
{
	(void)state;
	struct loglines l = { .next = 1 };
	add(&l, "a\nfir", NUMBERED("1", "a") NUMBERED("2", "fir"));
	add(&l, "st\nb\n", MORE("st") NUMBERED("3", "b"));
	add(&l, "c", NUMBERED("4", "c"));
	add(&l, "\nd\n", NUMBERED("5", "d"));
}

static void shows_the_head_of_a_long_line(void **state)
{
	(void)state;
	enum { LONG = LOGLINE_SHOWN + 100 };
	char *text = malloc(LONG + 4);
	memset(text, 'x', LONG);
	memcpy(text + LONG, "\ny\n", 4);
	struct loglines l = { .next = 1 };
	struct buf out = { 0 };
	loglines_add(&l, text, LONG + 3, &out);
	assert_true(out.len < LOGLINE_SHOWN + 400);
	assert_non_null(strstr(out.data, "x<span class=\"log-cut\">\u2026</span></span></div>"));
	assert_non_null(strstr(out.data, NUMBERED("2", "y")));
	buf_free(&out);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_lines_when_known),
		cmocka_unit_test(goes_on_with_a_cut_line),
		cmocka_unit_test(shows_the_head_of_a_long_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
