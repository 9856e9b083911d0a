/* The next step of a deployment. */
#include <string.h>

#include "base/phrases.h"
#include "worker/decide.h"
#include "worker/reasons.h"

enum {
	SECOND = 1000000,
	FINAL_IMAGE_AFTER = 10 * SECOND,
	ASK_IMAGE_AFTER = 8 * SECOND,
	ACCOUNT_AFTER = 60 * SECOND,
	CONFIG_AFTER = 20 * SECOND,
	SECRET_AGAIN = 15 * SECOND,
	SECRET_AFTER = 60 * SECOND,
	ADMISSION_AFTER = 10 * SECOND,
	WATCH_BEHIND = 5 * SECOND,
	REMOVE_AGAIN = 10 * SECOND,
	CRASHES = 2,
	EVICTIONS = 2
};

static struct deploy_step wait_for(const char *code, const char *message)
{
	return (struct deploy_step){ .act = DEPLOY_WAIT, .code = code, .message = message };
}

static struct deploy_step fail(const char *code, const char *message)
{
	return (struct deploy_step){ .act = DEPLOY_FINISH, .state = DEPLOYMENT_FAILED, .code = code, .message = message };
}

/* Nothing is known of the cluster's state: it does not answer, or does not let the portal look. */
static struct deploy_step blind(const struct deploy_observed *seen, bool late)
{
	if (!seen->trouble)
		return wait_for(NULL, NULL);
	bool allowed = strcmp(reason_of_refusal(seen->trouble), "NOT_ALLOWED") != 0;
	if (late)
		return fail(allowed ? "CLUSTER_AWAY" : "NOT_ALLOWED", seen->trouble);
	return wait_for(allowed ? "AWAY" : "NOT_SEEN", seen->trouble);
}

static struct deploy_step end(enum deployment_state state)
{
	return (struct deploy_step){ .act = DEPLOY_FINISH, .state = state };
}

static bool is_image_reason(const char *r)
{
	return !strcmp(r, "ErrImagePull") || !strcmp(r, "ImagePullBackOff") || !strcmp(r, "InvalidImageName") ||
	       !strcmp(r, "ErrImageNeverPull") || !strcmp(r, "RegistryUnavailable") || !strcmp(r, "ImageInspectError");
}

static bool is_config_reason(const char *r)
{
	return !strcmp(r, "CreateContainerConfigError") || !strcmp(r, "CreateContainerError");
}

static bool has_ended(const struct seen_pod *p)
{
	return p->phase == POD_FAILED || p->phase == POD_SUCCEEDED;
}

