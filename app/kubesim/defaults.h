/* What the API server fills in by itself. */
#ifndef KUBESIM_DEFAULTS_H
#define KUBESIM_DEFAULTS_H

#include "kubesim/world.h"

/* Fills the defaults of a kind into a tree that schema_check has passed. Idempotent. */
void sim_defaults(struct world *w, enum sim_kind kind, json_object *tree);

/* What is set at creation only: a Job's selector and pod labels, a Service's address, first status. `uid` is the object's. */
void sim_defaults_create(struct world *w, enum sim_kind kind, json_object *tree, const char *uid);

#endif
