/* Tests of the users of images: what manifests and configurations say, what a cluster makes of a user, and reading it from a
 * registry that may be anybody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "fetch/fetch.h"
#include "model/image_users.h"
#include "registry/image_config.h"
#include "registry/registry.h"
#include "stub.h"

#define DIGEST(c) "sha256:" c c c c c c c c c c c c c c c c
#define ONE DIGEST("1111")
#define TWO DIGEST("2222")

static struct arena *a;
static struct stub *stub;

/* The registry: documents by their digest, which is right unless `lies`; what blobs lead to; who may read. */
static struct {
	const char *documents[4];
	const char *elsewhere;
	const char *status; /* of every document; NULL: 200 */
	bool lies, asks, redirects_with_account;
} has;

static const char *digest_of(const char *text)
{
	unsigned char hash[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	secret_sha256(text, strlen(text), hash);
	str_hex(hash, sizeof hash, hex);
	return arena_printf(a, "sha256:%s", hex);
}

static bool serve(void *context, int fd, const char *request)
{
	(void)context;
	bool moved = str_starts(request, "GET /moved/");
	if (moved && strstr(request, "Authorization"))
		has.redirects_with_account = true;
	if (has.asks && !moved && !strstr(request, "Authorization: Basic cHVsbGVyOnNlY3JldA=="))
		return stub_answer_with(fd, "401 No", "application/json", "WWW-Authenticate: Basic realm=\"r\"\r\n", "{}");
	if (str_starts(request, "GET /v2/ "))
		return stub_answer(fd, "200 OK", "application/json", "{}");
	for (size_t i = 0; i < 4 && has.documents[i]; i++) {
		const char *digest = digest_of(has.documents[i]);
		if (!strstr(request, digest))
			continue;
		if (has.elsewhere && strstr(request, "/v2/c/app/blobs/"))
			return stub_answer_with(fd, "307 Moved", "text/plain",
						arena_printf(a, "Location: %s/%s\r\n", has.elsewhere, digest), "");
		return stub_answer(fd, has.status ? has.status : "200 OK", "application/json",
				   has.lies ? "{\"config\":{}}" : has.documents[i]);
	}
	return stub_answer(fd, "404 No", "application/json", "{}");
}

static int setup(void **state)
{
	(void)state;
	a = arena_new(64 << 20);
	memset(&has, 0, sizeof has);
	stub = stub_start(serve, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fetch_thread_end();
	stub_stop(stub);
	arena_free(a);
	return 0;
}

static void users_are_judged_as_clusters_do(void **state)
{
	(void)state;
	static const struct {
		const char *run_as;
		enum image_user_verdict verdict;
	} table[] = {
		{ NULL, IMAGE_USER_UNKNOWN },	  { "", IMAGE_USER_ROOT },	    { "root", IMAGE_USER_ROOT },
		{ "root:root", IMAGE_USER_ROOT }, { "0", IMAGE_USER_ROOT },	    { "0:0", IMAGE_USER_ROOT },
		{ "0:1000", IMAGE_USER_ROOT },	  { "000", IMAGE_USER_ROOT },	    { ":1000", IMAGE_USER_ROOT },
		{ "app", IMAGE_USER_NAME },	  { "app:1000", IMAGE_USER_NAME },  { "rooty", IMAGE_USER_NAME },
		{ "1000x", IMAGE_USER_NAME },	  { "-1", IMAGE_USER_NAME },	    { "99999999999999999999", IMAGE_USER_NAME },
		{ "1000", IMAGE_USER_FINE },	  { "1000:1000", IMAGE_USER_FINE }, { "1000:root", IMAGE_USER_FINE },
		{ "01", IMAGE_USER_FINE },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(image_user_judge(table[i].run_as), table[i].verdict);
}

static const char *next(const char *text, bool *index)
{
	return image_manifest_next(a, text, strlen(text), index);
}

static void manifests_lead_on(void **state)
{
	(void)state;
	bool index;
	assert_string_equal(next("{\"schemaVersion\":2,\"config\":{\"digest\":\"" ONE "\"},\"layers\":[]}", &index), ONE);
	assert_false(index);
	const char *list = "{\"manifests\":["
			   "{\"digest\":\"" DIGEST("3333") "\",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}},"
							   "{\"digest\":\"" ONE
							   "\",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}},"
							   "{\"digest\":\"" TWO
							   "\",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}]}";
	assert_string_equal(next(list, &index), TWO);
	assert_true(index);
	static const char *const bad[] = {
		"",
		"no json",
		"[]",
		"7",
		"null",
		"{}",
		"{\"config\":null}",
		"{\"config\":{\"digest\":7}}",
		"{\"config\":{\"digest\":\"sha256:short\"}}",
		"{\"config\":{\"digest\":\"sha256:../../../../../../../../../../../../../../../../../../../../../x\"}}",
		"{\"config\":{\"digest\":\"" ONE "\"},\"config\":{\"digest\":\"" TWO "\"}}",
		"{\"manifests\":[],\"config\":{\"digest\":\"" ONE "\"}}",
		"{\"manifests\":7}",
		"{\"manifests\":[7,null,[],{\"digest\":\"" ONE "\"}]}",
		"{\"manifests\":[{\"digest\":\"" ONE "\",\"platform\":{\"os\":\"windows\",\"architecture\":\"amd64\"}}]}",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_null(next(bad[i], &index));
}

#define CONFIG(inside) "{\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\"}" inside "}"

static const char *user(const char *text)
{
	return image_config_user(a, text, strlen(text));
}

static void configurations_name_a_user(void **state)
{
	(void)state;
	assert_string_equal(user(CONFIG("")), "");
	assert_string_equal(user(CONFIG(",\"config\":null")), "");
	assert_string_equal(user(CONFIG(",\"config\":{\"Cmd\":[\"x\"]}")), "");
	assert_string_equal(user(CONFIG(",\"config\":{\"User\":null}")), "");
	assert_string_equal(user(CONFIG(",\"config\":{\"User\":\"\"}")), "");
	assert_string_equal(user(CONFIG(",\"config\":{\"User\":\"1000:1000\"}")), "1000:1000");
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"{\"config\":{\"User\":\"1000\"}}",
		CONFIG(",\"config\":[]"),
		CONFIG(",\"config\":{\"User\":1000}"),
		CONFIG(",\"config\":{\"User\":\"a b\"}"),
		CONFIG(",\"config\":{\"User\":\"a\\n\"}"),
		CONFIG(",\"config\":{\"User\":\"\\u4e2d\"}"),
		CONFIG(",\"config\":{\"User\":\"<b>\",\"User\":\"1000\"}"),
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_null(user(bad[i]));
	char *large = arena_alloc(a, IMAGE_USER_MAX + 2);
	memset(large, '1', IMAGE_USER_MAX + 1);
	assert_null(user(arena_printf(a, CONFIG(",\"config\":{\"User\":\"%s\"}"), large)));
	assert_non_null(user(arena_printf(a, CONFIG(",\"config\":{\"User\":\"%s\"}"), large + 1)));
	/* Much memory for little text. */
	enum { DEEP = 300000 };
	char *many = arena_alloc(a, DEEP + 1);
	for (size_t i = 0; i < DEEP; i += 3)
		memcpy(many + i, "[],", 3);
	many[DEEP - 1] = ' ';
	assert_null(user(arena_printf(a, CONFIG(",\"x\":[%s]"), many)));
}

static enum registry_image ask(const char *digest, const char **out)
{
	const struct registry_server server = { arena_printf(a, "127.0.0.1:%d", stub_port(stub)), true, NULL };
	const struct registry_account pull = { "puller", "secret" };
	return registry_image_user(a, &server, &pull, "c/app", digest, out);
}

static void it_is_read_from_the_registry(void **state)
{
	(void)state;
	const char *said = NULL, *config = CONFIG(",\"config\":{\"User\":\"1000\"}");
	const char *manifest = arena_printf(a, "{\"config\":{\"digest\":\"%s\"},\"layers\":[]}", digest_of(config));
	const char *index = arena_printf(
		a, "{\"manifests\":[{\"digest\":\"%s\",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}]}",
		digest_of(manifest));
	const char *tower = arena_printf(
		a, "{\"manifests\":[{\"digest\":\"%s\",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}]}",
		digest_of(index));
	has.documents[0] = config;
	has.documents[1] = manifest;
	has.documents[2] = index;
	has.documents[3] = tower;
	for (int i = 0; i < 2; i++) {
		has.asks = i == 1;
		assert_int_equal(ask(digest_of(manifest), &said), REGISTRY_IMAGE_THERE);
		assert_string_equal(said, "1000");
		said = NULL;
		assert_int_equal(ask(digest_of(index), &said), REGISTRY_IMAGE_THERE);
		assert_string_equal(said, "1000");
	}
	assert_int_equal(ask(digest_of(tower), &said), REGISTRY_IMAGE_UNKNOWN);
	assert_int_equal(ask(ONE, &said), REGISTRY_IMAGE_MISSING);
	/* The account is not for the server that keeps the blobs. */
	has.elsewhere = arena_printf(a, "http://127.0.0.1:%d/moved", stub_port(stub));
	assert_int_equal(ask(digest_of(manifest), &said), REGISTRY_IMAGE_THERE);
	assert_false(has.redirects_with_account);
	static const char *const places[] = { "", "/moved", "file:///etc", "http://u:p@127.0.0.1", "http://" };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		has.elsewhere = places[i];
		assert_int_equal(ask(digest_of(manifest), &said), REGISTRY_IMAGE_UNKNOWN);
	}
	has.asks = false;
	has.elsewhere = arena_printf(a, "http://127.0.0.1:%d/v2/c/app/blobs", stub_port(stub)); /* in a circle */
	assert_int_equal(ask(digest_of(manifest), &said), REGISTRY_IMAGE_UNKNOWN);
	has.elsewhere = NULL;
	has.lies = true;
	assert_int_equal(ask(digest_of(manifest), &said), REGISTRY_IMAGE_UNKNOWN);
	has.lies = false;
	has.status = "403 Forbidden";
	assert_int_equal(ask(digest_of(manifest), &said), REGISTRY_IMAGE_DENIED);
	has.status = "500 Oh";
	assert_int_equal(ask(digest_of(manifest), &said), REGISTRY_IMAGE_UNKNOWN);
}

static void a_large_configuration_is_not_read(void **state)
{
	(void)state;
	const char *said = NULL;
	char *space = arena_alloc(a, IMAGE_CONFIG_MAX + 1);
	memset(space, ' ', IMAGE_CONFIG_MAX);
	for (int i = 0; i < 2; i++) {
		space[IMAGE_CONFIG_MAX - (i ? 200 : 0)] = 0;
		const char *config = arena_printf(a, CONFIG("%s"), space);
		const char *manifest = arena_printf(a, "{\"config\":{\"digest\":\"%s\"}}", digest_of(config));
		has.documents[0] = config;
		has.documents[1] = manifest;
		assert_int_equal(ask(digest_of(manifest), &said), i ? REGISTRY_IMAGE_THERE : REGISTRY_IMAGE_UNKNOWN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(users_are_judged_as_clusters_do, setup, teardown),
		cmocka_unit_test_setup_teardown(manifests_lead_on, setup, teardown),
		cmocka_unit_test_setup_teardown(configurations_name_a_user, setup, teardown),
		cmocka_unit_test_setup_teardown(it_is_read_from_the_registry, setup, teardown),
		cmocka_unit_test_setup_teardown(a_large_configuration_is_not_read, setup, teardown),
	};
	fetch_init();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	fetch_cleanup();
	return failed;
}
