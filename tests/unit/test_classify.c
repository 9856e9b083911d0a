/* Reasons from the real messages of git, Kaniko, BuildKit, skopeo and the kubelet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "worker/classify.h"

/* One container that ended with exit code 1 and these last lines. */
static const struct {
	enum build_container container;
	int exit_code;
	const char *tail;
	enum build_reason reason;
	bool infra;
} logs[] = {
	{ CONTAINER_CLONE, 68, "git@host: Permission denied (publickey).\nfatal: Could not read from remote repository.\n",
	  REASON_GIT_AUTH, false },
	{ CONTAINER_CLONE, 68, "Host key verification failed.\nfatal: Could not read from remote repository.\n", REASON_GIT_AUTH,
	  false },
	{ CONTAINER_CLONE, 68, "fatal: repository 'http://host/a/b.git/' not found\n", REASON_GIT_AUTH, false },
	{ CONTAINER_CLONE, 68, "fatal: could not read Username for 'https://host': terminal prompts disabled\n", REASON_GIT_AUTH,
	  false },
	{ CONTAINER_CLONE, 67, "fatal: remote error: upload-pack: not our ref 1111111111111111111111111111111111111111\n",
	  REASON_GIT_REF, false },
	{ CONTAINER_CLONE, 69,
	  "ssh: connect to host git port 22: Connection refused\nfatal: Could not read from remote repository.\n",
	  REASON_PLATFORM, true },
	{ CONTAINER_CLONE, 69, "ssh: Could not resolve hostname git: Name or service not known\n", REASON_PLATFORM, true },
	{ CONTAINER_CLONE, 64, "Dockerfile not found: docker/Dockerfile\n", REASON_DOCKERFILE, false },
	{ CONTAINER_CLONE, 65, "Not a regular file inside the repository: Dockerfile\n", REASON_DOCKERFILE, false },
	{ CONTAINER_CLONE, 1, "fatal: write error: No space left on device\n", REASON_OUT_OF_DISK, false },
	{ CONTAINER_BUILD, 1,
	  "error building image: parsing dockerfile: dockerfile parse error on line 2: unknown instruction: FROBNICATE\n",
	  REASON_DOCKERFILE, false },
	{ CONTAINER_BUILD, 1,
	  "unauthorized: says the student\nerror building image: error building stage: failed to execute command: waiting for "
	  "process to exit: exit status 3\n",
	  REASON_BUILD_STEP, false },
	{ CONTAINER_BUILD, 1,
	  "error building image: error building stage: failed to get files used from context: failed to get fileinfo for /x: "
	  "lstat /x: no such file or directory\n",
	  REASON_BUILD_STEP, false },
	{ CONTAINER_BUILD, 1,
	  "error building image: unable to complete operation after 5 attempts, last error: GET http://r/v2/a/manifests/1: "
	  "MANIFEST_UNKNOWN: manifest unknown; map[Tag:1]\n",
	  REASON_IMAGE_PULL, false },
	{ CONTAINER_BUILD, 1, "error building image: Get \"https://r/v2/\": dial tcp 10.0.0.1:443: connect: connection refused\n",
	  REASON_IMAGE_PULL, true },
	{ CONTAINER_BUILD, 1,
	  "error building image: error building stage: failed to take snapshot: write /kaniko/1: no space left on device\n",
	  REASON_OUT_OF_DISK, false },
	{ CONTAINER_BUILD, 1,
	  "error building image: error building stage: failed to execute command: waiting for process to exit: signal: killed\n",
	  REASON_OUT_OF_MEMORY, false },
	{ CONTAINER_BUILD, 1, "error: failed to solve: dockerfile parse error on line 2: unknown instruction: FROBNICATE\n",
	  REASON_DOCKERFILE, false },
	{ CONTAINER_BUILD, 1, "error: failed to solve: the Dockerfile cannot be empty\n", REASON_DOCKERFILE, false },
	{ CONTAINER_BUILD, 1,
	  "#5 ERROR: process\nerror: failed to solve: process \"/bin/sh -c exit 3\" did not complete successfully: exit code: "
	  "3\n",
	  REASON_BUILD_STEP, false },
	{ CONTAINER_BUILD, 1, "error: failed to solve: process \"/bin/sh -c x\" did not complete successfully: exit code: 137\n",
	  REASON_OUT_OF_MEMORY, false },
	{ CONTAINER_BUILD, 1,
	  "error: failed to solve: failed to compute cache key: failed to calculate checksum of ref a::b: \"/nothere\": not "
	  "found\n",
	  REASON_BUILD_STEP, false },
	{ CONTAINER_BUILD, 1,
	  "error: failed to solve: r/base:1: failed to resolve source metadata for r/base:1: r/base:1: not found\n",
	  REASON_IMAGE_PULL, false },
	{ CONTAINER_BUILD, 1,
	  "error: failed to solve: docker.io/a/b: failed to resolve source metadata: pull access denied, repository does not "
	  "exist or may require authorization: server message: insufficient_scope: authorization failed\n",
	  REASON_IMAGE_PULL, false },
	{ CONTAINER_BUILD, 1,
	  "error: failed to solve: x: failed to do request: Head \"https://x/v2/\": dial tcp: lookup x: no such host\n",
	  REASON_IMAGE_PULL, false },
	{ CONTAINER_BUILD, 70,
	  "[rootlesskit:parent] error: failed to start the child: operation not permitted\nrootlesskit: the build daemon did not "
	  "start\n",
	  REASON_PLATFORM, false },
	{ CONTAINER_BUILD, 9, "something of its own\n", REASON_BUILD_STEP, false },
	{ CONTAINER_PUSH, 1,
	  "time=\"t\" level=fatal msg=\"writing blob: initiating layer upload to /v2/a/blobs/uploads/ in r: unauthorized: "
	  "authentication required\"\n",
	  REASON_PUSH_AUTH, false },
	{ CONTAINER_PUSH, 1,
	  "time=\"t\" level=fatal msg=\"pinging container registry r: Get \\\"https://r/v2/\\\": x509: certificate signed by "
	  "unknown authority\"\n",
	  REASON_PLATFORM, false },
	{ CONTAINER_PUSH, 1,
	  "time=\"t\" level=fatal msg=\"pinging container registry r: dial tcp 10.0.0.1:5000: connect: connection refused\"\n",
	  REASON_PLATFORM, true },
};

