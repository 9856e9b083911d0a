/* How the objects of an application are called: the one place that knows. Pure. */
#ifndef KUBE_NAMES_H
#define KUBE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "kube/kube.h"

struct arena;

/* "prj-7", "student-7", "prj-7-pull", "prj-7-env-12", in the arena. */
const char *app_name(struct arena *a, int64_t project_id);
const char *app_front_name(struct arena *a, int64_t project_id);
const char *app_pull_name(struct arena *a, int64_t project_id);
const char *app_env_name(struct arena *a, int64_t project_id, int64_t secret_id);

/*
 * Whether an object of that kind and name is the application's itself: the Deployment, Service or Ingress that the portal makes,
 * or a ReplicaSet of that Deployment. Labels do not tell: a copy of an object carries them as well. False for other kinds.
 */
bool app_named(enum kube_kind kind, int64_t project_id, const char *name);

/* Whether a Secret of that name is one by which the portal has an application's image pulled. */
bool app_pull_named(const char *name);

/* The project of an object whose name begins as an application's do: "prj-7", "prj-7-6d5f" and "student-7" are of 7; 0: of none.
 */
int64_t app_named_of(const char *name);

#endif
