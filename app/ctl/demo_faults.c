/* How the made-up builds and deployments go wrong: each reason with what the tools and the cluster say then. */
#include "ctl/demo_texts.h"

#include <stddef.h>
#include <string.h>

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))
#define NO_NODES                                                                                                                 \
	"0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available: 3 No preemption victims found "    \
	"for incoming pod."
#define LOCATED "The container could not be located when the pod was deleted.  The container used to be Running"

/* Dealt by their weights. Keep each reason of the list here; the worker's classifier must find the same in the same tail. */
const struct demo_fault demo_faults[] = {
	{ .reason = REASON_BUILD_STEP, .weight = 30, .where = WHERE_BUILD, .own = true, .step = true },
	{ .reason = REASON_DOCKERFILE,
	  .weight = 4,
	  .where = WHERE_BUILD,
	  .own = true,
	  .seconds_lo = 2,
	  .seconds_hi = 4,
	  .tail = "error building image: parsing dockerfile: dockerfile parse error on line 6: unknown instruction: RUM (did you "
		  "mean RUN?)\n",
	  .says = SAYS_BAD_DOCKERFILE,
	  .sign = "parse error",
	  .exit_code = 1 },
	{ .reason = REASON_DOCKERFILE,
	  .weight = 2,
	  .where = WHERE_CLONE,
	  .own = true,
	  .tail = "Dockerfile not found: Dockerfile\n",
	  .says = SAYS_NO_DOCKERFILE,
	  .sign = "Dockerfile not found",
	  .exit_code = 64 },
	{ .reason = REASON_IMAGE_PULL,
	  .weight = 4,
	  .where = WHERE_BUILD,
	  .own = true,
	  .seconds_lo = 3,
	  .seconds_hi = 7,
	  .tail = "error building image: unable to complete operation after 0 attempts, last error: GET "
		  "https://index.docker.io/v2/library/{wrong_path}: MANIFEST_UNKNOWN: manifest unknown; unknown tag\n",
	  .says = SAYS_NO_BASE_IMAGE,
	  .sign = "MANIFEST_UNKNOWN",
	  .exit_code = 1 },
	{ .reason = REASON_IMAGE_PULL,
	  .weight = 1,
	  .where = WHERE_BUILD,
	  .infra = true,
	  .seconds_lo = 4,
	  .seconds_hi = 9,
	  .tail = "error building image: unable to complete operation after 3 attempts, last error: GET "
		  "https://index.docker.io/v2/library/{base_path}: TOOMANYREQUESTS: You have reached your unauthenticated pull "
		  "rate "
		  "limit\n",
	  .says = SAYS_PULL_LIMIT,
	  .sign = "TOOMANYREQUESTS",
	  .exit_code = 1 },
	{ .reason = REASON_OUT_OF_MEMORY,
	  .weight = 2,
	  .where = WHERE_BUILD,
	  .own = true,
	  .tail = "error building image: error building stage: failed to execute command: waiting for process to exit: signal: "
		  "killed\n",
	  .says = SAYS_STEP_KILLED,
	  .sign = "signal: killed",
	  .exit_code = 1 },
	{ .reason = REASON_OUT_OF_MEMORY,
	  .weight = 1,
	  .where = WHERE_BUILD,
	  .own = true,
	  .says = SAYS_BUILD_MEMORY,
	  .end_reason = "OOMKilled",
	  .end_message = "",
	  .exit_code = 137 },
	{ .reason = REASON_OUT_OF_DISK,
	  .weight = 1,
	  .where = WHERE_BUILD,
	  .own = true,
	  .tail = "error building image: error building stage: failed to take snapshot: write /kaniko/352818327: no space left "
		  "on "
		  "device\n",
	  .says = SAYS_BUILD_DISK,
	  .sign = "no space left on device",
	  .exit_code = 1 },
	{ .reason = REASON_OUT_OF_DISK,
	  .weight = 1,
	  .where = WHERE_BUILD,
	  .own = true,
	  .lost = true,
	  .says = SAYS_DISK_USED,
	  .pod_reason = "Evicted",
	  .pod_message = "Pod ephemeral local storage usage exceeds the total limit of containers 8Gi. ",
	  .exit_code = 137 },
	{ .reason = REASON_TIMEOUT,
	  .weight = 2,
	  .where = WHERE_BUILD,
	  .own = true,
	  .lost = true,
	  .seconds_lo = 1800,
	  .seconds_hi = 1803,
	  .says = SAYS_TIME_LIMIT,
	  .exit_code = 137 },
	{ .reason = REASON_GIT_AUTH,
	  .weight = 1,
	  .where = WHERE_CLONE,
	  .tail = "git@git.hydrology.example: Permission denied (publickey).\n"
		  "fatal: Could not read from remote repository.\n"
		  "\n"
		  "Please make sure you have the correct access rights\n"
		  "and the repository exists.\n",
	  .says = SAYS_GIT_KEY,
	  .sign = "Permission denied (publickey",
	  .exit_code = 68 },
	{ .reason = REASON_GIT_AUTH,
	  .weight = 1,
	  .where = WHERE_CLONE,
	  .tail = "Host key verification failed.\n"
		  "fatal: Could not read from remote repository.\n",
	  .says = SAYS_GIT_HOST_KEY,
	  .sign = "Host key verification failed",
	  .exit_code = 68 },
	{ .reason = REASON_GIT_REF,
	  .weight = 2,
	  .where = WHERE_CLONE,
	  .tail = "Commit {sha} is not on branch {branch}.\n",
	  .says = SAYS_NO_COMMIT,
	  .sign = "is not on branch",
	  .exit_code = 67 },
	{ .reason = REASON_PUSH_AUTH,
	  .weight = 1,
	  .where = WHERE_PUSH,
	  .tail = "time=\"{stamp}\" level=fatal msg=\"trying to reuse blob at destination: unable to retrieve auth token: "
		  "invalid "
		  "username/password: unauthorized: authentication required\"\n",
	  .says = SAYS_PUSH_CREDENTIALS,
	  .sign = "unauthorized",
	  .exit_code = 1 },
	{ .reason = REASON_EVICTED,
	  .weight = 1,
	  .where = WHERE_BUILD,
	  .infra = true,
	  .lost = true,
	  .says = SAYS_POD_TAKEN,
	  .pod_reason = "Evicted",
	  .pod_message = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 84Mi. Container build was "
			 "using 1650Mi, request is 512Mi, has larger consumption of memory. ",
	  .exit_code = 137 },
	{ .reason = REASON_UNSCHEDULABLE,
	  .weight = 1,
	  .where = WHERE_NOWHERE,
	  .seconds_lo = 301,
	  .seconds_hi = 304,
	  .says = SAYS_NO_NODE,
	  .why = NO_NODES },
	{ .reason = REASON_QUOTA,
	  .weight = 1,
	  .where = WHERE_NOWHERE,
	  .seconds_lo = 301,
	  .seconds_hi = 306,
	  .says = SAYS_NAMESPACE_FULL,
	  .why = "Error creating: pods \"{pod}\" is forbidden: exceeded quota: builds, requested: limits.memory=2Gi, used: "
		 "limits.memory=15Gi, limited: limits.memory=16Gi" },
	{ .reason = REASON_IMAGE_PULL,
	  .weight = 1,
	  .where = WHERE_NOWHERE,
	  .seconds_lo = 76,
	  .seconds_hi = 81,
	  .says = SAYS_PORTAL_IMAGE,
	  .why = "Back-off pulling image \"quay.io/skopeo/stable:v1.17.0\"" },
	{ .reason = REASON_LOST,
	  .weight = 1,
	  .where = WHERE_BUILD,
	  .infra = true,
	  .lost = true,
	  .says = SAYS_NODE_DIED,
	  .end_reason = "ContainerStatusUnknown",
	  .end_message = LOCATED,
	  .exit_code = 137 },
	{ .reason = REASON_LOST,
	  .weight = 1,
	  .where = WHERE_BUILD,
	  .infra = true,
	  .lost = true,
	  .says = SAYS_POD_GONE,
	  .exit_code = 137 },
	{ .reason = REASON_PLATFORM,
	  .weight = 1,
	  .where = WHERE_CLONE,
	  .infra = true,
	  .seconds_lo = 114,
	  .seconds_hi = 126,
	  .tail = "ssh: connect to host git.hydrology.example port 22: Connection refused\n"
		  "fatal: Could not read from remote repository.\n"
		  "\n"
		  "Please make sure you have the correct access rights\n"
		  "and the repository exists.\n",
	  .says = SAYS_GIT_AWAY,
	  .sign = "Connection refused",
	  .exit_code = 69 },
	{ .reason = REASON_PLATFORM,
	  .weight = 1,
	  .where = WHERE_PUSH,
	  .infra = true,
	  .seconds_lo = 112,
	  .seconds_hi = 124,
	  .tail = "time=\"{stamp}\" level=fatal msg=\"trying to reuse blob at destination: pinging container registry "
		  "registry.hydrology.example: received unexpected HTTP status: 503 Service Unavailable\"\n",
	  .says = SAYS_REGISTRY_AWAY,
	  .sign = "unexpected HTTP status",
	  .exit_code = 1 },
	{ .reason = REASON_CANCELLED, .weight = 3, .where = WHERE_BUILD, .says = SAYS_STOPPED },
	{ .reason = REASON_CANCELLED, .weight = 1, .where = WHERE_QUEUE, .seconds_lo = 3, .seconds_hi = 25 },
};
const int demo_fault_count = COUNT(demo_faults);

