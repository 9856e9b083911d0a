/*
 * Gitea's API against a server that refuses, and against a real Gitea where REAL_GITEA_URL, REAL_GITEA_TOKEN, REAL_GITEA_SSH and
 * REAL_GITEA_HOSTKEY name one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <stdio.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"
#include "fetch/fetch.h"
#include "fetch/probe.h"
#include "gitea/gitea.h"
#include "stub.h"

/* One answer to everything (or to what is asked at a path), and what was asked last. */
struct answer {
	const char *status, *body;
	struct {
		const char *asked, *status, *body;
	} paths[4];
	char asked[8192];
};

static struct arena *a;
static struct answer answer;
static struct stub *stub;
static struct gitea *gitea;
static const char *why;

static bool serve(void *context, int fd, const char *request)
{
	struct answer *w = context;
	snprintf(w->asked, sizeof w->asked, "%s", request);
	for (int i = 0; i < 4 && w->paths[i].asked; i++)
		if (str_starts(request, w->paths[i].asked))
			return stub_answer(fd, w->paths[i].status, "application/json", w->paths[i].body);
	return stub_answer(fd, w->status, "application/json", w->body);
}

static int setup(void **state)
{
	(void)state;
	a = arena_new(64 << 20);
	stub = stub_start(serve, &answer);
	gitea = gitea_open(arena_printf(a, "http://127.0.0.1:%d/git/", stub_port(stub)), "t0ken", NULL);
	return gitea ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	gitea_free(gitea);
	fetch_thread_end();
	stub_stop(stub);
	arena_free(a);
	return 0;
}

static void needs_an_address_and_a_token(void **state)
{
	(void)state;
	static const char *const table[][2] = { { "", "t" },	    { "http://h", "" },
						{ "h", "t" },	    { "http://u:p@h", "t" },
						{ "http://", "t" }, { "http://h", "t\r\nX: y" } };
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_null(gitea_open(table[i][0], table[i][1], NULL));
	assert_string_equal(gitea_url_host(a, "https://Git.Example.edu:3000/gitea/"), "git.example.edu");
	assert_string_equal(gitea_url_host(a, "http://[::1]:3000"), "[::1]");
	assert_string_equal(gitea_url_host(a, "ftp://h"), "");
}

static void asks_below_the_servers_path(void **state)
{
	(void)state;
	struct gitea_repo r;
	answer.status = "200 OK";
	answer.body = "{\"id\":7,\"full_name\":\"Ali/x\",\"permissions\":{\"admin\":true}}";
	assert_int_equal(gitea_check(gitea, a, "Ali", "x y/../z", &r, &why), ERR_NONE);
	assert_true(r.id == 7 && r.admin);
	assert_true(str_starts(answer.asked, "GET /git/api/v1/repos/Ali/x%20y%2F..%2Fz HTTP/1.1\r\n"));
	assert_non_null(strstr(answer.asked, "Authorization: token t0ken\r\n"));
}

static void errors_are_sentences(void **state)
{
	(void)state;
	static const struct {
		const char *status, *body, *says;
		enum err err;
	} table[] = {
		{ "401 No", "{\"message\":\"bad\\nthing\"}",
		  "Gitea: cannot read the repository a/b: it refuses the token (bad thing)", ERR_UNAUTHORIZED },
		{ "403 No", "{}", "write:repository", ERR_FORBIDDEN },
		{ "404 No", "{}", "there is none, or the token does not see it", ERR_NOT_FOUND },
		{ "422 No", "{\"message\":\"key is used\"}", "(key is used)", ERR_CONFLICT },
		{ "502 Bad", "<html>nginx</html>", "try again later", ERR_UNAVAILABLE },
		{ "200 OK", "<html>login</html>", "is its address right?", ERR_INTERNAL },
		{ "200 OK", "{\"hello\":1}", "is its address right?", ERR_INTERNAL },
		{ "302 Found", "", "trouble", ERR_INTERNAL },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct gitea_repo r;
		answer.status = table[i].status;
		answer.body = table[i].body;
		assert_int_equal(gitea_check(gitea, a, "a", "b", &r, &why), table[i].err);
		if (!strstr(why, table[i].says))
			fail_msg("said: %s", why);
		assert_null(strstr(why, "t0ken"));
	}
}

static void a_branch_without_a_commit_has_no_head(void **state)
{
	(void)state;
	const char *sha, *message, *author;
	answer.status = "200 OK";
	answer.body = "{\"commit\":{\"id\":\"--upload-pack=x\"}}";
	assert_int_equal(gitea_head(gitea, a, "a", "b", "feature/x y", &sha, &message, &author, &why), ERR_NOT_FOUND);
	assert_null(sha);
	assert_true(str_starts(answer.asked, "GET /git/api/v1/repos/a/b/branches/feature/x%20y HTTP"));
	answer.body =
		"{\"commit\":{\"id\":\"0123456789012345678901234567890123456789\",\"message\":\"one\\ntwo\",\"author\":null}}";
	assert_int_equal(gitea_head(gitea, a, "a", "b", "main", &sha, &message, &author, &why), ERR_NONE);
	assert_string_equal(message, "one");
	assert_null(author);
}

