/* Tests of what is read from objects and answers: rollouts, conditions, Status objects, and words of proxies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/json.h"
#include "kube/answer.h"
#include "kube/health.h"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new(8 << 20);
	return a ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static json_object *deployment(const char *text)
{
	json_object *o = json_build(a, text);
	assert_non_null(o);
	return o;
}

static void rollouts_are_judged_as_kubectl_does(void **state)
{
	(void)state;
	static const struct {
		const char *object;
		enum kube_rollout rollout;
	} table[] = {
		/* the change was not seen yet, whatever else is said */
		{ "{'metadata':{'generation':2},'spec':{'replicas':1},'status':{'observedGeneration':1,'replicas':1,'"
		  "updatedReplicas':1,"
		  "'availableReplicas':1,'conditions':[{'type':'Progressing','status':'False','reason':'ProgressDeadlineExceeded'"
		  "}]}}",
		  ROLLOUT_WAITING },
		{ "{'metadata':{'generation':2},'spec':{'replicas':1},'status':{'observedGeneration':2,'replicas':1,'"
		  "updatedReplicas':1,"
		  "'availableReplicas':1,'conditions':[{'type':'Progressing','status':'False','reason':'ProgressDeadlineExceeded'"
		  "}]}}",
		  ROLLOUT_FAILED },
		{ "{'metadata':{'generation':1},'spec':{'replicas':2},'status':{'observedGeneration':1,'replicas':2,'"
		  "updatedReplicas':1,"
		  "'availableReplicas':2}}",
		  ROLLOUT_WAITING },
		{ "{'metadata':{'generation':1},'spec':{'replicas':1},'status':{'observedGeneration':1,'replicas':2,'"
		  "updatedReplicas':1,"
		  "'availableReplicas':1}}",
		  ROLLOUT_WAITING },
		{ "{'metadata':{'generation':1},'spec':{'replicas':1},'status':{'observedGeneration':1,'replicas':1,'"
		  "updatedReplicas':1}}",
		  ROLLOUT_WAITING },
		{ "{'metadata':{'generation':1},'spec':{'replicas':1},'status':{'observedGeneration':1,'replicas':1,'"
		  "updatedReplicas':1,"
		  "'availableReplicas':1}}",
		  ROLLOUT_DONE },
		/* replicas that nobody set are one; stopped ones are none; counters that are missing are 0 */
		{ "{'metadata':{'generation':1},'spec':{},'status':{'observedGeneration':1}}", ROLLOUT_WAITING },
		{ "{'metadata':{'generation':3},'spec':{'replicas':0},'status':{'observedGeneration':3}}", ROLLOUT_DONE },
		{ "{'metadata':{'generation':1}}", ROLLOUT_WAITING },
		{ "{}", ROLLOUT_WAITING },
		{ "[]", ROLLOUT_WAITING },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const char *message = NULL;
		if (kube_rollout(deployment(table[i].object), &message) != table[i].rollout)
			fail_msg("row %zu: %s", i, message);
		assert_non_null(message);
	}
}

static void conditions_are_found_by_type(void **state)
{
	(void)state;
	json_object *job = deployment("{'status':{'conditions':[{'type':'FailureTarget','status':'True'},"
				      "{'type':'Failed','status':'True','reason':'DeadlineExceeded','message':'too long'},"
				      "{'type':'Complete','status':'False'},null,3]}}");
	const char *reason, *message;
	assert_true(kube_condition(job, "Failed", &reason, &message));
	assert_string_equal(reason, "DeadlineExceeded");
	assert_string_equal(message, "too long");
	assert_false(kube_condition(job, "Complete", NULL, NULL));
	assert_false(kube_condition(job, "Other", &reason, NULL));
	assert_string_equal(reason, "");
	assert_false(kube_condition(NULL, "Failed", NULL, NULL));
}

static void paths_are_encoded(void **state)
{
	(void)state;
	assert_string_equal(kube_path(a, KUBE_JOB, "b", "build-1"), "/apis/batch/v1/namespaces/b/jobs/build-1");
	assert_string_equal(kube_path(a, KUBE_POD, NULL, NULL), "/api/v1/pods");
	assert_string_equal(kube_path(a, KUBE_NAMESPACE, NULL, "x"), "/api/v1/namespaces/x");
	assert_string_equal(kube_path(a, KUBE_SECRET, "n", "../a?b"), "/api/v1/namespaces/n/secrets/..%2Fa%3Fb");
}

static enum err read_answer(int status, const char *type, const char *body, struct kube_answer *out)
{
	return answer_read(a, status, type, arena_strdup(a, body), strlen(body), out);
}

#define STATUS(reason) "{\"kind\":\"Status\",\"reason\":\"" reason "\",\"message\":\"why \\u0007not\"}"

