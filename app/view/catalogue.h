/* The strings of both languages, as read from the catalogues. Private to the room. */
#ifndef VIEW_CATALOGUE_H
#define VIEW_CATALOGUE_H

#include <stddef.h>

#include "base/err.h"

struct catalogue_entry {
	char *name, *text;
};
struct catalogue {
	const char *language;
	struct catalogue_entry *entries; /* sorted by name */
	size_t count;
};

/* Reads one file of lines "name = text"; '#' begins a comment line. ERR_INVALID: a line is not that, a name stands twice
 * (logged). */
enum err catalogue_load(struct catalogue *c, const char *path) MUST_CHECK;
void catalogue_free(struct catalogue *c);

/* The text of a name, or NULL. Any thread. */
const char *catalogue_find(const struct catalogue *c, const char *name);

#endif
