/* The rows of the table of routes, and what must hold for each of them. */
#include "routes.h"

/* Exactly one of the four says who may come in; nothing but a signature may stand
 * in for a session's token. */
#define ONE_OF(g) (((g)&PUBLIC ? 1 : 0) + ((g)&NEED_LOGIN ? 1 : 0) + ((g)&NEED_TEACHER ? 1 : 0) + ((g)&NEED_ADMIN ? 1 : 0) == 1)
#define ROUTE(method, pattern, handler, guards, summary)                                                                         \
	_Static_assert(ONE_OF(guards), pattern ": exactly one of PUBLIC, NEED_LOGIN, NEED_TEACHER, NEED_ADMIN");                 \
	_Static_assert(!((guards)&KNOW_USER) || (guards)&PUBLIC, pattern ": KNOW_USER goes with PUBLIC");                        \
	_Static_assert(!((guards)&NO_CSRF) || (guards)&PUBLIC, pattern ": NO_CSRF is for PUBLIC alone");
#include "routes.def"
#undef ROUTE

#define ROUTE(method, pattern, handler, guards, summary) { method, pattern, handler, guards, summary },
const struct route routes[] = {
#include "routes.def"
};
#undef ROUTE

const size_t route_count = sizeof routes / sizeof *routes;
