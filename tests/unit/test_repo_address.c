/* Addresses of repositories: what is taken apart, and what never reaches git's command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "gitea/gitea.h"

#define ALL "ssh,https,http,file"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new(4 << 20);
	return a ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void takes_apart(void **state)
{
	(void)state;
	static const struct {
		const char *url, *scheme, *host, *owner, *name, *path;
	} table[] = {
		{ "ssh://git@gitea.example.edu/Ali/Hydro.git", "ssh", "gitea.example.edu", "Ali", "Hydro", "ali/hydro" },
		{ "ssh://git@10.0.0.1:13022/ali/hydro.git", "ssh", "10.0.0.1", "ali", "hydro", "ali/hydro" },
		{ "ssh://[fd00::1]:22/ali/hydro", "ssh", "[fd00::1]", "ali", "hydro", "ali/hydro" },
		{ "ssh://git@h/prefix/ali/hydro.git/", "ssh", "h", "ali", "hydro", "ali/hydro" },
		{ "git@gitea.example.edu:ali/hydro.git", "ssh", "gitea.example.edu", "ali", "hydro", "ali/hydro" },
		{ "https://gitea.example.edu/ali/hydro", "https", "gitea.example.edu", "ali", "hydro", "ali/hydro" },
		{ "https://h:8443/gitea/ali/my.repo_1.git", "https", "h", "ali", "my.repo_1", "ali/my.repo_1" },
		{ "http://h/ali/hydro.git", "http", "h", "ali", "hydro", "ali/hydro" },
		{ "file:///srv/My Repos/水文/ali/hydro.git", "file", "", "ali", "hydro", "ali/hydro" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct repo_address r;
		const char *why;
		if (!repo_address_parse(a, table[i].url, ALL, &r, &why))
			fail_msg("refused: %s", table[i].url);
		assert_null(why);
		assert_string_equal(r.scheme, table[i].scheme);
		assert_string_equal(r.host, table[i].host);
		assert_string_equal(r.owner, table[i].owner);
		assert_string_equal(r.name, table[i].name);
		assert_string_equal(r.path, table[i].path);
	}
}

static void refuses(void **state)
{
	(void)state;
	static const char *const table[] = {
		"",
		"-",
		"--upload-pack=touch /tmp/x",
		"-oProxyCommand=x@h:a/b",
		"ext::sh -c touch% /tmp/x",
		"fd::17/a/b",
		"git://h/ali/hydro.git",
		"ftp://h/ali/hydro",
		"SSH://git@h/ali/hydro",
		"ssh://-oProxyCommand=x/ali/hydro",
		"ssh://-git@h/ali/hydro",
		"ssh://git:secret@h/ali/hydro",
		"https://ali@h/ali/hydro",
		"https://ali:secret@h/ali/hydro",
		"https://h/ali/hydro?x=1",
		"https://h/ali/hydro#x",
		"https://h/ali/hy%2fdro",
		"https://h/ali",
		"https://h//hydro",
		"https://h/ali/",
		"https://h",
		"https:///ali/hydro",
		"https://h/../ali/hydro",
		"https://h/ali/../hydro",
		"https://h/ali/..",
		"https://h/ali/.git",
		"https://h/ali/-hydro",
		"https://h/-ali/hydro",
		"https://h:0/ali/hydro",
		"https://h:65536/ali/hydro",
		"https://h:/ali/hydro",
		"https://h:22x/ali/hydro",
		"https://h.../ali/hydro",
		"https://.h/ali/hydro",
		"https://h_/ali/hydro",
		"https://h/ali/hydro\n--upload-pack=x",
		"https://h/ali/hy\tdro",
		"https://h/ali/hy dro",
		"https://h/ali/hydr\xc3",
		"h:ali/hydro",
		"git@h:/ali/hydro",
		"git@h:hydro",
		"git@h:22:ali/hydro",
		"git@-h:ali/hydro",
		"@h:ali/hydro",
		"git@h@i:ali/hydro",
		"file://host/ali/hydro",
		"file:///../ali/hydro",
		"file:///a/../ali/hydro",
		"file:///ali/..",
		"file:///hydro",
		"file://",
		"https://h/ali/h\x7fydro",
		"ssh://git@h:22/ali/hydro.git\r",
		"ssh://git@[::1/ali/hydro",
		"ssh://git@[::1]x/ali/hydro",
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct repo_address r;
		const char *why;
		if (repo_address_parse(a, table[i], ALL, &r, &why))
			fail_msg("taken: %s", table[i]);
		assert_non_null(strstr(why, "allowed here"));
	}
	char *long_one = arena_printf(a, "https://h/ali/%0600d", 1);
	struct repo_address r;
	const char *why;
	assert_false(repo_address_parse(a, long_one, ALL, &r, &why));
}

static void schemes_are_what_the_operator_says(void **state)
{
	(void)state;
	struct repo_address r;
	const char *why;
	assert_true(repo_address_parse(a, "https://h/a/b", "ssh,https", &r, &why));
	assert_true(repo_address_parse(a, "git@h:a/b", "ssh,https", &r, &why));
	assert_false(repo_address_parse(a, "http://h/a/b", "ssh,https", &r, &why));
	assert_false(repo_address_parse(a, "file:///x/a/b", "ssh,https", &r, &why));
	assert_false(repo_address_parse(a, "git@h:a/b", "https", &r, &why));
	assert_false(repo_address_parse(a, "https://h/a/b", "", &r, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(takes_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(schemes_are_what_the_operator_says, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
