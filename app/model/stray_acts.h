/* What belongs to no row on a cluster: a person looks, and deletes. */
#ifndef MODEL_STRAY_ACTS_H
#define MODEL_STRAY_ACTS_H

#include "base/err.h"
#include "http/request.h"
#include "model/clusters.h"
#include "model/strays.h"

struct settings;

/* What is left on a cluster now. */
struct stray_look {
	struct cluster cluster;
	struct settings *settings;
	struct strays found;
	struct kube *kube;
	enum err e; /* the cluster did not say, and why */
	const char *why;
};
/* Reads the cluster of that id, and waits for its answer; the connection is given back meanwhile. ERR_NOT_FOUND. */
enum err model_strays_look(struct request *req, int64_t cluster_id, struct stray_look *out) MUST_CHECK;

/* Deletes what was shown, with its audit line: how many, and the first refusal. Waits for the cluster. As strays_delete. */
enum err model_act_strays(struct request *req, const struct cluster *c, struct kube *k, const struct strays *s, int *deleted,
			  const char **why) MUST_CHECK;

#endif
