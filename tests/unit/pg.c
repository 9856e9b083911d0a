/* A private PostgreSQL server for unit tests: initdb, postgres, the schema, and the end of all of them. */
#include "pg.h"

#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"

static char folder[] = "/tmp/portal-unit-XXXXXX";
static pid_t server;

/* Runs a program with its output thrown away; the server refuses to be root. Returns its process id. */
static pid_t run(const char *const *argv)
{
	pid_t child = fork();
	if (child)
		return child;
	const struct passwd *account = getuid() ? NULL : getpwnam("postgres");
	if (account && (setgroups(0, NULL) || setgid(account->pw_gid) || setuid(account->pw_uid)))
		_exit(126);
	if (!freopen("/dev/null", "w", stdout) || !freopen("server.log", "a", stderr))
		_exit(126);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static int finish(pid_t child)
{
	int status = -1;
	while (waitpid(child, &status, 0) < 0)
		;
	return status;
}

/* The folder of the newest server's programs, or "". */
static const char *programs(struct arena *a)
{
	glob_t found = { 0 };
	const char *dir = "";
	if (!glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) && found.gl_pathc) {
		const char *path = found.gl_pathv[found.gl_pathc - 1];
		dir = arena_memdup(a, path, strlen(path) - strlen("/initdb"));
	}
	globfree(&found);
	return dir;
}

static char *read_file(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "r");
	if (!f)
		return NULL;
	struct stat st;
	size_t size = fstat(fileno(f), &st) ? 0 : (size_t)st.st_size;
	char *text = arena_alloc(a, size + 1);
	size_t n = fread(text, 1, size, f);
	text[n] = 0;
	fclose(f);
	return text;
}

/* All of them, in their order. */
static enum err migrate(struct arena *a, struct db *db)
{
	const char *srcdir = getenv("srcdir");
	glob_t found;
	enum err e = ERR_NONE;
	if (glob(arena_printf(a, "%s/migrations/[0-9]*.sql", srcdir ? srcdir : "."), 0, NULL, &found))
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < found.gl_pathc && !e; i++) {
		char *schema = read_file(a, found.gl_pathv[i]);
		e = schema ? db_script(db, schema) : ERR_NOT_FOUND;
	}
	globfree(&found);
	return e;
}

static struct db_pool *connect_pool(struct arena *a)
{
	struct db_pool *pool =
		db_pool_new(arena_printf(a, "postgresql:///postgres?host=%s&user=postgres", folder), "unit-test", 4, 10000);
	for (int i = 0; i < 600; i++, clock_sleep(100)) {
		struct db *db = db_acquire(pool, 1000);
		if (!db)
			continue;
		enum err e = migrate(a, db);
		db_release(db);
		if (!e)
			return pool;
		break;
	}
	db_pool_free(pool);
	return NULL;
}

struct db_pool *pg_start(void)
{
	struct arena *a = arena_new(8 << 20);
	struct db_pool *pool = NULL;
	const char *bin = programs(a);
	char here[4096];
	log_init("unit-test", getenv("LOG_LEVEL") ? getenv("LOG_LEVEL") : "error");
	if (!*bin || !getcwd(here, sizeof here) || !mkdtemp(folder) || chdir(folder)) {
		fprintf(stderr, "\n*** SKIPPED: no PostgreSQL server binaries on this machine ***\n\n");
		goto out;
	}
	const struct passwd *account = getuid() ? NULL : getpwnam("postgres");
	if (account && chown(folder, account->pw_uid, account->pw_gid))
		goto out;
	const char *data = arena_printf(a, "%s/data", folder);
	const char *const init[] = { arena_printf(a, "%s/initdb", bin),
				     "-D",
				     data,
				     "-U",
				     "postgres",
				     "-A",
				     "trust",
				     "-E",
				     "UTF8",
				     "--no-locale",
				     "--no-sync",
				     NULL };
	const char *const serve[] = {
		arena_printf(a, "%s/postgres", bin), "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", NULL
	};
	if (finish(run(init)) == 0)
		server = run(serve);
	if (!chdir(here) && server)
		pool = connect_pool(a);
	if (!pool)
		fprintf(stderr, "\n*** the private PostgreSQL server did not start: see %s/server.log ***\n\n", folder);
out:
	arena_free(a);
	return pool;
}

void pg_stop(struct db_pool *pool)
{
	db_pool_free(pool);
	if (!server)
		return;
	kill(server, SIGINT);
	finish(server);
	const char *const clean[] = { "/bin/rm", "-rf", folder, NULL };
	pid_t child = fork();
	if (!child) {
		execv(clean[0], (char *const *)(uintptr_t)clean);
		_exit(127);
	}
	finish(child);
}

struct db_pool *pg_open(size_t arena_bytes, struct arena **a, struct db **db)
{
	struct db_pool *pool = pg_start();
	*a = arena_new(arena_bytes);
	*db = pool ? db_acquire(pool, 1000) : NULL;
	return pool;
}

int pg_close(struct db_pool *pool, struct arena *a, struct db *db)
{
	arena_free(a);
	db_release(db);
	if (pool)
		pg_stop(pool);
	return 0;
}
