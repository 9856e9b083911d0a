/* Reads a Dockerfile as builders do: instructions with their lines, or the first error. Pure. */
#ifndef KUBESIM_DOCKERFILE_H
#define KUBESIM_DOCKERFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct instruction {
	int line;		 /* where it begins, from 1 */
	const char *word;	 /* in capitals: "RUN" */
	const char *args;	 /* continued lines joined, without flags, white space at the ends gone */
	const char *flags;	 /* "--from=0 --chown=x", "" none */
	const char *const *argv; /* of the exec form (a JSON array), ended by NULL; NULL: shell form */
	int stage;		 /* from 0 */
};

struct dockerfile {
	struct instruction *at;
	size_t n;
	int stages;
	const char *error; /* as the builder says it behind "dockerfile parse error on line N: "; NULL: none */
	int error_line;	   /* 0: the message has no line ("file with no instructions") */
};

/* Parses; everything is in the arena. At most 2,000 instructions. */
struct dockerfile *dockerfile_parse(struct arena *a, const char *text);

/* The words of a shell-form COPY or ADD (sources, then the destination), ended by NULL; also of the exec form. */
const char *const *dockerfile_words(struct arena *a, const struct instruction *i, size_t *n);

/* The text of a line of the file (from 1), without its '\n'; NULL: there is none. */
const char *dockerfile_line(struct arena *a, const char *text, int line);

#endif
