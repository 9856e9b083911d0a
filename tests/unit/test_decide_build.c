/* The next step of a build: one row a situation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "worker/decide.h"

#define S ((int64_t)1000000)
#define NOW (1000 * S)
#define DIGEST "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* A build whose Job was made ten seconds ago. */
static struct build_view row(void)
{
	return (struct build_view){ .running = true,
				    .phase = PHASE_PREPARING,
				    .job_made = true,
				    .claimed_us = NOW - 10 * S,
				    .deadline_us = NOW + 600 * S,
				    .unschedulable_us = 300 * S,
				    .claims = 1 };
}

static struct build_observed seen(void)
{
	struct build_observed o = { .synced = true };
	o.job.present = true;
	o.pod.present = true;
	return o;
}

static void set(struct build_observed *o, enum build_container c, enum container_state state, int exit_code)
{
	o->pod.containers[c].state = state;
	o->pod.containers[c].exit_code = exit_code;
}

/* All three ended well, all logs read. */
static struct build_observed finished(void)
{
	struct build_observed o = seen();
	for (int c = 0; c < CONTAINER__MAX; c++) {
		set(&o, (enum build_container)c, CONTAINER_ENDED, 0);
		o.logs[c] = LOG_COMPLETE;
	}
	strcpy(o.pod.containers[CONTAINER_PUSH].message, DIGEST "\n");
	o.pod.phase = POD_SUCCEEDED;
	return o;
}

static struct build_step step(struct build_view v, struct build_observed o)
{
	return decide_build(&v, &o, NOW);
}

static void test_make(void **state)
{
	struct build_view v = row();
	struct build_observed o = { .synced = false, .trouble = "away" };
	(void)state;
	v.job_made = false;
	assert_int_equal(step(v, o).act, BUILD_MAKE);
	v.act_retry_us = NOW + S;
	assert_int_equal(step(v, o).act, BUILD_WAIT);
	assert_string_equal(step(v, o).why, "away");
	v.act_retry_us = 0;
	v.claimed_us = NOW - 3601 * S;
	assert_int_equal(step(v, o).reason, REASON_PLATFORM);
}

static void test_phases(void **state)
{
	struct build_view v = row();
	struct build_observed o = seen();
	(void)state;
	set(&o, CONTAINER_CLONE, CONTAINER_RUNNING, 0);
	assert_int_equal(step(v, o).act, BUILD_PHASE);
	assert_int_equal(step(v, o).phase, PHASE_CLONING);
	set(&o, CONTAINER_CLONE, CONTAINER_ENDED, 0);
	set(&o, CONTAINER_BUILD, CONTAINER_RUNNING, 0);
	assert_int_equal(step(v, o).phase, PHASE_BUILDING);
	/* Never back: a stale cache after a restart. */
	v.phase = PHASE_PUSHING;
	assert_int_equal(step(v, o).act, BUILD_READ_LOG);
}

static void test_logs(void **state)
{
	struct build_view v = row();
	struct build_observed o = seen();
	(void)state;
	v.phase = PHASE_BUILDING;
	set(&o, CONTAINER_CLONE, CONTAINER_ENDED, 0);
	set(&o, CONTAINER_BUILD, CONTAINER_RUNNING, 0);
	o.logs[CONTAINER_CLONE] = LOG_READING;
	struct build_step s = step(v, o);
	assert_int_equal(s.act, BUILD_READ_LOG);
	assert_int_equal(s.container, CONTAINER_BUILD);
	assert_true(s.follow);
	/* The follow ended: once more to the end. */
	o.logs[CONTAINER_CLONE] = LOG_IDLE;
	s = step(v, o);
	assert_int_equal(s.container, CONTAINER_CLONE);
	assert_false(s.follow);
	o.log_retry_us[CONTAINER_CLONE] = NOW + S;
	assert_int_equal(step(v, o).container, CONTAINER_BUILD);
	o.logs[CONTAINER_CLONE] = LOG_COMPLETE;
	o.logs[CONTAINER_BUILD] = LOG_READING;
	s = step(v, o);
	assert_int_equal(s.act, BUILD_WAIT);
	assert_int_equal(s.says, SAYS_NOTHING);
	o.synced = false;
	o.trouble = "away";
	assert_string_equal(step(v, o).why, "away");
}

