/* A very small shell: enough of one to act out `sh -c "echo a; sleep 2; exit 3"` and the RUN lines of a Dockerfile. Nothing is
 * executed. */
#ifndef KUBESIM_SHELL_H
#define KUBESIM_SHELL_H

#include <stddef.h>

#include "base/arena.h"

struct shell {
	struct arena *arena;
	void *context;
	/* A line that is printed; `file` is where it is redirected to, NULL: to the log. */
	void (*print)(void *context, const char *text, const char *file);
	void (*sleep)(void *context, double seconds);
	/* A command that is none of echo, printf, sleep, exit, true, false, ":"; its exit code. argv ends with NULL. May be NULL:
	 * 0. */
	int (*other)(void *context, const char *const *argv);
};

/* Acts out a script (commands joined by newline, ;, &&, || and grouped by nothing). Returns its exit code. */
int shell_run(const struct shell *s, const char *script);

/* Acts out argv as it stands in a pod or an exec-form RUN: {"sh", "-c", script} or one command. */
int shell_run_argv(const struct shell *s, const char *const *argv);

#endif
