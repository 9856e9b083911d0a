/* The plan of a deployment: from the project's row, its variables and the settings; written down before anything is applied. */
#ifndef WORKER_DEPLOYMENT_PLAN_H
#define WORKER_DEPLOYMENT_PLAN_H

#include "base/err.h"
#include "worker/manifests.h"

struct arena;
struct db;
struct deployment_basis;
struct keyring;
struct lease;
struct link;
struct settings;

struct planning {
	struct db *db;
	struct arena *arena;
	struct keyring *keys;
	const struct settings *settings;
	const struct link *link; /* the deployment's cluster */
	int64_t project_id, deployment_id;
};

/*
 * A new plan. *content is the JSON of its secret variables, NULL: there are none. ERR_INTERNAL with *fault: a secret value does
 * not open.
 */
enum err deployment_plan_make(const struct planning *x, const struct deployment_basis *b, struct app_plan *out,
			      const char **content, const char **fault) MUST_CHECK;

/* Writes it down, in one transaction with what its Secret holds; sets out->secret_id. ERR_CONFLICT: the lease is lost. */
enum err deployment_plan_store(const struct planning *x, const struct lease *l, const char *content,
			       struct app_plan *p) MUST_CHECK;

#endif
