/* Searching by a part of a text. */
#include "model/search.h"

#include <string.h>

#include "base/arena.h"

const char *search_pattern(struct arena *a, const char *text)
{
	if (!text || !*text)
		return NULL;
	char *out = arena_alloc(a, 2 * strlen(text) + 3), *p = out;
	*p++ = '%';
	for (; *text; text++) {
		if (strchr("%_\\", *text))
			*p++ = '\\';
		*p++ = *text;
	}
	*p = '%';
	return out;
}
