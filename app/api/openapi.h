/* Pieces of the API's description that its files share. All objects belong to the caller. */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include <json-c/json.h>
#include <stdbool.h>

#include "http/input.h"

struct app;
struct arena;

/* The schema of a field's rule; `nullable`: null counts as not sent (in a body). */
json_object *openapi_field(const struct input_field *f, bool nullable);

/* One parameter; `about` NULL: none. Takes the schema. */
json_object *openapi_parameter(const char *where, const char *name, bool required, const char *about, json_object *schema);

/* The parameters in a pattern's path ("/builds/:id") and in a query. */
json_object *openapi_parameters(const char *pattern, const struct input_set *query);

/* An answer that says in words what went wrong. */
json_object *openapi_problem(const char *about);

/* A list of alternatives "a|b|c", for `enum`; `nullable`: or null. */
json_object *openapi_choices(const char *words, bool nullable);

/* "/builds/:id" as "/builds/{id}", and "get" with it as "get_builds_id". The arena's. */
const char *openapi_path(struct arena *a, const char *pattern);
const char *openapi_operation_id(struct arena *a, const char *method, const char *pattern);

/* Adds the table of streams: its paths, and the objects in the data of its events. */
void openapi_streams(struct arena *a, const struct app *app, json_object *paths, json_object *schemas);

#endif
