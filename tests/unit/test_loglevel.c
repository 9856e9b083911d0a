/* Tests of how grave a log's line is, and of where its steps begin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/loglevel.h"
#include "view/logsteps.h"

static void words_say_how_grave_a_line_is(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		enum loglevel level;
	} table[] = {
		{ "", LOGLEVEL_PLAIN },
		{ "Collecting flask", LOGLEVEL_PLAIN },
		{ "error building image: exit status 1", LOGLEVEL_ERROR },
		{ "ERROR: No matching distribution", LOGLEVEL_ERROR },
		{ "\x1b[31mERRO\x1b[0m[0012] failed", LOGLEVEL_ERROR },
		{ "npm ERR! code E404", LOGLEVEL_ERROR },
		{ "npm WARN deprecated x@1", LOGLEVEL_WARNING },
		{ "main.c:3:1: error: expected ';'", LOGLEVEL_ERROR },
		{ "main.c:3:1: warning: unused", LOGLEVEL_WARNING },
		{ "WARNING: Running pip as root, error prone", LOGLEVEL_ERROR },
		{ "Traceback (most recent call last):", LOGLEVEL_ERROR },
		{ "time=x level=error msg=y", LOGLEVEL_ERROR },
		{ "0 errors, 0 warnings", LOGLEVEL_PLAIN },
		{ "10 errors", LOGLEVEL_ERROR },
		{ "no error was found", LOGLEVEL_PLAIN },
		{ "piano error", LOGLEVEL_ERROR },
		{ "Downloading exceptiongroup-1.2 errorhandler error_pages failed-tests-x", LOGLEVEL_PLAIN },
		{ "\x1b[", LOGLEVEL_PLAIN },
		{ "\x1b[31", LOGLEVEL_PLAIN },
		{ "水位 error 水位", LOGLEVEL_ERROR },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (loglevel_of(table[i].line, strlen(table[i].line)) != table[i].level)
			fail_msg("%s", table[i].line);
}

static void steps_begin_where_builders_say(void **state)
{
	(void)state;
	static const struct {
		const char *line, *title; /* NULL: it begins none */
	} table[] = {
		{ "INFO[0004] RUN pip install -r requirements.txt", "RUN pip install -r requirements.txt" },
		{ "\x1b[36mINFO\x1b[0m[0012] COPY . /app", "COPY . /app" },
		{ "INFO[0004] Running: [/bin/sh -c x]", NULL },
		{ "INFO[0004] RUNNING", NULL },
		{ "#8 [2/4] RUN pip install flask", "RUN pip install flask" },
		{ "#12 [builder 3/5] COPY a b", "COPY a b" },
		{ "#8 0.512 Collecting flask", NULL },
		{ "#1 [internal] load build definition", NULL },
		{ "Step 3/7 : RUN make", "RUN make" },
		{ "RUN make", NULL },
		{ "::group::Install", "Install" },
		{ "::group::", NULL },
		{ "INFO", NULL },
		{ "INFO[", NULL },
		{ "INFO[12", NULL },
		{ "#", NULL },
		{ "#1", NULL },
		{ "#1 [", NULL },
		{ "", NULL },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const char *title;
		size_t len;
		bool begins = logstep_begins(table[i].line, strlen(table[i].line), &title, &len);
		if (begins != (table[i].title != NULL))
			fail_msg("%s", table[i].line);
		if (begins)
			assert_true(strlen(table[i].title) == len && !memcmp(title, table[i].title, len));
	}
	assert_true(logstep_ends("::endgroup::", 12));
	assert_false(logstep_ends("::endgroup:", 11));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_say_how_grave_a_line_is),
		cmocka_unit_test(steps_begin_where_builders_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
