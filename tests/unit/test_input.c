/* Tests of declared input: each kind's good and bad values, and what is wrong with a whole body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "ask.h"
#include "http/input.h"

static struct ask q;

static int setup(void **state)
{
	(void)state;
	ask_begin(&q);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ask_end(&q);
	return 0;
}

static void check(const struct input_field *f, const char *const *good, const char *const *bad)
{
	struct input_value v;
	for (; *good; good++)
		if (!input_valid(f, *good, &v))
			fail_msg("%s: %s is refused", f->name, *good);
	for (; *bad; bad++)
		if (input_valid(f, *bad, &v))
			fail_msg("%s: %s is taken", f->name, *bad);
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define SHA40 "0123456789abcdef0123456789abcdef01234567"

static void kinds_take_what_they_say(void **state)
{
	(void)state;
	check(&(struct input_field){ .name = "text", .kind = IN_TEXT, .min = 1, .max = 3 }, LIST("a", "水位图", "%n", " a "),
	      LIST("", "abcd", "a\nb", "a\tb", "\x7f", "\xff", " ", "　\u00a0 "));
	check(&(struct input_field){ .name = "lines", .kind = IN_LINES, .max = 5 }, LIST("", "a\nb\t", "a\r\nb"),
	      LIST("abcdef", "a\x1b", "\xc0\xae"));
	check(&(struct input_field){ .name = "int", .kind = IN_INT, .min = -5, .max = 5 }, LIST("0", "-5", "5"),
	      LIST("", "6", "-6", "1e0", "+1", " 1", "0x1", "18446744073709551615"));
	check(&(struct input_field){ .name = "id", .kind = IN_ID }, LIST("1", "9223372036854775807"),
	      LIST("0", "-1", "9223372036854775808", "a"));
	check(&(struct input_field){ .name = "port", .kind = IN_PORT }, LIST("1", "65535"), LIST("0", "65536", "-1", "80a"));
	check(&(struct input_field){ .name = "bool", .kind = IN_BOOL }, LIST("1", "on", "true", "0", "false"),
	      LIST("yes", "TRUE", "2"));
	check(&(struct input_field){ .name = "enum", .kind = IN_ENUM, .choices = "main|latest|x y" },
	      LIST("main", "latest", "x y"), LIST("mai", "main|latest", "", "|", "y"));
	check(&(struct input_field){ .name = "slug", .kind = IN_SLUG }, LIST("a", "a-b-1"), LIST("-a", "A", "a_b", "", "ä"));
	check(&(struct input_field){ .name = "login", .kind = IN_LOGIN }, LIST("ali", "zhang.wei-2_x"),
	      LIST(".a", "_a", "-a", "Ali", "a b", ""));
	check(&(struct input_field){ .name = "password", .kind = IN_PASSWORD }, LIST(" x ", "水"), LIST("\xff"));
	check(&(struct input_field){ .name = "sha", .kind = IN_SHA }, LIST(SHA40),
	      LIST("0123", SHA40 "0", "0000000000000000000000000000000000000000", "--upload-pack=x"));
	check(&(struct input_field){ .name = "url", .kind = IN_URL }, LIST("http://a", "https://a.b:80/c?d#e"),
	      LIST("ftp://a", "javascript:alert(1)", "http://", "http://u:p@a", "https:///x", "http://a b", "http://a\nb",
		   "data:x", "//a", "http://:80"));
	check(&(struct input_field){ .name = "date", .kind = IN_DATE },
	      LIST("2026-11-21", "2024-02-29", "2000-02-29", "1970-01-01"),
	      LIST("", "2026-1-1", "2026-13-01", "2026-00-10", "2026-02-29", "2100-02-29", "2026-04-31", "2026-11-00",
		   "1969-12-31", "2200-01-01", "2026-11-21T00:00", "today", "2026/11/21", "-026-11-21"));
	check(&(struct input_field){ .name = "name", .kind = IN_NAME }, LIST("A", "_a1", "DB_HOST"),
	      LIST("1A", "--destination", "A B", "A=B", "", "Ä"));
}

static void paths_stay_inside(void **state)
{
	(void)state;
	char longest[202];
	memset(longest, 'a', 201);
	longest[201] = 0;
	check(&(struct input_field){ .name = "path", .kind = IN_PATH },
	      LIST(".", "Dockerfile", "docker/Dockerfile.prod", "a b/c", "作业/Dockerfile", "a..b", "./x", "...", longest + 1),
	      LIST("", "/x", "../x", "a/../../b", "a/..", "..", "%2e%2e", "a\\b", "a//b", "a/", "-f", "a/-f", " a", "a ", "a/ b",
		   "a\nb", "a\x7f", "a;b", "a$(id)", "a`b", "a'b", "a\"b", "a*",
		   "a\xe2\x80\xae"
		   "b",
		   "a\xe2\x80\x8b", "\xc0\xae\xc0\xae/x",
		   "\xef\xbb\xbf"
		   "a",
		   "a\U000e0041", "a\U000e0100", "a|b", "a&b", longest));
}

static void branches_are_git_branches(void **state)
{
	(void)state;
	check(&(struct input_field){ .name = "branch", .kind = IN_BRANCH },
	      LIST("main", "feature/水位-1", "a.b", "v1.0", "a@b", "x+y", "\U0001f30a/\U00010000"),
	      LIST("", "-h", "--upload-pack=x", "-oProxyCommand", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b",
		   "a/", "/a", "a//b", ".a", "a/.b", "a.", "a./b", "a.lock", "a.lock/b", "@", "a@{1}", "a\x01", "\xff",
		   "a\xe2\x80\xae"
		   "b",
		   "a\xc2\x85"));
}

enum { NAME, PORT, AUTO, TAG, NOTE, IDS, COUNT };
INPUT_SET(fields, [NAME] = { .name = "name", .kind = IN_SLUG, .required = true }, [PORT] = { .name = "port", .kind = IN_PORT },
	  [AUTO] = { .name = "auto", .kind = IN_BOOL }, [TAG] = { .name = "tag", .kind = IN_ENUM, .choices = "short|long" },
	  [NOTE] = { .name = "note", .kind = IN_TEXT }, [IDS] = { .name = "ids", .kind = IN_IDS, .max = 3 });
static const struct route route = {
	.method = "POST", .pattern = "/x", .guards = FORM_BODY | JSON_BODY | UPLOAD_BODY, .query = &fields, .body = &fields
};
static struct input_value in[COUNT];
static struct input_errors errors;

static bool read_body(const char *body, bool json)
{
	const char *why;
	ask(&q, "POST", json ? "/api/v1/x" : "/x",
	    json ? "CONTENT_TYPE=application/json" : "CONTENT_TYPE=application/x-www-form-urlencoded");
	q.req.route = &route;
	assert_int_equal(request_body(&q.req, &route, body, strlen(body), &why), 0);
	return input_read(&q.req, INPUT_BODY, in, &errors);
}

static void json_gives_typed_values(void **state)
{
	(void)state;
	assert_true(read_body("{\"name\":\"a\",\"port\":80,\"auto\":true,\"tag\":\"long\",\"note\":null}", true));
	assert_int_equal(in[PORT].number, 80);
	assert_true(in[AUTO].flag && in[AUTO].present);
	assert_int_equal(in[TAG].number, 1);
	assert_false(in[NOTE].present);
	assert_string_equal(in[NOTE].text, "");
}

static void json_faults_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *body, *field, *sentence;
	} table[] = {
		{ "{}", "name", "error.required" },
		{ "{\"name\":\"\"}", "name", "error.required" },
		{ "{\"name\":null}", "name", "error.required" },
		{ "{\"name\":1}", "name", "error.slug" },
		{ "{\"name\":[\"a\"]}", "name", "error.slug" },
		{ "{\"name\":\"a\",\"port\":\"80\"}", "port", "error.int" },
		{ "{\"name\":\"a\",\"port\":80.5}", "port", "error.int" },
		{ "{\"name\":\"a\",\"port\":-1}", "port", "error.int" },
		{ "{\"name\":\"a\",\"auto\":\"true\"}", "auto", "error.bool" },
		{ "{\"name\":\"a\",\"auto\":1}", "auto", "error.bool" },
		{ "{\"name\":\"a\",\"tag\":\"other\"}", "tag", "error.enum" },
		{ "{\"name\":\"a\",\"role\":\"admin\"}", "role", "error.unknown" },
		{ "{\"name\":\"a\",\"csrf\":\"x\"}", "csrf", "error.unknown" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (read_body(table[i].body, true) || errors.count != 1)
			fail_msg("%s: %zu errors", table[i].body, errors.count);
		assert_string_equal(errors.at[0].field, table[i].field);
		assert_string_equal(errors.at[0].sentence, table[i].sentence);
	}
	assert_int_equal(input_refuse(&q.res, &errors), 422);
	assert_string_equal(q.res.content_type, "application/problem+json");
	assert_non_null(strstr(q.res.body.data, "\"errors\":[{\"field\":\"csrf\",\"detail\":\"error.unknown\"}]"));
}

static void forms_are_read(void **state)
{
	(void)state;
	assert_true(read_body("name=a&port=&auto=on&tag=&note=&csrf=1&next=%2F&idempotency_key=k", false));
	assert_false(in[PORT].present);
	assert_true(in[AUTO].flag);
	assert_false(in[TAG].present);
	assert_true(in[NOTE].present);
	assert_true(read_body("name=a", false));
	assert_false(in[AUTO].flag);
	assert_false(read_body("name=a&name=b", false));
	assert_string_equal(input_error_of(&errors, "name"), "error.twice");
	assert_false(read_body("name=a&id=7", false));
	assert_string_equal(input_error_of(&errors, "id"), "error.unknown");
	assert_false(read_body("name=A&port=99999", false));
	assert_int_equal(errors.count, 2);
	assert_string_equal(in[PORT].text, "99999"); /* shown again */
	assert_null(input_error_of(&errors, "auto"));
}