/* A pod made from the template that the Deployment has now; the others belong to the version before. */
static const struct seen_pod *new_pod(const struct deploy_observed *seen, int *from)
{
	for (; *from < DEPLOY_PODS; ++*from) {
		const struct seen_pod *p = &seen->pods[*from];
		if (p->present && !p->deleting && !has_ended(p) && !strcmp(p->template_mark, seen->app.template_mark)) {
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
	if (!*seen->app.replica_failure)
		return DEPLOY_STUCK_NOT;
	return strcmp(reason_of_refusal(seen->app.replica_failure), "QUOTA") ? DEPLOY_STUCK_ADMISSION : DEPLOY_STUCK_QUOTA;
}

static const char *text_of(const struct seen_container *c)
{
	return *c->message ? c->message : c->reason;
}

/* How the container ended last, also while it waits for its next run. */
static struct deploy_step ended_step(enum deploy_act act, const struct seen_pod *p)
{
	const struct seen_container *c = &p->containers[0];
	bool now = c->state == CONTAINER_ENDED;
	int exit_code = now ? c->exit_code : c->last_exit_code;
	const char *message = now ? c->message : c->last_message;
	return (struct deploy_step){ .act = act,
				     .state = DEPLOYMENT_FAILED,
				     .code = reason_of_end(exit_code, now ? c->reason : c->last_reason, message),
				     .message = *message ? message : NULL,
				     .pod = p->name,
				     .exit_code = exit_code,
				     .restarts = c->restarts };
}

static struct deploy_step judge_image(const struct deploy_view *row, const struct seen_container *c, int64_t since)
{
	bool final;
	const char *code = reason_of_pull(c->reason, text_of(c), &final);
	bool denied = !strcmp(code, "IMAGE_DENIED");
	if (final && !denied && since > FINAL_IMAGE_AFTER)
		return fail(code, text_of(c));
	if (row->image == IMAGE_MISSING || row->image == IMAGE_DENIED)
		return fail(row->image == IMAGE_MISSING ? "IMAGE_MISSING" : "IMAGE_DENIED", text_of(c));
	if ((denied || !final) && row->image == IMAGE_UNASKED && since > ASK_IMAGE_AFTER)
		return (struct deploy_step){ .act = DEPLOY_ASK_IMAGE };
	/* A node may not have the account yet that was put beside the application a moment before. */
	int64_t patience = row->image == IMAGE_THERE ? ACCOUNT_AFTER : FINAL_IMAGE_AFTER;
	return denied && since > patience ? fail(code, text_of(c)) : wait_for("PULL_AGAIN", text_of(c));
}

static struct deploy_step judge_config(const struct deploy_view *row, const struct seen_container *c, int64_t since,
				       int64_t now_us)
{
	const char *code = reason_of_config(c->reason, text_of(c));
	bool again = !strcmp(code, "SECRET_MISSING") && since < SECRET_AFTER;
	if (again && now_us - row->applied_us > SECRET_AGAIN)
		return (struct deploy_step){ .act = DEPLOY_APPLY };
	if (again)
		return wait_for("CONFIG", text_of(c));
	return since > CONFIG_AFTER ? fail(code, text_of(c)) : wait_for("CONFIG", text_of(c));
}

/* A pod that has a node and whose container is neither stuck nor ended for good. */
static struct deploy_step judge_start(const struct seen_pod *p)
{
	const struct seen_container *c = &p->containers[0];
	bool ended = c->state == CONTAINER_ENDED || (c->state == CONTAINER_WAITING && c->restarts > 0);
	struct deploy_step s = wait_for(NULL, NULL);
	if (c->restarts >= CRASHES && !p->ready && ended)
		return ended_step(DEPLOY_FINISH, p);
	if (ended && !p->ready) {
		s = ended_step(DEPLOY_WAIT, p);
		s.code = "STARTING_AGAIN";
		s.since_us = c->last_ended_us;
	} else if (c->state == CONTAINER_RUNNING && !p->ready) {
		s = wait_for("NOT_ANSWERING", NULL);
		s.pod = p->name;
		s.since_us = c->started_us;
	} else if (c->state != CONTAINER_RUNNING && !p->ready) {
		s = wait_for("CREATING", NULL);
		s.pod = p->name;
		s.since_us = p->scheduled_us;
	}
	return s;
}

/* What one pod of the new version shows: failed, or what it waits for. */
static struct deploy_step judge_pod(const struct deploy_view *row, const struct seen_pod *p, int64_t since, int64_t now_us)
{
	const struct seen_container *c = &p->containers[0];
	struct deploy_step s;
	switch (pod_stuck(p)) {
	case DEPLOY_STUCK_UNSCHEDULABLE:
		s = since > row->unschedulable_us ? fail("UNSCHEDULABLE", p->unschedulable)
						  : wait_for("UNSCHEDULABLE", p->unschedulable);
		s.since_us = p->created_us;
		return s;
	case DEPLOY_STUCK_IMAGE:
		return judge_image(row, c, since);
	case DEPLOY_STUCK_CONFIG:
		return judge_config(row, c, since, now_us);
	case DEPLOY_STUCK_QUOTA:
	case DEPLOY_STUCK_ADMISSION:
	case DEPLOY_STUCK_NOT:
		break;
	}
	return judge_start(p);
}

/* At least so many pods were evicted because they wrote too much; the ReplicaSet makes the next at once. */
static struct deploy_step judge_evicted(const struct deploy_observed *seen, int least)
{
	int count = 0;
	struct deploy_step s = wait_for(NULL, NULL);
	for (int i = 0; i < DEPLOY_PODS; i++) {
		const struct seen_pod *p = &seen->pods[i];
		if (!p->present || strcmp(p->reason, "Evicted") != 0 || !reason_is_disk(p->message) ||
		    strcmp(p->template_mark, seen->app.template_mark) != 0)
			continue;
		s = fail("OUT_OF_DISK", p->message);
		count++;
	}
	return count >= least ? s : wait_for(NULL, NULL);
}

/* Why no pod is made. */
static struct deploy_step judge_refusal(const struct deploy_observed *seen, int64_t since)
{
	const char *message = seen->app.replica_failure;
	if (deploy_stuck(seen) == DEPLOY_STUCK_ADMISSION)
		return since > ADMISSION_AFTER ? fail(reason_of_refusal(message), message) : wait_for("ADMISSION", message);
	return wait_for("QUOTA", message);
}

/* It has come to an end before, and not because somebody ended it, as a probe does; that it runs again just now tells nothing. */
static bool has_crashed(const struct seen_pod *p)
{
	enum { KILLED = 137, TERMINATED = 143 };
	const struct seen_container *c = &p->containers[0];
	bool by_itself = (c->last_exit_code != KILLED && c->last_exit_code != TERMINATED) || !strcmp(c->last_reason, "OOMKilled");
	return c->restarts > 0 && (c->state != CONTAINER_RUNNING || (!p->ready && by_itself));
}

/* The time is over: what was in the way? */
static struct deploy_step late(const struct deploy_observed *seen)
{
	const struct seen_pod *p;
	int at = 0;
	bool final;
	if (*seen->app.replica_failure)
		return fail(reason_of_refusal(seen->app.replica_failure), seen->app.replica_failure);
	if (!(p = new_pod(seen, &at)))
		return fail("DEADLINE", seen->app.rollout_message);
	const struct seen_container *c = &p->containers[0];
	switch (pod_stuck(p)) {
	case DEPLOY_STUCK_IMAGE:
		return fail(reason_of_pull(c->reason, text_of(c), &final), text_of(c));
	case DEPLOY_STUCK_UNSCHEDULABLE:
		return fail("UNSCHEDULABLE", p->unschedulable);
	case DEPLOY_STUCK_CONFIG:
		return fail(reason_of_config(c->reason, text_of(c)), text_of(c));
	case DEPLOY_STUCK_QUOTA:
	case DEPLOY_STUCK_ADMISSION:
	case DEPLOY_STUCK_NOT:
		break;
	}
	if (has_crashed(p))
		return ended_step(DEPLOY_FINISH, p);
	struct deploy_step s = fail(c->state == CONTAINER_RUNNING && !p->ready ? "NOT_ANSWERING" : "DEADLINE",
				    c->state == CONTAINER_RUNNING ? NULL : seen->app.rollout_message);
	s.pod = p->name;
	return s;
}

static struct deploy_step judge_pods(const struct deploy_view *row, const struct deploy_observed *seen, int64_t now_us)
{
	const struct seen_pod *p;
	struct deploy_step s = wait_for(NULL, NULL);
	bool any = false, ready = false;
	int64_t since = row->stuck_us ? now_us - row->stuck_us : 0;
	for (int at = 0; (p = new_pod(seen, &at)); any = true) {
		struct deploy_step one = judge_pod(row, p, since, now_us);
		if (one.act != DEPLOY_WAIT)
			return one;
		ready = ready || p->ready;
		if (one.code)
			s = one;
	}
	if (*seen->app.replica_failure && !any)
		return judge_refusal(seen, since);
	if (s.code)
		return s;
	return wait_for(ready ? "OLD_ENDING" : "STARTING", NULL);
}

static struct deploy_step roll_out(const struct deploy_view *row, const struct deploy_observed *seen, int64_t now_us)
{
	if (seen->app.rollout == SEEN_DONE && seen->app.available > 0)
		return end(DEPLOYMENT_RUNNING);
	bool over = seen->app.rollout == SEEN_FAILED || (row->deadline_us && now_us > row->deadline_us);
	struct deploy_step evicted = judge_evicted(seen, EVICTIONS);
	struct deploy_step s = evicted.act == DEPLOY_FINISH ? evicted : over ? late(seen) : judge_pods(row, seen, now_us);
	/* Where the next pod finds no place in time, why there is a next one counts more. */
	bool placeless = s.act == DEPLOY_FINISH && (!strcmp(s.code, "UNSCHEDULABLE") || !strcmp(s.code, "DEADLINE"));
	evicted = judge_evicted(seen, 1);
	return placeless && evicted.act == DEPLOY_FINISH ? evicted : s;
}

static struct deploy_step remove_all(const struct deploy_view *row, const struct deploy_observed *seen, int64_t now_us,
				     bool late_now)
{
	if (!row->applied)
		return (struct deploy_step){ .act = DEPLOY_REMOVE };
	if (!seen->synced)
		return blind(seen, false);
	if (!seen->app.present && !seen->service && !seen->ingress)
		return end(DEPLOYMENT_DELETED);
	if (late_now)
		return fail("DEADLINE", NULL);
	/* Made again meanwhile, as by a repair that was under way. */
	if (now_us - row->applied_us >= REMOVE_AGAIN)
		return (struct deploy_step){ .act = DEPLOY_REMOVE };
	return wait_for("REMOVING", NULL);
}

static struct deploy_step stop(const struct deploy_observed *seen, bool late_now)
{
	for (int i = 0; i < DEPLOY_PODS; i++)
		if (seen->pods[i].present && !has_ended(&seen->pods[i]) && !late_now)
			return wait_for("STOPPING", NULL);
	return end(DEPLOYMENT_STOPPED);
}

struct deploy_step decide_deployment(const struct deploy_view *row, const struct deploy_observed *seen, int64_t now_us)
{
	bool late_now = row->deadline_us && now_us > row->deadline_us;
	if (row->claims > 3)
		return fail("PLATFORM", phrase_text(PHRASE_DEPLOY_WORKERS));
	/* What the last act was refused for is said already. */
	if (now_us < row->act_retry_us)
		return wait_for(NULL, NULL);
	if (late_now && !seen->synced && seen->trouble)
		return blind(seen, true);
	if (row->action == ACT_DELETE)
		return remove_all(row, seen, now_us, late_now);
	if (!row->applied)
		return (struct deploy_step){ .act = DEPLOY_APPLY };
	if (!seen->synced)
		return blind(seen, false);
	/* Gone, or overwritten by a slower earlier one: applied again under the same number. */
	bool other = !seen->app.present || seen->app.deployment_id < row->id;
	if (other && now_us - row->applied_us < WATCH_BEHIND)
		return wait_for("STARTING", NULL);
	if (other)
		return late_now ? fail("DEADLINE", NULL) : (struct deploy_step){ .act = DEPLOY_APPLY };
	if (row->action == ACT_STOP)
		return stop(seen, late_now);
	return roll_out(row, seen, now_us);
}
