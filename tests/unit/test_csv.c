/* Tests of tables as CSV: what is quoted, and what a spreadsheet would otherwise run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>

#include "base/csv.h"

#define MARK "\xEF\xBB\xBF"

static void cells_are_quoted_where_they_must_be(void **state)
{
	(void)state;
	static const struct {
		const char *text, *cell;
	} table[] = {
		{ "plain", "plain" },
		{ "", "" },
		{ NULL, "" },
		{ "水文", "水文" },
		{ "with space ", "with space " },
		{ "a,b", "\"a,b\"" },
		{ "say \"no\"", "\"say \"\"no\"\"\"" },
		{ "\"", "\"\"\"\"" },
		{ "two\nlines", "\"two\nlines\"" },
		{ "cr\rhere", "\"cr\rhere\"" },
		{ "=1+1", "'=1+1" },
		{ "+1", "'+1" },
		{ "-1", "'-1" },
		{ "@SUM(A1)", "'@SUM(A1)" },
		{ "\tx", "'\tx" },
		{ "\rx", "\"'\rx\"" },
		{ "=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"" },
		{ "a=b", "a=b" },
		{ "'quoted", "'quoted" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct buf out = { 0 }, expected = { 0 };
		struct csv c = csv_begin(&out);
		csv_text(&c, table[i].text);
		csv_end_row(&c);
		buf_printf(&expected, MARK "%s\r\n", table[i].cell);
		assert_string_equal(out.data, expected.data);
		buf_free(&out);
		buf_free(&expected);
	}
}

static void rows_and_numbers(void **state)
{
	(void)state;
	struct buf out = { 0 };
	struct csv c = csv_begin(&out);
	csv_text(&c, "a");
	csv_text(&c, "b");
	csv_end_row(&c);
	csv_number(&c, -7); /* a number is no formula */
	csv_number(&c, INT64_MAX);
	csv_decimal(&c, 163.9);
	csv_decimal(&c, NAN);
	csv_decimal(&c, 86400);
	csv_end_row(&c);
	assert_string_equal(out.data, MARK "a,b\r\n-7,9223372036854775807,163.9,,86400\r\n");
	buf_free(&out);
}

static void a_full_buffer_is_seen(void **state)
{
	(void)state;
	struct buf out = { .cap = 8 };
	struct csv c = csv_begin(&out);
	csv_text(&c, "more than fits");
	assert_true(out.failed);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_quoted_where_they_must_be),
		cmocka_unit_test(rows_and_numbers),
		cmocka_unit_test(a_full_buffer_is_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
