/* A build as Kubernetes objects: the Job and its two Secrets. Pure: values in, JSON out. */
#ifndef WORKER_JOB_H
#define WORKER_JOB_H

#include <json-c/json.h>

#include "worker/builder.h"

struct arena;
struct settings;

/* "build-7", "portal-git-credentials-7", "kaniko-registry-auth-7", in the arena. */
const char *job_name(struct arena *a, int64_t build_id);
const char *job_git_secret(struct arena *a, int64_t build_id);
const char *job_registry_secret(struct arena *a, int64_t build_id);

/* The Job. The object is the arena's. */
json_object *job_make(struct arena *a, const struct build_job *job, const struct settings *s);

/* The deploy key and the pinned host keys; either may be NULL (schemes that need none). */
json_object *job_git_secret_make(struct arena *a, int64_t build_id, const char *private_key, const char *known_hosts);

/* What the push container may use: a client's config.json and, where there is one, the registry's authority. */
json_object *job_registry_secret_make(struct arena *a, int64_t build_id, const char *address, const char *username,
				      const char *password, const char *ca_pem);

/* {"auths":{"host":{"auth":...}}} as text, in the arena; without username no entry. */
const char *docker_config(struct arena *a, const char *address, const char *username, const char *password);

/* A merge patch that makes a Secret go when its Job goes. */
json_object *job_owner_patch(struct arena *a, int64_t build_id, const char *job_uid);

/* The smaller of two Kubernetes quantities ("500m", "2Gi"), one of the two texts; `b` when `a` is no quantity. */
const char *quantity_smaller(const char *a, const char *b);

#endif