static void answers_become_codes(void **state)
{
	(void)state;
	static const struct {
		int status;
		const char *type, *body;
		enum err e;
	} table[] = {
		{ 200, "application/json", "{\"kind\":\"Pod\"}", ERR_NONE },
		{ 201, "application/json; charset=utf-8", "{\"kind\":\"Pod\"}", ERR_NONE },
		{ 200, "text/plain", "ok", ERR_NONE },
		{ 200, "text/html", "<html>hotel login</html>", ERR_UNAVAILABLE },
		{ 200, "application/json", "{\"kind\":", ERR_UNAVAILABLE },
		{ 404, "application/json", STATUS("NotFound"), ERR_NOT_FOUND },
		{ 404, "text/html", "<html>no such page</html>", ERR_UNAVAILABLE },
		{ 409, "application/json", STATUS("AlreadyExists"), ERR_CONFLICT },
		{ 410, "application/json", STATUS("Expired"), ERR_GONE },
		{ 400, "application/json", STATUS("BadRequest"), ERR_INVALID },
		{ 422, "application/json", STATUS("Invalid"), ERR_INVALID },
		{ 401, "application/json", STATUS("Unauthorized"), ERR_UNAUTHORIZED },
		{ 403, "application/json", STATUS("Forbidden"), ERR_FORBIDDEN },
		{ 429, "text/plain", "Too many requests, please try again later.", ERR_TOO_MANY },
		{ 500, "application/json", STATUS("InternalError"), ERR_UNAVAILABLE },
		{ 502, "text/html", "<html>Bad \xff Gateway</html>", ERR_UNAVAILABLE },
		{ 302, "text/html", "", ERR_UNAVAILABLE },
		{ 415, "application/json", STATUS("UnsupportedMediaType"), ERR_INTERNAL },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct kube_answer out;
		if (read_answer(table[i].status, table[i].type, table[i].body, &out) != table[i].e)
			fail_msg("row %zu", i);
		assert_non_null(out.message);
		assert_int_equal(out.status, table[i].status);
	}
	struct kube_answer out;
	assert_int_equal(read_answer(409, "application/json", STATUS("Conflict"), &out), ERR_CONFLICT);
	assert_string_equal(out.reason, "Conflict");
	assert_string_equal(out.message, "why  not");
	assert_int_equal(read_answer(502, "text/html", "<html>", &out), ERR_UNAVAILABLE);
	assert_string_equal(out.message, "HTTP 502, not the API server's answer: <html>");
}

static void a_container_cannot_make_an_answer_unreadable(void **state)
{
	(void)state;
	struct kube_answer out;
	const char *body = "{\"a\":\"x\\u0000\\u0000\",\"b\":\"\\\\u0000\",\"c\":\"\\\\\\u0000\"}";
	assert_int_equal(read_answer(200, "application/json", body, &out), ERR_NONE);
	assert_string_equal(json_text(out.object, "a", ""), "x\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(json_text(out.object, "b", ""), "\\u0000");
	assert_string_equal(json_text(out.object, "c", ""), "\\\xef\xbf\xbd");
}

static void a_failing_cluster_is_left_alone_for_a_while(void **state)
{
	(void)state;
	struct health h;
	int wait, pauses = 0;
	int64_t now = 1000000;
	health_init(&h);
	assert_int_equal(health_ask(&h, now, &wait), PASS_GO);
	health_report(&h, PASS_GO, HEALTH_STRAINED, now);
	assert_int_equal(health_ask(&h, now, &wait), PASS_GO);
	health_report(&h, PASS_GO, HEALTH_GOOD, now);
	health_report(&h, PASS_GO, HEALTH_STRAINED, now);
	health_report(&h, PASS_GO, HEALTH_STRAINED, now);
	for (int last = 0; pauses < 12; pauses++) {
		assert_int_equal(health_ask(&h, now, &wait), PASS_FAILING);
		assert_in_range(wait, 1000, 30000);
		if (pauses < 4)
			assert_true(wait > last);
		last = wait;
		health_report(&h, PASS_GO, HEALTH_DEAD, now); /* one that was under way adds nothing */
		now += wait;
		assert_int_equal(health_ask(&h, now, &wait), PASS_PROBE);
		assert_int_equal(health_ask(&h, now, &wait), PASS_FAILING);
		health_report(&h, PASS_PROBE, HEALTH_DEAD, now);
	}
	assert_int_equal(health_ask(&h, now, &wait), PASS_FAILING);
	now += wait;
	assert_int_equal(health_ask(&h, now, &wait), PASS_PROBE);
	health_report(&h, PASS_PROBE, HEALTH_GOOD, now);
	assert_int_equal(health_ask(&h, now, &wait), PASS_GO);
	health_report(&h, PASS_GO, HEALTH_GOOD, now);
	health_hold(&h, now, 3000);
	assert_int_equal(health_ask(&h, now + 2999, &wait), PASS_BUSY);
	assert_int_equal(wait, 1);
	assert_int_equal(health_ask(&h, now + 3000, &wait), PASS_GO);
	health_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rollouts_are_judged_as_kubectl_does),
		cmocka_unit_test(conditions_are_found_by_type),
		cmocka_unit_test(paths_are_encoded),
		cmocka_unit_test(answers_become_codes),
		cmocka_unit_test(a_container_cannot_make_an_answer_unreadable),
		cmocka_unit_test(a_failing_cluster_is_left_alone_for_a_while),
	};
	return cmocka_run_group_tests_name("kube_objects", tests, setup, teardown);
}
