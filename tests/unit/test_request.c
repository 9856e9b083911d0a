/* Tests of what becomes of a request's bytes: decoding, cookies, hosts, lengths, bodies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "ask.h"

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

static void paths_are_decoded_once(void **state)
{
	(void)state;
	static const struct {
		const char *uri, *path;
	} table[] = {
		{ "/", "/" },
		{ "/builds/7/", "/builds/7" },
		{ "/builds/7?x=1", "/builds/7" },
		{ "/a%20b", "/a b" },
		{ "/a+b", "/a+b" },
		{ "/%e6%b0%b4", "/水" },
		{ "/%252e%252e/x", "/%2e%2e/x" },
		{ "/a//b", "/a//b" },
		{ "/..a/b..", "/..a/b.." },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_int_equal(ask(&q, "GET", table[i].uri, NULL), 0);
		assert_string_equal(q.req.path, table[i].path);
	}
}

static void broken_targets_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",	      "builds",	     "http://x/y",     "/%",	  "/%2",
		"/%zz",	      "/%00",	     "/a%00b",	       "/%c0%ae", "/%c0%af",
		"/%e0%80%af", "/%ed%a0%80",  "/%f4%90%80%80",  "/%ff",	  "/%bf%27",
		"/\xff",      "/a%0d%0aX:1", "/a%0ab",	       "/a%09b",  "/a%7fb",
		"/a%1bb",     "/..",	     "/../x",	       "/a/../b", "/a/./b",
		"/%2e%2e/x",  "/a%5cb",	     "/\\x",	       "/x?%",	  "/x?a=%zz",
		"/x?a=%00",   "/x?%c0%ae=1", "/x?a=%ed%a0%80", "/x?=1",	  "/x?a=\x01",
		"/x?a%01=1",  "/x?a=\xff",   "/%u0041",	       "/.",	  "/a/.",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (ask(&q, "GET", bad[i], NULL) != 400)
			fail_msg("%s: %d", bad[i], q.status);
	char *longest = malloc(9000);
	memset(longest, 'a', 8999);
	longest[0] = '/';
	longest[8999] = 0;
	assert_int_equal(ask(&q, "GET", longest, NULL), 414);
	free(longest);
}

static void queries_are_taken_apart(void **state)
{
	(void)state;
	assert_int_equal(ask(&q, "GET", "/x?a=1&b=%e6%b0%b4+x&c&&d=%2526", NULL), 0);
	assert_string_equal(pairs_get(&q.req.query, "a"), "1");
	assert_string_equal(pairs_get(&q.req.query, "b"), "水 x");
	assert_string_equal(pairs_get(&q.req.query, "c"), "");
	assert_string_equal(pairs_get(&q.req.query, "d"), "%26");
	assert_null(pairs_get(&q.req.query, "e"));
	assert_int_equal(ask(&q, "GET", "/x?a=1%1b%0a", NULL), 0); /* the field's rule says what is wrong with it */
	assert_string_equal(pairs_get(&q.req.query, "a"), "1\x1b\n");
	char many[PAIRS_MAX * 4 + 8] = "/x?";
	for (int i = 0; i <= PAIRS_MAX; i++)
		memcpy(many + 3 + 4 * i, "a=1&", 5);
	assert_int_equal(ask(&q, "GET", many, NULL), 400);
}

static void doubled_headers_are_refused(void **state)
{
	(void)state;
	assert_int_equal(ask(&q, "GET", "/", "CONTENT_LENGTH=1\nCONTENT_LENGTH=2"), 400);
	assert_int_equal(ask(&q, "GET", "/", "HTTP_COOKIE=a=b\nHTTP_COOKIE=session=x"), 400);
	assert_int_equal(ask(&q, "GET", "/", "HTTP_X_GITEA_SIGNATURE=1\nHTTP_X_GITEA_SIGNATURE=2"), 400);
	assert_int_equal(ask(&q, "GET", "/", "HTTP_X_GITEA_SIGNATURE=1\nHTTP_X_GITEA_EVENT=2"), 0);
	assert_int_equal(ask(&q, "GET", "/", "HTTP_ACCEPT=a\nHTTP_ACCEPT=b"), 0);
}

