/* Which of a cluster's objects somebody may see and change: one rule for pages, API and terminals. */
#ifndef AUTH_REACH_H
#define AUTH_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "http/request.h"
#include "kube/resources.h"
#include "kube/rights.h"
#include "model/clusters.h"

/* Which objects are asked for. Texts may come from outside: they are checked here. */
struct reach_ask {
	int64_t cluster_id; /* 0: the default one */
	const char *kind;
	const char *place;  /* REACH_PLACES; "": applications */
	int64_t project_id; /* 0: of any */
	const char *label;  /* "key=value"; "": any */
};
#define REACH_PLACES "applications|builds"

/* What somebody reaches. Texts are the request's. */
struct reach {
	struct request *req;
	const struct resource_kind *kind;
	struct cluster cluster;
	enum kube_place place;
	const char *ns;
	struct kube *kube; /* NULL: the cluster cannot be opened, and why says why not */
	const char *why;
	const char *selector; /* of every list; "": all objects of the namespace, for admins */
	int64_t project_id;
	int64_t *own; /* a student's projects */
	int own_count;
};

/*
 * Checks what is asked, by the database alone. ERR_NOT_FOUND: there is no such kind, cluster, place or project, or it is not for
 * whoever asks; ERR_INVALID: the label is none. Before the cluster is asked: request_release_db.
 */
enum err reach_open(struct request *req, const struct reach_ask *ask, struct reach *out) MUST_CHECK;

/* A page of what may be seen, newest first where it is of events. As kube_resources_list. */
enum err reach_list(const struct reach *r, int limit, const char *from, struct resource_page *out, const char **why) MUST_CHECK;
/* One object; ERR_NOT_FOUND also for one that may not be seen. */
enum err reach_get(const struct reach *r, const char *name, struct resource *out, const char **why) MUST_CHECK;

/* Whether it may be done to that object by whoever asks: only to what was made through the portal. o NULL: whether one may be
 * made. Sends nothing. */
bool reach_may(const struct reach *r, const struct resource *o, enum resource_act act);

/* The pods of a project, on the cluster where its objects are; as reach_open. */
struct project;
enum err reach_project(struct request *req, const struct project *p, struct reach *out) MUST_CHECK;

/* Whether one may run commands and terminals in a project's pods: by the settings staff, students on their own ones, or nobody.
 */
struct settings;
bool reach_may_exec(const struct request *req, const struct settings *s, const struct project *p);

#endif
