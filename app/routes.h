/* The table of routes: prototypes of all handlers, so that each handler's file is checked against its row, and the rows. */
#ifndef ROUTES_H
#define ROUTES_H

#include <stddef.h>

#include "http/input.h"
#include "http/request.h"
#include "http/response.h"
#include "http/router.h"

struct shape;
extern const struct shape no_shape; /* an answer without JSON */

#define PAGE(method, pattern, handler, guards, summary, query, body)                                                             \
	int handler(struct request *req, struct response *res);                                                                  \
	extern const struct input_set query, body;
#define API(method, pattern, handler, guards, summary, query, body, status, answer)                                              \
	PAGE(method, pattern, handler, guards, summary, query, body)                                                             \
	extern const struct shape answer;
#include "routes.def"
#undef PAGE
#undef API

extern const struct route routes[];
extern const size_t route_count;

/* Prints the table as one JSON array, for tests: of each row method, pattern, guards in words, status (0: a page), and of each
 * field of query and body its name, kind, bounds (0,0: none), choices, pattern and the catalogue's sentence. */
void routes_print(void);

#endif
