/* A request from FastCGI parameters, for tests of the rooms that work on requests. */
#ifndef TESTS_UNIT_ASK_H
#define TESTS_UNIT_ASK_H

#include "base/arena.h"
#include "config.h"
#include "http/app.h"
#include "http/request.h"
#include "http/response.h"
#include "http/router.h"
#include "http/wire.h"

enum { ASK_PARAMETERS = 24 };

struct ask {
	struct config config; /* development at http://portal.test, plain cookies, unless the test changes it before ask */
	struct app app;
	struct request req;
	struct response res;
	char *envp[ASK_PARAMETERS + 1];
	int status; /* of request_head */
};

/* Zeroes it and makes its arena and configuration; ends it. */
void ask_begin(struct ask *q);
void ask_end(struct ask *q);

/*
 * Parses a request. `parameters` are "NAME=value" by newlines, added to Host, method and address; one that is there already
 * replaces it. Returns the status of request_head.
 */
int ask(struct ask *q, const char *method, const char *uri, const char *parameters);

#endif
