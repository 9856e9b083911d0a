/* Deleting what belongs to no row, by a person. */
#ifndef MODEL_STRAY_ACTS_H
#define MODEL_STRAY_ACTS_H

#include "base/err.h"
#include "http/request.h"
#include "model/strays.h"

struct cluster;

/* Deletes what was shown, with its audit line: how many, and the first refusal. Waits for the cluster. As strays_delete. */
enum err model_act_strays(struct request *req, const struct cluster *c, struct kube *k, const struct strays *s, int *deleted,
			  const char **why) MUST_CHECK;

#endif
