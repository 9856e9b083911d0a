/* Tests of registries: how they ask one to sign in, and the connection test against servers that answer, refuse and play tricks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "fetch/fetch.h"
#include "registry/registry.h"
#include "stub.h"

static struct arena *a;
static struct stub *stub;

/* How the stub behaves: what it says to whoever is not signed in, and what to a request for a token. */
static struct {
	const char *status, *type, *challenge, *body;
	const char *token_status, *token_body;
	const char *good; /* the Authorization that opens /v2/; NULL: none does */
} says;

static bool serve(void *context, int fd, const char *request)
{
	(void)context;
	if (str_starts(request, "GET /token?"))
		return stub_answer(fd, says.token_status, "application/json", says.token_body);
	if (says.good && strstr(request, says.good))
		return stub_answer(fd, "200 OK", "application/json", "{}");
	const char *headers = says.challenge ? arena_printf(a, "WWW-Authenticate: %s\r\n", says.challenge) : "";
	return stub_answer_with(fd, says.status, says.type, headers, says.body);
}

static int setup(void **state)
{
	(void)state;
	a = arena_new(64 << 20);
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

static void challenges_are_taken_apart(void **state)
{
	(void)state;
	struct registry_challenge c = registry_challenge_parse(
		a, "Bearer realm=\"https://auth.example.edu/token\",service=\"reg\\\"istry\",scope=\"x\"");
	assert_true(c.bearer && !c.basic);
	assert_string_equal(c.realm, "https://auth.example.edu/token");
	assert_string_equal(c.service, "reg\"istry");
	c = registry_challenge_parse(a, "bASIC realm=x, Bearer REALM = \"n\"");
	assert_true(c.basic && c.bearer);
	c = registry_challenge_parse(a, "Basic realm=\"https://not-this\", Bearer realm=y,service=z");
	assert_string_equal(c.realm, "y");
	static const char *const bad[] = { "",	   ",,,",	"=",	 "\"", "Bearer realm=\"", "Bearer realm=\"a\\",
					   "\x01", "Negotiate", "Bearer" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		c = registry_challenge_parse(a, bad[i]);
		assert_non_null(c.realm);
		assert_false(c.basic);
	}
}

/* The outcome of a test as "connect+ registry_api-none push_account?open". */
static const char *run(const char *push, const char *pull)
{
	const struct registry_server server = { arena_printf(a, "127.0.0.1:%d", stub_port(stub)), true, NULL };
	const struct registry_account pusher = { push, push ? "secret-p" : NULL }, puller = { pull, pull ? "secret-q" : NULL };
	struct probe p;
	registry_probe(a, &server, &pusher, &puller, &p);
	const char *text = "";
	for (int i = 0; i < p.count; i++) {
		const struct probe_step *s = &p.steps[i];
		const char *sign = s->outcome == PROBE_PASSED ? "+" : s->outcome == PROBE_FAILED ? "-" : "?";
		text = arena_printf(a, "%s%s%s%s%s", text, i ? " " : "", s->name, sign, s->advice ? s->advice : "");
		assert_true(!s->said || !strstr(s->said, "secret"));
	}
	return text;
}

static void an_open_registry_asks_nobody(void **state)
{
	(void)state;
	says.status = "200 OK";
	says.type = "application/json";
	says.challenge = NULL;
	says.body = "{}";
	says.good = NULL;
	assert_string_equal(run(NULL, NULL), "connect+ registry_api+ push_account?account.open pull_account?account.open");
	assert_string_equal(run("pusher", NULL), "connect+ registry_api+ push_account?account.unasked pull_account?account.open");
}

static void basic_accounts_are_tried(void **state)
{
	(void)state;
	says.status = "401 Unauthorized";
	says.type = "application/json";
	says.challenge = "Basic realm=\"registry\"";
	says.body = "{}";
	says.good = "Authorization: Basic cHVzaGVyOnNlY3JldC1w"; /* pusher:secret-p */
	assert_string_equal(run("pusher", "puller"), "connect+ registry_api+ push_account+ pull_account-account.refused");
	assert_string_equal(run(NULL, NULL), "connect+ registry_api+ push_account-account.needed pull_account-account.needed");
}

static void tokens_are_fetched(void **state)
{
	(void)state;
	says.status = "401 Unauthorized";
	says.challenge = arena_printf(a, "Bearer realm=\"http://127.0.0.1:%d/token\",service=\"s\"", stub_port(stub));
	says.body = "{}";
	says.good = "Authorization: Bearer t0ken";
	says.token_status = "200 OK";
	says.token_body = "{\"token\":\"t0ken\"}";
	assert_string_equal(run("pusher", NULL), "connect+ registry_api+ push_account+ pull_account?account.guest");
	says.token_body = "{\"access_token\":\"other\"}";
	assert_string_equal(run("pusher", "puller"),
			    "connect+ registry_api+ push_account-account.refused pull_account-account.refused");
	says.token_status = "401 No";
	assert_string_equal(run("pusher", NULL),
			    "connect+ registry_api+ push_account-account.refused pull_account-account.needed");
	static const char *const bodies[] = {
		"", "no json", "[]", "{\"token\":7}", "{\"token\":\"a b\"}", "{\"token\":\"a\\r\\nX: y\"}", "{\"token\":\"\"}"
	};
	says.token_status = "200 OK";
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		says.token_body = bodies[i];
		assert_string_equal(run("pusher", NULL),
				    "connect+ registry_api+ push_account-account.token pull_account-account.needed");
	}
	static const char *const realms[] = { "ftp://x/token", "http://a@127.0.0.1/token", "//x",	 "",
					      "http://",       "file:///etc/passwd",	   "http://x/ y" };
	for (size_t i = 0; i < sizeof realms / sizeof *realms; i++) {
		says.challenge = arena_printf(a, "Bearer realm=\"%s\"", realms[i]);
		assert_string_equal(run("pusher", NULL),
				    "connect+ registry_api+ push_account-account.realm pull_account-account.needed");
	}
}

