/* Reading objects: conditions, and a Deployment's rollout as kubectl computes it. */
#include <string.h>

#include "base/json.h"
#include "kube/kube.h"

static json_object *condition(json_object *object, const char *type)
{
	json_object *list = json_at(object, "status.conditions");
	for (size_t i = 0; i < json_len(object, "status.conditions"); i++) {
		json_object *c = json_object_array_get_idx(list, i);
		if (!strcmp(json_text(c, "type", ""), type))
			return c;
	}
	return NULL;
}

bool kube_condition(json_object *object, const char *type, const char **reason, const char **message)
{
	json_object *c = condition(object, type);
	if (reason)
		*reason = json_text(c, "reason", "");
	if (message)
		*message = json_text(c, "message", "");
	return !strcmp(json_text(c, "status", ""), "True");
}

enum kube_rollout kube_rollout(json_object *deployment, const char **message)
{
	json_object *progressing = condition(deployment, "Progressing");
	int64_t wanted = json_int(deployment, "spec.replicas", 1);
	int64_t all = json_int(deployment, "status.replicas", 0);
	int64_t updated = json_int(deployment, "status.updatedReplicas", 0);
	int64_t available = json_int(deployment, "status.availableReplicas", 0);
	if (json_int(deployment, "metadata.generation", 0) > json_int(deployment, "status.observedGeneration", 0)) {
		*message = "The cluster has not seen the change yet.";
		return ROLLOUT_WAITING;
	}
	if (!strcmp(json_text(progressing, "reason", ""), "ProgressDeadlineExceeded")) {
		*message = json_text(progressing, "message", "The rollout exceeded its deadline.");
		return ROLLOUT_FAILED;
	}
	*message = updated < wanted	 ? "New replicas are being made."
		   : all > updated	 ? "Old replicas are ending."
		   : available < updated ? "New replicas are not available yet."
					 : "The rollout is complete.";
	return updated < wanted || all > updated || available < updated ? ROLLOUT_WAITING : ROLLOUT_DONE;
}
