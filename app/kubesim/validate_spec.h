/* Rules for spec: pods, workloads, network. */
#ifndef KUBESIM_VALIDATE_SPEC_H
#define KUBESIM_VALIDATE_SPEC_H

#include "kubesim/status.h"

void sim_validate_spec(struct complaints *c, enum sim_kind kind, json_object *tree);
void sim_validate_labels(struct complaints *c, const char *field, json_object *labels);

#endif
