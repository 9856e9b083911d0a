/* YAML, by libyaml: a person's text as a JSON value, and a JSON value as text for people. */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <json-c/json.h>
#include <stddef.h>

struct arena;

/*
 * One document, valid UTF-8, as a JSON value (the arena's). Scalars mean what they mean to kubectl, which is YAML 1.1: yes, on
 * and y are true, 0644 is octal, but 1_000 is a text; names become texts. Refused: anchors and aliases (by which a short text
 * becomes a long value), merge keys, tags but !!str, names that come twice, NUL, more than 64 levels or 10,000 lists and maps.
 * NULL: the text means null, or *why (in the arena, else NULL) is a sentence about what is wrong and in which line. Any thread.
 */
json_object *yaml_read(struct arena *a, const char *text, size_t len, const char **why);

/*
 * A value in the arena; texts that would be read as something else are quoted. Longer than `cap` bytes, or deeper than 64 levels:
 * cut, with a last line that says so. Any thread.
 */
const char *yaml_write(struct arena *a, json_object *o, size_t cap);

#endif
