/* The prototypes of all handlers, made from the table of routes: a new row needs no other header. */
#ifndef HANDLERS_H
#define HANDLERS_H

#include "http/request.h"
#include "http/response.h"

#define ROUTE(method, pattern, handler, guards, summary) int handler(struct request *req, struct response *res);
#include "routes.def"
#undef ROUTE

#endif