static void methods_and_ids(void **state)
{
	(void)state;
	ask(&q, "HEAD", "/", "HTTP_X_REQUEST_ID=abcdef0123456789");
	assert_true(q.req.head && !strcmp(q.req.method, "GET"));
	assert_string_equal(q.req.id, "abcdef0123456789");
	ask(&q, "TRACE", "/api/v1/x", "HTTP_X_REQUEST_ID=short");
	assert_string_equal(q.req.method, "OTHER");
	assert_true(q.req.wants_json);
	assert_int_equal(strlen(q.req.id), 32);
	ask(&q, "GET", "/apis", "HTTP_X_REQUEST_ID=a\"b\\cdefgh\nREMOTE_ADDR=unix:\nHTTP_USER_AGENT=\xff");
	assert_false(q.req.wants_json);
	assert_int_equal(strlen(q.req.id), 32);
	assert_string_equal(q.req.ip, "");
	assert_string_equal(q.req.user_agent, "");
}

static void cookies(void **state)
{
	(void)state;
	ask(&q, "GET", "/", "HTTP_COOKIE=a=1; session=abc ;b=\"x\"; =y; c; d=e=f;language=zh");
	assert_string_equal(pairs_get(&q.req.cookies, "a"), "1");
	assert_null(pairs_get(&q.req.cookies, "b"));
	assert_null(pairs_get(&q.req.cookies, "c"));
	assert_string_equal(pairs_get(&q.req.cookies, "d"), "e=f");
	assert_string_equal(q.req.language, "zh");
}

static void languages(void **state)
{
	(void)state;
	assert_string_equal(language_of(""), "en");
	assert_string_equal(language_of("zh"), "zh");
	assert_string_equal(language_of("zh-CN,zh;q=0.9,en;q=0.8"), "zh");
	assert_string_equal(language_of("en-US,en;q=0.9,zh-CN;q=0.8"), "en");
	assert_string_equal(language_of("de,zh;q=0.3, en;q=0.31"), "en");
	assert_string_equal(language_of("zhx, zh;q=0, de"), "en");
	assert_string_equal(language_of(",,;q=1,zh;q=0.001"), "zh");
}

static void hosts(void **state)
{
	(void)state;
	static const struct {
		const char *host;
		bool development, production;
	} table[] = {
		{ "portal.test", true, true },
		{ "PORTAL.test:8080", true, true },
		{ "localhost:1", true, false },
		{ "127.0.0.1", true, false },
		{ "[::1]:80", true, false },
		{ "evil", false, false },
		{ "", false, false },
		{ "portal.test.evil", false, false },
		{ "evil/portal.test", false, false },
		{ "x@portal.test", false, false },
		{ "portal.tes", false, false },
		{ ":80", false, false },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		q.config.environment = "development";
		assert_true(host_allowed(&q.config, table[i].host) == table[i].development);
		q.config.environment = "production";
		assert_true(host_allowed(&q.config, table[i].host) == table[i].production);
	}
}

static int length_of(const char *text, unsigned guards, const char *type, size_t *len)
{
	char parameters[256];
	struct route route = { .method = "POST", .pattern = "/x", .guards = guards };
	snprintf(parameters, sizeof parameters, "CONTENT_LENGTH=%s\nCONTENT_TYPE=%s", text, type);
	ask(&q, "POST", "/x", parameters);
	return request_body_length(&q.req, &route, len);
}

