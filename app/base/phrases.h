/* What the portal says where the text itself is handed on: a phrase of phrases.def, as English text and back. */
#ifndef BASE_PHRASES_H
#define BASE_PHRASES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum phrase {
#define PHRASE(code, text) PHRASE_##code,
#include "base/phrases.def"
#undef PHRASE
	PHRASE__MAX
};

enum { PHRASE_PLACES = 3 };

/* A phrase that was found in a text: its code ("KUBE_FILE"), and what fills its places, in their order. */
struct phrase_found {
	const char *code, *names[PHRASE_PLACES], *values[PHRASE_PLACES];
	size_t count;
};

/* The code and the English text, with its places as they are. Static. Any thread. */
const char *phrase_code(enum phrase p);
const char *phrase_text(enum phrase p);

/* The English text with as many `const char *` as it has places, NULL: empty. The arena's. Any thread. */
const char *phrase(struct arena *a, enum phrase p, ...);

/* Whether the text is a phrase; then *out in the arena. Any thread. */
bool phrase_find(struct arena *a, const char *text, struct phrase_found *out);

#endif
