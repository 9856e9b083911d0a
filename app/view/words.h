/* Sentences of the catalogues whose places are filled from a row's JSON. */
#ifndef VIEW_WORDS_H
#define VIEW_WORDS_H

#include <stdbool.h>

struct arena;

/*
 * The string of that name in "en" or "zh", with the values of a JSON object (text; NULL: none) in its places "{name}"; a place
 * that has no value becomes a dash. In the arena; NULL: there is no such string. Any thread.
 */
const char *view_words(struct arena *a, const char *language, const char *name, const char *values);

/* A text of phrases.def in "en" or "zh", in the arena; NULL: it is NULL or no such text, so that it is somebody else's. Any
 * thread. */
const char *view_phrase(struct arena *a, const char *language, const char *text);

/* The same of the audit trail's detail of an act ("build.trigger"): what the trail holds is English already. NULL, too, where
 * there is none. */
const char *view_act(struct arena *a, const char *language, const char *act, const char *text);

/*
 * What the portal says of a build, {"code", "what", "detail"}: the sentence bsays.CODE with its place filled, and behind a colon
 * the detail; `whole`: else with a full stop. In the arena; NULL: there is no such sentence.
 */
const char *view_build_words(struct arena *a, const char *language, const char *words, bool whole);

/* One value of a JSON object as text, in the arena; NULL: it has none of that name. */
const char *view_value(struct arena *a, const char *values, const char *name);

/*
 * What somebody changed behind the portal's back (projects.drift), a sentence a row: "Copies: 3 instead of 1". At most `max`;
 * returns how many. What is no JSON is one sentence as it is.
 */
int view_changes(struct arena *a, const char *language, const char *rows, const char **sentences, int max);
/* All of them as one text; NULL of NULL. */
const char *view_changes_text(struct arena *a, const char *language, const char *rows);

#endif