static void test_logs(void **state)
{
	struct arena *a = arena_new(16 << 20);
	(void)state;
	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
		struct seen_pod pod = { .present = true };
		pod.containers[logs[i].container] =
			(struct seen_container){ .state = CONTAINER_ENDED, .exit_code = logs[i].exit_code, .reason = "Error" };
		struct verdict v = classify_failure(a, &pod, logs[i].container, logs[i].tail);
		if (v.reason != logs[i].reason || v.infra != logs[i].infra)
			print_error("%s: %s\n", logs[i].tail, build_words_message(a, &v.words));
		assert_int_equal(v.reason, logs[i].reason);
		assert_int_equal(v.infra, logs[i].infra);
		assert_true(v.words.says && strlen(build_words_message(a, &v.words)) < 500 && strlen(v.evidence) <= 2000);
	}
	arena_free(a);
}

/* The pod or the container's end says it, whatever the log holds. */
static const struct {
	const char *pod_reason, *pod_message, *disruption, *reason;
	int exit_code;
	enum build_reason is;
	bool infra;
} ends[] = {
	{ "Evicted", "The node was low on resource: memory.", "", "Error", 137, REASON_EVICTED, true },
	{ "Evicted", "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ", "", "Error", 137,
	  REASON_OUT_OF_DISK, false },
	{ "Evicted", "Usage of EmptyDir volume \"out\" exceeds the limit \"1Gi\". ", "", "Error", 137, REASON_OUT_OF_DISK,
	  false },
	{ "", "", "PreemptionByScheduler", "Error", 143, REASON_EVICTED, true },
	{ "", "", "", "OOMKilled", 137, REASON_OUT_OF_MEMORY, false },
	{ "", "", "", "Unknown", 255, REASON_LOST, true },
	{ "", "", "", "ContainerStatusUnknown", 137, REASON_LOST, true },
	{ "NodeLost", "Node is gone", "", "Error", 1, REASON_LOST, true },
	{ "DeadlineExceeded", "Pod was active on the node longer than the specified deadline", "", "Error", 137, REASON_TIMEOUT,
	  false },
	{ "", "", "", "StartError", 128, REASON_PLATFORM, false },
};

