/* Tests of lines cut out of bytes that come in any pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "kube/lines.h"

enum { CAP = 40 };

static void lines_are_the_same_in_any_pieces(void **state)
{
	(void)state;
	static const char text[] = "first\n\nsecond line\n{\"a\":\"\\n\"}\r\nrest";
	static const char *const want[] = { "first", "", "second line", "{\"a\":\"\\n\"}\r" };
	for (size_t step = 1; step <= sizeof text; step++) {
		struct lines l = { 0 };
		size_t n = 0, len, all = sizeof text - 1;
		for (size_t at = 0; at < all; at += step) {
			assert_true(lines_add(&l, text + at, all - at < step ? all - at : step, CAP));
			for (char *line; (line = lines_next(&l, &len)); n++) {
				assert_true(n < 4);
				assert_string_equal(line, want[n]);
				assert_int_equal(len, strlen(want[n]));
			}
		}
		assert_int_equal(n, 4);
		assert_true(lines_open(&l));
		lines_reset(&l);
		assert_false(lines_open(&l));
		assert_null(lines_next(&l, &len));
		lines_free(&l);
	}
}

static void long_lines_are_refused(void **state)
{
	(void)state;
	static const char text[] = "0123456789012345678901234567890123456789x\n";
	for (size_t step = 1; step <= sizeof text; step++) {
		struct lines l = { 0 };
		size_t len, all = sizeof text - 1;
		bool ok = lines_add(&l, "short\n", 6, CAP) && lines_next(&l, &len);
		for (size_t at = 0; ok && at < all; at += step) {
			ok = lines_add(&l, text + at, all - at < step ? all - at : step, CAP);
			while (ok && lines_next(&l, &len))
				assert_true(len <= CAP);
		}
		assert_false(ok);
		lines_free(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_the_same_in_any_pieces),
		cmocka_unit_test(long_lines_are_refused),
	};
	return cmocka_run_group_tests_name("kube_lines", tests, NULL, NULL);
}
