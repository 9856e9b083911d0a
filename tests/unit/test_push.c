/* Tests of what a webhook says and of its signature, on bodies of our own and on those that a real Gitea sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "api/push.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"

#define A "0123456789abcdef0123456789abcdef01234567"
#define ZEROS "0000000000000000000000000000000000000000"

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

static json_object *parse(const char *text)
{
	const char *why;
	json_object *o = json_parse(a, text, strlen(text), 16, &why);
	assert_non_null(o);
	return o;
}

static void only_the_own_secret_fits(void **state)
{
	(void)state;
	static const char body[] = "{\"ref\": \"refs/heads/main\"}\n";
	unsigned char mac[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	secret_hmac_sha256("s3cret", 6, body, sizeof body - 1, mac);
	str_hex(mac, sizeof mac, hex);
	assert_true(push_signed(hex, "s3cret", body, sizeof body - 1));
	assert_false(push_signed(hex, "S3cret", body, sizeof body - 1));
	assert_false(push_signed(hex, "s3cret", body, sizeof body - 2));
	assert_false(push_signed(hex, NULL, body, sizeof body - 1));
	assert_false(push_signed("", "s3cret", body, sizeof body - 1));
	assert_false(push_signed(arena_printf(a, "sha256=%s", hex), "s3cret", body, sizeof body - 1));
	assert_false(push_signed(arena_printf(a, "%s0", hex), "s3cret", body, sizeof body - 1));
	hex[63] = 0;
	assert_false(push_signed(hex, "s3cret", body, sizeof body - 1));
	/* Gitea's header is empty when its hook has no secret: an empty secret of ours would fit anybody's signature. */
	secret_hmac_sha256("", 0, body, sizeof body - 1, mac);
	str_hex(mac, sizeof mac, hex);
	assert_false(push_signed(hex, "", body, sizeof body - 1));
}

static void the_repository_is_found_by_name_and_number(void **state)
{
	(void)state;
	const char *path;
	int64_t id;
	assert_true(push_repository(a, parse("{\"repository\": {\"id\": 7, \"full_name\": \"Mei/Hydro-Sim\"}}"), &path, &id));
	assert_string_equal(path, "mei/hydro-sim");
	assert_int_equal(id, 7);
	assert_true(push_repository(a, parse("{\"repository\": {\"id\": \"7\", \"full_name\": \"a/b\"}}"), &path, &id));
	assert_int_equal(id, 0);
	static const char *const bad[] = { "{}",
					   "[]",
					   "[5]",
					   "{\"repository\": []}",
					   "{\"repository\": {\"full_name\": 5}}",
					   "{\"repository\": {\"full_name\": \"\"}}" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(push_repository(a, parse(bad[i]), &path, &id));
}

static void each_push_is_of_one_kind(void **state)
{
	(void)state;
	static const struct {
		const char *ref, *after;
		enum push_kind kind;
	} table[] = {
		{ "refs/heads/main", A, PUSH_BRANCH },
		{ "refs/heads/feature/水位", A, PUSH_BRANCH },
		{ "refs/tags/v1", A, PUSH_TAG },
		{ "refs/heads/main", ZEROS, PUSH_DELETION },
		{ "refs/tags/v1", ZEROS, PUSH_DELETION },
		{ "refs/heads/main", "HEAD", PUSH_BAD_REF },
		{ "refs/heads/--upload-pack=x", A, PUSH_BAD_REF },
		{ "refs/heads/a..b", A, PUSH_BAD_REF },
		{ "refs/notes/x", A, PUSH_BAD_REF },
		{ "main", A, PUSH_BAD_REF },
		{ "", A, PUSH_BAD_REF },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct push p;
		json_object *o = json_build(a, "{'ref': %s, 'after': %s}", table[i].ref, table[i].after);
		assert_int_equal(push_read(o, &p), table[i].kind);
	}
	struct push p;
	assert_int_equal(push_read(parse("{\"ref\": \"refs/heads/main\"}"), &p), PUSH_INCOMPLETE);
	assert_int_equal(push_read(parse("{\"ref\": 5, \"after\": []}"), &p), PUSH_INCOMPLETE);
}

static void the_message_is_that_of_the_new_head(void **state)
{
	(void)state;
	struct push p;
	json_object *o = json_build(
		a,
		"{'ref': 'refs/heads/main', 'after': %s, 'head_commit': {'id': 'other', 'message': 'wrong'},"
		" 'commits': [{'id': 'x', 'message': 'wrong'}, {'id': %s, 'message': 'right', 'author': {'name': '梅'}}],"
		" 'pusher': {'login': 'mei'}}",
		A, A);
	assert_int_equal(push_read(o, &p), PUSH_BRANCH);
	assert_string_equal(p.message, "right");
	assert_string_equal(p.author, "梅");
	assert_string_equal(p.pusher, "mei");
	o = json_build(a, "{'ref': 'refs/heads/main', 'after': %s, 'head_commit': null, 'commits': [5, null]}", A);
	assert_int_equal(push_read(o, &p), PUSH_BRANCH);
	assert_null(p.message);
}

static char *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return NULL;
	char *text = arena_alloc(a, 128 << 10);
	*len = fread(text, 1, (128 << 10) - 1, f);
	text[*len] = 0;
	fclose(f);
	return text;
}

