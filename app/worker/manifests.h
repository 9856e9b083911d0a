/* An application as Kubernetes objects: Deployment, Service, Ingress, Secrets. Pure: values in, JSON out. */
#ifndef WORKER_MANIFESTS_H
#define WORKER_MANIFESTS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct arena;

/* A variable: its value, or of a secret one the digest of its value, which is in the plan's Secret. */
struct app_variable {
	const char *name, *value;
	const char *digest; /* NULL: not secret */
};

/* Everything that decides the objects: what a deployment's snapshot holds. */
struct app_plan {
	int64_t project_id, deployment_id;
	const char *image, *commit_sha;
	int replicas, port;
	const char *health_path;  /* NULL: the port alone is probed */
	const char *restarted_at; /* RFC 3339; NULL: never restarted */
	const char *cpu, *memory;
	const char *disk;				   /* "": no limit, in plans of an earlier release */
	bool restricted;				   /* the image may not run as root */
	const char *host, *ingress_class, *cluster_issuer; /* "" where unset */
	int64_t deadline_seconds;
	int64_t registry_id;		      /* whose pull credentials are used; 0: none needed */
	int64_t secret_id;		      /* of the Secret with the secret variables' values; 0: there are none */
	const struct app_variable *variables; /* shared ones first; a later name wins */
	int variable_count;
};

/* The objects are the arena's. The Deployment carries resource_version as a precondition when it is not NULL. */
json_object *app_deployment(struct arena *a, const struct app_plan *p, const char *resource_version);
json_object *app_service(struct arena *a, const struct app_plan *p);
json_object *app_ingress(struct arena *a, const struct app_plan *p);
json_object *app_pull_secret(struct arena *a, int64_t project_id, const char *address, const char *username,
			     const char *password);
/* `content` is a JSON object of names and values; NULL: it is not. It cannot be edited, only deleted. */
json_object *app_env_secret(struct arena *a, int64_t project_id, int64_t secret_id, const char *content);

/*
 * A strategic merge patch of an existing Deployment that takes away what others have put beside the portal's fields where only
 * one of several may stand (a variable's value and its source, a probe's two ways): an apply over that is refused as invalid.
 */
json_object *app_deployment_unblock(struct arena *a, const struct app_plan *p);

/* The plan as JSON for deployments.snapshot, and back. Both in the arena; false: not a snapshot of ours. */
const char *app_plan_text(struct arena *a, const struct app_plan *p);
bool app_plan_parse(struct arena *a, const char *text, struct app_plan *out);

#endif