static void test_success(void **state)
{
	struct build_view v = row();
	struct build_observed o = finished();
	(void)state;
	v.phase = PHASE_PUSHING;
	assert_int_equal(step(v, o).act, BUILD_FINISH);
	assert_int_equal(step(v, o).ending, ENDING_SUCCESS);
	/* Not before the last line is stored. */
	o.logs[CONTAINER_PUSH] = LOG_READING;
	assert_int_equal(step(v, o).act, BUILD_WAIT);
	/* But a cluster that never serves it does not hold the build for ever. */
	v.end_us = NOW - 121 * S;
	assert_int_equal(step(v, o).act, BUILD_LOSE_LOG);
	/* What builds may have written is no digest; what the push says must be one. */
	o = finished();
	v.end_us = 0;
	strcpy(o.pod.containers[CONTAINER_PUSH].message, "sha256:abc");
	assert_int_equal(step(v, o).reason, REASON_PLATFORM);
}

static void test_container_failed(void **state)
{
	struct build_view v = row();
	struct build_observed o = seen();
	(void)state;
	v.phase = PHASE_BUILDING;
	set(&o, CONTAINER_CLONE, CONTAINER_ENDED, 0);
	set(&o, CONTAINER_BUILD, CONTAINER_ENDED, 1);
	o.logs[CONTAINER_CLONE] = o.logs[CONTAINER_BUILD] = LOG_COMPLETE;
	o.pod.phase = POD_FAILED;
	struct build_step s = step(v, o);
	assert_int_equal(s.act, BUILD_FINISH);
	assert_int_equal(s.ending, ENDING_CONTAINER);
	assert_int_equal(s.container, CONTAINER_BUILD);
	o.job.failed = true;
	strcpy(o.job.reason, "DeadlineExceeded");
	assert_int_equal(step(v, o).reason, REASON_TIMEOUT);
}

static void test_stuck(void **state)
{
	struct build_view v = row();
	struct build_observed o = seen();
	(void)state;
	strcpy(o.pod.unschedulable, "0/1 nodes are available");
	v.stuck_us = NOW - 299 * S;
	assert_int_equal(build_stuck(&o), STUCK_UNSCHEDULABLE);
	assert_int_equal(step(v, o).act, BUILD_WAIT);
	assert_string_equal(step(v, o).why, "0/1 nodes are available");
	assert_int_equal(step(v, o).says, SAYS_WAITS_NODE);
	v.stuck_us = NOW - 301 * S;
	assert_int_equal(step(v, o).reason, REASON_UNSCHEDULABLE);
	assert_int_equal(step(v, o).says, SAYS_NO_NODE);
	o = seen();
	set(&o, CONTAINER_CLONE, CONTAINER_WAITING, 0);
	strcpy(o.pod.containers[CONTAINER_CLONE].reason, "ImagePullBackOff");
	v.stuck_us = NOW - 74 * S;
	assert_int_equal(step(v, o).act, BUILD_WAIT);
	v.stuck_us = NOW - 76 * S;
	assert_int_equal(step(v, o).reason, REASON_IMAGE_PULL);
	strcpy(o.pod.containers[CONTAINER_CLONE].message, "rpc error: manifest unknown");
	v.stuck_us = NOW - 21 * S;
	assert_int_equal(step(v, o).reason, REASON_IMAGE_PULL);
	v.stuck_us = NOW - 76 * S;
	strcpy(o.pod.containers[CONTAINER_CLONE].reason, "CreateContainerConfigError");
	assert_int_equal(step(v, o).reason, REASON_PLATFORM);
	strcpy(o.pod.containers[CONTAINER_CLONE].reason, "PodInitializing");
	assert_int_equal(build_stuck(&o), STUCK_NOT);
}

static void test_no_pod(void **state)
{
	struct build_view v = row();
	struct build_observed o = seen();
	(void)state;
	o.pod.present = false;
	v.stuck_us = NOW - 2 * S;
	assert_int_equal(step(v, o).act, BUILD_WAIT);
	v.stuck_us = NOW - 6 * S;
	assert_int_equal(step(v, o).act, BUILD_READ_EVENTS);
	v.events_read = true;
	v.event = "pods \"build-1\" is forbidden: exceeded quota: q";
	assert_int_equal(step(v, o).act, BUILD_WAIT);
	assert_string_equal(step(v, o).why, v.event);
	v.stuck_us = NOW - 301 * S;
	assert_int_equal(step(v, o).reason, REASON_QUOTA);
	assert_int_equal(step(v, o).says, SAYS_NAMESPACE_FULL);
	/* It was there, and is gone; or the Job has ended, and the watch of pods is behind. */
	v.stuck_us = NOW - 9 * S;
	o.job.complete = true;
	assert_int_equal(step(v, o).act, BUILD_WAIT);
	o.job.complete = false;
	v.phase = PHASE_BUILDING;
	assert_int_equal(step(v, o).act, BUILD_WAIT);
	v.stuck_us = NOW - 11 * S;
	assert_int_equal(step(v, o).reason, REASON_LOST);
	assert_true(step(v, o).infra);
	o.job.failed = true;
	strcpy(o.job.reason, "DeadlineExceeded");
	assert_int_equal(step(v, o).reason, REASON_TIMEOUT);
	o.logs[CONTAINER_BUILD] = LOG_READING;
	v.phase = PHASE_BUILDING;
	o.job.reason[0] = '\0';
	assert_int_equal(step(v, o).act, BUILD_WAIT);
}