static void queries_leave_the_rest_alone(void **state)
{
	(void)state;
	ask(&q, "GET", "/api/v1/x?name=a&other=1&port=18446744073709551615", NULL);
	q.req.route = &route;
	assert_false(input_read(&q.req, INPUT_QUERY, in, &errors));
	assert_int_equal(errors.count, 1);
	assert_string_equal(errors.at[0].field, "port");
}

/* A form's empty field was left empty; a program that sends an empty number has made a mistake. */
static void an_empty_value_counts_as_none_in_pages_only(void **state)
{
	(void)state;
	ask(&q, "GET", "/x?name=a&port=&tag=", NULL);
	q.req.route = &route;
	assert_true(input_read(&q.req, INPUT_QUERY, in, &errors));
	assert_false(in[PORT].present || in[TAG].present);
	ask(&q, "GET", "/api/v1/x?name=a&port=&tag=", NULL);
	q.req.route = &route;
	assert_false(input_read(&q.req, INPUT_QUERY, in, &errors));
	assert_string_equal(input_error_of(&errors, "port"), "error.int");
	assert_string_equal(input_error_of(&errors, "tag"), "error.enum");
}

static void many_ids_come_by_one_name(void **state)
{
	(void)state;
	assert_true(read_body("name=a&ids=3&ids=1&ids=3", false));
	assert_true(in[IDS].present);
	assert_int_equal(in[IDS].len, 2);
	assert_int_equal(in[IDS].ids[0], 3);
	assert_int_equal(in[IDS].ids[1], 1);
	assert_string_equal(in[IDS].text, "3,1");
	assert_true(read_body("{\"name\":\"a\",\"ids\":[7,9223372036854775807]}", true));
	assert_string_equal(in[IDS].text, "7,9223372036854775807");
	assert_true(read_body("{\"name\":\"a\",\"ids\":[7.0]}", true)); /* the same number to JSON Schema */
	assert_string_equal(in[IDS].text, "7");
	assert_true(read_body("{\"name\":\"a\",\"ids\":[]}", true));
	assert_false(in[IDS].present);
	static const char *const forms[] = { "name=a&ids=x", "name=a&ids=0", "name=a&ids=1&ids=2&ids=3&ids=4", "name=a&ids=" };
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		assert_false(read_body(forms[i], false));
		assert_string_equal(input_error_of(&errors, "ids"), "error.ids");
	}
	static const char *const bodies[] = { "1", "[\"1\"]", "[-1]", "[1.5]", "[1e300]", "[1,2,3,4]", "{}", "[[1]]" };
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		assert_false(read_body(arena_printf(q.req.arena, "{\"name\":\"a\",\"ids\":%s}", bodies[i]), true));
		assert_string_equal(input_error_of(&errors, "ids"), "error.ids");
	}
}

