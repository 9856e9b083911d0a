/* Why git did not do it: a sentence of git_says.def, as English text and back. */
#ifndef GITEA_GIT_SAYS_H
#define GITEA_GIT_SAYS_H

struct arena;

enum git_sentence {
#define GIT_SAYS(code, text) GIT_SAYS_##code,
#include "gitea/git_says.def"
#undef GIT_SAYS
	GIT_SENTENCE__MAX
};

/* The code ("KEY_REFUSED"). Any thread. */
const char *git_sentence_name(enum git_sentence s);

/* The English text with its place filled; what: NULL where it has none. The arena's or static. Any thread. */
const char *git_says(struct arena *a, enum git_sentence s, const char *what);

/* The code of such a text, and in *what (in the text; NULL: none) what fills its place. NULL: it is somebody else's. Any thread.
 */
const char *git_says_parse(const char *text, const char **what);

#endif
