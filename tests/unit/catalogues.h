/* For tests of both languages' catalogues: an arena, and the catalogues loaded from the source folder. Included after cmocka.h.
 */
#ifndef UNIT_CATALOGUES_H
#define UNIT_CATALOGUES_H

#include <stdlib.h>

#include "base/arena.h"
#include "view/view.h"

static struct arena *a;

static int catalogues_start(void **state)
{
	(void)state;
	const char *srcdir = getenv("srcdir");
	a = arena_new(16 << 20);
	return !a || view_init(srcdir ? srcdir : ".");
}

static int catalogues_stop(void **state)
{
	(void)state;
	view_free();
	arena_free(a);
	return 0;
}

#endif
