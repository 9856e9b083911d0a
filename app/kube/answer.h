/* Inside the room kube: what an HTTP answer of the API server, or of something in front of it, means. */
#ifndef KUBE_ANSWER_H
#define KUBE_ANSWER_H

#include <stddef.h>

#include "kube/kube.h"

/*
 * What an answer may be. Bytes alone do not bound memory: of "{}" json-c makes 300 times as much. A page of 250 pods has some
 * 50,000 containers (objects and arrays) and 150,000 values.
 */
enum { ANSWER_DEPTH = 64, ANSWER_MESSAGE = 1000, ANSWER_CAP = 16 << 20, ANSWER_CONTAINERS = 150000, ANSWER_VALUES = 400000 };

/*
 * Parses JSON of a cluster; NULL, with why, where it is none or holds too much. Escaped NUL characters, which a container can
 * bring into its termination message, become U+FFFD in `text` itself, so that one pod cannot make a whole list unreadable.
 */
json_object *answer_parse(struct arena *a, char *text, size_t len, const char **why);

/* Fills *out from a complete answer (its texts and object are the arena's) and returns the code that kube_request promises. */
enum err answer_read(struct arena *a, int status, const char *content_type, char *body, size_t len, struct kube_answer *out);

/* The code of a status and, where there is one, a Status object. */
enum err answer_code(int status, json_object *object);

#endif
