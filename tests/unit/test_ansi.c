/* Log bytes become safe HTML: colours as classes, nothing else of an escape sequence, at any cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "view/ansi.h"

#define RED(t) "<span class=\"a-red\">" t "</span>"
#define FFFD "\xef\xbf\xbd"

static const struct {
	const char *in, *out;
} table[] = {
	/* text */
	{ "plain", "plain" },
	{ "", "" },
	{ "<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;" },
	{ "a\tb", "a\tb" },
	{ "a\nb", "ab" },
	{ "a\x01\x08\x0b\x0c\x0e\x7f"
	  "b",
	  "ab" },
	{ "h\xc3\xa9 \xe4\xb8\xad\xf0\x9f\x98\x80", "h\xc3\xa9 \xe4\xb8\xad\xf0\x9f\x98\x80" },
	/* colours and styles */
	{ "\x1b[31mred\x1b[0m.", RED("red") "." },
	{ "\x1b[31mred", RED("red") },
	{ "\x1b[31mred\x1b[m.", RED("red") "." },
	{ "\x1b[1;31mx\x1b[0m", "<span class=\"a-bold a-red\">x</span>" },
	{ "\x1b[1m\x1b[22mx", "x" },
	{ "\x1b[2;3;4mx", "<span class=\"a-dim a-italic a-underline\">x</span>" },
	{ "\x1b[4:0mx", "x" },
	{ "\x1b[4:3mx", "<span class=\"a-underline\">x</span>" },
	{ "\x1b[7;31mx", "<span class=\"a-inverse a-bg-red\">x</span>" },
	{ "\x1b[44mx\x1b[49my", "<span class=\"a-bg-blue\">x</span>y" },
	{ "\x1b[91;102mx", "<span class=\"a-bright-red a-bg-bright-green\">x</span>" },
	{ "\x1b[31;39mx", "x" },
	{ "\x1b[31mA\x1b[31mB", RED("AB") },
	{ "\x1b[31m\x1b[32m\x1b[0mx", "x" },
	{ "\x1b[38;5;9mx", "<span class=\"a-bright-red\">x</span>" },
	{ "\x1b[38;5;196mx", "<span class=\"a-bright-red\">x</span>" },
	{ "\x1b[38;5;232mx", "<span class=\"a-black\">x</span>" },
	{ "\x1b[38;5;999mx", "x" },
	{ "\x1b[38;2;0;0;230mx", "<span class=\"a-blue\">x</span>" },
	{ "\x1b[38:2::0:0:230mx", "<span class=\"a-blue\">x</span>" },
	{ "\x1b[38:2:0:0:230mx", "<span class=\"a-blue\">x</span>" },
	{ "\x1b[38:5:1;1mx", "<span class=\"a-bold a-red\">x</span>" },
	{ "\x1b[38;5mx", "x" },
	{ "\x1b[8mhidden", "hidden" },
	{ "\x1b[99999999999999999999mx", "x" },
	{ "\x1b[;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;31mx", "x" },
	{ "\x1b[>4;2mx", "x" },
	/* every other sequence is left out */
	{ "\x1b[2Ja\x1b[10;20Hb\x1b[Kc", "abc" },
	{ "\x1b[?25lx\x1b[?25h", "x" },
	{ "\x1b[0 qx", "x" },
	{ "\x1b(Bx", "x" },
	{ "\x1b"
	  "7x\x1b"
	  "8",
	  "x" },
	{ "\x1b]0;title\x07x", "x" },
	{ "\x1b]0;title\x1b\\x", "x" },
	{ "\x1b]8;;http://evil/\x1b\\link\x1b]8;;\x1b\\", "link" },
	{ "\x1bP1$r0m\x1b\\x", "x" },
	{ "\x1b_payload\x1b\\x\x1b^private\x1b\\y", "xy" },
	{ "\x1b]never ended", "" },
	{ "\x1b]0;t\x1b[31mred", RED("red") },
	{ "\x1b[3\x18x", "x" },
	{ "\x1b", "" },
	{ "\x1b[", "" },
	/* C1, in UTF-8 */
	{ "\xc2\x9b"
	  "31mred",
	  RED("red") },
	{ "\xc2\x9d"
	  "0;t\xc2\x9cx",
	  "x" },
	{ "a\xc2\x85"
	  "b",
	  "ab" },
	/* direction overrides are shown */
	{ "a\xe2\x80\xae"
	  "b",
	  "a<span class=\"a-esc\">\\u202E</span>b" },
	{ "\xe2\x81\xa6", "<span class=\"a-esc\">\\u2066</span>" },
	/* broken UTF-8 */
	{ "a\xff"
	  "b",
	  "a" FFFD "b" },
	{ "\x9b"
	  "31mx",
	  FFFD "31mx" },
	{ "\xc0\xaf", FFFD FFFD },
	{ "\xe0\x80\x80", FFFD FFFD FFFD },
	{ "\xed\xa0\x80", FFFD FFFD FFFD },
	{ "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD },
	{ "\xe4\xb8", FFFD },
	{ "\xe4\xb8"
	  "a",
	  FFFD "a" },
	{ "\xc3\x1b[31mx", FFFD RED("x") },
	/* carriage returns */
	{ "10%\r20%\r100%", "100%" },
	{ "dos\r", "dos" },
	{ "done\r\r", "done" },
	{ "\x1b[31m10%\r20%", RED("20%") },
	{ "\x1b[31m10%\r\x1b[0m20%", "20%" },
};

static void check(const char *in, size_t cut, const char *want)
{
	struct ansi s = { 0 };
	struct buf out = { 0 };
	size_t len = strlen(in);
	if (cut < len)
		ansi_line(&s, in, cut, false, &out);
	ansi_line(&s, in + (cut < len ? cut : 0), cut < len ? len - cut : len, true, &out);
	assert_string_equal(out.data ? out.data : "", want);
	buf_free(&out);
}

static void converts_each_sequence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		check(table[i].in, SIZE_MAX, table[i].out);
}

static void goes_on_over_a_cut(void **state)
{
	(void)state;
	const char *in = "\x1b[31m\xe4\xb8\xad\x1b]0;t\x1b\\\x1b[0m.";
	size_t len = strlen(in);
	for (size_t cut = 1; cut < len; cut++) {
		struct ansi s = { 0 };
		struct buf out = { 0 };
		ansi_line(&s, in, cut, false, &out);
		ansi_line(&s, in + cut, len - cut, true, &out);
		assert_string_equal(out.data, RED("\xe4\xb8\xad") ".");
		buf_free(&out);
	}
}

static void colours_last_over_lines(void **state)
{
	(void)state;
	struct ansi s = { 0 };
	struct buf out = { 0 };
	ansi_line(&s, "\x1b[31ma", 6, true, &out);
	ansi_line(&s, "b\x1b[0m", 5, true, &out);
	ansi_line(&s, "c", 1, true, &out);
	assert_string_equal(out.data, RED("a") RED("b") "c");
	buf_free(&out);
}

static void an_endless_string_ends(void **state)
{
	(void)state;
	struct ansi s = { 0 };
	struct buf out = { 0 };
	ansi_line(&s, "\x1b]", 2, false, &out);
	for (int i = 0; i < 10000; i++)
		ansi_line(&s, "x", 1, false, &out);
	ansi_line(&s, "end", 3, true, &out);
	assert_true(out.len > 3 && out.len < 10000);
	assert_string_equal(out.data + out.len - 3, "end");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(converts_each_sequence),
		cmocka_unit_test(goes_on_over_a_cut),
		cmocka_unit_test(colours_last_over_lines),
		cmocka_unit_test(an_endless_string_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
