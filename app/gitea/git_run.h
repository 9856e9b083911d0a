/* Inside the room gitea: git in a private folder, without a shell, under limits of time and size. */
#ifndef GITEA_GIT_RUN_H
#define GITEA_GIT_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena;

enum { GIT_OUTPUT_MAX = 64 << 10, GIT_FILE_MAX = 64 << 20 };

/* What git wrote: its standard output and its standard error, each with a NUL behind. */
struct git_output {
	char text[2][GIT_OUTPUT_MAX + 1];
	size_t len[2];
	bool too_much, too_long;
	int status; /* as waitpid says */
};

/* A folder with the deploy key and the pinned host keys, and the environment in which git uses them. */
struct git_folder {
	const char *path;
	char *envp[16];
};

/* Makes it; private_key and known_hosts may be NULL. False: it cannot be made; git_folder_remove is still due. */
bool git_folder_make(struct arena *a, const char *private_key, const char *known_hosts, struct git_folder *out);
/* Deletes it with everything in it. */
void git_folder_remove(struct git_folder *f);

/*
 * Runs one command (argv[0] is "git") in the folder for at most limit_ms, then kills it with its children. False: it could not be
 * started. No file that it writes grows over GIT_FILE_MAX. Any thread.
 */
bool git_run(struct git_folder *f, char *const argv[], int limit_ms, struct git_output *o);

/* Whether it ended well. */
bool git_succeeded(const struct git_output *o);
/* Why not, as an error and in one English sentence (the arena's or static). */
enum err git_explain(struct arena *a, const struct git_output *o, const char **why);

#endif
