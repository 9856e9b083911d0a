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

/* Prints the table as JSON, an object a line within one array: method, pattern, guards, names and kinds of all fields. For tests.
 */
void routes_print(void);

#endif
