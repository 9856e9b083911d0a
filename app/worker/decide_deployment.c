/* The next step of a deployment. */
#include <string.h>
#include <strings.h>

#include "worker/decide.h"

enum { SECOND = 1000000, FINAL_IMAGE_AFTER = 15 * SECOND, CONFIG_AFTER = 20 * SECOND, WATCH_BEHIND = 5 * SECOND, CRASHES = 2 };

static struct deploy_step wait_for(const char *why)
{
	return (struct deploy_step){ .act = DEPLOY_WAIT, .why = why };
}

static struct deploy_step fail(const char *reason, const char *why)
{
	return (struct deploy_step){ .act = DEPLOY_FINISH, .state = DEPLOYMENT_FAILED, .reason = reason, .why = why };
}

static struct deploy_step end(enum deployment_state state)
{
	return (struct deploy_step){ .act = DEPLOY_FINISH, .state = state };
}

bool image_error_is_final(const char *message)
{
	static const char *const words[] = {
		"not found",	     "manifest unknown", "MANIFEST_UNKNOWN",	    "NAME_UNKNOWN",
		"unauthorized",	     "denied",		 "authentication required", "authorization failed",
		"invalid reference", "InvalidImageName", "401 Unauthorized",	    "403 Forbidden"
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasestr(message, words[i]))
			return true;
	return false;
}

static bool is_image_reason(const char *r)
{
	return !strcmp(r, "ErrImagePull") || !strcmp(r, "ImagePullBackOff") || !strcmp(r, "InvalidImageName") ||
	       !strcmp(r, "ErrImageNeverPull") || !strcmp(r, "RegistryUnavailable");
}

static bool is_config_reason(const char *r)
{
	return !strcmp(r, "CreateContainerConfigError") || !strcmp(r, "CreateContainerError") || !strcmp(r, "RunContainerError");
}

/* A pod made from the template that the Deployment has now; the others belong to the version before. */
static const struct seen_pod *new_pod(const struct deploy_observed *seen, int *from)
{
	for (; *from < DEPLOY_PODS; ++*from) {
		const struct seen_pod *p = &seen->pods[*from];
		if (p->present && !p->deleting && !strcmp(p->template_mark, seen->app.template_mark)) {
			++*from;
			return p;
		}
	}
	return NULL;
}

static enum deploy_stuck pod_stuck(const struct seen_pod *p)
{
	const struct seen_container *c = &p->containers[0];
	if (*p->unschedulable)
		return DEPLOY_STUCK_UNSCHEDULABLE;
	if (c->state != CONTAINER_WAITING)
		return DEPLOY_STUCK_NOT;
	return is_image_reason(c->reason)    ? DEPLOY_STUCK_IMAGE
	       : is_config_reason(c->reason) ? DEPLOY_STUCK_CONFIG
					     : DEPLOY_STUCK_NOT;
}

enum deploy_stuck deploy_stuck(const struct deploy_observed *seen)
{
	const struct seen_pod *p;
	for (int at = 0; (p = new_pod(seen, &at));)
		if (pod_stuck(p) != DEPLOY_STUCK_NOT)
			return pod_stuck(p);
	return *seen->app.replica_failure ? DEPLOY_STUCK_QUOTA : DEPLOY_STUCK_NOT;
}

static const char *text_of(const struct seen_container *c)
{
	return *c->message ? c->message : c->reason;
}

/* What one pod of the new version shows: failed, or what it waits for. */
static struct deploy_step judge_pod(const struct deploy_view *row, const struct seen_pod *p, int64_t since)
{
	const struct seen_container *c = &p->containers[0];
	struct deploy_step s;
	switch (pod_stuck(p)) {
	case DEPLOY_STUCK_UNSCHEDULABLE:
		return since > row->unschedulable_us ? fail("UNSCHEDULABLE", p->unschedulable) : wait_for(p->unschedulable);
	case DEPLOY_STUCK_IMAGE:
		return since > FINAL_IMAGE_AFTER && image_error_is_final(text_of(c)) ? fail("IMAGE_PULL", text_of(c))
										     : wait_for(text_of(c));
	case DEPLOY_STUCK_CONFIG:
		return since > CONFIG_AFTER ? fail("REFUSED", text_of(c)) : wait_for(text_of(c));
	case DEPLOY_STUCK_QUOTA:
	case DEPLOY_STUCK_NOT:
		break;
	}
	bool ended = c->state == CONTAINER_ENDED;
	bool out_of_memory = !strcmp(c->last_reason, "OOMKilled") || (ended && !strcmp(c->reason, "OOMKilled"));
	if (c->restarts >= CRASHES && !p->ready && (ended || c->state == CONTAINER_WAITING)) {
		s = out_of_memory ? fail("OUT_OF_MEMORY", "The application used more memory than it may and was ended.")
				  : fail("CRASH_LOOP", "The application ends again and again right after its start.");
		s.log_of = p->name;
		return s;
	}
	if (c->restarts > 0 && !p->ready)
		return wait_for("the application ended and is being started again");
	if (c->state == CONTAINER_RUNNING && !p->ready)
		return wait_for("the application runs but does not answer on its port yet");
	return wait_for(NULL);
}

