/* Branch heads by git itself, and deploy keys as OpenSSH reads them. Runs the real git and ssh-keygen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/gitref.h"
#include "base/str.h"
#include "gitea/gitea.h"

static struct arena *a;
static char folder[64];

/* Runs a program in the test's folder, its output in the file "out"; false when it did not end with 0. */
static bool run(const char *const argv[])
{
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addchdir_np(&actions, folder);
	posix_spawn_file_actions_addopen(&actions, 1, "out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	char *const envp[] = { (char[]){ "PATH=/usr/local/bin:/usr/bin:/bin" },
			       (char[]){ "HOME=/nonexistent" },
			       (char[]){ "GIT_AUTHOR_NAME=t" },
			       (char[]){ "GIT_AUTHOR_EMAIL=t@example.edu" },
			       (char[]){ "GIT_COMMITTER_NAME=t" },
			       (char[]){ "GIT_COMMITTER_EMAIL=t@example.edu" },
			       (char[]){ "GIT_CONFIG_GLOBAL=/dev/null" },
			       NULL };
	pid_t pid;
	int status = -1;
	union {
		const char *const *in;
		char *const *out;
	} arguments = { .in = argv };
	bool ok = !posix_spawnp(&pid, argv[0], &actions, NULL, arguments.out, envp) && waitpid(pid, &status, 0) == pid;
	posix_spawn_file_actions_destroy(&actions);
	return ok && WIFEXITED(status) && !WEXITSTATUS(status);
}

static char *output(void)
{
	char *text = arena_alloc(a, 4096);
	FILE *f = fopen(arena_printf(a, "%s/out", folder), "r");
	assert_non_null(f);
	text[fread(text, 1, 4095, f)] = 0;
	fclose(f);
	text[strcspn(text, "\n")] = 0;
	return text;
}

static int setup(void **state)
{
	(void)state;
	a = arena_new(16 << 20);
	snprintf(folder, sizeof folder, "/tmp/test-git-XXXXXX");
	return a && mkdtemp(folder) && !setenv("TMPDIR", folder, 1) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	const char *const argv[] = { "rm", "-rf", folder, NULL };
	bool ok = run(argv);
	arena_free(a);
	return ok ? 0 : -1;
}

/* How many folders of git_head are there: none may stay. */
static int left_over(void)
{
	int n = 0;
	DIR *d = opendir(folder);
	for (struct dirent *e; d && (e = readdir(d));)
		n += str_starts(e->d_name, "portal-git-");
	closedir(d);
	return n;
}

static void make_repository(void)
{
	const char *const init[] = { "git", "init", "-q", "-b", "main", "ali/hydro", NULL };
	const char *const commit[] = { "git", "-C", "ali/hydro", "commit", "-q", "--allow-empty", "-m", "x", NULL };
	const char *const branch[] = { "git", "-C", "ali/hydro", "branch", "feature/main", NULL };
	assert_true(run(init) && run(commit) && run(branch));
}

static void reads_the_head_of_the_very_branch(void **state)
{
	(void)state;
	make_repository();
	const char *sha, *why, *url = arena_printf(a, "file://%s/ali/hydro", folder);
	int before = left_over();
	assert_int_equal(git_head(a, url, "main", NULL, NULL, &sha, &why), ERR_NONE);
	assert_true(git_sha_valid(sha));
	const char *const rev_parse[] = { "git", "-C", "ali/hydro", "rev-parse", "main", NULL };
	assert_true(run(rev_parse));
	assert_string_equal(sha, output());
	assert_int_equal(git_head(a, url, "feature/main", NULL, NULL, &sha, &why), ERR_NONE);
	assert_int_equal(git_head(a, url, "none", NULL, NULL, &sha, &why), ERR_NOT_FOUND);
	assert_string_equal(why, "the repository has no branch none");
	assert_null(sha);
	assert_int_equal(left_over(), before);
}

static void says_what_is_wrong(void **state)
{
	(void)state;
	const char *sha, *why;
	assert_int_equal(git_head(a, arena_printf(a, "file://%s/no/thing", folder), "main", NULL, NULL, &sha, &why),
			 ERR_NOT_FOUND);
	assert_int_equal(git_head(a, "ssh://git@127.0.0.1:1/a/b", "main", NULL, NULL, &sha, &why), ERR_UNAVAILABLE);
	assert_non_null(strstr(why, "git cannot read the branch: ssh: connect to host 127.0.0.1 port 1: Connection refused"));
	assert_int_equal(git_head(a, "ssh://git@127.0.0.1:1/a/b", "--upload-pack=x", NULL, NULL, &sha, &why), ERR_INVALID);
	assert_int_equal(git_head(a, "--upload-pack=x", "main", NULL, NULL, &sha, &why), ERR_INVALID);
}