/* The value of one header line, up to its end. */
static const char *header(char *lines, const char *name)
{
	char *at = strstr(lines, name);
	if (!at)
		return "";
	at += strlen(name) + 2;
	return arena_memdup(a, at, strcspn(at, "\r\n"));
}

static void deliveries_of_a_real_gitea(void **state)
{
	(void)state;
	static const struct {
		const char *file;
		int kind; /* of a push; -1: another event */
	} table[] = {
		{ "01-push", PUSH_BRANCH }, { "02-push", PUSH_BRANCH }, { "03-create", -1 },	    { "04-push", PUSH_BRANCH },
		{ "05-push", PUSH_TAG },    { "06-create", -1 },	{ "07-delete", -1 },	    { "08-push", PUSH_BRANCH },
		{ "09-push", PUSH_BRANCH }, { "10-push", PUSH_BRANCH }, { "11-push", PUSH_BRANCH },
	};
	const char *srcdir = getenv("srcdir"), *folder = getenv("GITEA_FIXTURES");
	if (!folder)
		folder = arena_printf(a, "%s/../shared/fixtures/gitea", srcdir ? srcdir : ".");
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		size_t len, head_len;
		char *body = read_file(arena_printf(a, "%s/%s.body", folder, table[i].file), &len);
		char *head = read_file(arena_printf(a, "%s/%s.headers", folder, table[i].file), &head_len);
		if (!body || !head) {
			fprintf(stderr, "\n*** SKIPPED: no captured deliveries in %s ***\n\n", folder);
			skip();
		}
		assert_true(push_signed(header(head, "X-Gitea-Signature"), "fixture-secret", body, len));
		assert_false(push_signed(header(head, "X-Gitea-Signature"), "fixture-secret", body, len - 1));
		const char *why, *path;
		int64_t id;
		json_object *o = json_parse(a, body, len, 16, &why);
		assert_non_null(o);
		assert_true(push_repository(a, o, &path, &id));
		assert_string_equal(path, "mei/hydro-sim");
		assert_true(id > 0);
		struct push p;
		if (table[i].kind >= 0)
			assert_int_equal(push_read(o, &p), table[i].kind);
		if (table[i].kind == PUSH_BRANCH)
			assert_non_null(p.message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_the_own_secret_fits, setup, teardown),
		cmocka_unit_test_setup_teardown(the_repository_is_found_by_name_and_number, setup, teardown),
		cmocka_unit_test_setup_teardown(each_push_is_of_one_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(the_message_is_that_of_the_new_head, setup, teardown),
		cmocka_unit_test_setup_teardown(deliveries_of_a_real_gitea, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