static struct deploy_step late(const struct deploy_observed *seen)
{
	const struct seen_pod *p;
	int at = 0;
	if (*seen->app.replica_failure)
		return fail(strstr(seen->app.replica_failure, "exceeded quota") ? "QUOTA" : "REFUSED", seen->app.replica_failure);
	struct deploy_step s =
		fail("DEADLINE", *seen->app.rollout_message ? seen->app.rollout_message : "It did not become ready in time.");
	if ((p = new_pod(seen, &at))) {
		if (pod_stuck(p) == DEPLOY_STUCK_IMAGE)
			return fail("IMAGE_PULL", text_of(&p->containers[0]));
		if (pod_stuck(p) == DEPLOY_STUCK_UNSCHEDULABLE)
			return fail("UNSCHEDULABLE", p->unschedulable);
		s.log_of = p->name;
		if (p->containers[0].state == CONTAINER_RUNNING)
			s.why = "The application runs but never answered on its port.";
	}
	return s;
}

static struct deploy_step roll_out(const struct deploy_view *row, const struct deploy_observed *seen, int64_t now_us)
{
	const struct seen_pod *p;
	if (seen->app.rollout == SEEN_DONE && seen->app.available > 0)
		return end(DEPLOYMENT_RUNNING);
	if (seen->app.rollout == SEEN_FAILED || (row->deadline_us && now_us > row->deadline_us))
		return late(seen);
	struct deploy_step s = wait_for(*seen->app.replica_failure ? seen->app.replica_failure : seen->app.rollout_message);
	int64_t since = row->stuck_us ? now_us - row->stuck_us : 0;
	for (int at = 0; (p = new_pod(seen, &at));) {
		struct deploy_step one = judge_pod(row, p, since);
		if (one.act == DEPLOY_FINISH)
			return one;
		if (one.why)
			s = one;
	}
	return s;
}

struct deploy_step decide_deployment(const struct deploy_view *row, const struct deploy_observed *seen, int64_t now_us)
{
	bool late_now = row->deadline_us && now_us > row->deadline_us;
	if (row->claims > 3)
		return fail("PLATFORM", "Three workers in a row ended while they drove this deployment.");
	if (now_us < row->act_retry_us)
		return wait_for(seen->trouble);
	if (row->action == ACT_DELETE) {
		if (!row->applied)
			return (struct deploy_step){ .act = DEPLOY_REMOVE };
		if (!seen->synced)
			return wait_for(seen->trouble);
		bool gone = !seen->app.present && !seen->service && !seen->ingress;
		return gone	  ? end(DEPLOYMENT_DELETED)
		       : late_now ? fail("DEADLINE", "The cluster did not remove it in time.")
				  : wait_for("the cluster removes it");
	}
	if (!row->applied)
		return (struct deploy_step){ .act = DEPLOY_APPLY };
	if (!seen->synced)
		return wait_for(seen->trouble);
	/* Gone, or overwritten by a slower earlier one: applied again under the same number. */
	bool other = !seen->app.present || seen->app.deployment_id < row->id;
	if (other && now_us - row->applied_us < WATCH_BEHIND)
		return wait_for(NULL);
	if (other)
		return late_now ? fail("DEADLINE", "The cluster does not keep the Deployment.")
				: (struct deploy_step){ .act = DEPLOY_APPLY };
	if (row->action == ACT_STOP) {
		for (int i = 0; i < DEPLOY_PODS; i++)
			if (seen->pods[i].present && !late_now)
				return wait_for("its pod ends");
		return end(DEPLOYMENT_STOPPED);
	}
	return roll_out(row, seen, now_us);
}
