/* Commands in a running container: over a WebSocket to the cluster (v5 or v4.channel.k8s.io). */
#ifndef KUBE_EXEC_H
#define KUBE_EXEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena;
struct kube;
struct kube_exec; /* one command that runs; one thread at a time */

struct kube_exec_ask {
	const char *ns, *pod, *container;
	const char *const *argv;
	int argc;
	bool tty, input; /* a terminal; something to read */
};

/*
 * Begins it. ERR_NOT_FOUND: no such pod; ERR_INVALID: no such container, or it does not run; ERR_FORBIDDEN: the portal may not;
 * ERR_UNAVAILABLE, ERR_TIMEOUT: the cluster does not answer. *why (the arena's) is the cluster's word. That the program does not
 * exist comes as its end.
 */
enum err kube_exec_open(struct kube *k, struct arena *a, const struct kube_exec_ask *ask, struct kube_exec **out,
			const char **why) MUST_CHECK;

enum kube_exec_event {
	EXEC_NOTHING, /* in so long, whatever else the cluster sends, or wake_fd can be read */
	EXEC_OUTPUT,  /* of the program, both streams */
	EXEC_END,     /* it has ended: kube_exec_end */
	EXEC_LOST,    /* the connection is gone; whether it still runs is not known */
};
/* Waits at most timeout_ms. The bytes are valid until the next call. */
enum kube_exec_event kube_exec_read(struct kube_exec *x, int timeout_ms, int wake_fd, const char **bytes, size_t *len);
/* How it ended: its exit code, -1: it did not run, and the message (until kube_exec_close) says why. */
int kube_exec_end(const struct kube_exec *x, const char **message);
/* What is typed; the size of the terminal. False: the connection is gone. */
bool kube_exec_write(struct kube_exec *x, const char *bytes, size_t len);
bool kube_exec_resize(struct kube_exec *x, int columns, int rows);
/* Closes the connection; a program with a terminal gets SIGHUP by it, another one may run on. NULL is allowed. */
void kube_exec_close(struct kube_exec *x);

/* One command to its end. */
struct kube_exec_result {
	const char *output; /* the arena's, at most `cap` bytes as they came, a NUL behind them */
	size_t len;
	bool cut, late; /* more was written; it did not end in time */
	int exit_code;	/* -1: it did not run, or is late */
	const char *message;
};
/* Runs it for at most so many seconds. Codes as kube_exec_open; ERR_UNAVAILABLE also where the connection is lost. */
enum err kube_exec_run(struct kube *k, struct arena *a, const struct kube_exec_ask *ask, int seconds, size_t cap,
		       struct kube_exec_result *out, const char **why) MUST_CHECK;

/*
 * Takes a line apart as simple shells do: words by spaces, 'as it is', "with \" and \\", \x outside. NULL: a quote is not closed,
 * there is nothing, or there are more than max words. Pure; the arena's.
 */
enum { EXEC_WORDS_MAX = 64 };
const char *const *kube_exec_words(struct arena *a, const char *line, int *count);
/* The same of a line as people type it; shell: it is one word, and /bin/sh -c takes it apart. */
const char *const *kube_exec_line(struct arena *a, const char *line, bool shell, int *count);

#endif
