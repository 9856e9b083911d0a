/* Tests of YAML: what scalars mean, what is refused, and that what is written is read as the same again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/yaml.h"

enum { CAP = 256 << 10, ROUNDS = 3000 };

static struct arena *a;

static int begin(void **state)
{
	(void)state;
	a = arena_new(64 << 20);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

/* As JSON; "!" and what is wrong. */
static const char *read_as(const char *text)
{
	const char *why;
	json_object *o = yaml_read(a, text, strlen(text), &why);
	return why ? arena_printf(a, "!%s", why) : json_object_to_json_string_ext(o, JSON_PLAIN);
}

static void scalars_mean_what_they_mean_to_kubectl(void **state)
{
	(void)state;
	static const char *const is[][2] = {
		{ "", "null" },
		{ "~", "null" },
		{ "null", "null" },
		{ "yes", "true" },
		{ "On", "true" },
		{ "y", "true" },
		{ "off", "false" },
		{ "N", "false" },
		{ "yEs", "\"yEs\"" },
		{ "'yes'", "\"yes\"" },
		{ "!!str yes", "\"yes\"" },
		{ "! 12", "\"12\"" },
		{ "12", "12" },
		{ "-7", "-7" },
		{ "+7", "7" },
		{ "0644", "420" },
		{ "0o644", "420" },
		{ "0x1F", "31" },
		{ "0b101", "5" },
		{ "08", "8" },
		{ "1_000", "\"1_000\"" },
		{ "0x", "\"0x\"" },
		{ ".", "\".\"" },
		{ "1.5", "1.5" },
		{ "1e3", "1000" },
		{ "2.0", "2" },
		{ ".5", "0.5" },
		{ "1.2.3", "\"1.2.3\"" },
		{ "1e", "\"1e\"" },
		{ ".inf", "\".inf\"" },
		{ "2026-11-26", "\"2026-11-26\"" },
		{ "12:30", "\"12:30\"" },
		{ "a: {1: x, true: y}", "{\"a\":{\"1\":\"x\",\"true\":true}}" },
		{ "a:\n- b: c\n  d: |\n    one\n    two\n- []", "{\"a\":[{\"b\":\"c\",\"d\":\"one\\ntwo\\n\"},[]]}" },
		{ "{\"json\": [1, \"2\", null]}", "{\"json\":[1,\"2\",null]}" },
		{ "--- \na: 1\n...\n", "{\"a\":1}" },
	};
	for (size_t i = 0; i < sizeof is / sizeof *is; i++)
		assert_string_equal(read_as(is[i][0]), is[i][1]);
}

