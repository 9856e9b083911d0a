/* What guards the applications' namespace of a cluster: network policy, quota, default limits, Pod Security label. */
#ifndef WORKER_GUARDS_H
#define WORKER_GUARDS_H

#include <json-c/json.h>

struct arena;
struct cluster;
struct db;
struct link;
struct settings;

/*
 * Applies them, each after a look: an object of their name that is not the portal's is left alone. A namespace's label is only
 * made stricter. What is not as it should be is written to the cluster's row. `portal_ns`: where the portal runs, which no
 * application may connect to.
 */
void guards_apply(const struct link *link, struct db *db, struct arena *a, const char *portal_ns);

/* The objects, in the arena. Pure. */
json_object *guard_policy(struct arena *a, const struct settings *s, const char *ns, const char *portal_ns);
/* A limit of the portal's is doubled: a roll-out runs the old and the new pod beside each other.
 * Without limits it is there all the same, and limits nothing. */
json_object *guard_quota(struct arena *a, const struct settings *s, const struct cluster *c);
json_object *guard_limits(struct arena *a, const struct settings *s);

#define GUARD_NAME "hydrosim-applications"

#endif