static void test_no_job(void **state)
{
	struct build_view v = row();
	struct build_observed o = { .synced = false, .trouble = "10:00 UTC, no route to host" };
	(void)state;
	assert_int_equal(step(v, o).act, BUILD_WAIT);
	assert_string_equal(step(v, o).why, o.trouble);
	assert_int_equal(step(v, o).says, SAYS_AWAY);
	o.synced = true;
	o.trouble = NULL;
	assert_int_equal(step(v, o).act, BUILD_CONFIRM_JOB);
	v.job_missing = true;
	assert_int_equal(step(v, o).reason, REASON_LOST);
	assert_true(step(v, o).infra);
}

static void test_cancel(void **state)
{
	struct build_view v = row();
	struct build_observed o = seen();
	(void)state;
	v.cancel_requested = true;
	set(&o, CONTAINER_CLONE, CONTAINER_RUNNING, 0);
	assert_int_equal(step(v, o).act, BUILD_STOP);
	v.stop_us = NOW - S;
	assert_int_equal(step(v, o).act, BUILD_WAIT);
	o.pod.present = o.job.present = false;
	assert_int_equal(step(v, o).act, BUILD_FINISH);
	assert_int_equal(step(v, o).ending, ENDING_CANCELLED);
	/* A pod that does not go away is not waited for. */
	o = seen();
	set(&o, CONTAINER_CLONE, CONTAINER_RUNNING, 0);
	v.stop_us = NOW - 21 * S;
	assert_int_equal(step(v, o).act, BUILD_FINISH);
	/* Nothing was made yet: nothing is to be stopped. */
	v = row();
	v.cancel_requested = true;
	v.job_made = false;
	o = (struct build_observed){ .synced = true };
	assert_int_equal(step(v, o).act, BUILD_FINISH);
}

static void test_limits(void **state)
{
	struct build_view v = row();
	struct build_observed o = seen();
	(void)state;
	set(&o, CONTAINER_CLONE, CONTAINER_RUNNING, 0);
	v.deadline_us = NOW - 61 * S;
	assert_int_equal(step(v, o).act, BUILD_STOP);
	v.stop_us = NOW - 21 * S;
	assert_int_equal(step(v, o).reason, REASON_TIMEOUT);
	/* It came in at the last moment. */
	v.phase = PHASE_PUSHING;
	assert_int_equal(step(v, finished()).ending, ENDING_SUCCESS);
	v = row();
	v.claims = 4;
	assert_int_equal(step(v, seen()).reason, REASON_PLATFORM);
}

static void test_clean_up(void **state)
{
	struct build_view v = row();
	struct build_observed o = finished();
	(void)state;
	v.running = false;
	assert_int_equal(step(v, o).act, BUILD_ARCHIVE);
	v.archive_retry_us = NOW + S;
	assert_int_equal(step(v, o).act, BUILD_WAIT);
	v.archived = true;
	assert_int_equal(step(v, o).act, BUILD_DELETE);
	v.job_deleted = true;
	assert_int_equal(step(v, o).act, BUILD_FORGET);
	/* What still runs is stopped before anything else: it holds a place. */
	v = row();
	v.running = false;
	o = seen();
	set(&o, CONTAINER_CLONE, CONTAINER_WAITING, 0);
	assert_int_equal(step(v, o).act, BUILD_STOP);
	v.stop_us = NOW - S;
	assert_int_equal(step(v, o).act, BUILD_ARCHIVE);
}

static void test_digest(void **state)
{
	char out[72];
	(void)state;
	assert_true(build_digest_parse("\n" DIGEST "\n", out));
	assert_string_equal(out, DIGEST);
	assert_false(build_digest_parse("", out));
	assert_false(build_digest_parse(DIGEST "a", out));
	assert_false(build_digest_parse(DIGEST " x", out));
	assert_false(build_digest_parse("sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", out));
	assert_false(build_digest_parse("xsha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),	cmocka_unit_test(test_phases),		 cmocka_unit_test(test_logs),
		cmocka_unit_test(test_success), cmocka_unit_test(test_container_failed), cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_no_pod),	cmocka_unit_test(test_no_job),		 cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_limits),	cmocka_unit_test(test_clean_up),	 cmocka_unit_test(test_digest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