const struct demo_fault demo_superseded = { .reason = REASON_SUPERSEDED, .where = WHERE_QUEUE };
const struct demo_fault demo_key_refused = {
	.reason = REASON_GIT_AUTH,
	.where = WHERE_CLONE,
	.tail = "git@git.hydrology.example: Permission denied (publickey).\n"
		"fatal: Could not read from remote repository.\n"
		"\n"
		"Please make sure you have the correct access rights\n"
		"and the repository exists.\n",
	.says = SAYS_GIT_KEY,
	.sign = "Permission denied (publickey",
	.exit_code = 68,
};

const struct demo_trouble demo_troubles[] = {
	{ "CRASH_LOOP", 8, 34, 90, true, 1, NULL, true },
	{ "NOT_ANSWERING", 4, 600, 604, true, 0, "Startup probe failed: dial tcp 10.244.0.17:8000: connect: connection refused",
	  true },
	{ "OUT_OF_MEMORY", 2, 45, 120, true, 137, NULL, true },
	{ "IMAGE_DENIED", 1, 17, 40, true, 0,
	  "failed to pull and unpack image \"{image}:{tag}\": failed to resolve reference \"{image}:{tag}\": unexpected status "
	  "from "
	  "HEAD request: 401 Unauthorized",
	  false },
	{ "QUOTA", 1, 600, 606, true, 0,
	  "pods \"prj-{project_id}-6d5f9c7b8f-\" is forbidden: exceeded quota: students, requested: limits.memory=512Mi, used: "
	  "limits.memory=15872Mi, limited: limits.memory=16Gi",
	  false },
	{ "UNSCHEDULABLE", 1, 301, 308, true, 0, NO_NODES, false },
	{ "START", 1, 21, 30, true, 128,
	  "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable "
	  "to start container process: exec: \"gunicorn\": executable file not found in $PATH: unknown",
	  false },
	{ "PLATFORM", 1, 661, 672, false, 0, "etcdserver: request timed out, possibly due to connection lost", false },
};
const int demo_trouble_count = COUNT(demo_troubles);

const struct demo_trouble *demo_trouble_find(const char *reason)
{
	for (int i = 0; i < demo_trouble_count; i++)
		if (!strcmp(demo_troubles[i].reason, reason))
			return &demo_troubles[i];
	return NULL;
}
