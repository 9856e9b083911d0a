/* Tests of tables from spreadsheets: separators, quotes, encodings, and files that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/csv_table.h"

static struct arena *a;

static int begin(void **state)
{
	(void)state;
	a = arena_new(16 << 20);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static struct csv_table read_all(const char *text)
{
	struct csv_table t;
	assert_int_equal(csv_table_read(a, text, strlen(text), 10, &t), ERR_NONE);
	return t;
}

static void separators_are_found(void **state)
{
	(void)state;
	static const char *const texts[] = { "1,Ada\r\n2,Bob\r\n", "1;Ada\n2;Bob\n", "1\tAda\n2\tBob",
					     "\xef\xbb\xbf"
					     "1,Ada\n2,Bob",
					     "\"1\",\"Ada\"\n\n , \n2 , Bob \n" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct csv_table t = read_all(texts[i]);
		assert_int_equal(t.count, 2);
		assert_int_equal(t.records[0].count, 2);
		assert_string_equal(t.records[0].cells[0], "1");
		assert_string_equal(t.records[0].cells[1], "Ada");
		assert_string_equal(t.records[1].cells[1], "Bob");
		assert_string_equal(t.records[1].cells[CSV_CELLS_MAX - 1], "");
		assert_int_equal(t.records[0].number, 1);
	}
}

static void quotes_hold_separators_and_quotes(void **state)
{
	(void)state;
	struct csv_table t = read_all("1,\"Lovelace, \"\"Ada\"\"\"\n2,\"two\nlines\"\n");
	assert_string_equal(t.records[0].cells[1], "Lovelace, \"Ada\"");
	assert_string_equal(t.records[1].cells[1], "two\nlines");
}

/* As the person's editor counts: blank lines, and those within quotes, are lines, too. */
static void records_know_their_lines(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"1,Ada\n\n\n2,\"two\nlines\"\n , \n3,Eve",
		"1,Ada\r\n\r\n\r\n2,\"two\r\nlines\"\r\n , \r\n3,Eve\r\n",
		"1,Ada\r\r\r2,\"two\rlines\"\r , \r3,Eve\r",
		"\xef\xbb\xbf"
		"1\tAda\n \n\n2\t\"\n\"\n\t\n3\tEve\n",
	};
	static const int lines[] = { 1, 4, 7 };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct csv_table t = read_all(texts[i]);
		assert_int_equal(t.count, 3);
		for (int k = 0; k < t.count; k++)
			assert_int_equal(t.records[k].number, lines[k]);
	}
	assert_int_equal(read_all("\n\r\n1,Ada").records[0].number, 3);
	assert_string_equal(read_all("1,\"a;b;c;d\"\n").records[0].cells[1], "a;b;c;d");
}

static void chinese_comes_in_either_encoding(void **state)
{
	(void)state;
	assert_string_equal(read_all("1,\xe6\xa2\x85\n").records[0].cells[1], "\xe6\xa2\x85");
	assert_string_equal(read_all("1,\xc3\xb7\n").records[0].cells[1], "\xc3\xb7"); /* valid UTF-8 wins */
	assert_string_equal(read_all("1,\xd1\xa7\xba\xc5\n").records[0].cells[1], "\xe5\xad\xa6\xe5\x8f\xb7");
}

static void what_is_no_table_is_refused(void **state)
{
	(void)state;
	struct csv_table t;
	char many[200] = "", wide[100] = "";
	for (int i = 0; i < 12; i++)
		strcat(many, "1,2\n");
	for (int i = 0; i < CSV_CELLS_MAX + 1; i++)
		strcat(wide, "x,");
	char *long_cell = arena_alloc(a, CSV_CELL_BYTES + 2);
	memset(long_cell, 'x', CSV_CELL_BYTES + 1);
	assert_int_equal(csv_table_read(a, "1,\"open", 7, 10, &t), ERR_INVALID);
	assert_int_equal(csv_table_read(a, "1,\0,2", 5, 10, &t), ERR_INVALID);
	assert_int_equal(csv_table_read(a, "\xff\xfe\xff", 3, 10, &t), ERR_INVALID);
	assert_int_equal(csv_table_read(a, many, strlen(many), 10, &t), ERR_TOO_LARGE);
	assert_int_equal(csv_table_read(a, wide, strlen(wide), 10, &t), ERR_TOO_LARGE);
	assert_int_equal(csv_table_read(a, long_cell, CSV_CELL_BYTES + 1, 10, &t), ERR_TOO_LARGE);
	assert_int_equal(csv_table_read(a, "", 0, 10, &t), ERR_NONE);
	assert_int_equal(t.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(separators_are_found, begin, end),
		cmocka_unit_test_setup_teardown(quotes_hold_separators_and_quotes, begin, end),
		cmocka_unit_test_setup_teardown(records_know_their_lines, begin, end),
		cmocka_unit_test_setup_teardown(chinese_comes_in_either_encoding, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_table_is_refused, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
