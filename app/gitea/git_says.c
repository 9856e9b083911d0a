/* Why git did not do it, as English text and back. */
#include "gitea/git_says.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"

static const char place[] = "{what}";
static const struct {
	const char *code, *text;
} sentences[GIT_SENTENCE__MAX] = {
#define GIT_SAYS(code, text) [GIT_SAYS_##code] = { #code, text },
#include "gitea/git_says.def"
#undef GIT_SAYS
};

/* How much of the sentence stands before its place. */
static size_t begin_of(enum git_sentence s)
{
	const char *at = strstr(sentences[s].text, place);
	return at ? (size_t)(at - sentences[s].text) : strlen(sentences[s].text);
}

const char *git_sentence_name(enum git_sentence s)
{
	return sentences[s].code;
}

const char *git_says(struct arena *a, enum git_sentence s, const char *what)
{
	return what ? arena_printf(a, "%.*s%s", (int)begin_of(s), sentences[s].text, what) : sentences[s].text;
}

const char *git_says_parse(const char *text, const char **what)
{
	for (int s = 0; s < GIT_SENTENCE__MAX; s++) {
		size_t begin = begin_of((enum git_sentence)s);
		bool filled = sentences[s].text[begin] != '\0';
		*what = filled ? text + begin : NULL;
		if (!strncmp(text, sentences[s].text, begin) && (filled || !text[begin]))
			return sentences[s].code;
	}
	*what = NULL;
	return NULL;
}
