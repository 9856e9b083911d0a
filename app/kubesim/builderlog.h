/* The log that a builder prints for the Dockerfile that a commit really has. */
#ifndef KUBESIM_BUILDERLOG_H
#define KUBESIM_BUILDERLOG_H

#include "base/arena.h"
#include "kubesim/source.h"

enum builder { BUILDER_KANIKO, BUILDER_BUILDKIT };

struct build_line {
	int64_t at_ms; /* since the builder's start, in simulated time */
	const char *text;
};

struct build_script {
	struct build_line *lines;
	size_t n, room;
	int64_t ends_ms;
	int exit_code;
};

/*
 * Writes the script of a build: the same source gives the same script, of about 8 to 12 s in all. Everything is in the arena.
 */
struct build_script *builderlog_write(struct arena *a, const struct source *source, enum builder builder);

/* Fails a script where it is at `share` (0 to 100) of its time, with this last line: a full disk. */
void builderlog_break(struct arena *a, struct build_script *s, int share, const char *line, int exit_code);

/* A script being written; builderlog_run.c adds the output of RUN. */
struct build {
	struct arena *arena;
	const struct source *source;
	enum builder builder;
	struct build_script *script;
	double ms, scale; /* unscaled time so far */
	int step;	  /* BuildKit's number of the step in work */
};

void build_say(struct build *b, const char *format, ...) PRINTF_LIKE(2, 3);
void build_spend(struct build *b, double ms);

struct instruction;
/* Prints what a RUN prints; returns its exit code. */
int build_run(struct build *b, const struct instruction *i);
/* About how long an instruction takes, unscaled. */
double build_cost(const struct instruction *i);

#endif