/* The steps of a connection test: "connect+ gitea_version-gitea.none". */
static const char *probe(const char *token)
{
	struct probe p;
	const char *text = "";
	gitea_probe(a, arena_printf(a, "http://127.0.0.1:%d/git/", stub_port(stub)), token, NULL, &p);
	for (int i = 0; i < p.count; i++) {
		const struct probe_step *s = &p.steps[i];
		const char *sign = s->outcome == PROBE_PASSED ? "+" : s->outcome == PROBE_FAILED ? "-" : "?";
		text = arena_printf(a, "%s%s%s%s%s", text, i ? " " : "", s->name, sign, s->advice ? s->advice : "");
		assert_true(!s->said || !strstr(s->said, "t0ken"));
	}
	return text;
}

static void a_connection_is_tested_step_by_step(void **state)
{
	(void)state;
	answer.status = "404 Not Found";
	answer.body = "<html>";
	assert_string_equal(probe("t0ken"), "connect+ gitea_version-gitea.none");
	answer.status = "301 Moved";
	assert_string_equal(probe("t0ken"), "connect+ gitea_version-gitea.redirect");
	answer.status = "502 Bad";
	assert_string_equal(probe("t0ken"), "connect+ gitea_version-gitea.trouble");
	answer.status = "401 No";
	answer.body = "{\"message\":\"no\"}";
	assert_string_equal(probe("t0ken"), "connect+ gitea_version-gitea.refused");
	answer.paths[0].asked = "GET /git/api/v1/version ";
	answer.paths[0].status = "200 OK";
	answer.paths[0].body = "{\"version\":\"1.22.0\"}";
	assert_string_equal(probe(NULL), "connect+ gitea_version+ gitea_token?gitea.no_token");
	assert_string_equal(probe("t0ken"), "connect+ gitea_version+ gitea_token-gitea.refused");
	answer.status = "403 No";
	assert_string_equal(probe("t0ken"), "connect+ gitea_version+ gitea_token-gitea.read_user");
	answer.paths[1].asked = "GET /git/api/v1/user ";
	answer.paths[1].status = "200 OK";
	answer.paths[1].body = "{\"login\":\"portal\"}";
	assert_string_equal(probe("t0ken"), "connect+ gitea_version+ gitea_token+ gitea_rights-gitea.write_repository");
	answer.status = "404 Not Found";
	assert_string_equal(probe("t0ken"), "connect+ gitea_version+ gitea_token+ gitea_rights+");
	memset(&answer, 0, sizeof answer);
}

/* The rest is tried on a real server, step by step as the portal does it. */
static json_object *call_real(const char *method, const char *path, const char *body)
{
	const char *headers[] = { arena_printf(a, "Authorization: token %s", getenv("REAL_GITEA_TOKEN")),
				  "Content-Type: application/json", NULL };
	const struct fetch_peer peer = { .base = getenv("REAL_GITEA_URL") };
	const struct fetch_request request = {
		.method = method, .path = path, .headers = headers, .body = body, .body_len = body ? strlen(body) : 0
	};
	struct fetch_response r;
	assert_int_equal(fetch(a, &peer, &request, &r), ERR_NONE);
	assert_int_equal(r.status / 100, 2);
	return r.body_len ? json_parse(a, r.body, r.body_len, 64, &why) : NULL;
}

static void heads_by_ssh(const char *owner, const char *name, const char *key, const char *sha)
{
	const char *url = arena_printf(a, "%s/%s/%s.git", getenv("REAL_GITEA_SSH"), owner, name), *got;
	const char *host = strchr(url, '@') + 1;
	const char *line = arena_printf(a, "[%.*s]:%.5s", (int)strcspn(host, ":"), host, strchr(host, ':') + 1);
	const char *known = arena_printf(a, "%s %s\n", line, getenv("REAL_GITEA_HOSTKEY"));
	assert_int_equal(git_head(a, url, "main", key, known, &got, &why), ERR_NONE);
	assert_string_equal(got, sha);
	assert_int_equal(git_head(a, url, "other", key, known, &got, &why), ERR_NOT_FOUND);
	struct deploy_key stranger;
	assert_int_equal(deploy_key_generate(a, "stranger", &stranger), ERR_NONE);
	assert_int_equal(git_head(a, url, "main", stranger.private_key, known, &got, &why), ERR_UNAUTHORIZED);
	assert_non_null(strstr(why, "deploy key"));
	assert_int_equal(git_head(a, url, "main", key, arena_printf(a, "%s %s\n", line, stranger.public_key), &got, &why),
			 ERR_UNAUTHORIZED);
	assert_non_null(strstr(why, "host key"));
	assert_int_equal(git_head(a, url, "main", key, NULL, &got, &why), ERR_UNAUTHORIZED);
}

