/* The table of routes: prototypes of all handlers, so that each handler's file is checked against its row, and the rows. */
#ifndef ROUTES_H
#define ROUTES_H

#include <stddef.h>

#include "http/request.h"
#include "http/response.h"
#include "http/router.h"

#define ROUTE(method, pattern, handler, guards, summary) int handler(struct request *req, struct response *res);
#include "routes.def"
#undef ROUTE

extern const struct route routes[];
extern const size_t route_count;

#endif
