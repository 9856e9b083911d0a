/* What is wrong with an application that nothing drives. */
#include <string.h>

#include "worker/decide.h"
#include "worker/reasons.h"

#define SECOND ((int64_t)1000000)
#define FRESH (600 * SECOND)   /* an end that is older is forgotten while the application runs */
#define PATIENCE (60 * SECOND) /* how long a container that runs may be silent */

static struct deploy_step ill(const char *code, const char *message)
{
	return (struct deploy_step){ .code = code, .message = message };
}

/* How its container ended last, where that was not long ago or it has not come up since. */
static struct deploy_step ended(const struct seen_pod *p, int64_t now_us)
{
	const struct seen_container *c = &p->containers[0];
	bool now = c->state == CONTAINER_ENDED, down = now || c->state == CONTAINER_WAITING;
	const char *message = now ? c->message : c->last_message;
	int exit_code = now ? c->exit_code : c->last_exit_code;
	if (!now && !c->restarts)
		return ill(NULL, NULL);
	if (!down && now_us - c->last_ended_us > FRESH)
		return ill(NULL, NULL);
	struct deploy_step s =
		ill(reason_of_end(exit_code, now ? c->reason : c->last_reason, message), *message ? message : NULL);
	s.pod = p->name;
	s.exit_code = exit_code;
	s.restarts = c->restarts;
	s.since_us = now ? 0 : c->last_ended_us;
	return s;
}

/* answers: by its Deployment every copy does; the watch of the pods may be a moment behind. */
static struct deploy_step judge(const struct seen_pod *p, bool answers, int64_t now_us)
{
	const struct seen_container *c = &p->containers[0];
	bool final;
	if (!strcmp(p->reason, "Evicted") && now_us - p->created_us < FRESH)
		return ill(reason_is_disk(p->message) ? "OUT_OF_DISK" : "EVICTED", p->message);
	if (p->phase == POD_FAILED || p->phase == POD_SUCCEEDED)
		return ill(NULL, NULL);
	if (*p->unschedulable)
		return ill("UNSCHEDULABLE", p->unschedulable);
	const char *message = *c->message ? c->message : c->reason;
	if (c->state == CONTAINER_WAITING &&
	    (!strcmp(c->reason, "CreateContainerConfigError") || !strcmp(c->reason, "CreateContainerError")))
		return ill(reason_of_config(c->reason, message), message);
	if (c->state == CONTAINER_WAITING && (strstr(c->reason, "Image") || strstr(c->reason, "Registry")))
		return ill(reason_of_pull(c->reason, message, &final), message);
	struct deploy_step s = ended(p, now_us);
	if (s.code || c->state != CONTAINER_RUNNING || p->ready || answers)
		return s;
	s = ill("NOT_ANSWERING", NULL);
	s.pod = p->name;
	s.since_us = c->started_us;
	return s;
}

struct deploy_step decide_health(const struct deploy_observed *seen, int64_t now_us)
{
	struct deploy_step found = ill(NULL, NULL);
	bool answers = seen->app.available > 0 && seen->app.available >= seen->app.replicas;
	for (int i = 0; i < DEPLOY_PODS; i++) {
		const struct seen_pod *p = &seen->pods[i];
		if (!p->present || p->deleting)
			continue;
		struct deploy_step s = judge(p, answers, now_us);
		/* What has a pod of its own tells most. */
		if (s.code && (!found.code || (s.pod && !found.pod)))
			found = s;
	}
	if (found.code || seen->app.available > 0)
		return found;
	if (*seen->app.replica_failure)
		return ill(reason_of_refusal(seen->app.replica_failure), seen->app.replica_failure);
	return ill("NO_COPY", NULL);
}

enum deployment_state decide_health_state(const struct deploy_observed *seen, const struct deploy_step *ill, int64_t now_us)
{
	enum { CRASHES = 2 };
	if (seen->app.available > 0)
		return DEPLOYMENT_RUNNING;
	if (!ill->code || !strcmp(ill->code, "NO_COPY"))
		return DEPLOYMENT_DEPLOYING;
	if (!strcmp(ill->code, "NOT_ANSWERING"))
		return now_us - ill->since_us > PATIENCE ? DEPLOYMENT_FAILED : DEPLOYMENT_DEPLOYING;
	return !ill->pod || ill->restarts >= CRASHES ? DEPLOYMENT_FAILED : DEPLOYMENT_DEPLOYING;
}
