/* Tests of the room base: strings, JSON's strict gate, secrets, time, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new(16 << 20);
	return a ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void numbers_are_whole_and_bounded(void **state)
{
	(void)state;
	int64_t n = 7;
	assert_true(str_to_int("0", 0, 10, &n) && n == 0);
	assert_true(str_to_int("-9223372036854775808", INT64_MIN, INT64_MAX, &n) && n == INT64_MIN);
	assert_true(str_to_int("9223372036854775807", 0, INT64_MAX, &n) && n == INT64_MAX);
	char room[24];
	assert_string_equal(str_from_int(INT64_MIN, room), "-9223372036854775808");
	assert_string_equal(str_from_int(INT64_MAX, room), "9223372036854775807");
	assert_string_equal(str_from_int(0, room), "0");
	static const char *const bad[] = { "", "-", "+5", " 5", "5 ", "1e3", "0x10", "9223372036854775808", "11", "-1", "५" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(str_to_int(bad[i], 0, 10, &n));
}

static void utf8_follows_rfc_3629(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		bool valid;
	} table[] = {
		{ "水位", true },
		{ "\xf4\x8f\xbf\xbf", true },
		{ "\xc0\xae", false },
		{ "\xed\xa0\x80", false },
		{ "\xf4\x90\x80\x80", false },
		{ "\xe6\xb0", false },
		{ "\x80", false },
		{ "\xe0\x80\xaf", false },
		{ "\xf8\x88\x80\x80\x80", false },
		{ "ok", true },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(str_is_utf8(table[i].bytes, strlen(table[i].bytes)), table[i].valid);
	assert_false(str_is_utf8("a\0b", 3));
	assert_int_equal(str_utf8_cut("水位", 6, 5), 3);
	assert_int_equal(str_utf8_cut("水位", 6, 6), 6);
}

/* Every sequence of two bytes against the definition, in the order of the standard's table. */
static void utf8_two_bytes_exhaustively(void **state)
{
	(void)state;
	for (int x = 1; x < 256; x++)
		for (int y = 1; y < 256; y++) {
			char s[] = { (char)x, (char)y, 0 };
			bool valid = (x < 0x80 && y < 0x80) || (x >= 0xc2 && x <= 0xdf && y >= 0x80 && y <= 0xbf);
			assert_int_equal(str_is_utf8(s, 2), valid);
		}
}

