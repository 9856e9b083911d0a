/* A branch's head by git itself: one `git ls-remote`. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/gitref.h"
#include "base/phrases.h"
#include "gitea/git_run.h"
#include "gitea/gitea.h"

enum { LIMIT_MS = 15 * 1000 };

/* The line "<sha>\trefs/heads/<branch>", exactly. */
static const char *find_head(struct arena *a, const struct git_output *o, const char *ref)
{
	char *rest = arena_strdup(a, o->text[0]), *line;
	while ((line = strsep(&rest, "\n"))) {
		char *tab = strchr(line, '\t');
		if (!tab || strcmp(tab + 1, ref))
			continue;
		*tab = 0;
		return git_sha_valid(line) ? line : NULL;
	}
	return NULL;
}

static enum err judge(struct arena *a, const struct git_output *o, const char *ref, const char **sha, const char **why)
{
	if (!git_succeeded(o))
		return git_explain(a, o, why);
	*sha = find_head(a, o, ref);
	if (*sha)
		return ERR_NONE;
	*why = phrase(a, PHRASE_GIT_NO_BRANCH, ref + strlen("refs/heads/"));
	return ERR_NOT_FOUND;
}

enum err git_head(struct arena *a, const char *url, const char *branch, const char *private_key, const char *known_hosts,
		  const char **sha, const char **why)
{
	*sha = NULL;
	*why = phrase_text(PHRASE_GIT_NOT_STARTED);
	if (!git_branch_valid(branch) || *url == '-') {
		*why = phrase_text(PHRASE_GIT_BAD_BRANCH);
		return ERR_INVALID;
	}
	struct git_output *o = calloc(1, sizeof(*o));
	struct git_folder folder;
	enum err e = ERR_INTERNAL;
	const char *ref = arena_printf(a, "refs/heads/%s", branch);
	char *argv[] = { arena_strdup(a, "git"), arena_strdup(a, "ls-remote"), arena_strdup(a, "--end-of-options"),
			 arena_strdup(a, url),	 arena_strdup(a, ref),	       NULL };
	if (git_folder_make(a, private_key, known_hosts, &folder) && o && git_run(&folder, argv, LIMIT_MS, o))
		e = judge(a, o, ref, sha, why);
	git_folder_remove(&folder);
	free(o);
	return e;
}