static void body_lengths(void **state)
{
	(void)state;
	size_t len;
	static const char form[] = "application/x-www-form-urlencoded", json[] = "Application/JSON; charset=utf-8";
	static const char *const bad[] = { "-1", "1e3", " 5", "+5", "5 ", "0x10", "1,2", "１" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(length_of(bad[i], FORM_BODY, form, &len), 400);
	static const char *const large[] = { "65537", "2147483648", "9223372036854775807", "9223372036854775808",
					     "99999999999999999999" };
	for (size_t i = 0; i < sizeof large / sizeof *large; i++)
		assert_int_equal(length_of(large[i], FORM_BODY, form, &len), 413);
	assert_int_equal(length_of("65536", FORM_BODY, form, &len), 0);
	assert_int_equal(len, 65536);
	assert_int_equal(length_of("2097152", RAW_BODY | BODY_2M, "x/y", &len), 0);
	assert_int_equal(length_of("2097153", RAW_BODY | BODY_2M, "x/y", &len), 413);
	assert_int_equal(length_of("5", JSON_BODY, json, &len), 0);
	assert_int_equal(length_of("5", JSON_BODY, "application/jsonx", &len), 415);
	assert_int_equal(length_of("5", JSON_BODY, form, &len), 415);
	assert_int_equal(length_of("5", FORM_BODY, "text/plain", &len), 415);
	assert_int_equal(length_of("5", 0, json, &len), 415);
	assert_int_equal(length_of("0", 0, json, &len), 0);
	assert_int_equal(length_of("", FORM_BODY, form, &len), 0);
	struct route route = { .guards = JSON_BODY };
	ask(&q, "POST", "/x", "CONTENT_LENGTH=5\nCONTENT_TYPE=application/json\nHTTP_CONTENT_ENCODING=gzip");
	assert_int_equal(request_body_length(&q.req, &route, &len), 415);
}

static int body_of(const char *body, unsigned guards, const char *type)
{
	const char *why;
	struct route route = { .method = "POST", .pattern = "/x", .guards = guards };
	ask(&q, "POST", "/x", type);
	return request_body(&q.req, &route, body, strlen(body), &why);
}

static void bodies(void **state)
{
	(void)state;
	static const char form[] = "CONTENT_TYPE=application/x-www-form-urlencoded", json[] = "CONTENT_TYPE=application/json";
	assert_int_equal(body_of("a=1&idempotency_key=k1", FORM_BODY, form), 0);
	assert_string_equal(pairs_get(&q.req.form, "a"), "1");
	assert_string_equal(q.req.idempotency_key, "k1");
	assert_int_equal(body_of("a=%", FORM_BODY, form), 400);
	assert_int_equal(body_of("a=1&idempotency_key=a+b", FORM_BODY, form), 400);
	assert_int_equal(body_of("{\"a\":1}", JSON_BODY, json), 0);
	assert_non_null(q.req.json);
	static const char *const bad[] = { "{",
					   "[]",
					   "1",
					   "{\"a\":1}x",
					   "{\"a\":1,\"a\":2}",
					   "{'a':1}",
					   "{\"a\":NaN}",
					   "{\"a\":1e999}",
					   "{\"a\":\"\\u0000\"}",
					   "{\"a\":\"\xff\"}",
					   "{\"a\":9223372036854775808}",
					   "nul" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(body_of(bad[i], JSON_BODY, json), 400);
	assert_int_equal(body_of("", JSON_BODY, json), 0);
	assert_null(q.req.json);
}

static void answers_cannot_be_split(void **state)
{
	(void)state;
	ask(&q, "GET", "/", NULL);
	response_header(&q.res, "X-A", "b\r\nSet-Cookie: x=y");
	assert_true(q.res.broken);
	response_begin(&q.res, &q.req);
	static const char *const foreign[] = { "//evil", "/\\evil", "https://evil", "/a\r\nX: 1", "" };
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		response_begin(&q.res, &q.req);
		assert_int_equal(response_redirect(&q.res, foreign[i]), 303);
		assert_string_equal(q.res.headers.data, "Location: /\r\n");
	}
	response_begin(&q.res, &q.req);
	response_cookie(&q.res, "a", "b", 5);
	assert_string_equal(q.res.headers.data, "Set-Cookie: a=b; Path=/; HttpOnly; SameSite=Lax; Max-Age=5\r\n");
	struct buf head = { 0 };
	response_head(&q.res, 404, &head);
	assert_non_null(strstr(head.data, "Status: 404 Not Found\r\n"));
	assert_non_null(strstr(head.data, "default-src 'none'"));
	assert_null(strstr(head.data, "Strict-Transport"));
	buf_free(&head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_decoded_once),
		cmocka_unit_test(broken_targets_are_refused),
		cmocka_unit_test(queries_are_taken_apart),
		cmocka_unit_test(doubled_headers_are_refused),
		cmocka_unit_test(methods_and_ids),
		cmocka_unit_test(cookies),
		cmocka_unit_test(languages),
		cmocka_unit_test(hosts),
		cmocka_unit_test(body_lengths),
		cmocka_unit_test(bodies),
		cmocka_unit_test(answers_cannot_be_split),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
