/* The next step of a deployment: one row a situation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "worker/decide.h"
#include "worker/reasons.h"

#define S ((int64_t)1000000)
#define NOW (1000 * S)

static struct deploy_view row(void)
{
	return (struct deploy_view){ .id = 7,
				     .action = ACT_DEPLOY,
				     .applied = true,
				     .deadline_us = NOW + 600 * S,
				     .applied_us = NOW - 60 * S,
				     .unschedulable_us = 300 * S,
				     .claims = 1 };
}

/* The new template is there, its pod has begun. */
static struct deploy_observed seen(void)
{
	struct deploy_observed o = { .synced = true, .service = true, .ingress = true };
	o.app = (struct seen_app){ .present = true, .deployment_id = 7, .replicas = 1, .template_mark = "new" };
	strcpy(o.app.rollout_message, "waiting");
	o.pods[0] = (struct seen_pod){ .present = true, .template_mark = "new" };
	strcpy(o.pods[0].name, "pod-new");
	return o;
}

static struct deploy_step step(struct deploy_view v, struct deploy_observed o)
{
	static struct deploy_observed kept; /* the step's texts point into it */
	kept = o;
	return decide_deployment(&v, &kept, NOW);
}

static void test_apply(void **state)
{
	struct deploy_view v = row();
	struct deploy_observed o = seen();
	(void)state;
	v.applied = false;
	assert_int_equal(step(v, o).act, DEPLOY_APPLY);
	v.act_retry_us = NOW + S;
	assert_int_equal(step(v, o).act, DEPLOY_WAIT);
	v = row();
	/* A slower earlier one wrote over it. */
	o.app.deployment_id = 6;
	assert_int_equal(step(v, o).act, DEPLOY_APPLY);
	v.applied_us = NOW - S;
	assert_int_equal(step(v, o).act, DEPLOY_WAIT);
	v = row();
	o.app.present = false;
	assert_int_equal(step(v, o).act, DEPLOY_APPLY);
	o.synced = false;
	assert_int_equal(step(v, o).act, DEPLOY_WAIT);
}

static void test_running(void **state)
{
	struct deploy_observed o = seen();
	(void)state;
	assert_int_equal(step(row(), o).act, DEPLOY_WAIT);
	o.app.rollout = SEEN_DONE;
	o.app.available = 1;
	assert_int_equal(step(row(), o).act, DEPLOY_FINISH);
	assert_int_equal(step(row(), o).state, DEPLOYMENT_RUNNING);
}

static void test_image(void **state)
{
	struct deploy_view v = row();
	struct deploy_observed o = seen();
	(void)state;
	o.pods[0].containers[0].state = CONTAINER_WAITING;
	strcpy(o.pods[0].containers[0].reason, "ImagePullBackOff");
	strcpy(o.pods[0].containers[0].message, "dial tcp: connection refused");
	v.stuck_us = NOW - 60 * S;
	/* A registry that is away comes back; it is asked once. */
	assert_int_equal(step(v, o).act, DEPLOY_ASK_IMAGE);
	v.image = IMAGE_UNKNOWN;
	assert_int_equal(step(v, o).act, DEPLOY_WAIT);
	assert_string_equal(step(v, o).code, "PULL_AGAIN");
	v.image = IMAGE_DENIED;
	assert_string_equal(step(v, o).code, "IMAGE_DENIED");
	strcpy(o.pods[0].containers[0].message, "x: not found");
	assert_int_equal(step(v, o).state, DEPLOYMENT_FAILED);
	assert_string_equal(step(v, o).code, "IMAGE_MISSING");
	/* What a node may not fetch, the registry is asked for, too: its account may be on its way. */
	strcpy(o.pods[0].containers[0].message, "401 Unauthorized");
	v.image = IMAGE_UNASKED;
	assert_int_equal(step(v, o).act, DEPLOY_ASK_IMAGE);
	v.image = IMAGE_THERE;
	assert_string_equal(step(v, o).code, "PULL_AGAIN");
	v.stuck_us = NOW - 61 * S;
	assert_string_equal(step(v, o).code, "IMAGE_DENIED");
	/* The old version's pod is nobody's failure. */
	strcpy(o.pods[0].template_mark, "old");
	assert_int_equal(step(v, o).act, DEPLOY_WAIT);
}

static void test_crash(void **state)
{
	struct deploy_observed o = seen();
	struct seen_container *c = &o.pods[0].containers[0];
	(void)state;
	c->state = CONTAINER_WAITING;
	strcpy(c->reason, "CrashLoopBackOff");
	c->restarts = 1;
	assert_int_equal(step(row(), o).act, DEPLOY_WAIT);
	c->restarts = 2;
	c->last_exit_code = 3;
	assert_string_equal(step(row(), o).code, "CRASH_LOOP");
	assert_string_equal(step(row(), o).pod, "pod-new");
	strcpy(c->last_reason, "OOMKilled");
	assert_string_equal(step(row(), o).code, "OUT_OF_MEMORY");
	o.pods[0].ready = true;
	assert_int_equal(step(row(), o).act, DEPLOY_WAIT);
	assert_string_equal(step(row(), o).code, "OLD_ENDING");
}

