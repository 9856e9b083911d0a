/* JSON from outside through one strict gate, and typed access that cannot be confused. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;

/* json-c's default leaves '/' escaped, which the API server's YAML reader refuses. */
#define JSON_PLAIN (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/*
 * Parses one whole RFC 8259 value: strict, valid UTF-8, at most `depth` levels, no duplicate names, no NUL in strings,
 * no number beyond int64 or double, nothing behind the value. The object belongs to the arena. NULL: `*why` (static text)
 * says what is wrong. For bytes from people: depth 16. For a cluster's answers: depth 64.
 */
json_object *json_parse(struct arena *a, const char *text, size_t len, int depth, const char **why);

/*
 * True when the text opens at most `containers` objects and arrays and holds at most about `values` values. Asked before
 * json_parse where anybody may send the text: json-c needs up to 900 bytes for each "{}", 300 times the text.
 */
bool json_is_modest(const char *text, size_t len, size_t containers, size_t values);

/* Ties an object to the arena (put at reset) and returns it. */
json_object *json_own(struct arena *a, json_object *o);

/*
 * Follows a path of names separated by '.', an array index as a number ("spec.containers.0.name"). NULL when a step is
 * missing, null, or of another type. The object stays the parent's.
 */
json_object *json_at(json_object *o, const char *path);

/* The value at the path if it has that type, else the default. The text is the object's own. */
const char *json_text(json_object *o, const char *path, const char *otherwise);
int64_t json_int(json_object *o, const char *path, int64_t otherwise);
bool json_flag(json_object *o, const char *path, bool otherwise);
/* The text of the member `name`, which may hold a '.' (labels do), of the object at the path; NULL: there is none. */
const char *json_member(json_object *o, const char *path, const char *name);

/* The length of the array at path; 0 when it is missing or null (the API server writes "items": null). */
size_t json_len(json_object *o, const char *path);

/* Adding to an object: NULL text becomes JSON null. Each takes ownership of `value` where there is one. */
void json_add_text(json_object *o, const char *name, const char *value);
void json_add_int(json_object *o, const char *name, int64_t value);
void json_add_bool(json_object *o, const char *name, bool value);
void json_add(json_object *o, const char *name, json_object *value);

/*
 * Builds a value from a pattern as printf does, for objects of a fixed shape: the pattern is JSON in which a bare %s stands
 * for a string (quoted and escaped here; NULL becomes null), %d for an int64_t, %b for an int as boolean, %o for a json_object *
 * (ownership passes). Single quotes may be written for double ones. The result is the arena's.
 * Ends the process if the pattern is not JSON: it is a literal, so that is our own bug.
 */
json_object *json_build(struct arena *a, const char *pattern, ...);

#endif
