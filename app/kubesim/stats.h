/* What was asked of the server and made in it: numbers for tests and benchmarks. All calls need the lock. */
#ifndef KUBESIM_STATS_H
#define KUBESIM_STATS_H

#include "kubesim/world.h"

void sim_stats_request(struct world *w, const char *verb, const char *resource, const char *sub);
/* A Job came into being: how often one name did shows whether anything was made twice. */
void sim_stats_job(struct world *w, const char *ns, const char *name);
/* Everything, as JSON owned by the caller. */
json_object *sim_stats_json(struct world *w);

#endif