#define UPLOAD "CONTENT_TYPE=multipart/form-data; boundary=\"-x'y\""

static int upload(const char *body, size_t len)
{
	const char *why;
	assert_int_equal(ask(&q, "POST", "/x", UPLOAD), 0);
	return request_body(&q.req, &route, body, len, &why);
}

static void uploads_are_forms(void **state)
{
	(void)state;
	static const char good[] = "---x'y\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nwater\r\n"
				   "---x'y\r\ncontent-disposition: form-data; filename=\"\xe6;\\x.csv\"; name=\"list\"\r\n"
				   "Content-Type: text/csv\r\n\r\na,b\r\n\xc4\xe3,--\r\n\r\n---x'y--\r\n";
	assert_int_equal(upload(good, sizeof good - 1), 0);
	assert_int_equal(q.req.form.count, 2);
	assert_string_equal(pairs_get(&q.req.form, "name"), "water");
	assert_string_equal(pairs_get(&q.req.form, "list"), "a,b\r\n\xc4\xe3,--\r\n");
	static const char workbook[] = "---x'y\r\nContent-Disposition: form-data; name=\"list\"; filename=\"a.xlsx\"\r\n\r\n"
				       "PK\x03\0\0x\r\n---x'y--";
	assert_int_equal(upload(workbook, sizeof workbook - 1), 0);
	assert_string_equal(pairs_get(&q.req.form, "list"), "PK\x03\xff\xffx");
	static const char text[] = "---x'y\r\nContent-Disposition: form-data; name=\"list\"\r\n\r\na\0b\r\n---x'y--";
	assert_int_equal(upload(text, sizeof text - 1), 400);
	/* Cut anywhere, it is no upload, and never read beyond. */
	for (size_t n = 1; n < sizeof good - 3; n++)
		assert_int_equal(upload(arena_memdup(q.req.arena, good, n), n), 400);
	static const char *const bad[] = {
		"x",
		"---x'y--",
		"---x'y\r\n\r\nno name\r\n---x'y--",
		"---x'y\r\nContent-Disposition: form-data; name=name\r\n\r\nx\r\n---x'y--",
		"---x'y\r\nContent-Disposition: form-data; name=\"a\x01\"\r\n\r\nx\r\n---x'y--",
		"---x'y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n---x'y--",
		"---x'y\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n---x'y--",
	};
	for (size_t i = 1; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(upload(bad[i], strlen(bad[i])), i == 1 ? 0 : 400);
	assert_int_equal(upload(bad[0], 1), 400);
}

static const char *speak(const char *language, const char *name)
{
	(void)language;
	return !strcmp(name, "error.int") ? "from {min} to {max}" : !strcmp(name, "error.enum") ? "one of {choices}" : NULL;
}

static void sentences_say_the_bounds(void **state)
{
	(void)state;
	q.app.hooks.string = speak;
	assert_false(read_body("name=a&port=0&tag=x", false));
	assert_string_equal(input_error_of(&errors, "port"), "from 1 to 65535");
	assert_string_equal(input_error_of(&errors, "tag"), "one of short, long");
	q.app.hooks.string = NULL;
}

static void rules_say_what_counts(void **state)
{
	(void)state;
	static const struct {
		struct input_field field;
		const char *kind;
		int64_t min, max;
	} table[] = {
		{ { .kind = IN_TEXT }, "text", 0, 200 },
		{ { .kind = IN_TEXT, .required = true }, "text", 1, 200 },
		{ { .kind = IN_TEXT, .required = true, .max = 7 }, "text", 1, 7 },
		{ { .kind = IN_LINES, .min = 2, .max = 7 }, "lines", 2, 7 },
		{ { .kind = IN_INT, .required = true }, "int", 0, INT64_MAX },
		{ { .kind = IN_INT, .min = -5, .max = 5 }, "int", -5, 5 },
		{ { .kind = IN_SLUG, .max = 40 }, "slug", 1, 40 },
		{ { .kind = IN_PORT, .min = 5, .max = 6 }, "port", 1, 65535 }, /* these have no bounds of a field's own */
		{ { .kind = IN_IDS, .max = 3 }, "ids", 1, 3 },
		{ { .kind = IN_BOOL }, "bool", 0, 0 },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct input_rule rule = input_rule(&table[i].field);
		assert_string_equal(rule.kind, table[i].kind);
		assert_int_equal(rule.min, table[i].min);
		assert_int_equal(rule.max, table[i].max);
	}
	for (enum input_kind k = 0; k < INPUT_KIND__MAX; k++) {
		struct input_rule rule = input_rule(&(struct input_field){ .kind = k });
		assert_non_null(rule.kind);
		assert_non_null(rule.error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_take_what_they_say),
		cmocka_unit_test(paths_stay_inside),
		cmocka_unit_test(branches_are_git_branches),
		cmocka_unit_test(json_gives_typed_values),
		cmocka_unit_test(an_empty_value_counts_as_none_in_pages_only),
		cmocka_unit_test(many_ids_come_by_one_name),
		cmocka_unit_test(uploads_are_forms),
		cmocka_unit_test(json_faults_are_named),
		cmocka_unit_test(forms_are_read),
		cmocka_unit_test(queries_leave_the_rest_alone),
		cmocka_unit_test(sentences_say_the_bounds),
		cmocka_unit_test(rules_say_what_counts),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