static void what_is_refused_is_named_with_its_line(void **state)
{
	(void)state;
	static const char *const bad[][2] = {
		{ "a: &x 1", "!This is not YAML: anchors and aliases are not taken, as in line 1." },
		{ "a: &x [1]", "!This is not YAML: anchors and aliases are not taken, as in line 1." },
		{ "a: 1\nb: *x", "!This is not YAML: anchors and aliases are not taken, as in line 2." },
		{ "*x : 1", "!This is not YAML: anchors and aliases are not taken, as in line 1." },
		{ "a:\n  <<: {b: 1}", "!This is not YAML: a name that is no plain text in line 2." },
		{ "? [a]\n: 1", "!This is not YAML: a name that is no plain text in line 1." },
		{ "a: !!binary aGk=", "!This is not YAML: tags are not taken, as in line 1." },
		{ "a: !!set {b}", "!This is not YAML: tags are not taken, as in line 1." },
		{ "a: 1\nb: 2\na: 3", "!This is not YAML: a name that stands there twice in line 3." },
		{ "a: \"x\\0y\"", "!This is not YAML: a NUL character in line 1." },
		{ "a: 1\n---\nb: 2", "!This is not YAML: a second document in line 2." },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_string_equal(read_as(bad[i][0]), bad[i][1]);
	static const char *const broken[] = { "a: [", "a: b: c", "\t- x", "a: 'b", "{a: 1", "a:\n b\n  c: d", "\xff" };
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		assert_int_equal(*read_as(broken[i]), '!');
}

static void what_is_deep_or_wide_ends(void **state)
{
	(void)state;
	static char deep[1001], wide[60001];
	memset(deep, '[', 1000);
	assert_string_equal(read_as(deep), "!This is not YAML: too many levels or parts in line 1.");
	wide[0] = '[';
	for (size_t i = 1; i + 4 < sizeof wide; i += 3)
		memcpy(wide + i, "[],", 3);
	assert_string_equal(read_as(wide), "!This is not YAML: too many levels or parts in line 1.");
}

/* A text of odd characters, so many that each kind comes up. */
static json_object *odd_text(unsigned *seed)
{
	static const char *const pieces[] = {
		" ",  "\n", "\t", ":",	"-",	"#",	"'", "\"", "\\", "a",  "0",	 "中", "{",
		"\r", "%",  "|",  "> ", "\x07", "true", "~", "é",  ",",	 "&x", "\u2028", "*",  "!"
	};
	const char *text = "";
	for (int n = rand_r(seed) % 6; n; n--)
		text = arena_printf(a, "%s%s", text, pieces[rand_r(seed) % (sizeof pieces / sizeof *pieces)]);
	return json_object_new_string(text);
}

static json_object *odd_value(unsigned *seed, int depth)
{
	json_object *o;
	switch (rand_r(seed) % (depth ? 8 : 6)) {
	case 0:
		return json_object_new_int64((int64_t)rand_r(seed) - RAND_MAX / 2);
	case 1:
		return json_object_new_boolean(rand_r(seed) % 2);
	case 2:
		return json_object_new_double((rand_r(seed) % 2001 - 1000) / 8.0);
	case 3:
		return NULL;
	case 6:
		o = json_object_new_array();
		for (int n = rand_r(seed) % 4; n; n--)
			json_object_array_add(o, odd_value(seed, depth - 1));
		return o;
	case 7:
		o = json_object_new_object();
		for (int n = rand_r(seed) % 4; n; n--) {
			json_object *name = odd_text(seed);
			json_object_object_add(o, json_object_get_string(name), odd_value(seed, depth - 1));
			json_object_put(name);
		}
		return o;
	default:
		return odd_text(seed);
	}
}

static void what_is_written_is_read_as_the_same(void **state)
{
	(void)state;
	unsigned seed = 1;
	int other = 0;
	for (int i = 0; i < ROUNDS; i++) {
		json_object *o = json_build(a, "{'v':%o}", odd_value(&seed, 4));
		const char *why, *text = yaml_write(a, o, CAP);
		json_object *back = yaml_read(a, text, strlen(text), &why);
		/* 2.0 comes back as 2, which is the same number. */
		const char *one = json_object_to_json_string_ext(o, JSON_PLAIN),
			   *two = json_object_to_json_string_ext(back, JSON_PLAIN);
		if (!json_object_equal(o, back) && !strstr(one, ".0"))
			fail_msg("%s\nis written as\n%s\nand read as\n%s %s", one, text, two, why ? why : "");
		other += !json_object_equal(o, back);
	}
	assert_true(other < ROUNDS / 4);
}

static void what_is_written_reads_well(void **state)
{
	(void)state;
	json_object *o = json_build(a, "{'name':'x','port':'8000','yes':'yes','n':3,'flag':true,'none':null,"
				       "'lines':'a\\nb\\n','list':[{'k':'v'}],'empty':{},'colon':'a: b'}");
	const char *text = yaml_write(a, o, CAP);
	static const char *const lines[] = { "name: x\n",    "port: \"8000\"\n", "\"yes\": \"yes\"\n",	 "\"n\": 3\n",
					     "flag: true\n", "none: null\n",	 "lines: |\n  a\n  b\n", "list:\n- k: v\n",
					     "empty: {}\n",  "colon: 'a: b'\n" };
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (!strstr(text, lines[i]))
			fail_msg("%s is not in\n%s", lines[i], text);
	assert_non_null(strstr(yaml_write(a, o, 20), "# The rest is left out."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(scalars_mean_what_they_mean_to_kubectl, begin, end),
		cmocka_unit_test_setup_teardown(what_is_refused_is_named_with_its_line, begin, end),
		cmocka_unit_test_setup_teardown(what_is_deep_or_wide_ends, begin, end),
		cmocka_unit_test_setup_teardown(what_is_written_is_read_as_the_same, begin, end),
		cmocka_unit_test_setup_teardown(what_is_written_reads_well, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