static void hooks_are_replaced(struct gitea *g, const char *owner, const char *name)
{
	int64_t first, second, other;
	assert_int_equal(gitea_install_hook(g, a, owner, name, "http://portal.example.edu/a", "s1", &first, &why), ERR_NONE);
	assert_int_equal(gitea_install_hook(g, a, owner, name, "http://portal.example.edu/b", "s1", &other, &why), ERR_NONE);
	assert_int_equal(gitea_install_hook(g, a, owner, name, "http://portal.example.edu/a", "s2", &second, &why), ERR_NONE);
	json_object *hooks = call_real("GET", arena_printf(a, "/api/v1/repos/%s/%s/hooks", owner, name), NULL);
	assert_int_equal(json_object_array_length(hooks), 2);
	for (size_t i = 0; i < 2; i++) {
		int64_t id = json_int(json_object_array_get_idx(hooks, i), "id", 0);
		assert_true(id == second || id == other);
		assert_true(json_flag(json_object_array_get_idx(hooks, i), "active", false));
	}
}

static void works_with_a_real_gitea(void **state)
{
	(void)state;
	if (!getenv("REAL_GITEA_URL")) {
		fputs("\n*** SKIPPED: no real Gitea is named by REAL_GITEA_URL: keys, hooks and heads were not tried against one "
		      "***\n\n",
		      stderr);
		skip();
	}
	struct gitea *g = gitea_open(getenv("REAL_GITEA_URL"), getenv("REAL_GITEA_TOKEN"), NULL);
	const char *sha, *message, *author, *name = arena_printf(a, "Test-%s", secret_token(a, 6));
	struct gitea_repo r;
	struct probe probed;
	gitea_probe(a, getenv("REAL_GITEA_URL"), getenv("REAL_GITEA_TOKEN"), NULL, &probed);
	assert_true(probed.count == 4 && probe_passed(&probed));
	const char *owner = probed.steps[2].said; /* whose the token is */
	assert_int_equal(gitea_check(g, a, owner, name, &r, &why), ERR_NOT_FOUND);
	call_real("POST", "/api/v1/user/repos",
		  arena_printf(a, "{\"name\":\"%s\",\"auto_init\":true,\"default_branch\":\"main\",\"private\":true}", name));
	assert_int_equal(gitea_check(g, a, owner, name, &r, &why), ERR_NONE);
	assert_true(r.admin && r.id > 0);
	assert_string_equal(r.default_branch, "main");
	assert_int_equal(gitea_head(g, a, owner, name, "main", &sha, &message, &author, &why), ERR_NONE);
	assert_non_null(message);
	assert_non_null(author);
	const char *none;
	assert_int_equal(gitea_head(g, a, owner, name, "none", &none, &message, &author, &why), ERR_NOT_FOUND);

	struct deploy_key key;
	int64_t id, again;
	assert_int_equal(deploy_key_generate(a, "test", &key), ERR_NONE);
	assert_int_equal(gitea_install_key(g, a, owner, name, "portal", key.public_key, &id, &why), ERR_NONE);
	assert_int_equal(gitea_install_key(g, a, owner, name, "portal", key.public_key, &again, &why), ERR_NONE);
	assert_true(id > 0 && id == again);
	heads_by_ssh(owner, name, key.private_key, sha);
	hooks_are_replaced(g, owner, name);
	for (int i = 0; i < 2; i++)
		assert_int_equal(gitea_status(g, a, owner, name, sha, i ? "success" : "pending",
					      "http://portal.example.edu/builds/7", "hydrosim/build", "水位 built", &why),
				 ERR_NONE);
	assert_int_equal(gitea_remove_key(g, a, owner, name, id, &why), ERR_NONE);
	assert_int_equal(gitea_remove_key(g, a, owner, name, id, &why), ERR_NONE);
	call_real("DELETE", arena_printf(a, "/api/v1/repos/%s/%s", owner, name), NULL);
	gitea_free(g);

	g = gitea_open(getenv("REAL_GITEA_URL"), "0000000000000000000000000000000000000000", NULL);
	assert_int_equal(gitea_check(g, a, owner, name, &r, &why), ERR_UNAUTHORIZED);
	gitea_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(needs_an_address_and_a_token, setup, teardown),
		cmocka_unit_test_setup_teardown(asks_below_the_servers_path, setup, teardown),
		cmocka_unit_test_setup_teardown(errors_are_sentences, setup, teardown),
		cmocka_unit_test_setup_teardown(a_branch_without_a_commit_has_no_head, setup, teardown),
		cmocka_unit_test_setup_teardown(a_connection_is_tested_step_by_step, setup, teardown),
		cmocka_unit_test_setup_teardown(works_with_a_real_gitea, setup, teardown),
	};
	fetch_init();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	fetch_cleanup();
	return failed;
}
