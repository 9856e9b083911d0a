/* Searching by a part of a text. */
#ifndef MODEL_SEARCH_H
#define MODEL_SEARCH_H

struct arena;

/* The text as a pattern of ILIKE that means itself, anywhere; NULL and "" stay NULL. In the arena. Pure. */
const char *search_pattern(struct arena *a, const char *text);

#endif
