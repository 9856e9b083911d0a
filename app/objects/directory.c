/* The archive as a directory: an object is a file that appears under its key whole, or not at all. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "config.h"
#include "objects/store.h"

/* Where objects grow; no key can name it, because no part of a key begins with '.'. */
#define PARTIAL ".partial"

enum { TOKEN = 16, STALE_SECONDS = 24 * 3600, FILE_MODE = 0644, FOLDER_MODE = 0755 };

struct directory {
	const char *root;
};

struct growing {
	int root, file;
	char partial[sizeof PARTIAL + 1 + 2 * TOKEN + 1];
	char key[OBJECT_KEY_MAX + 1];
};

void *directory_open(const struct config *c, const char **why)
{
	if (*c->archive_dir != '/') {
		*why = "LOG_ARCHIVE_DIR must be an absolute path";
		return NULL;
	}
	struct directory *d = calloc(1, sizeof(*d));
	if (d)
		d->root = c->archive_dir;
	return d;
}

/* A full disk or a lost mount may be well again later; other faults somebody must see to. */
static enum err fault(const char *what, const char *where)
{
	int number = errno;
	log_event(LOG_ERROR, "archive_directory_failed", LOG_STR("what", what), LOG_STR("path", where),
		  LOG_STR("error", strerror(number)));
	return number == EACCES || number == EPERM || number == EROFS ? ERR_UNAUTHORIZED : ERR_UNAVAILABLE;
}

