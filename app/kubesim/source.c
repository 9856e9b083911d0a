/* The sources of a build: git is run as a program with fixed arguments, never through a shell. */
#include "kubesim/source.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "kubesim/pods.h"

enum { OUTPUT_MAX = 4 << 20, GIT_MS = 30000, PATHS_MAX = 20000 };

struct sources {
	struct world *w;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct source *first, **last;
	bool stopping;
};

static struct sources *running; /* set before the threads start, and once only */

/* Running git */

static int wait_child(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void read_output(int fd, pid_t pid, struct buf *out)
{
	int64_t ends = clock_ms() + GIT_MS;
	char bytes[16384];
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = ends - clock_ms();
		if (left <= 0 || poll(&p, 1, (int)left) == 0) {
			kill(pid, SIGKILL);
			return;
		}
		ssize_t n = read(fd, bytes, sizeof bytes);
		if (n == 0 || (n < 0 && errno != EINTR))
			return;
		if (n > 0)
			buf_add(out, bytes, (size_t)n);
		if (out->failed) {
			kill(pid, SIGKILL);
			return;
		}
	}
}

/* Runs git with standard error behind standard output where `errors`. Returns its exit code, -1: it could not be run. */
static int git(struct world *w, const char *const *args, struct buf *out, bool errors)
{
	static const char *const fixed[] = {
		"git", "-c", "safe.directory=*", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never"
	};
	const char *argv[32];
	size_t n = 0;
	for (; n < sizeof fixed / sizeof *fixed; n++)
		argv[n] = fixed[n];
	while (*args && n < 31)
		argv[n++] = *args++;
	argv[n] = NULL;
	char path[1024];
	snprintf(path, sizeof path, "PATH=%s", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	const char *env[] = { path,
			      "GIT_TERMINAL_PROMPT=0",
			      "GIT_CONFIG_NOSYSTEM=1",
			      "HOME=/nonexistent",
			      "LC_ALL=C",
			      w->options.allow_remote ? "GIT_ALLOW_PROTOCOL=file:https:http:ssh" : "GIT_ALLOW_PROTOCOL=file",
			      "GIT_SSH_COMMAND=ssh -o BatchMode=yes -o ConnectTimeout=10",
			      NULL };
	int pipes[2];
	pid_t pid;
	posix_spawn_file_actions_t actions;
	if (pipe2(pipes, O_CLOEXEC))
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
	if (errors)
		posix_spawn_file_actions_adddup2(&actions, pipes[1], 2);
	else
		posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	int failed = posix_spawnp(&pid, "git", &actions, NULL, (char *const *)argv, (char *const *)env);
	posix_spawn_file_actions_destroy(&actions);
	close(pipes[1]);
	if (!failed)
		read_output(pipes[0], pid, out);
	close(pipes[0]);
	return failed ? -1 : wait_child(pid);
}

/* The output of git, in the source's arena without the last '\n'; NULL: it failed. */
static const char *ask_git(struct world *w, struct source *s, const char *dir, const char *const *args, size_t *len)
{
	const char *all[16] = { "-C", dir };
	size_t n = 2;
	while (*args && n < 15)
		all[n++] = *args++;
	all[n] = NULL;
	struct buf out = { .cap = OUTPUT_MAX };
	const char *text = NULL;
	if (!git(w, all, &out, false)) {
		while (out.len && out.data[out.len - 1] == '\n')
			out.len--;
		text = arena_memdup(s->arena, out.data ? out.data : "", out.len);
		if (len)
			*len = out.len;
	}
	buf_free(&out);
	return text;
}

#define ASK(w, s, dir, len, ...) ask_git(w, s, dir, (const char *const[]){ __VA_ARGS__, NULL }, len)

/* Reading a commit */

/* The context is a folder; "." and "" are the whole. */
static const char *context_prefix(struct source *s)
{
	const char *c = s->context;
	while (str_starts(c, "./"))
		c += 2;
	size_t n = strlen(c);
	while (n && c[n - 1] == '/')
		n--;
	return !n || !strcmp(c, ".") ? "" : arena_printf(s->arena, "%.*s/", (int)n, c);
}

static void read_paths(struct world *w, struct source *s, const char *dir)
{
	size_t len = 0;
	const char *prefix = context_prefix(s), *text = ASK(w, s, dir, &len, "ls-tree", "-r", "-t", "-z", "--name-only", s->sha),
		   *end = text + len;
	size_t most = 1;
	for (const char *p = text; p && p < end; p += strlen(p) + 1)
		most++;
	const char **paths = arena_alloc(s->arena, (most < PATHS_MAX ? most : PATHS_MAX) * sizeof *paths);
	for (const char *p = text; p && p < end && s->path_count < PATHS_MAX; p += strlen(p) + 1)
		if (str_starts(p, prefix) && p[strlen(prefix)])
			paths[s->path_count++] = p + strlen(prefix);
	s->paths = paths;
}

static const char *read_file(struct world *w, struct source *s, const char *dir, const char *path)
{
	while (str_starts(path, "./"))
		path += 2;
	if (*path == '/' || strstr(path, ".."))
		return NULL;
	size_t len = 0;
	const char *text = ASK(w, s, dir, &len, "cat-file", "blob", arena_printf(s->arena, "%s:%s", s->sha, path));
	return text && str_is_utf8(text, len) ? text : text ? "" : NULL;
}

static void read_commit(struct world *w, struct source *s, const char *dir)
{
	const char *commit = arena_printf(s->arena, "%s^{commit}", s->sha);
	if (!ASK(w, s, dir, NULL, "cat-file", "-e", commit)) {
		s->failure = arena_printf(s->arena, "fatal: remote error: upload-pack: not our ref %s", s->sha);
		return;
	}
	const char *text = ASK(w, s, dir, NULL, "show", "-s", "--format=%T%x01%an%x01%s", s->sha);
	char *copy = arena_strdup(s->arena, text ? text : "");
	s->tree = copy;
	s->author = s->subject = "";
	if ((copy = strchr(copy, 1))) {
		*copy++ = 0;
		s->author = copy;
		if ((copy = strchr(copy, 1))) {
			*copy++ = 0;
			s->subject = copy;
		}
	}
	read_paths(w, s, dir);
	const char *prefix = context_prefix(s);
	s->dockerfile_text = read_file(w, s, dir, s->dockerfile);
	if (!s->dockerfile_text && *prefix)
		s->dockerfile_text = read_file(w, s, dir, arena_printf(s->arena, "%s%s", prefix, s->dockerfile));
	s->requirements = read_file(w, s, dir, arena_printf(s->arena, "%srequirements.txt", prefix));
	s->requirements = s->requirements ? s->requirements : "";
}

static bool is_sha(const char *s)
{
	size_t n = strlen(s);
	return n >= 40 && n <= 64 && str_only(s, "0123456789abcdef");
}

/* A repository elsewhere is fetched into a folder of its own, which is given back. */
static void read_remote(struct world *w, struct source *s)
{
	char dir[] = "/tmp/kubesim-XXXXXX";
	struct buf out = { .cap = 65536 };
	if (!mkdtemp(dir)) {
		s->failure = "fatal: could not create work tree dir";
		return;
	}
	const char *const init[] = { "init", "-q", "--bare", dir, NULL }, *const fetch[] = { "-C",	dir, "fetch", "-q",
											     "--depth", "1", "--",    s->url,
											     s->sha,	NULL };
	if (git(w, init, &out, true) || git(w, fetch, &out, true)) {
		while (out.len && out.data[out.len - 1] == '\n')
			out.len--;
		s->failure = out.len && str_is_utf8(out.data, out.len) ? arena_memdup(s->arena, out.data, out.len)
								       : "fatal: git could not be run";
	} else {
		read_commit(w, s, dir);
	}
	buf_free(&out);
	pid_t pid;
	const char *const rm[] = { "rm", "-rf", "--", dir, NULL };
	if (!posix_spawnp(&pid, "rm", NULL, NULL, (char *const *)rm, NULL))
		wait_child(pid);
}

static void read_source(struct world *w, struct source *s)
{
	const char *path = str_starts(s->url, "file://") ? s->url + 7 : NULL;
	int64_t start = clock_ms();
	if (!is_sha(s->sha))
		s->failure = arena_printf(s->arena, "fatal: couldn't find remote ref %s", s->sha);
	else if (!path && !w->options.allow_remote)
		s->failure = "fatal: transport is not allowed by this simulated cluster: only file:// addresses are read";
	else if (!path)
		read_remote(w, s);
	else if (!ASK(w, s, path, NULL, "rev-parse", "--git-dir"))
		s->failure = arena_printf(
			s->arena,
			"fatal: '%s' does not appear to be a git repository\nfatal: Could not read from remote repository.\n\n"
			"Please make sure you have the correct access rights\nand the repository exists.",
			path);
	else
		read_commit(w, s, path);
	s->took_ms = clock_ms() - start;
}

/* The thread */

void source_put(struct source *s)
{
	if (s && !--s->refs)
		arena_free(s->arena);
}

static void publish(struct world *w, struct source *s)
{
	world_lock(w);
	s->done = true;
	struct object *pod = world_find(w, SIM_POD, s->ns, s->pod);
	struct container *c = pod && !strcmp(pod->uid, s->uid) && pod->run ? sim_pod_container(pod->run, s->container) : NULL;
	if (c && c->state == CONTAINER_RUNNING) {
		sim_container_source(w, pod, c);
		object_wake(w, pod, 0);
	}
	source_put(s);
	world_unlock(w);
}

static void *serve(void *context)
{
	struct sources *q = context;
	pthread_mutex_lock(&q->lock);
	while (!q->stopping) {
		struct source *s = q->first;
		if (!s) {
			pthread_cond_wait(&q->wake, &q->lock);
			continue;
		}
		q->first = s->next;
		if (!q->first)
			q->last = &q->first;
		pthread_mutex_unlock(&q->lock);
		read_source(q->w, s);
		publish(q->w, s);
		pthread_mutex_lock(&q->lock);
	}
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

struct sources *sources_start(struct world *w)
{
	struct sources *q = calloc(1, sizeof *q);
	if (!q)
		return NULL;
	q->w = w;
	q->last = &q->first;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->wake, NULL);
	running = q;
	if (pthread_create(&q->thread, NULL, serve, q)) {
		free(q);
		return NULL;
	}
	return q;
}

void sources_stop(struct sources *q)
{
	pthread_mutex_lock(&q->lock);
	q->stopping = true;
	pthread_cond_signal(&q->wake);
	pthread_mutex_unlock(&q->lock);
	pthread_join(q->thread, NULL);
	world_lock(q->w);
	while (q->first) {
		struct source *s = q->first;
		q->first = s->next;
		source_put(s);
	}
	world_unlock(q->w);
	pthread_cond_destroy(&q->wake);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

struct source *source_ask(struct world *w, struct object *pod, const char *container)
{
	struct arena *a = arena_new(32 << 20);
	if (!a) {
		log_event(LOG_ERROR, "out_of_memory");
		abort();
	}
	struct source *s = arena_alloc(a, sizeof *s);
	const char *names[] = { "REPO_URL", "COMMIT_SHA", "BRANCH", "DOCKERFILE_PATH", "CONTEXT_PATH", "SOURCE_PATH" };
	const char **to[] = { &s->url, &s->sha, &s->branch, &s->dockerfile, &s->context, &s->root };
	(void)w;
	for (size_t i = 0; i < 6; i++) {
		const char *v = sim_pod_env(pod, names[i]);
		*to[i] = arena_strdup(a, v ? v : "");
	}
	s->dockerfile = *s->dockerfile ? s->dockerfile : "Dockerfile";
	s->root = *s->root ? s->root : "/workspace/src";
	s->arena = a;
	s->requirements = "";
	s->refs = 2; /* the pod's and the thread's */
	s->ns = arena_strdup(a, pod->ns);
	s->pod = arena_strdup(a, pod->name);
	s->uid = arena_strdup(a, pod->uid);
	s->container = arena_strdup(a, container);
	pthread_mutex_lock(&running->lock);
	*running->last = s;
	running->last = &s->next;
	pthread_cond_signal(&running->wake);
	pthread_mutex_unlock(&running->lock);
	return s;
}

bool source_has(const struct source *s, const char *path)
{
	while (str_starts(path, "./") || *path == '/')
		path += *path == '/' ? 1 : 2;
	size_t n = strlen(path);
	while (n && path[n - 1] == '/')
		n--;
	if (!n || (n == 1 && *path == '.'))
		return true;
	char name[1024];
	if (n >= sizeof name)
		return false;
	memcpy(name, path, n);
	name[n] = 0;
	bool pattern = strpbrk(name, "*?[");
	for (size_t i = 0; i < s->path_count; i++)
		if (pattern ? !fnmatch(name, s->paths[i], FNM_PATHNAME) : !strcmp(name, s->paths[i]))
			return true;
	return false;
}
