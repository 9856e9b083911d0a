/* The next step of a build. */
#include <string.h>

#include "base/phrases.h"
#include "base/str.h"
#include "worker/decide.h"
#include "worker/reasons.h"

enum { SECOND = 1000000 };

/* How long each kind of waiting may last, in microseconds. */
enum limits {
	POD_MISSING_AFTER = 5 * SECOND,	 /* a Job without a pod is asked about */
	POD_GONE_AFTER = 10 * SECOND,	 /* Jobs and pods come by two watches: one may be behind the other */
	STOP_AFTER = 20 * SECOND,	 /* a stopped pod is not waited for any longer */
	IMAGE_AFTER = 75 * SECOND,	 /* the portal's own images cannot be pulled */
	IMAGE_FINAL_AFTER = 20 * SECOND, /* nor will they ever be */
	CONFIG_AFTER = 60 * SECOND,	 /* a container cannot be made */
	LOG_AFTER = 120 * SECOND,	 /* after the end: the rest of a log is given up */
	DEADLINE_GRACE = 60 * SECOND,	 /* Kubernetes ends the Job at its deadline; this is for when it does not */
};
#define MAKE_AFTER ((int64_t)3600 * SECOND) /* no Job can be made: the cluster is away */

bool build_digest_parse(const char *text, char out[72])
{
	static const char prefix[] = "sha256:";
	while (*text == ' ' || *text == '\n')
		text++;
	size_t len = strspn(text, "sha256:0123456789bcdef");
	if (len != sizeof prefix - 1 + 64 || !str_starts(text, prefix))
		return false;
	if (strspn(text + sizeof prefix - 1, "0123456789abcdef") != 64 || text[len + strspn(text + len, " \n")])
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

static struct build_step wait_for(enum build_sentence says, const char *why)
{
	return (struct build_step){ .act = BUILD_WAIT, .says = says, .why = why };
}

/* For the cluster to answer again, where it does not. */
static struct build_step wait_on(const struct build_observed *seen)
{
	return wait_for(seen->trouble ? SAYS_AWAY : SAYS_NOTHING, seen->trouble);
}

static struct build_step fail(enum build_reason reason, enum build_sentence says, const char *why)
{
	return (struct build_step){ .act = BUILD_FINISH, .ending = ENDING_REASON, .reason = reason, .says = says, .why = why };
}

/* Nobody's fault who wrote code. */
static struct build_step lose(enum build_sentence says)
{
	struct build_step s = fail(REASON_LOST, says, NULL);
	s.infra = true;
	return s;
}

static const char *said_by(const struct seen_container *c)
{
	return *c->message ? c->message : c->reason;
}

static bool is_image_reason(const char *r)
{
	return !strcmp(r, "ErrImagePull") || !strcmp(r, "ImagePullBackOff") || !strcmp(r, "InvalidImageName") ||
	       !strcmp(r, "ErrImageNeverPull") || !strcmp(r, "ImageInspectError") || !strcmp(r, "RegistryUnavailable");
}

static bool is_config_reason(const char *r)
{
	return !strcmp(r, "CreateContainerConfigError") || !strcmp(r, "CreateContainerError") || !strcmp(r, "RunContainerError");
}

/* The container that waits with such a reason, or NULL. */
static const struct seen_container *stuck_container(const struct seen_pod *pod, bool (*is)(const char *))
{
	for (int c = 0; c < CONTAINER__MAX; c++)
		if (pod->containers[c].state == CONTAINER_WAITING && is(pod->containers[c].reason))
			return &pod->containers[c];
	return NULL;
}

enum stuck build_stuck(const struct build_observed *seen)
{
	if (!seen->synced || !seen->job.present)
		return STUCK_NOT;
	if (!seen->pod.present)
		return STUCK_NO_POD;
	if (*seen->pod.unschedulable)
		return STUCK_UNSCHEDULABLE;
	if (stuck_container(&seen->pod, is_image_reason))
		return STUCK_IMAGE;
	if (stuck_container(&seen->pod, is_config_reason))
		return STUCK_CONFIG;
	return STUCK_NOT;
}

/* The first container that ended badly, or CONTAINER__MAX. */
static enum build_container failed_container(const struct seen_pod *pod)
{
	for (int c = 0; c < CONTAINER__MAX; c++)
		if (pod->containers[c].state == CONTAINER_ENDED && pod->containers[c].exit_code != 0)
			return (enum build_container)c;
	return CONTAINER__MAX;
}

static bool is_succeeded(const struct seen_pod *pod)
{
	return pod->present && pod->containers[CONTAINER_PUSH].state == CONTAINER_ENDED &&
	       pod->containers[CONTAINER_PUSH].exit_code == 0;
}

/* No container of the pod runs any more or will. */
static bool is_ended(const struct seen_pod *pod)
{
	if (!pod->present)
		return false;
	return pod->phase == POD_SUCCEEDED || pod->phase == POD_FAILED || is_succeeded(pod) ||
	       failed_container(pod) != CONTAINER__MAX;
}

/* The phase that the containers' states show; never one before the row's. */
static enum build_phase seen_phase(const struct build_view *row, const struct seen_pod *pod)
{
	enum build_phase p = row->phase;
	for (int c = 0; c < CONTAINER__MAX; c++)
		if (pod->containers[c].state >= CONTAINER_RUNNING && p < PHASE_CLONING + (enum build_phase)c)
			p = PHASE_CLONING + (enum build_phase)c;
	return p;
}

/* Logs: something to open, to wait for (BUILD_WAIT), or nothing any more (BUILD_FORGET). */
static struct build_step read_logs(const struct build_view *row, const struct build_observed *seen, int64_t now_us)
{
	struct build_step open = { .act = BUILD_FORGET };
	for (int c = 0; c < CONTAINER__MAX; c++) {
		enum container_state state = seen->pod.containers[c].state;
		enum log_state log = seen->logs[c];
		struct build_step s = { .container = (enum build_container)c, .follow = state == CONTAINER_RUNNING };
		if (log == LOG_COMPLETE || log == LOG_GONE || (state < CONTAINER_RUNNING && log == LOG_IDLE))
			continue;
		if (log == LOG_IDLE && seen->pod.present && now_us >= seen->log_retry_us[c]) {
			s.act = BUILD_READ_LOG;
			return s;
		}
		bool given_up = row->end_us && now_us - row->end_us > LOG_AFTER;
		if (given_up) {
			s.act = BUILD_LOSE_LOG;
			s.why = seen->trouble ? seen->trouble : phrase_text(PHRASE_LOG_NOT_SERVED);
			return s;
		}
		open.act = BUILD_WAIT;
	}
	return open;
}

/* The pod is gone: a log that was begun and has no end is lost from where it stands. */
static struct build_step close_logs(const struct build_observed *seen)
{
	for (int c = 0; c < CONTAINER__MAX; c++)
		if (seen->logs[c] == LOG_READING)
			return wait_for(SAYS_NOTHING, NULL);
	return (struct build_step){ .act = BUILD_FORGET };
}

/* Cancelled, or past its deadline: stop the Job, let the pod and its logs end, record it. */
static struct build_step stop(const struct build_view *row, const struct build_observed *seen, int64_t now_us,
			      struct build_step finish)
{
	if (!row->job_made && !seen->job.present)
		return finish;
	if (!row->stop_us)
		return (struct build_step){ .act = BUILD_STOP };
	bool waited = now_us - row->stop_us > STOP_AFTER;
	if (waited)
		return finish;
	if (seen->pod.present && !is_ended(&seen->pod))
		return wait_for(SAYS_WAITS_STOP, NULL);
	struct build_step logs = seen->pod.present ? read_logs(row, seen, now_us) : close_logs(seen);
	return logs.act == BUILD_FORGET ? finish : logs;
}

/* The Job is there and its pod is not. */
static struct build_step without_pod(const struct build_view *row, const struct build_observed *seen, int64_t now_us)
{
	if (seen->job.failed && !strcmp(seen->job.reason, "DeadlineExceeded"))
		return fail(REASON_TIMEOUT, SAYS_TIME_LIMIT, NULL);
	struct build_step logs = close_logs(seen);
	if (logs.act != BUILD_FORGET)
		return logs;
	int64_t since = row->stuck_us ? now_us - row->stuck_us : 0;
	if (seen->job.failed || seen->job.complete || row->phase > PHASE_PREPARING)
		return since > POD_GONE_AFTER ? lose(SAYS_POD_GONE) : wait_for(SAYS_NOTHING, NULL);
	if (since > POD_MISSING_AFTER && !row->events_read)
		return (struct build_step){ .act = BUILD_READ_EVENTS };
	bool quota = row->event && strstr(row->event, "exceeded quota");
	if (since > row->unschedulable_us)
		return quota ? fail(REASON_QUOTA, SAYS_NAMESPACE_FULL, row->event)
			     : fail(REASON_PLATFORM, SAYS_NO_POD, row->event);
	if (row->event && !quota && since > CONFIG_AFTER)
		return fail(REASON_PLATFORM, SAYS_NO_POD, row->event);
	return wait_for(row->event || since > POD_MISSING_AFTER ? SAYS_WAITS_POD : SAYS_NOTHING, row->event);
}

static struct build_step stuck_pod(const struct build_view *row, const struct build_observed *seen, int64_t now_us)
{
	const struct seen_container *c;
	bool final;
	int64_t since = row->stuck_us ? now_us - row->stuck_us : 0;
	switch (build_stuck(seen)) {
	case STUCK_NOT:
	case STUCK_NO_POD:
		break;
	case STUCK_UNSCHEDULABLE:
		if (since > row->unschedulable_us)
			return fail(REASON_UNSCHEDULABLE, SAYS_NO_NODE, seen->pod.unschedulable);
		return wait_for(SAYS_WAITS_NODE, seen->pod.unschedulable);
	case STUCK_IMAGE:
		c = stuck_container(&seen->pod, is_image_reason);
		reason_of_pull(c->reason, said_by(c), &final);
		if (since > (final ? IMAGE_FINAL_AFTER : IMAGE_AFTER))
			return fail(REASON_IMAGE_PULL, SAYS_PORTAL_IMAGE, said_by(c));
		return wait_for(SAYS_WAITS_IMAGE, said_by(c));
	case STUCK_CONFIG:
		c = stuck_container(&seen->pod, is_config_reason);
		if (since > CONFIG_AFTER)
			return fail(REASON_PLATFORM, SAYS_NOT_STARTED, said_by(c));
		return wait_for(SAYS_WAITS_CONTAINER, said_by(c));
	}
	return wait_for(SAYS_NOTHING, NULL);
}

/* The pod has ended: why. Its logs have been read. */
static struct build_step finish(const struct build_observed *seen)
{
	struct build_step s = { .act = BUILD_FINISH, .ending = ENDING_CONTAINER, .container = failed_container(&seen->pod) };
	if (!is_succeeded(&seen->pod)) {
		if (seen->job.failed && !strcmp(seen->job.reason, "DeadlineExceeded"))
			return fail(REASON_TIMEOUT, SAYS_TIME_LIMIT, NULL);
		if (s.container == CONTAINER__MAX)
			s.container = CONTAINER_BUILD;
		return s;
	}
	char digest[72];
	if (!build_digest_parse(seen->pod.containers[CONTAINER_PUSH].message, digest))
		return fail(REASON_PLATFORM, SAYS_NO_DIGEST, NULL);
	s.ending = ENDING_SUCCESS;
	return s;
}

static struct build_step decide_pod(const struct build_view *row, const struct build_observed *seen, int64_t now_us)
{
	enum build_phase phase = seen_phase(row, &seen->pod);
	if (phase != row->phase)
		return (struct build_step){ .act = BUILD_PHASE, .phase = phase };
	struct build_step logs = read_logs(row, seen, now_us);
	if (logs.act == BUILD_READ_LOG || logs.act == BUILD_LOSE_LOG)
		return logs;
	if (is_ended(&seen->pod))
		return logs.act == BUILD_FORGET
			       ? finish(seen)
			       : wait_for(now_us - row->end_us > 5 * SECOND && row->end_us ? SAYS_WAITS_LOG : SAYS_NOTHING, NULL);
	return stuck_pod(row, seen, now_us);
}

/* A row that has ended. A Job that still runs goes first: what it does no longer counts. */
static struct build_step clean_up(const struct build_view *row, const struct build_observed *seen, int64_t now_us)
{
	bool live = seen->job.present && !seen->job.deleting && !seen->job.complete && !seen->job.failed && !is_ended(&seen->pod);
	if (row->job_deleted)
		return (struct build_step){ .act = BUILD_FORGET };
	if (now_us < row->act_retry_us)
		return wait_for(SAYS_NOTHING, NULL);
	if (live && !row->stop_us)
		return (struct build_step){ .act = BUILD_STOP };
	if (!row->archived)
		return now_us < row->archive_retry_us ? wait_for(SAYS_NOTHING, NULL)
						      : (struct build_step){ .act = BUILD_ARCHIVE };
	return (struct build_step){ .act = BUILD_DELETE };
}

struct build_step decide_build(const struct build_view *row, const struct build_observed *seen, int64_t now_us)
{
	if (!row->running)
		return clean_up(row, seen, now_us);
	if (row->claims > 3)
		return fail(REASON_PLATFORM, SAYS_WORKERS_ENDED, NULL);
	if (row->cancel_requested) {
		struct build_step end = { .act = BUILD_FINISH, .ending = ENDING_CANCELLED, .reason = REASON_CANCELLED };
		return now_us < row->act_retry_us ? wait_on(seen) : stop(row, seen, now_us, end);
	}
	if (row->deadline_us && now_us > row->deadline_us + DEADLINE_GRACE && !is_succeeded(&seen->pod))
		return stop(row, seen, now_us, fail(REASON_TIMEOUT, SAYS_TIME_LIMIT, NULL));
	if (now_us < row->act_retry_us)
		return wait_on(seen);
	if (!row->job_made) {
		if (now_us - row->claimed_us > MAKE_AFTER)
			return fail(REASON_PLATFORM, SAYS_NO_JOB, seen->trouble);
		return (struct build_step){ .act = BUILD_MAKE };
	}
	if (seen->pod.present) {
		struct build_step s = decide_pod(row, seen, now_us);
		return s.act == BUILD_WAIT && !s.says ? wait_on(seen) : s;
	}
	if (!seen->synced)
		return wait_on(seen);
	if (seen->job.present)
		return without_pod(row, seen, now_us);
	if (!row->job_missing)
		return (struct build_step){ .act = BUILD_CONFIRM_JOB };
	struct build_step logs = close_logs(seen);
	if (logs.act != BUILD_FORGET)
		return logs;
	return lose(SAYS_JOB_GONE);
}
