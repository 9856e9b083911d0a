/* Acts on clusters: of admins on the clusters themselves, of teachers on where a project is placed. */
#ifndef MODEL_CLUSTER_ACTS_H
#define MODEL_CLUSTER_ACTS_H

#include "base/err.h"
#include "http/request.h"
#include "model/clusters.h"
#include "model/deployments.h"
#include "model/projects.h"

/* All of these: the caller has authorized the actor; each is one transaction with its audit line, and nothing is kept unless
 * ERR_NONE is returned. As their namesakes in model/clusters.h. */
enum err model_act_cluster_create(struct request *req, const struct cluster_edit *in, const struct kube_access *access,
				  int64_t *id) MUST_CHECK;
enum err model_act_cluster_save(struct request *req, int64_t id, const struct cluster_edit *in, const struct kube_access *access,
				int version) MUST_CHECK;
enum err model_act_cluster_delete(struct request *req, const struct cluster *c) MUST_CHECK;
enum err model_act_cluster_default(struct request *req, const struct cluster *c) MUST_CHECK;
enum err model_act_cluster_sync(struct request *req, const struct cluster *c) MUST_CHECK;

/*
 * Places a project on a cluster. Where an application runs it moves at once: what serves is deployed there, and the old one goes
 * when the new one runs (*asked: that deployment; id 0: nothing ran, so that the next deployment goes there). ERR_CONFLICT:
 * asked->refusal, or it is there already (refusal REFUSED_NOT).
 */
enum err model_act_move(struct request *req, const struct project *p, const struct cluster *to,
			struct deployment_asked *asked) MUST_CHECK;

#endif
