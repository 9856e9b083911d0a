/* What the portal needs to be allowed in a cluster: asked right by right, and what is missing as the Roles to apply. */
#ifndef KUBE_RIGHTS_H
#define KUBE_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "fetch/probe.h"

struct arena;
struct kube;

enum kube_place { KUBE_APPLICATIONS, KUBE_BUILDS, KUBE_PLACE__MAX };

/* A row of the table (rights.def). */
struct kube_right {
	const char *role, *group, *resource, *verbs; /* resource: "pods/log"; verbs: "get|list" */
	enum kube_place place;
	bool needed; /* else the operator may leave the role out */
};
extern const struct kube_right kube_rights[];
extern const size_t kube_right_count;

/* How one right was found. Texts are the arena's. */
struct kube_right_seen {
	const struct kube_right *right;
	struct kube_right shown; /* a copy of it, for tables of members */
	const char *ns;
	const char *missing; /* the verbs that are refused, "create, patch"; NULL: none */
	bool asked;	     /* false: the time was over, or the cluster did not say */
};

/* The whole of a connection test. */
struct kube_test {
	struct probe probe;		/* connect, tls, cluster_version, cluster_identity, cluster_rights */
	const char *version, *identity; /* "v1.34.1", "system:serviceaccount:x:y"; NULL: not known */
	int latency_ms;			/* of the version's request; -1 */
	struct kube_right_seen *rights;
	int count, missing, missing_needed; /* rights of the table; with refused verbs; of needed roles */
};

/*
 * Asks the cluster who the portal is there and what it may do (SelfSubjectReview, SelfSubjectAccessReview), in the namespace of
 * each place (NULL: that place is not used there). Changes nothing. At most PROBE_TOTAL_MS.
 */
void kube_test(struct kube *k, struct arena *a, const char *const namespaces[KUBE_PLACE__MAX], struct kube_test *out);

/*
 * The Roles of which something is missing, whole, each with a RoleBinding to the identity, as YAML for `kubectl apply -f -`.
 * NULL: nothing is missing. In the arena. Pure.
 */
const char *kube_roles_text(struct arena *a, const struct kube_test *t);

#endif
