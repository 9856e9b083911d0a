/* The rules of the kinds: what the API server refuses with 422, field by field. */
#ifndef KUBESIM_VALIDATE_H
#define KUBESIM_VALIDATE_H

#include "kubesim/status.h"

/* Rules for a new object, and for one that replaces `old`. Complaints are added in the server's order. */
void sim_validate(struct complaints *c, enum sim_kind kind, json_object *tree);
void sim_validate_update(struct complaints *c, enum sim_kind kind, json_object *tree, json_object *old);

/* A lower-case RFC 1123 label (at most 63) or subdomain (at most 253). */
bool sim_is_label(const char *s);
bool sim_is_subdomain(const char *s);

#endif
