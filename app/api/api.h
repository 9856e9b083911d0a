/* What the API's handlers share: objects that one may see, rows as JSON, pages of lists. */
#ifndef API_API_H
#define API_API_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "auth/authorize.h"
#include "http/request.h"
#include "http/response.h"
#include "model/builds.h"
#include "model/deployments.h"
#include "model/projects.h"

struct settings;

/* A string of the catalogue in the request's language. */
const char *api_string(struct request *req, const char *name);

/* Answers a code; `detail` NULL: its own sentence. Returns the status. */
int api_fail(struct request *req, struct response *res, enum err e, const char *detail);

/*
 * Reads an object and asks authorize() whether the actor may do that with it. 0: yes, *out is filled; else the status that was
 * answered (404 where it may not even be seen).
 */
int api_project(struct request *req, struct response *res, int64_t id, enum action action, struct project *out);
int api_build(struct request *req, struct response *res, int64_t id, enum action action, struct build *out);

/* Refuses a body that has any field: 0, or the status that was answered. */
int api_no_fields(struct request *req, struct response *res);

/* RFC 3339 of the database's text; NULL stays NULL. The arena's. */
const char *api_time(struct arena *a, const char *text);

/* Rows with the binding names of requirements B2 and B3; the caller owns the object. */
json_object *api_build_json(struct arena *a, const struct build *b);
json_object *api_deployment_json(struct arena *a, const struct deployment *d);
json_object *api_project_json(struct arena *a, const struct settings *s, const struct project *p);

/* Answers {"items": [...], "next_cursor": "..." or null}; `items` passes. last: the last row's id. Returns the status. */
int api_list(struct request *req, struct response *res, json_object *items, bool more, int64_t last);

#endif
