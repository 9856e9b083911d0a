/* Places where a test may kill or delay the worker. */
#include "worker/failpoint.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

static void act(const char *name, const char *what, size_t len)
{
	char word[256];
	int64_t seconds;
	if (len >= sizeof word)
		return;
	memcpy(word, what, len);
	word[len] = '\0';
	log_event(LOG_WARN, "failpoint", LOG_STR("name", name), LOG_STR("act", what));
	if (str_starts(word, "sleep=") && str_to_int(word + 6, 0, 3600, &seconds)) {
		clock_sleep(seconds * 1000);
	} else if (str_starts(word, "once=")) {
		int fd = open(word + 5, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			return;
		close(fd);
		kill(getpid(), SIGKILL);
	} else if (!strcmp(word, "kill")) {
		kill(getpid(), SIGKILL);
	}
}

void failpoint_hit(const char *name, int64_t id)
{
	const char *all = getenv("HS_FAIL");
	size_t len = strlen(name);
	for (const char *p = all ? all : ""; *p;) {
		size_t n = strcspn(p, ";");
		const char *colon = memchr(p, ':', n), *at = memchr(p, '@', n);
		size_t name_len = colon ? (size_t)((at && at < colon ? at : colon) - p) : 0;
		bool mine = colon && name_len == len && !strncmp(p, name, len);
		if (mine && at && at < colon && strtoll(at + 1, NULL, 10) != id)
			mine = false;
		if (mine)
			act(name, colon + 1, n - (size_t)(colon + 1 - p));
		p += n + (p[n] == ';');
	}
}
