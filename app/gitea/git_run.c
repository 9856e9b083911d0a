/* git in a private folder, without a shell, under limits of time and size. */
#include "gitea/git_run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/phrases.h"

enum { CUT = 300, OPEN_FOLDERS = 8 };

/* A new private folder with what ssh needs; its path is safe in a shell, since git runs its ssh command by one. */
static char *make_folder(struct arena *a)
{
	const char *base = getenv("TMPDIR");
	if (!base || *base != '/' ||
	    strspn(base, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-") != strlen(base))
		base = "/tmp";
	char *folder = arena_printf(a, "%s/portal-git-XXXXXX", base);
	return mkdtemp(folder);
}

static bool put_file(struct arena *a, const char *folder, const char *name, const char *text)
{
	int fd = open(arena_printf(a, "%s/%s", folder, name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	size_t len = strlen(text);
	bool ok = write(fd, text, len) == (ssize_t)len;
	return !close(fd) && ok;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	(void)st, (void)kind, (void)place;
	return remove(path);
}

static void prepare_spawn(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, const char *folder, int out,
			  int err)
{
	sigset_t none, defaults;
	sigemptyset(&none);
	sigfillset(&defaults);
	posix_spawn_file_actions_init(actions);
	posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(actions, out, 1);
	posix_spawn_file_actions_adddup2(actions, err, 2);
	posix_spawn_file_actions_addchdir_np(actions, folder);
	/* A group of its own, so that ssh ends with git. */
	posix_spawnattr_init(attributes);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(attributes, 0);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setsigdefault(attributes, &defaults);
}

/* Reads what a pipe has; false at its end. */
static bool drain(int fd, struct git_output *o, int which)
{
	char scrap[4096];
	size_t room = GIT_OUTPUT_MAX - o->len[which];
	ssize_t n = read(fd, room ? o->text[which] + o->len[which] : scrap, room ? room : sizeof scrap);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (room)
		o->len[which] += (size_t)n;
	else
		o->too_much = n > 0;
	return n > 0 && !o->too_much;
}

/* Reads both pipes until both end, or the time or the room does. */
static void collect(int out, int err, int limit_ms, struct git_output *o)
{
	struct pollfd fds[2] = { { .fd = out, .events = POLLIN }, { .fd = err, .events = POLLIN } };
	int64_t end = clock_ms() + limit_ms;
	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		int64_t left = end - clock_ms();
		if (left <= 0 || o->too_much) {
			o->too_long = left <= 0;
			return;
		}
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			return;
		for (int i = 0; i < 2; i++)
			if (fds[i].fd >= 0 && fds[i].revents && !drain(fds[i].fd, o, i))
				fds[i].fd = -1;
	}
}

static bool run(char *const argv[], char *const envp[], const char *folder, int limit_ms, struct git_output *o)
{
	int out[2], err[2];
	if (pipe2(out, O_CLOEXEC))
		return false;
	if (pipe2(err, O_CLOEXEC)) {
		close(out[0]);
		close(out[1]);
		return false;
	}
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	prepare_spawn(&actions, &attributes, folder, out[1], err[1]);
	pid_t pid;
	int failed = posix_spawnp(&pid, argv[0], &actions, &attributes, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	close(out[1]);
	close(err[1]);
	if (!failed) {
		/* What git or its children write into the folder: a repository without end must not fill the disk. */
		struct rlimit limit = { GIT_FILE_MAX, GIT_FILE_MAX };
		prlimit(pid, RLIMIT_FSIZE, &limit, NULL);
		collect(out[0], err[0], limit_ms, o);
		/* After a regular end there is nobody left in the group, and this does nothing. */
		kill(-pid, SIGKILL);
		while (waitpid(pid, &o->status, 0) < 0 && errno == EINTR)
			;
	} else {
		log_event(LOG_ERROR, "git_not_started", LOG_STR("error", strerror(failed)));
	}
	close(out[0]);
	close(err[0]);
	return !failed;
}

bool git_folder_make(struct arena *a, const char *private_key, const char *known_hosts, struct git_folder *out)
{
	const char *path = getenv("PATH"), *folder = make_folder(a);
	*out = (struct git_folder){ .path = folder };
	if (!folder || !put_file(a, folder, "key", private_key ? private_key : "") ||
	    !put_file(a, folder, "known_hosts", known_hosts ? known_hosts : ""))
		return false;
	char *ssh = arena_printf(
		a,
		"ssh -F /dev/null -i %s/key -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes "
		"-o StrictHostKeyChecking=yes -o UserKnownHostsFile=%s/known_hosts -o GlobalKnownHostsFile=/dev/null "
		"-o ConnectTimeout=10",
		folder, folder);
	char *envp[] = { arena_printf(a, "PATH=%s", path && *path ? path : "/usr/bin:/bin"),
			 arena_printf(a, "GIT_SSH_COMMAND=%s", ssh),
			 arena_printf(a, "GIT_CEILING_DIRECTORIES=%s", folder),
			 arena_strdup(a, "GIT_SSH_VARIANT=ssh"),
			 arena_strdup(a, "GIT_TERMINAL_PROMPT=0"),
			 arena_strdup(a, "GIT_ALLOW_PROTOCOL=ssh:https:http:file"),
			 arena_strdup(a, "GIT_CONFIG_NOSYSTEM=1"),
			 arena_strdup(a, "GIT_CONFIG_GLOBAL=/dev/null"),
			 arena_strdup(a, "GIT_CONFIG_COUNT=1"),
			 arena_strdup(a, "GIT_CONFIG_KEY_0=http.followRedirects"),
			 arena_strdup(a, "GIT_CONFIG_VALUE_0=false"),
			 arena_strdup(a, "HOME=/nonexistent"),
			 arena_strdup(a, "LC_ALL=C"),
			 NULL };
	_Static_assert(sizeof envp <= sizeof out->envp, "room for the environment");
	memcpy(out->envp, envp, sizeof envp);
	return true;
}

void git_folder_remove(struct git_folder *f)
{
	if (f->path && nftw(f->path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS))
		log_event(LOG_WARN, "git_folder_left", LOG_STR("path", f->path), LOG_STR("error", strerror(errno)));
}

bool git_run(struct git_folder *f, char *const argv[], int limit_ms, struct git_output *o)
{
	memset(o, 0, sizeof *o);
	return run(argv, f->envp, f->path, limit_ms, o);
}

bool git_succeeded(const struct git_output *o)
{
	return !o->too_long && !o->too_much && WIFEXITED(o->status) && !WEXITSTATUS(o->status);
}

/* The last line that git or ssh said, made safe to show. Below what ssh says git has lines of its own, the same in every case. */
static const char *last_words(struct arena *a, const char *text, size_t len)
{
	const char *own = strstr(text, "fatal: Could not read from remote repository");
	if (own)
		len = own > text ? (size_t)(own - text) : strcspn(text, "\n");
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	size_t from = len;
	while (from && text[from - 1] != '\n')
		from--;
	char *line = arena_memdup(a, text + from, len - from < CUT ? len - from : CUT);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
	return line;
}

enum err git_explain(struct arena *a, const struct git_output *o, const char **why)
{
	static const struct {
		const char *words;
		enum err err;
		enum phrase meaning;
	} table[] = {
		{ "Host key verification failed", ERR_UNAUTHORIZED, PHRASE_GIT_HOST_KEY },
		{ "Permission denied", ERR_UNAUTHORIZED, PHRASE_GIT_KEY_REFUSED },
		{ "Authentication failed", ERR_UNAUTHORIZED, PHRASE_GIT_PASSWORD },
		{ "could not read Username", ERR_UNAUTHORIZED, PHRASE_GIT_PASSWORD },
		{ "not found", ERR_NOT_FOUND, PHRASE_GIT_NO_REPOSITORY },
		{ "does not appear to be a git repository", ERR_NOT_FOUND, PHRASE_GIT_NOTHING_THERE },
		{ "Cannot find repository", ERR_NOT_FOUND, PHRASE_GIT_NO_REPOSITORY },
		{ "File too large", ERR_TOO_LARGE, PHRASE_GIT_TOO_LARGE },
		/* what git says when the limit of a file's size ends its helper */
		{ "invalid index-pack output", ERR_TOO_LARGE, PHRASE_GIT_DAMAGED },
	};
	const char *said = o->text[1];
	if (o->too_long) {
		*why = phrase_text(PHRASE_GIT_TOO_LATE);
		return ERR_TIMEOUT;
	}
	if (o->too_much) {
		*why = phrase_text(PHRASE_GIT_TOO_MUCH);
		return ERR_TOO_LARGE;
	}
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (!strcasestr(said, table[i].words))
			continue;
		*why = phrase_text(table[i].meaning);
		return table[i].err;
	}
	*why = phrase(a, PHRASE_GIT_UNREADABLE, last_words(a, said, o->len[1]));
	return ERR_UNAVAILABLE;
}