static void urls_are_decoded_once(void **state)
{
	(void)state;
	static const char *const bad[] = { "%", "%2", "%zz", "%00", "%c0%ae", "%01", "a%7f", "%ff", "%1", "x%" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_null(str_url_decode(a, bad[i], strlen(bad[i]), false));
	static const char *const never[] = { "%", "%zz", "%00", "%c0%ae", "%ff" };
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		assert_null(str_url_decode(a, never[i], strlen(never[i]), true));
	assert_string_equal(str_url_decode(a, "a%01%7f", 7, true), "a\x01\x7f");
	assert_string_equal(str_url_decode(a, "%252e", 5, false), "%2e");
	assert_string_equal(str_url_decode(a, "a+b%2B", 6, true), "a b+");
	assert_string_equal(str_url_decode(a, "a+b", 3, false), "a+b");
	assert_string_equal(str_url_encode(a, "a b/水~", true), "a%20b/%E6%B0%B4~");
	assert_string_equal(str_url_encode(a, "a/b", false), "a%2Fb");
}

static void base64_is_strict(void **state)
{
	(void)state;
	size_t n;
	assert_string_equal(str_base64(a, "ab", 2), "YWI=");
	assert_string_equal(str_unbase64(a, "YWI=", &n), "ab");
	assert_int_equal(n, 2);
	assert_string_equal(str_unbase64(a, "YW\nI=\n", &n), "ab");
	static const char *const bad[] = { "YWI", "Y===", "YW=I", "Y*I=", "=" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_null(str_unbase64(a, bad[i], &n));
	unsigned char raw[3];
	assert_true(str_unhex("00ffA0", raw, 3) && raw[1] == 0xff);
	assert_false(str_unhex("00ff", raw, 3) || str_unhex("00ffa0b", raw, 3) || str_unhex("00fg00", raw, 3));
}

static void json_gate_refuses(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"{",
		"{\"a\":1,}",
		"{'a':1}",
		"[1,2,]",
		"{\"a\":1} x",
		"{\"a\":1,\"a\":2}",
		"[NaN]",
		"[1e999]",
		"[9223372036854775808]",
		"\"\\u0000\"",
		"\"\\ud800\"",
		"\"\x01\"",
		"{\"a\":\"\xff\"}",
		"[01]",
		"[-]",
		"nul",
		"[1 2]",
		"{\"a\" 1}",
		"[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]",
		"{\"b\":{\"a\":1,\"a\":1}}",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *why = NULL;
		if (json_parse(a, bad[i], strlen(bad[i]), 16, &why))
			fail_msg("accepted: %s", bad[i]);
		assert_non_null(why);
	}
	static const char *const good[] = { "{}", " [1, 2.5e3, \"\\u6c34:\\\"\", null, true] ", "0", "{\"a\":{\"a\":\":\"}}",
					    "-1.5" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!json_parse(a, good[i], strlen(good[i]), 16, NULL))
			fail_msg("refused: %s", good[i]);
}

static void json_escapes_are_characters(void **state)
{
	(void)state;
	static const struct {
		const char *json, *text;
	} table[] = {
		{ "\"\\ud83d\\ude00\"", "\U0001f600" },
		{ "\"\\ud877\\udd94\"", "\U0002dd94" }, /* its lower half looks like half a pair */
		{ "\"\\uD83D\\uDF00x\\uDBFF\\uDFFF\"", "\U0001f700x\U0010ffff" },
		{ "\"\\ud800\\udc00\\ud836\\udc00\"", "\U00010000\U0001d800" },
		{ "\"\\\\ud83d\\\\ude00\"", "\\ud83d\\ude00" }, /* a backslash, and letters */
		{ "\"\\\"\\ud877\\udd94\\\\\"", "\"\U0002dd94\\" },
		{ "\"\\u6c34\\ud877\\udd94\\n\"", "水\U0002dd94\n" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		json_object *o = json_parse(a, table[i].json, strlen(table[i].json), 16, NULL);
		assert_non_null(o);
		assert_string_equal(json_object_get_string(o), table[i].text);
	}
	static const char *const bad[] = { "\"\\ud877\"",	"\"\\udd94\\ud877\"", "\"\\ud877\\u0041\"", "\"\\ud877\\ud877\"",
					   "\"\\ud877\\udd9\"", "\\ud877\\udd94",     "\"\\ud877\\" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (json_parse(a, bad[i], strlen(bad[i]), 16, NULL))
			fail_msg("accepted: %s", bad[i]);
}

static void json_size_is_told_before_parsing(void **state)
{
	(void)state;
	static const char text[] = "{\"a\":[{},[],\"[[[{{{,,,\\\"[\"],\"b\":1}";
	assert_true(json_is_modest(text, sizeof text - 1, 4, 7));
	assert_false(json_is_modest(text, sizeof text - 1, 3, 7));
	assert_false(json_is_modest(text, sizeof text - 1, 4, 6));
	assert_true(json_is_modest("", 0, 0, 0));
	assert_true(json_is_modest("\"\\", 2, 0, 0));
}

static void json_paths_are_typed(void **state)
{
	(void)state;
	const char *text = "{\"items\":null,\"spec\":{\"c\":[{\"name\":\"x\",\"port\":8000,\"on\":true}]}}";
	json_object *o = json_parse(a, text, strlen(text), 16, NULL);
	assert_string_equal(json_text(o, "spec.c.0.name", ""), "x");
	assert_int_equal(json_int(o, "spec.c.0.port", 0), 8000);
	assert_true(json_flag(o, "spec.c.0.on", false));
	assert_int_equal(json_int(o, "spec.c.0.name", -1), -1);
	assert_null(json_text(o, "spec.c.1.name", NULL));
	assert_null(json_at(o, "spec.c.name.deep"));
	assert_int_equal(json_len(o, "items"), 0);
	json_object *built = json_build(a, "{'n':%s,'i':%d,'b':%b,'none':%s}", "a\"'/水", (int64_t)1 << 40, 1, NULL);
	assert_string_equal(json_object_to_json_string_ext(built, JSON_PLAIN),
			    "{\"n\":\"a\\\"'/水\",\"i\":1099511627776,\"b\":true,\"none\":null}");
}

static void secrets_open_only_in_their_place(void **state)
{
	(void)state;
	const char *key = "k1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	const char *both = "k2:ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f,"
			   "k1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	struct keyring *old = keyring_new(key), *rotated = keyring_new(both);
	assert_non_null(old);
	assert_non_null(rotated);
	char *sealed = keyring_seal(old, a, "registries.push_password.7", "geheim水");
	assert_null(strstr(sealed, "geheim"));
	assert_string_equal(keyring_open(old, a, "registries.push_password.7", sealed), "geheim水");
	assert_string_equal(keyring_open(rotated, a, "registries.push_password.7", sealed), "geheim水");
	assert_null(keyring_open(old, a, "registries.push_password.8", sealed));
	assert_null(
		keyring_open(old, a, "registries.push_password.7", keyring_seal(rotated, a, "registries.push_password.7", "x")));
	for (size_t i = 6; i < strlen(sealed); i++) {
		char *changed = arena_strdup(a, sealed);
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_null(keyring_open(old, a, "registries.push_password.7", changed));
	}
	/* A fingerprint: of these bytes at this place, by keys that may have been replaced since. */
	const char *mac = keyring_mac(old, a, "keys.request", "a\0b", 3);
	assert_true(str_starts(mac, "m1:k1:") && strlen(mac) == 6 + 64);
	assert_true(keyring_mac_is(old, a, "keys.request", "a\0b", 3, mac));
	assert_true(keyring_mac_is(rotated, a, "keys.request", "a\0b", 3, mac));
	assert_true(str_starts(keyring_mac(rotated, a, "keys.request", "a\0b", 3), "m1:k2:"));
	assert_false(keyring_mac_is(old, a, "keys.request", "a\0c", 3, mac));
	assert_false(keyring_mac_is(old, a, "keys.other", "a\0b", 3, mac));
	assert_false(keyring_mac_is(old, a, "keys.request", "a\0b", 3, keyring_mac(rotated, a, "keys.request", "a\0b", 3)));
	assert_false(keyring_mac_is(old, a, "keys.request", "a\0b", 3, ""));
	assert_null(keyring_new("k1:00"));
	assert_null(keyring_new(""));
	assert_null(keyring_new("K!:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
	free(old);
	free(rotated);
}

static void digests_match_published_values(void **state)
{
	(void)state;
	assert_string_equal(secret_digest(a, "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	unsigned char mac[SHA256_SIZE];
	char hex[65];
	secret_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac); /* RFC 4231, case 2 */
	str_hex(mac, sizeof mac, hex);
	assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void times_survive_a_round_trip(void **state)
{
	(void)state;
	int64_t us;
	char text[32];
	assert_true(clock_parse("2026-11-21T04:05:06.123456789Z", &us));
	clock_format(us, text);
	assert_string_equal(text, "2026-11-21T04:05:06.123456Z");
	assert_true(clock_parse("2026-11-21T12:05:06+08:00", &us));
	clock_format(us, text);
	assert_string_equal(text, "2026-11-21T04:05:06.000000Z");
	static const char *const bad[] = { "", "2026-11-21", "2026-11-21T04:05:06", "2026-11-21T04:05:06Zx",
					   "2026-11-21 04:05:06Z" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(clock_parse(bad[i], &us));
}

static int order[3], ended;

static void note(void *p)
{
	order[ended++] = *(int *)p;
}

static void arenas_defer_and_reset(void **state)
{
	(void)state;
	static int one = 1, two = 2;
	struct arena *own = arena_new(1 << 20);
	for (int i = 0; i < 100; i++)
		memset(arena_alloc(own, 1000), 0xff, 1000);
	arena_defer(own, note, &one);
	arena_defer(own, note, &two);
	arena_reset(own);
	assert_int_equal(ended, 2);
	assert_int_equal(order[0], 2);
	char *clean = arena_alloc(own, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(clean[i], 0);
	assert_string_equal(arena_printf(own, "%d-%s", 5, "x"), "5-x");
	assert_string_equal(arena_join(own, "prefix", ".", "word"), "prefix.word");
	assert_string_equal(arena_join(own, "", ""), "");
	arena_free(own);
}

static void buffers_keep_their_cap(void **state)
{
	(void)state;
	struct buf b = { .cap = 10 };
	buf_puts(&b, "12345");
	buf_puts(&b, "123456");
	assert_true(b.failed);
	assert_string_equal(b.data, "12345");
	buf_reset(&b);
	buf_puts(&b, "abcdef");
	buf_consume(&b, 2);
	assert_string_equal(b.data, "cdef");
	buf_free(&b);
	struct buf html = { 0 };
	buf_html(&html, "<a b='1'>&\"", 11);
	assert_string_equal(html.data, "&lt;a b=&#39;1&#39;&gt;&amp;&quot;");
	buf_free(&html);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_whole_and_bounded),
		cmocka_unit_test(utf8_follows_rfc_3629),
		cmocka_unit_test(utf8_two_bytes_exhaustively),
		cmocka_unit_test(urls_are_decoded_once),
		cmocka_unit_test(base64_is_strict),
		cmocka_unit_test(json_gate_refuses),
		cmocka_unit_test(json_escapes_are_characters),
		cmocka_unit_test(json_size_is_told_before_parsing),
		cmocka_unit_test(json_paths_are_typed),
		cmocka_unit_test(secrets_open_only_in_their_place),
		cmocka_unit_test(digests_match_published_values),
		cmocka_unit_test(times_survive_a_round_trip),
		cmocka_unit_test(arenas_defer_and_reset),
		cmocka_unit_test(buffers_keep_their_cap),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