static void test_place(void **state)
{
	struct deploy_view v = row();
	struct deploy_observed o = seen();
	(void)state;
	strcpy(o.app.replica_failure, "pods is forbidden: exceeded quota: students");
	o.pods[0].present = false;
	assert_int_equal(deploy_stuck(&o), DEPLOY_STUCK_QUOTA);
	assert_string_equal(step(v, o).code, "QUOTA");
	assert_string_equal(step(v, o).message, "pods is forbidden: exceeded quota: students");
	v.deadline_us = NOW - S;
	assert_string_equal(step(v, o).code, "QUOTA");
	o = seen();
	v = row();
	strcpy(o.pods[0].unschedulable, "0/1 nodes");
	v.stuck_us = NOW - 100 * S;
	assert_int_equal(step(v, o).act, DEPLOY_WAIT);
	v.stuck_us = NOW - 301 * S;
	assert_string_equal(step(v, o).code, "UNSCHEDULABLE");
	/* The one before was evicted for what it wrote: that is what to tell. */
	o.pods[1] = o.pods[0];
	o.pods[1].phase = POD_FAILED;
	strcpy(o.pods[1].reason, "Evicted");
	strcpy(o.pods[1].message, "Pod ephemeral local storage usage exceeds the total limit of containers 64Mi.");
	assert_string_equal(step(v, o).code, "OUT_OF_DISK");
	v.stuck_us = NOW - 100 * S;
	assert_int_equal(step(v, o).act, DEPLOY_WAIT);
}

static void test_deadline(void **state)
{
	struct deploy_view v = row();
	struct deploy_observed o = seen();
	(void)state;
	o.app.rollout = SEEN_FAILED;
	o.pods[0].containers[0].state = CONTAINER_RUNNING;
	assert_string_equal(step(v, o).code, "NOT_ANSWERING");
	assert_string_equal(step(v, o).pod, "pod-new");
	/* It was killed by a probe; or it has crashed, and runs again just now. */
	o.pods[0].containers[0].restarts = 1;
	o.pods[0].containers[0].last_exit_code = 137;
	assert_string_equal(step(v, o).code, "NOT_ANSWERING");
	o.pods[0].containers[0].last_exit_code = 1;
	assert_string_equal(step(v, o).code, "CRASH_LOOP");
	v.claims = 4;
	assert_string_equal(step(v, o).code, "PLATFORM");
}

static void test_stop(void **state)
{
	struct deploy_view v = row();
	struct deploy_observed o = seen();
	(void)state;
	v.action = ACT_STOP;
	assert_int_equal(step(v, o).act, DEPLOY_WAIT);
	o.pods[0].present = false;
	assert_int_equal(step(v, o).state, DEPLOYMENT_STOPPED);
}

static void test_delete(void **state)
{
	struct deploy_view v = row();
	struct deploy_observed o = seen();
	(void)state;
	v.action = ACT_DELETE;
	v.applied = false;
	assert_int_equal(step(v, o).act, DEPLOY_REMOVE);
	v.applied = true;
	v.applied_us = NOW - S;
	assert_int_equal(step(v, o).act, DEPLOY_WAIT);
	/* Somebody made one of them again. */
	v.applied_us = NOW - 60 * S;
	o.app.present = o.service = false;
	assert_int_equal(step(v, o).act, DEPLOY_REMOVE);
	v.deadline_us = NOW - S;
	assert_string_equal(step(v, o).code, "DEADLINE");
	o.ingress = false;
	assert_int_equal(step(v, o).state, DEPLOYMENT_DELETED);
}

/* A cluster that does not answer is told from one that answers no. */
static void test_blind(void **state)
{
	struct deploy_view v = row();
	struct deploy_observed o = { .trouble = "since 10:00 UTC, Connection refused" };
	(void)state;
	assert_string_equal(step(v, o).code, "AWAY");
	v.deadline_us = NOW - S;
	assert_string_equal(step(v, o).code, "CLUSTER_AWAY");
	o.trouble =
		"since 10:00 UTC, services is forbidden: User \"system:serviceaccount:a:b\" cannot list resource \"services\"";
	assert_string_equal(step(v, o).code, "NOT_ALLOWED");
	v.deadline_us = NOW + 600 * S;
	assert_string_equal(step(v, o).code, "NOT_SEEN");
	v.action = ACT_DELETE;
	assert_string_equal(step(v, o).code, "NOT_SEEN");
	o.trouble = NULL;
	assert_null(step(v, o).code);
}

/* A script whose first line ends as Windows ends lines names a program that is not there. */
static void test_reason_with_log(void **state)
{
	(void)state;
	assert_string_equal(reason_with_log("CRASH_LOOP", "exec /start.sh: no such file or directory"), "START");
	assert_string_equal(reason_with_log("CRASH_LOOP", "cat: /x: no such file or directory"), "CRASH_LOOP");
	assert_string_equal(reason_with_log("CRASH_LOOP", "exec /app: exec format error"), "IMAGE_ARCH");
	assert_string_equal(reason_with_log("NOT_ANSWERING", "exec /start.sh: no such file or directory"), "NOT_ANSWERING");
}

static void test_health(void **state)
{
	struct deploy_observed o = seen();
	(void)state;
	o.pods[0].phase = POD_RUNNING;
	o.pods[0].containers[0].state = CONTAINER_RUNNING;
	assert_string_equal(decide_health(&o, NOW).code, "NOT_ANSWERING");
	/* By its Deployment it answers: the pod's news are on their way. */
	o.app.available = 1;
	assert_null(decide_health(&o, NOW).code);
	o.app.replicas = 2;
	assert_string_equal(decide_health(&o, NOW).code, "NOT_ANSWERING");
	o.pods[0].ready = true;
	assert_null(decide_health(&o, NOW).code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apply),  cmocka_unit_test(test_running),
		cmocka_unit_test(test_image),  cmocka_unit_test(test_crash),
		cmocka_unit_test(test_place),  cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_stop),   cmocka_unit_test(test_delete),
		cmocka_unit_test(test_blind),  cmocka_unit_test(test_reason_with_log),
		cmocka_unit_test(test_health),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
