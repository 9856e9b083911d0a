/* The Job controller: pods from the template, and conditions in the order in which the real one sets them. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "kubesim/controllers.h"
#include "kubesim/faults.h"

#define JOB_TRACKING "batch.kubernetes.io/job-tracking"

struct tally {
	struct object **pods;
	size_t n;
	int64_t active, ready, terminating, succeeded, failed;
};

static bool condition_true(struct object *job, const char *type)
{
	json_object *c = sim_condition_find(job->tree, type);
	return c && !strcmp(json_text(c, "status", ""), "True");
}

/* An ended pod is counted once; the finalizer that kept it for that goes. */
static void count_ended(struct world *w, struct object *pod)
{
	json_object *meta = json_at(pod->tree, "metadata"), *list = json_at(meta, "finalizers");
	for (size_t i = 0; i < json_len(list, ""); i++)
		if (!strcmp(json_object_get_string(json_object_array_get_idx(list, i)), JOB_TRACKING)) {
			json_object_array_del_idx(list, i, 1);
			break;
		}
	if (list && !json_len(list, ""))
		json_object_object_del(meta, "finalizers");
	object_commit(w, pod); /* the kubelet sees it off, where it was deleted */
}

static void tally(struct world *w, struct object *job, struct tally *t)
{
	json_object *status = json_at(job->tree, "status");
	int64_t succeeded = json_int(status, "succeeded", 0), failed = json_int(status, "failed", 0);
	t->pods = world_owned(w, SIM_POD, job->uid, &t->n);
	t->succeeded = succeeded;
	t->failed = failed;
	for (size_t i = 0; i < t->n; i++) {
		struct object *p = t->pods[i];
		const char *phase = json_text(p->tree, "status.phase", "");
		bool tracked = json_len(p->tree, "metadata.finalizers") > 0,
		     leaving = json_at(p->tree, "metadata.deletionTimestamp");
		if (sim_pod_ended(p) ||
		    (leaving && tracked && json_int(p->tree, "metadata.deletionGracePeriodSeconds", 1) == 0)) {
			if (!tracked)
				continue;
			if (!strcmp(phase, "Succeeded"))
				t->succeeded++;
			else
				t->failed++;
		} else if (leaving) {
			t->terminating++;
		} else {
			json_object *ready = sim_condition_find(p->tree, "Ready");
			t->active++;
			t->ready += ready && !strcmp(json_text(ready, "status", ""), "True");
		}
	}
}

static void set_count(json_object *status, const char *name, int64_t n, bool keep_zero)
{
	if (n || keep_zero)
		json_add_int(status, name, n);
	else
		json_object_object_del(status, name);
}

static void write_counts(struct world *w, struct object *job, const struct tally *t)
{
	json_object *s = json_at(job->tree, "status");
	set_count(s, "active", t->active, false);
	set_count(s, "succeeded", t->succeeded, false);
	set_count(s, "failed", t->failed, false);
	set_count(s, "ready", t->ready, true);
	set_count(s, "terminating", t->terminating, true);
	if (!json_at(s, "uncountedTerminatedPods"))
		json_add(s, "uncountedTerminatedPods", json_object_new_object());
	(void)w;
}

static void stop_pods(struct world *w, struct tally *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (!t->pods[i]->dead && !sim_pod_ended(t->pods[i]) && !json_at(t->pods[i]->tree, "metadata.deletionTimestamp"))
			sim_gc_delete(w, t->pods[i], "Background", -1);
}

static void set_condition(struct world *w, struct object *job, const char *type, const char *state, const char *reason,
			  const char *message)
{
	sim_condition(w, json_at(job->tree, "status"), type, state, reason, message, "lastProbeTime");
	json_object *c = sim_condition_find(job->tree, type);
	if (c && !json_text(c, "lastProbeTime", NULL))
		json_add_text(c, "lastProbeTime", sim_stamp(w));
}

/* The first sign of a failure; the last word comes when no pod is left. */
static void begin_failure(struct world *w, struct object *job, struct tally *t, const char *reason, const char *message)
{
	set_condition(w, job, "FailureTarget", "True", reason, message);
	write_counts(w, job, t);
	object_commit(w, job);
	stop_pods(w, t);
	object_wake(w, job, 30);
}

static void finish_failure(struct world *w, struct object *job, struct tally *t)
{
	json_object *c = sim_condition_find(job->tree, "FailureTarget");
	if (t->active || t->terminating) {
		write_counts(w, job, t);
		object_commit(w, job);
		return;
	}
	const char *reason = arena_strdup(w->scratch, json_text(c, "reason", "")),
		   *message = arena_strdup(w->scratch, json_text(c, "message", ""));
	set_condition(w, job, "Failed", "True", reason, message);
	write_counts(w, job, t);
	object_commit(w, job);
	sim_event(w, job, "Warning", "job-controller", reason, message);
}

static void finish_success(struct world *w, struct object *job, struct tally *t)
{
	json_object *s = json_at(job->tree, "status");
	if (!condition_true(job, "SuccessCriteriaMet")) {
		set_condition(w, job, "SuccessCriteriaMet", "True", "CompletionsReached",
			      "Reached expected number of succeeded pods");
		write_counts(w, job, t);
		object_commit(w, job);
		stop_pods(w, t);
		object_wake(w, job, 30);
		return;
	}
	write_counts(w, job, t);
	if (!t->active && !t->terminating) {
		set_condition(w, job, "Complete", "True", "CompletionsReached", "Reached expected number of succeeded pods");
		json_add_text(s, "completionTime", sim_stamp(w));
	}
	object_commit(w, job);
	if (!t->active && !t->terminating)
		sim_event(w, job, "Normal", "job-controller", "Completed", "Job completed");
}

