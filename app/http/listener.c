/* The listening Unix socket that nginx connects to. */
#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "http/supervisor.h"

enum { BACKLOG = 4096, GROUP_BUFFER = 4096 };

static int failed(const char *what, const char *path)
{
	char text[128];
	log_event(LOG_ERROR, "socket_failed", LOG_STR("what", what), LOG_STR("path", path),
		  LOG_STR("error", strerror_r(errno, text, sizeof text)));
	return -1;
}

/* A socket file that nobody listens on is left from a crash; one that answers belongs to a running portal. */
static bool somebody_listens(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	bool answered = !connect(fd, (const struct sockaddr *)address, sizeof *address);
	close(fd);
	return answered;
}

static int give_to_group(const char *path, const char *group)
{
	char buffer[GROUP_BUFFER];
	struct group entry, *found = NULL;
	if (getgrnam_r(group, &entry, buffer, sizeof buffer, &found) || !found) {
		errno = ENOENT;
		return failed("group", group);
	}
	return chown(path, (uid_t)-1, found->gr_gid) ? failed("chown", path) : 0;
}

static int bind_at(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return failed("path", path);
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (somebody_listens(&address)) {
		errno = EADDRINUSE;
		return failed("another portal-web listens", path);
	}
	unlink(path);
	mode_t before = umask(0117); /* 0660 from its first moment on */
	int rc = bind(fd, (const struct sockaddr *)&address, sizeof address);
	umask(before);
	return rc ? failed("bind", path) : 0;
}

int listener_open(const char *path, const char *group)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return failed("socket", path);
	struct timeval wake = { .tv_sec = 1 };
	bool ok = !bind_at(fd, path) && (!*group || !give_to_group(path, group));
	if (ok && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wake, sizeof wake) || listen(fd, BACKLOG)))
		ok = !failed("listen", path);
	if (ok)
		return fd;
	close(fd);
	return -1;
}
