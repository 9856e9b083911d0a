/* Server-side apply: who set which field, conflicts, and what a manager gives up by leaving it out. */
#ifndef KUBESIM_APPLY_H
#define KUBESIM_APPLY_H

#include "kubesim/schema.h"
#include "kubesim/world.h"

/* A conflict: another manager has set this field to another value. */
struct apply_conflict {
	const char *manager, *path; /* ".spec.replicas" */
};

struct apply {
	struct arena *arena;
	const struct schema *schema;
	const char *manager;
	bool force;
	json_object *managers; /* of the object; changed */
	struct apply_conflict conflicts[16];
	size_t conflict_count;
};

/*
 * Merges a configuration into `live` (a copy of the object's tree): its fields are set, and those that this manager applied
 * before, that it leaves out now and that nobody else has set are taken out. false: conflicts, and nothing was changed in
 * `managers`.
 */
bool apply_configuration(struct apply *p, json_object *live, json_object *config);

/* After an update by other means: the fields that differ between before and after belong to the manager now. `before` NULL: all.
 */
void apply_record_update(json_object *managers, const char *manager, const struct schema *s, json_object *before,
			 json_object *after);

#endif