static void create_pod(struct world *w, struct object *job)
{
	const char *message = NULL;
	struct object *pod = sim_pod_create(w, job, arena_printf(w->scratch, "%s-", job->name), &message);
	if (pod) {
		sim_event(w, job, "Normal", "job-controller", "SuccessfulCreate",
			  arena_printf(w->scratch, "Created pod: %s", pod->name));
		return;
	}
	sim_event(w, job, "Warning", "job-controller", "FailedCreate", arena_printf(w->scratch, "Error creating: %s", message));
	object_wake(w, job, world_pace(w, 2000));
}

/* When a failed pod may be followed by another: 10 s, 20 s, 40 s, ... */
static int64_t retry_in(struct world *w, const struct tally *t)
{
	int64_t last = 0, at;
	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < json_len(t->pods[i]->tree, "status.containerStatuses"); k++) {
			json_object *c = json_object_array_get_idx(json_at(t->pods[i]->tree, "status.containerStatuses"), k);
			if (clock_parse(json_text(c, "state.terminated.finishedAt", ""), &at) && at > last)
				last = at;
		}
	int shift = t->failed > 5 ? 5 : (int)t->failed - 1;
	int64_t wait = world_pace(w, (int64_t)(10000 << (shift < 0 ? 0 : shift))), passed = (clock_now_us() - last) / 1000;
	return last && passed < wait ? wait - passed : 0;
}

static void suspend(struct world *w, struct object *job, struct tally *t)
{
	json_object *s = json_at(job->tree, "status");
	stop_pods(w, t);
	json_object_object_del(s, "startTime");
	set_condition(w, job, "Suspended", "True", "JobSuspended", "Job suspended");
	write_counts(w, job, t);
	object_commit(w, job);
}

static void begin(struct world *w, struct object *job)
{
	json_object *s = json_at(job->tree, "status");
	if (condition_true(job, "Suspended"))
		set_condition(w, job, "Suspended", "False", "JobResumed", "Job resumed");
	if (!json_at(s, "startTime"))
		json_add_text(s, "startTime", sim_stamp(w));
}

/* Milliseconds until the deadline; INT64_MAX: there is none. */
static int64_t deadline_in(struct world *w, struct object *job)
{
	int64_t started, limit = json_int(job->tree, "spec.activeDeadlineSeconds", -1);
	(void)w;
	if (limit < 0 || !clock_parse(json_text(job->tree, "status.startTime", ""), &started))
		return INT64_MAX;
	return limit * 1000 - (clock_now_us() - started) / 1000;
}

static void expire(struct world *w, struct object *job)
{
	json_object *c = sim_condition_find(job->tree, condition_true(job, "Complete") ? "Complete" : "Failed");
	int64_t ended, ttl = json_int(job->tree, "spec.ttlSecondsAfterFinished", -1);
	if (ttl < 0 || !clock_parse(json_text(c, "lastTransitionTime", ""), &ended))
		return;
	int64_t left = ttl * 1000 - (clock_now_us() - ended) / 1000;
	if (left > 0)
		object_wake(w, job, left);
	else
		sim_gc_delete(w, job, "Background", -1);
}

static void release_counted(struct world *w, struct tally *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (!t->pods[i]->dead && json_len(t->pods[i]->tree, "metadata.finalizers") &&
		    (sim_pod_ended(t->pods[i]) || json_int(t->pods[i]->tree, "metadata.deletionGracePeriodSeconds", 1) == 0))
			count_ended(w, t->pods[i]);
}

static void sync_pods(struct world *w, struct object *job, struct tally *t)
{
	int64_t completions = json_int(job->tree, "spec.completions", 1),
		parallelism = json_int(job->tree, "spec.parallelism", 1);
	int64_t wanted = completions - t->succeeded < parallelism ? completions - t->succeeded : parallelism;
	int64_t wait = t->failed ? retry_in(w, t) : 0;
	write_counts(w, job, t);
	object_commit(w, job);
	if (t->active + t->terminating >= wanted)
		return;
	if (wait > 0)
		object_wake(w, job, wait);
	else
		for (int64_t i = t->active + t->terminating; i < wanted && i < 20; i++)
			create_pod(w, job);
}

void sim_job_step(struct world *w, struct object *job)
{
	struct tally t = { .n = 0 };
	if (condition_true(job, "Complete") || condition_true(job, "Failed")) {
		tally(w, job, &t);
		release_counted(w, &t);
		expire(w, job);
		return;
	}
	tally(w, job, &t);
	release_counted(w, &t);
	int64_t left = deadline_in(w, job);
	if (condition_true(job, "FailureTarget")) {
		finish_failure(w, job, &t);
	} else if (condition_true(job, "SuccessCriteriaMet") || t.succeeded >= json_int(job->tree, "spec.completions", 1)) {
		finish_success(w, job, &t);
	} else if (json_flag(job->tree, "spec.suspend", false)) {
		suspend(w, job, &t);
	} else if (t.failed > json_int(job->tree, "spec.backoffLimit", 6)) {
		begin_failure(w, job, &t, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
	} else if (left <= 0) {
		begin_failure(w, job, &t, "DeadlineExceeded", "Job was active longer than specified deadline");
	} else {
		begin(w, job);
		sync_pods(w, job, &t);
		left = deadline_in(w, job);
		if (left != INT64_MAX)
			object_wake(w, job, left > 0 ? left : 1);
	}
}
