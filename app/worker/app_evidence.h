/* What a cluster and an application say for themselves: a pod's events, a container's last lines; and what is found in them. */
#ifndef WORKER_APP_EVIDENCE_H
#define WORKER_APP_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/decide.h"

struct app_plan;
struct arena;
struct db;
struct keyring;
struct kube;
struct kube_event;

/* Where it is asked, and what it is about. */
struct app_scene {
	struct kube *kube;
	struct arena *arena;
	struct db *db;
	struct keyring *keys;
	const char *ns;
	int64_t project_id;
	const struct app_plan *plan; /* what was applied; NULL: not known */
};

/*
 * The application's last lines, at most so many and 1,900 bytes, in the arena, its secret values taken out; of its run before,
 * where the one now has said nothing. NULL: there are none, or the cluster does not give them.
 */
const char *app_last_lines(const struct app_scene *x, const char *pod, int lines);

/* What a pod's events say. Texts are the arena's, "" where there are none. */
struct app_events {
	int64_t pulling_us;  /* since when its image is being fetched; 0: it is not */
	const char *probe;   /* the kubelet's last word on a probe that failed */
	const char *trouble; /* the last warning about anything else */
};
void app_pod_events(const struct app_scene *x, const char *pod, struct app_events *out);
/* The pure part; events newest first. */
void app_events_read(const struct kube_event *events, int count, struct app_events *out);

/* What is wrong, with its particulars. Texts are the arena's. */
struct app_findings {
	const char *code;     /* of DEPLOYMENT_REASONS */
	const char *details;  /* JSON */
	const char *message;  /* the cluster's own words; NULL: none */
	const char *evidence; /* the application's last lines; NULL: none */
};
/* Looks closer at what a step says: events and log of its pod, as far as the cluster gives them. Blocks. `what`: the kind of an
 * object that was refused, or NULL. */
void app_examine(const struct app_scene *x, const struct deploy_step *s, const char *what, struct app_findings *out);

#endif