/* A server that takes the connection and never says a word. */
static void ends_a_silent_server(void **state)
{
	(void)state;
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	assert_true(!bind(s, (struct sockaddr *)&at, len) && !listen(s, 4) && !getsockname(s, (struct sockaddr *)&at, &len));
	const char *sha, *why, *url = arena_printf(a, "http://127.0.0.1:%d/a/b", ntohs(at.sin_port));
	int64_t begin = clock_ms();
	assert_int_equal(git_head(a, url, "main", NULL, NULL, &sha, &why), ERR_TIMEOUT);
	assert_true(clock_ms() - begin < 60000);
	close(s);
}

static bool shell(const char *script)
{
	const char *const argv[] = { "sh", "-ec", script, NULL };
	return run(argv);
}

static void looks_as_a_build_would(void **state)
{
	(void)state;
	struct git_look look;
	const char *why, *url = arena_printf(a, "file://%s/ali/hydro", folder);
	int before = left_over();
	make_repository();
	assert_true(shell("cd ali/hydro && mkdir -p 'app/图 x' && echo FROM x >'app/图 x/Dockerfile' && ln -s app/x link"
			  " && git add . && git commit -qm y"));
	assert_int_equal(git_look(a, url, "main", NULL, NULL, ".", "app/图 x/Dockerfile", &look, &why), ERR_NONE);
	assert_true(git_sha_valid(look.sha));
	assert_int_equal(look.context, GIT_FOLDER);
	assert_int_equal(look.dockerfile, GIT_REGULAR_FILE);
	assert_int_equal(git_look(a, url, "main", NULL, NULL, "app", "link", &look, &why), ERR_NONE);
	assert_int_equal(look.context, GIT_FOLDER);
	assert_int_equal(look.dockerfile, GIT_OTHER);
	assert_int_equal(git_look(a, url, "main", NULL, NULL, "link", "app", &look, &why), ERR_NONE);
	assert_int_equal(look.context, GIT_OTHER);
	assert_int_equal(look.dockerfile, GIT_FOLDER);
	assert_int_equal(git_look(a, url, "main", NULL, NULL, "none", "Dockerfile", &look, &why), ERR_NONE);
	assert_int_equal(look.context, GIT_NOTHING);
	assert_int_equal(look.dockerfile, GIT_NOTHING);
	assert_int_equal(git_look(a, url, "none", NULL, NULL, ".", "Dockerfile", &look, &why), ERR_NOT_FOUND);
	assert_string_equal(why, "the repository has no branch none");
	assert_int_equal(git_look(a, url, "main", NULL, NULL, "..", "Dockerfile", &look, &why), ERR_INVALID);
	assert_int_equal(git_look(a, arena_printf(a, "%s-not", url), "main", NULL, NULL, ".", "Dockerfile", &look, &why),
			 ERR_NOT_FOUND);
	assert_int_equal(left_over(), before);
}

static void a_huge_repository_does_not_fill_the_disk(void **state)
{
	(void)state;
	struct git_look look;
	const char *why, *url = arena_printf(a, "file://%s/ali/hydro", folder);
	int before = left_over();
	make_repository();
	assert_true(shell("cd ali/hydro && head -c 72000000 /dev/urandom >big && git add . && git commit -qm y"));
	assert_int_equal(git_look(a, url, "main", NULL, NULL, ".", "Dockerfile", &look, &why), ERR_TOO_LARGE);
	assert_non_null(strstr(why, "64 MiB"));
	assert_int_equal(left_over(), before);
}

static void keys_are_what_openssh_reads(void **state)
{
	(void)state;
	struct deploy_key key, other;
	assert_int_equal(deploy_key_generate(a, "hydrosim project 7\n", &key), ERR_NONE);
	assert_int_equal(deploy_key_generate(a, "", &other), ERR_NONE);
	assert_string_not_equal(key.private_key, other.private_key);
	assert_true(str_starts(key.private_key, "-----BEGIN OPENSSH PRIVATE KEY-----\n"));
	assert_true(str_ends(key.private_key, "-----END OPENSSH PRIVATE KEY-----\n"));
	assert_true(str_starts(key.public_key, "ssh-ed25519 AAAA") && str_ends(key.public_key, " hydrosim-project-7-"));
	FILE *f = fopen(arena_printf(a, "%s/key", folder), "w");
	assert_true(f && !fchmod(fileno(f), 0600) && fputs(key.private_key, f) >= 0 && !fclose(f));
	const char *const public[] = { "ssh-keygen", "-y", "-f", "key", NULL };
	const char *const fingerprint[] = { "ssh-keygen", "-l", "-f", "key", NULL };
	assert_true(run(public));
	assert_memory_equal(output(), key.public_key, strlen("ssh-ed25519 ") + 68);
	assert_true(run(fingerprint));
	assert_non_null(strstr(output(), key.fingerprint));
	assert_true(str_starts(key.fingerprint, "SHA256:") && strlen(key.fingerprint) == 7 + 43);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_the_head_of_the_very_branch, setup, teardown),
		cmocka_unit_test_setup_teardown(says_what_is_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_a_silent_server, setup, teardown),
		cmocka_unit_test_setup_teardown(looks_as_a_build_would, setup, teardown),
		cmocka_unit_test_setup_teardown(a_huge_repository_does_not_fill_the_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_are_what_openssh_reads, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