static void others_are_no_registry(void **state)
{
	(void)state;
	static const struct {
		const char *status, *type, *challenge, *body, *outcome;
	} table[] = {
		{ "200 OK", "text/html", NULL, "<html>hello</html>", "connect+ registry_api-registry_api.none" },
		{ "404 Not Found", "text/html", NULL, "<html>no</html>", "connect+ registry_api-registry_api.none" },
		{ "401 No", "text/html", NULL, "", "connect+ registry_api-registry_api.none" },
		{ "401 No", "text/html", "Negotiate", "", "connect+ registry_api-registry_api.none" },
		{ "301 Moved", "text/html", NULL, "", "connect+ registry_api-registry_api.redirect" },
		{ "500 Oh", "text/html", NULL, "", "connect+ registry_api-registry_api.trouble" },
		{ "429 Slow", "text/html", NULL, "", "connect+ registry_api-registry_api.trouble" },
	};
	says.good = NULL;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		says.status = table[i].status;
		says.type = table[i].type;
		says.challenge = table[i].challenge;
		says.body = table[i].body;
		assert_string_equal(run("pusher", "puller"), table[i].outcome);
	}
	char *large = arena_alloc(a, 200001);
	memset(large, ' ', 200000);
	says.status = "200 OK";
	says.challenge = NULL;
	says.body = large;
	assert_string_equal(run(NULL, NULL), "connect+ registry_api-registry_api.silent");
}

static void what_is_not_there_is_said(void **state)
{
	(void)state;
	struct probe p;
	const struct registry_account nobody = { NULL, NULL };
	struct registry_server server = { "127.0.0.1:1", true, NULL };
	registry_probe(a, &server, &nobody, &nobody, &p);
	assert_int_equal(p.count, 1);
	assert_string_equal(p.steps[0].advice, "connect.refused");
	server.address = "no-such-host.invalid";
	registry_probe(a, &server, &nobody, &nobody, &p);
	assert_string_equal(p.steps[0].advice, "connect.name");
	server = (struct registry_server){ arena_printf(a, "127.0.0.1:%d", stub_port(stub)), false, NULL };
	registry_probe(a, &server, &nobody, &nobody, &p); /* it speaks plain http */
	assert_int_equal(p.count, 2);
	assert_int_equal(p.steps[0].outcome, PROBE_PASSED);
	assert_string_equal(p.steps[1].advice, "tls.failed");
	assert_false(probe_passed(&p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(challenges_are_taken_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(an_open_registry_asks_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(basic_accounts_are_tried, setup, teardown),
		cmocka_unit_test_setup_teardown(tokens_are_fetched, setup, teardown),
		cmocka_unit_test_setup_teardown(others_are_no_registry, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_said, setup, teardown),
	};
	fetch_init();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	fetch_cleanup();
	return failed;
}
