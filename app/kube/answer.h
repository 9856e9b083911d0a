/* Inside the room kube: what an HTTP answer of the API server, or of something in front of it, means. */
#ifndef KUBE_ANSWER_H
#define KUBE_ANSWER_H

#include <stddef.h>

#include "kube/kube.h"

enum { ANSWER_DEPTH = 64, ANSWER_MESSAGE = 1000 };

/*
 * Parses JSON of a cluster. Escaped NUL characters, which a container can bring into its termination message, become U+FFFD
 * in `text` itself, so that one pod cannot make a whole list unreadable.
 */
json_object *answer_parse(struct arena *a, char *text, size_t len, const char **why);

/* Fills *out from a complete answer (its texts and object are the arena's) and returns the code that kube_request promises. */
enum err answer_read(struct arena *a, int status, const char *content_type, char *body, size_t len, struct kube_answer *out);

/* The code of a status and, where there is one, a Status object. */
enum err answer_code(int status, json_object *object);

#endif
