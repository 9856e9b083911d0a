/* Dockerfiles as builders read them: instructions, lines, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kubesim/dockerfile.h"

static int setup(void **state)
{
	*state = arena_new(1 << 20);
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void reads_instructions(void **state)
{
	const struct dockerfile *f =
		dockerfile_parse(*state, "# syntax=x\n\nFROM a AS one\nRUN echo a && \\\n  # between\n\n  echo b\r\n"
					 "copy --chown=1:1 --from=one x y z/\nFROM scratch\nCMD [\"a b\", \"c\"]");
	size_t n;
	assert_null(f->error);
	assert_int_equal(f->n, 5);
	assert_int_equal(f->stages, 2);
	assert_string_equal(f->at[1].word, "RUN");
	assert_int_equal(f->at[1].line, 4);
	assert_string_equal(f->at[1].args, "echo a &&   echo b");
	assert_string_equal(f->at[2].word, "COPY");
	assert_int_equal(f->at[2].line, 8);
	assert_string_equal(f->at[2].flags, "--chown=1:1 --from=one");
	const char *const *words = dockerfile_words(*state, &f->at[2], &n);
	assert_int_equal(n, 3);
	assert_string_equal(words[2], "z/");
	assert_int_equal(f->at[3].stage, 1);
	assert_string_equal(f->at[4].argv[0], "a b");
	assert_null(f->at[4].argv[2]);
}

static void reads_here_documents_and_other_escapes(void **state)
{
	const struct dockerfile *f =
		dockerfile_parse(*state, "# escape=`\nFROM a\nRUN <<EOF\necho a\nEXPOSE\nEOF\nRUN a `\n b\n");
	assert_null(f->error);
	assert_int_equal(f->n, 3);
	assert_string_equal(f->at[1].args, "<<EOF\necho a\nEXPOSE");
	assert_string_equal(f->at[2].args, "a  b");
}

static void finds_the_first_error(void **state)
{
	static const struct {
		const char *text, *error;
		int line;
	} rows[] = {
		{ "FROM a\n\nRUNN x", "unknown instruction: RUNN", 3 },
		{ "", "file with no instructions", 0 },
		{ "ARG a=1", "no build stage in current context", 0 },
		{ "RUN x\nFROM a", "no build stage in current context", 1 },
		{ "FROM a b", "FROM requires either one or three arguments", 1 },
		{ "FROM a\nRUN", "RUN requires at least one argument", 2 },
		{ "FROM a\nADD x",
		  "ADD requires at least two arguments, but only one was provided. Destination could not be determined", 2 },
		{ "FROM a\nRUN x \\", NULL, 0 },
		{ "ARG v=1\nFROM a:$v", NULL, 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct dockerfile *f = dockerfile_parse(*state, rows[i].text);
		if (!rows[i].error) {
			assert_null(f->error);
			continue;
		}
		assert_string_equal(f->error, rows[i].error);
		assert_int_equal(f->error_line, rows[i].line);
	}
}

static void cuts_lines(void **state)
{
	assert_string_equal(dockerfile_line(*state, "a\r\nb\n\nc", 1), "a");
	assert_string_equal(dockerfile_line(*state, "a\r\nb\n\nc", 3), "");
	assert_string_equal(dockerfile_line(*state, "a\r\nb\n\nc", 4), "c");
	assert_null(dockerfile_line(*state, "a\n", 2));
	assert_null(dockerfile_line(*state, "a\n", 9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_instructions, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_here_documents_and_other_escapes, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_the_first_error, setup, teardown),
		cmocka_unit_test_setup_teardown(cuts_lines, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