static int open_root(const struct directory *d)
{
	return open(d->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool make_folder(int at, const char *path)
{
	return !mkdirat(at, path, FOLDER_MODE) || errno == EEXIST;
}

/* What a crash left half written is of no use to anybody after a day. */
static void sweep(int root)
{
	int fd = openat(root, PARTIAL, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	if (!folder) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (struct dirent *e; (e = readdir(folder));) {
		struct stat st;
		if (*e->d_name != '.' && !fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    st.st_mtime < time(NULL) - STALE_SECONDS)
			unlinkat(fd, e->d_name, 0);
	}
	closedir(folder);
}

static enum err check(void *state, struct arena *a)
{
	const struct directory *d = state;
	(void)a;
	int root = open_root(d);
	if (root < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : fault("open", d->root);
	enum err e = faccessat(root, ".", W_OK | X_OK, 0) ? fault("write to", d->root) : ERR_NONE;
	close(root);
	return e;
}

static enum err prepare(void *state, struct arena *a)
{
	const struct directory *d = state;
	char *path = arena_strdup(a, d->root);
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (!make_folder(AT_FDCWD, path))
			return fault("mkdir", path);
		*slash = '/';
	}
	if (!make_folder(AT_FDCWD, path))
		return fault("mkdir", path);
	enum err e = check(state, a);
	int root = e == ERR_NONE ? open_root(d) : -1;
	if (root < 0)
		return e == ERR_NONE ? fault("open", path) : e;
	if (!make_folder(root, PARTIAL))
		e = fault("mkdir", PARTIAL);
	sweep(root);
	close(root);
	return e;
}

static enum err begin(void *state, const char *key, const char *content_type, void **writer)
{
	const struct directory *d = state;
	(void)content_type; /* nginx knows files by their names */
	struct growing *g = calloc(1, sizeof(*g));
	if (!g)
		return ERR_UNAVAILABLE;
	unsigned char token[TOKEN];
	char hex[2 * TOKEN + 1];
	secret_random(token, TOKEN);
	str_hex(token, TOKEN, hex);
	snprintf(g->partial, sizeof g->partial, PARTIAL "/%s", hex);
	snprintf(g->key, sizeof g->key, "%s", key);
	g->root = open_root(d);
	enum err e = g->root < 0 ? fault("open", d->root) : make_folder(g->root, PARTIAL) ? ERR_NONE : fault("mkdir", PARTIAL);
	if (e == ERR_NONE) {
		g->file = openat(g->root, g->partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
		if (g->file >= 0) {
			*writer = g;
			return ERR_NONE;
		}
		e = fault("create", g->partial);
	}
	if (g->root >= 0)
		close(g->root);
	free(g);
	return e;
}

static enum err write_all(void *writer, const void *bytes, size_t len)
{
	struct growing *g = writer;
	for (const char *p = bytes; len;) {
		ssize_t n = write(g->file, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault("write", g->key);
		p += n;
		len -= (size_t)n;
	}
	return ERR_NONE;
}

/* Makes a name durable: the folder that holds it is what must reach the disk. `path` is put back as it was. */
static bool sync_folder_of(int root, char *path)
{
	char *slash = strrchr(path, '/');
	if (slash)
		*slash = 0;
	int fd = openat(root, slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (slash)
		*slash = '/';
	bool ok = fd >= 0 && !fsync(fd);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool make_parents(struct growing *g)
{
	for (char *slash = strchr(g->key, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		bool made = !mkdirat(g->root, g->key, FOLDER_MODE);
		bool ok = made ? sync_folder_of(g->root, g->key) : errno == EEXIST;
		*slash = '/';
		if (!ok)
			return false;
	}
	return true;
}

static void end(struct growing *g, bool kept)
{
	if (!kept)
		unlinkat(g->root, g->partial, 0);
	close(g->root);
	free(g);
}

static enum err commit(void *writer)
{
	struct growing *g = writer;
	enum err e = ERR_NONE;
	if (fsync(g->file))
		e = fault("fsync", g->key);
	if (close(g->file) && e == ERR_NONE)
		e = fault("close", g->key);
	if (e == ERR_NONE && !make_parents(g))
		e = fault("mkdir", g->key);
	if (e == ERR_NONE && renameat(g->root, g->partial, g->root, g->key))
		e = fault("rename", g->key);
	bool kept = e == ERR_NONE;
	if (e == ERR_NONE && !sync_folder_of(g->root, g->key))
		e = fault("fsync the folder of", g->key);
	end(g, kept);
	return e;
}

static void discard(void *writer)
{
	struct growing *g = writer;
	close(g->file);
	end(g, false);
}

static enum err read_range(void *state, struct arena *a, const char *key, int64_t from, size_t len, const char **bytes,
			   size_t *got, int64_t *total)
{
	const struct directory *d = state;
	int fd = open(arena_printf(a, "%s/%s", d->root, key), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? ERR_NOT_FOUND : fault("open", key);
	struct stat st;
	enum err e = ERR_NONE;
	if (fstat(fd, &st))
		e = fault("stat", key);
	else if (!S_ISREG(st.st_mode))
		e = ERR_NOT_FOUND;
	size_t want = e != ERR_NONE || from >= st.st_size ? 0 : len;
	if (want && st.st_size - from < (int64_t)want)
		want = (size_t)(st.st_size - from);
	char *out = arena_alloc(a, want + 1);
	while (e == ERR_NONE && *got < want) {
		ssize_t n = pread(fd, out + *got, want - *got, from + (int64_t)*got);
		if (n < 0 && errno != EINTR)
			e = fault("read", key);
		else if (n == 0)
			break;
		else if (n > 0)
			*got += (size_t)n;
	}
	close(fd);
	*bytes = out;
	*total = e == ERR_NONE ? st.st_size : 0;
	return e;
}

static enum err remove_file(void *state, const char *key)
{
	const struct directory *d = state;
	int root = open_root(d);
	if (root < 0)
		return fault("open", d->root);
	enum err e = !unlinkat(root, key, 0) || errno == ENOENT || errno == ENOTDIR ? ERR_NONE : fault("delete", key);
	close(root);
	return e;
}

static void handover(void *state, struct arena *a, const char *key, struct objects_handover *out)
{
	(void)state;
	out->accel = arena_printf(a, "/_archive/%s", key);
}

const struct store_kind store_directory = {
	.free = free,
	.check = check,
	.prepare = prepare,
	.begin = begin,
	.write = write_all,
	.commit = commit,
	.abort = discard,
	.read = read_range,
	.remove = remove_file,
	.handover = handover,
};
