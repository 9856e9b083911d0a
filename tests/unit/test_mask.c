/* The masker: every form of a secret, cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "worker/mask.h"

static const char secret[] = "Pa55w0rd/with+signs";

static struct mask *one_secret(struct arena *a, const char *text)
{
	struct mask *m = mask_new();
	assert_non_null(m);
	mask_add(m, a, text);
	return m;
}

/* The text in two pieces, cut at `at`. */
static char *masked(struct arena *a, const struct mask *m, const char *text, size_t len, size_t at)
{
	struct buf carry = { 0 }, out = { 0 };
	mask_run(m, &carry, text, at, &out);
	mask_run(m, &carry, text + at, len - at, &out);
	mask_run(m, &carry, NULL, 0, &out);
	assert_int_equal(carry.len, 0);
	char *result = arena_memdup(a, out.data ? out.data : "", out.len);
	buf_free(&carry);
	buf_free(&out);
	return result;
}

static void test_every_cut(void **state)
{
	struct arena *a = arena_new(64 << 20);
	struct mask *m = one_secret(a, secret);
	(void)state;
	const char *forms[] = { secret, str_url_encode(a, secret, false), str_base64(a, secret, strlen(secret)),
				str_base64(a, arena_printf(a, "x%s", secret), strlen(secret) + 1),
				str_base64(a, arena_printf(a, "user:%s\n", secret), strlen(secret) + 6) };
	for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
		const char *text = arena_printf(a, "before %s after\n", forms[f]);
		size_t len = strlen(text);
		for (size_t at = 0; at <= len; at++) {
			const char *out = masked(a, m, text, len, at);
			assert_non_null(strstr(out, "***"));
			assert_non_null(strstr(out, "before "));
			assert_true(str_ends(out, " after\n"));
			assert_null(strstr(out, secret));
		}
	}
	mask_free(m);
	arena_free(a);
}

static void test_other_bytes_stay(void **state)
{
	static const char bytes[] = "a\0b\xff\xfePa55w0rd/with+sign nearly\r\n\x1b[31mred";
	struct arena *a = arena_new(16 << 20);
	struct mask *m = one_secret(a, secret);
	(void)state;
	for (size_t at = 0; at < sizeof bytes; at++)
		assert_memory_equal(masked(a, m, bytes, sizeof bytes - 1, at), bytes, sizeof bytes - 1);
	mask_free(m);
	arena_free(a);
}

static void test_lines_of_a_key(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct mask *m = one_secret(a, "-----BEGIN KEY-----\nQUJDREVGR0hJSktM\nTU5PUFFSU1Q=\n-----END KEY-----\n");
	(void)state;
	const char *text = "-----BEGIN KEY-----\nQUJDREVGR0hJSktM\n";
	assert_string_equal(masked(a, m, text, strlen(text), 5), "-----BEGIN KEY-----\n***\n");
	mask_free(m);
	arena_free(a);
}

static void test_short_and_missing(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct mask *m = one_secret(a, "short");
	(void)state;
	mask_add(m, a, NULL);
	assert_string_equal(masked(a, m, "a short word", 12, 3), "a short word");
	mask_free(m);
	arena_free(a);
}

static void test_nothing_stays_behind_a_line(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct mask *m = one_secret(a, secret);
	struct buf carry = { 0 }, out = { 0 };
	(void)state;
	mask_run(m, &carry, "Pa55w0rd/with\n", 14, &out);
	assert_int_equal(carry.len, 0);
	assert_string_equal(out.data, "Pa55w0rd/with\n");
	buf_free(&out);
	buf_free(&carry);
	mask_free(m);
	arena_free(a);
}

/* A longer secret that begins as a shorter one does: the longer one goes as a whole. */
static void test_longest(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct mask *m = one_secret(a, "password1");
	(void)state;
	mask_add(m, a, "password1-and-more");
	for (size_t at = 0; at < 24; at++) {
		assert_string_equal(masked(a, m, "x password1-and-more end", 24, at), "x *** end");
		assert_string_equal(masked(a, m, "x password1-and-mure end", 24, at), "x ***-and-mure end");
	}
	mask_free(m);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_other_bytes_stay),
		cmocka_unit_test(test_lines_of_a_key),
		cmocka_unit_test(test_short_and_missing),
		cmocka_unit_test(test_nothing_stays_behind_a_line),
		cmocka_unit_test(test_longest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
