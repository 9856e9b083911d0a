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

enum { PHRASE_PLACES = 6 };

/* Who says what stands in a place: somebody else, or the portal itself, by another phrase or by one of the same act. */
enum phrase_place { PHRASE_PLACE_NAME, PHRASE_PLACE_SAYS, PHRASE_PLACE_REST };

/* A phrase that was found in a text: its code ("KUBE_FILE"), and what fills its places, in their order. */
struct phrase_found {
	const char *code, *names[PHRASE_PLACES], *values[PHRASE_PLACES];
	enum phrase_place kinds[PHRASE_PLACES];
	bool of_act; /* one of the audit trail's */
	size_t count;
};

/* The code and the English text, with its places as they are. Static. Any thread. */
const char *phrase_code(enum phrase p);
const char *phrase_text(enum phrase p);

/* With which the words of acts begin that the phrase is for; NULL: it is for everywhere. Static. Any thread. */
const char *phrase_act(enum phrase p);

/* The English text with a `const char *` for each of its places (what is more is left), NULL: empty. The arena's. Any thread. */
const char *phrase(struct arena *a, enum phrase p, ...);

/* Whether the text is a phrase for everywhere; then *out in the arena. Any thread. */
bool phrase_find(struct arena *a, const char *text, struct phrase_found *out);

/* The same of the audit trail's detail of an act ("build.trigger"): a phrase of that act before those for everywhere. */
bool phrase_find_act(struct arena *a, const char *act, const char *text, struct phrase_found *out);

#endif
