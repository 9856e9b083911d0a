/* Acts on a cluster's objects: each with its audit line. */
#ifndef MODEL_RESOURCE_ACTS_H
#define MODEL_RESOURCE_ACTS_H

#include "base/err.h"
#include "http/request.h"
#include "kube/resources.h"

struct cluster;
struct kube;
struct resource_edit;

/* What is to be done to one object, which the caller has found to be the actor's to change, or to make. */
struct resource_order {
	const struct cluster *cluster;
	struct kube *kube;
	const struct resource_kind *kind;
	const struct resource *object; /* of create: name and namespace of what is to be */
	enum resource_act act;
	int replicas;			  /* of scale */
	const struct resource_edit *edit; /* of change and create */
};

/* How it went. */
struct resource_done {
	int64_t deployment_id; /* the portal does it as a deployment of the project; 0: it is done */
	const char *refusal;   /* with ERR_CONFLICT: a string of the catalogue, or NULL */
	const char *why;       /* what the cluster said where it refused; the arena's, never NULL */
};

/*
 * Does it. What a project's Deployment is to do (restart, stop, start) becomes a deployment of the project, so that the portal
 * does not put back what a person wanted. A refusal is an audit line, too. ERR_CONFLICT: not now (refusal), the object was
 * changed or made anew, or there is one of that name already. ERR_TIMEOUT: it is not known whether it was done. Waits for the
 * cluster.
 */
enum err model_act_resource(struct request *req, const struct resource_order *o, struct resource_done *out) MUST_CHECK;

#endif
