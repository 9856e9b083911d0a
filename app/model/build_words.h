/* What the portal says of a build: a sentence of build_words.def with its particulars, as English text and as JSON for the pages.
 */
#ifndef MODEL_BUILD_WORDS_H
#define MODEL_BUILD_WORDS_H

struct arena;

enum build_sentence {
	SAYS_NOTHING,
#define SENTENCE(code, text) SAYS_##code,
#include "model/build_words.def"
#undef SENTENCE
	BUILD_SENTENCE__MAX
};

struct build_words {
	enum build_sentence says;
	const char *what;   /* fills the sentence's place; NULL: it has none */
	const char *detail; /* what somebody else said, valid UTF-8, cut at 400 bytes; NULL and "": nothing */
};

/* The code ("GIT_KEY"); NULL of SAYS_NOTHING. Any thread. */
const char *build_sentence_name(enum build_sentence s);

/* The English sentence, "{what}" filled, and behind a colon the detail. In the arena; NULL where nothing is said. Any thread. */
const char *build_words_text(struct arena *a, const struct build_words *w);

/* The same as one whole sentence, with its full stop: what builds.message holds. */
const char *build_words_message(struct arena *a, const struct build_words *w);

/* {"code", "what", "detail"}, of which the pages make the sentence in their language; in the arena, NULL where nothing is said.
 */
const char *build_words_json(struct arena *a, const struct build_words *w);

#endif
