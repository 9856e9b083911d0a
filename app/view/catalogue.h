/* The strings of both languages, as read from the catalogues. Private to the room. */
#ifndef VIEW_CATALOGUE_H
#define VIEW_CATALOGUE_H

#include "base/err.h"

struct lh_table;

struct catalogue {
	const char *language;
	struct lh_table *strings; /* by name; only read once it is loaded */
};

/* Reads one file of lines "name = text"; '#' begins a comment line. ERR_INVALID: a line is not that, a name stands twice
 * (logged). */
enum err catalogue_load(struct catalogue *c, const char *path) MUST_CHECK;
void catalogue_free(struct catalogue *c);

/* The text of a name, or NULL. Any thread. */
const char *catalogue_find(const struct catalogue *c, const char *name);

/* Calls that for every string, in the file's order, until it answers an error; that error. */
enum err catalogue_each(const struct catalogue *c, enum err (*call)(void *to, const char *name, const char *text),
			void *to) MUST_CHECK;

#endif
