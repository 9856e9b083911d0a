/* A look into a repository as a build would: can it be cloned, and is what the configuration names there? */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/gitref.h"
#include "base/phrases.h"
#include "gitea/git_run.h"
#include "gitea/gitea.h"

enum { CLONE_MS = 10 * 1000, LIST_MS = 2 * 1000 };

/* The newest commit alone, and of it the folders without the files' contents, where the server can do that. */
static enum err clone(struct arena *a, struct git_folder *folder, const char *url, const char *branch, struct git_output *o,
		      const char **why)
{
	char *argv[] = { arena_strdup(a, "git"),
			 arena_strdup(a, "clone"),
			 arena_strdup(a, "--quiet"),
			 arena_strdup(a, "--bare"),
			 arena_strdup(a, "--depth=1"),
			 arena_strdup(a, "--single-branch"),
			 arena_strdup(a, "--no-tags"),
			 arena_strdup(a, "--filter=blob:none"),
			 arena_printf(a, "--branch=%s", branch),
			 arena_strdup(a, "--"),
			 arena_strdup(a, url),
			 arena_strdup(a, "repository"),
			 NULL };
	if (!git_run(folder, argv, CLONE_MS, o))
		return ERR_INTERNAL;
	if (git_succeeded(o))
		return ERR_NONE;
	if (strstr(o->text[1], "Remote branch") && strstr(o->text[1], "not found")) {
		*why = phrase(a, PHRASE_GIT_NO_BRANCH, branch);
		return ERR_NOT_FOUND;
	}
	return git_explain(a, o, why);
}

static bool head_of(struct arena *a, struct git_folder *folder, struct git_output *o, const char **sha)
{
	char *argv[] = { arena_strdup(a, "git"), arena_strdup(a, "--git-dir=repository"), arena_strdup(a, "rev-parse"),
			 arena_strdup(a, "HEAD"), NULL };
	if (!git_run(folder, argv, LIST_MS, o) || !git_succeeded(o))
		return false;
	char *text = arena_memdup(a, o->text[0], strcspn(o->text[0], "\n"));
	*sha = git_sha_valid(text) ? text : NULL;
	return *sha != NULL;
}

/* What lies at a path of the commit. */
static bool kind_of(struct arena *a, struct git_folder *folder, const char *path, struct git_output *o, enum git_kind *kind)
{
	char *argv[] = { arena_strdup(a, "git"),     arena_strdup(a, "--git-dir=repository"),
			 arena_strdup(a, "ls-tree"), arena_strdup(a, "--full-tree"),
			 arena_strdup(a, "HEAD"),    arena_strdup(a, "--"),
			 arena_strdup(a, path),	     NULL };
	*kind = GIT_FOLDER;
	if (!strcmp(path, "."))
		return true;
	if (!git_run(folder, argv, LIST_MS, o) || !git_succeeded(o))
		return false;
	*kind = !o->len[0]			     ? GIT_NOTHING
		: !strncmp(o->text[0], "040000 ", 7) ? GIT_FOLDER
		: !strncmp(o->text[0], "100", 3)     ? GIT_REGULAR_FILE
						     : GIT_OTHER;
	return true;
}

enum err git_look(struct arena *a, const char *url, const char *branch, const char *private_key, const char *known_hosts,
		  const char *context_path, const char *dockerfile_path, struct git_look *out, const char **why)
{
	*out = (struct git_look){ 0 };
	*why = phrase_text(PHRASE_GIT_NOT_STARTED);
	if (!git_branch_valid(branch) || *url == '-' || !git_path_valid(context_path) || !git_path_valid(dockerfile_path)) {
		*why = phrase_text(PHRASE_GIT_BAD_PATH);
		return ERR_INVALID;
	}
	struct git_output *o = calloc(1, sizeof(*o));
	struct git_folder folder;
	enum err e = ERR_INTERNAL;
	if (git_folder_make(a, private_key, known_hosts, &folder) && o)
		e = clone(a, &folder, url, branch, o, why);
	if (!e && (!head_of(a, &folder, o, &out->sha) || !kind_of(a, &folder, context_path, o, &out->context) ||
		   !kind_of(a, &folder, dockerfile_path, o, &out->dockerfile)))
		e = git_explain(a, o, why);
	git_folder_remove(&folder);
	free(o);
	return e;
}
