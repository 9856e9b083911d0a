/* Tests of CSV: quoting by RFC 4180, and cells that a spreadsheet would run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/csv.h"

static void lines_are_quoted_where_they_must(void **state)
{
	(void)state;
	struct buf out = { 0 };
	csv_cell(&out, "plain");
	csv_cell(&out, "a,b");
	csv_cell(&out, "say \"hi\"");
	csv_cell(&out, "two\r\nlines");
	csv_cell(&out, NULL);
	csv_cell(&out, "水位");
	csv_end(&out);
	csv_cell(&out, "");
	csv_cell(&out, "x");
	csv_end(&out);
	assert_string_equal(out.data, "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\",,水位\r\n\"\",x\r\n");
	buf_free(&out);
}

static void formulas_are_words(void **state)
{
	(void)state;
	struct buf out = { 0 };
	static const char *const cells[] = { "=1+1", "+1", "-1", "@x", "\tx", "\rx", "=a,\"b\"", "a=1" };
	csv_begin(&out);
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
		csv_cell(&out, cells[i]);
	csv_end(&out);
	assert_string_equal(out.data, "\xef\xbb\xbf'=1+1,'+1,'-1,'@x,'\tx,\"'\rx\",\"'=a,\"\"b\"\"\",a=1\r\n");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_quoted_where_they_must),
		cmocka_unit_test(formulas_are_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