static void test_ends(void **state)
{
	struct arena *a = arena_new(16 << 20);
	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct seen_pod pod = { .present = true };
		struct seen_container *c = &pod.containers[CONTAINER_BUILD];
		strcpy(pod.reason, ends[i].pod_reason);
		strcpy(pod.message, ends[i].pod_message);
		strcpy(pod.disruption, ends[i].disruption);
		strcpy(c->reason, ends[i].reason);
		c->exit_code = ends[i].exit_code;
		struct verdict v = classify_failure(a, &pod, CONTAINER_BUILD, "error: failed to solve: whatever\n");
		assert_int_equal(v.reason, ends[i].is);
		assert_int_equal(v.infra, ends[i].infra);
	}
	arena_free(a);
}

/* What Kaniko says of itself is no evidence; the command that ran, its output and the error are. */
static void test_evidence_without_chatter(void **state)
{
	(void)state;
	static const char tail[] = "time=\"t\" level=info msg=\"Retrieving image manifest base:1\"\n"
				   "time=\"t\" level=info msg=\"Running: [/bin/sh -c pip install x]\"\n"
				   "ERROR: No matching distribution found for x\n"
				   "time=\"t\" level=info msg=\"Taking snapshot\"\n"
				   "error building image: error building stage: failed to execute command: waiting for process "
				   "to exit: exit status 1\n";
	struct arena *a = arena_new(1 << 20);
	struct seen_pod pod = { .present = true };
	pod.containers[CONTAINER_BUILD] = (struct seen_container){ .state = CONTAINER_ENDED, .exit_code = 1, .reason = "Error" };
	struct verdict v = classify_failure(a, &pod, CONTAINER_BUILD, tail);
	assert_int_equal(v.reason, REASON_BUILD_STEP);
	assert_null(strstr(v.evidence, "Retrieving"));
	assert_null(strstr(v.evidence, "snapshot"));
	assert_non_null(strstr(v.evidence, "Running: [/bin/sh -c pip install x]"));
	assert_non_null(strstr(v.evidence, "No matching distribution"));
	assert_non_null(strstr(v.evidence, "exit status 1"));
	arena_free(a);
}

static void test_hostile_lines(void **state)
{
	struct arena *a = arena_new(16 << 20);
	(void)state;
	assert_string_equal(str_last_lines(a, "a\nb\nc\n\n", 2, 100), "b\nc");
	assert_string_equal(str_last_lines(a, "\x1b[1;31mred\x1b[0m\x07\n", 1, 100), "red");
	assert_string_equal(str_last_lines(a, "\xff\xc3", 1, 100), "\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(str_last_lines(a, "", 3, 100), "");
	char *long_line = arena_alloc(a, 100001);
	memset(long_line, 'x', 100000);
	assert_int_equal(strlen(str_last_lines(a, long_line, 5, 1900)), 1900);
	struct seen_pod pod = { .present = true };
	struct verdict v = classify_failure(a, &pod, CONTAINER_BUILD, "\xff\xfe broken \xc3\n");
	const char *message = build_words_message(a, &v.words);
	assert_true(str_is_utf8(message, strlen(message)));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_logs), cmocka_unit_test(test_ends),
					    cmocka_unit_test(test_evidence_without_chatter),
					    cmocka_unit_test(test_hostile_lines) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
