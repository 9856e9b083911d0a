/* Why a build ended badly. */
#include "worker/classify.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* A text that names a reason. The first row that fits counts. Messages are the tools' own, of git, Kaniko, BuildKit, skopeo. */
struct sign {
	const char *text;
	enum build_reason reason;
	bool infra;
	enum build_sentence says;
};

static const struct sign clone_signs[] = {
	{ "No space left on device", REASON_OUT_OF_DISK, false, SAYS_CLONE_DISK },
	{ "Permission denied (publickey", REASON_GIT_AUTH, false, SAYS_GIT_KEY },
	{ "Host key verification failed", REASON_GIT_AUTH, false, SAYS_GIT_HOST_KEY },
	{ "REMOTE HOST IDENTIFICATION HAS CHANGED", REASON_GIT_AUTH, false, SAYS_GIT_HOST_KEY },
	{ "Authentication failed", REASON_GIT_AUTH, false, SAYS_GIT_CREDENTIALS },
	{ "could not read Username", REASON_GIT_AUTH, false, SAYS_GIT_PASSWORD },
	{ "not our ref", REASON_GIT_REF, false, SAYS_NO_COMMIT },
	{ "couldn't find remote ref", REASON_GIT_REF, false, SAYS_NO_BRANCH },
	{ "reference is not a tree", REASON_GIT_REF, false, SAYS_NO_COMMIT },
	{ "unadvertised object", REASON_GIT_REF, false, SAYS_NO_COMMIT },
	{ "does not exist", REASON_GIT_AUTH, false, SAYS_REPOSITORY_HIDDEN },
	{ "does not appear to be a git repository", REASON_GIT_AUTH, false, SAYS_NO_REPOSITORY },
	{ "not found", REASON_GIT_AUTH, false, SAYS_REPOSITORY_HIDDEN },
	{ "Could not resolve host", REASON_PLATFORM, true, SAYS_GIT_AWAY },
	{ "Connection refused", REASON_PLATFORM, true, SAYS_GIT_AWAY },
	{ "timed out", REASON_PLATFORM, true, SAYS_GIT_AWAY },
	{ "Connection reset", REASON_PLATFORM, true, SAYS_GIT_AWAY },
	{ "Could not read from remote repository", REASON_GIT_AUTH, false, SAYS_GIT_ACCESS },
};

static const struct sign build_signs[] = {
	{ "no space left on device", REASON_OUT_OF_DISK, false, SAYS_BUILD_DISK },
	{ "disk quota exceeded", REASON_OUT_OF_DISK, false, SAYS_BUILD_DISK },
	{ "signal: killed", REASON_OUT_OF_MEMORY, false, SAYS_STEP_KILLED },
	{ "exit status 137", REASON_OUT_OF_MEMORY, false, SAYS_STEP_KILLED },
	{ "exit code: 137", REASON_OUT_OF_MEMORY, false, SAYS_STEP_KILLED },
	{ "cannot allocate memory", REASON_OUT_OF_MEMORY, false, SAYS_BUILD_MEMORY },
	{ "waiting for process to exit", REASON_BUILD_STEP, false, SAYS_STEP_FAILED },
	{ "did not complete successfully", REASON_BUILD_STEP, false, SAYS_STEP_FAILED },
	{ "parse error", REASON_DOCKERFILE, false, SAYS_BAD_DOCKERFILE },
	{ "parsing dockerfile", REASON_DOCKERFILE, false, SAYS_BAD_DOCKERFILE },
	{ "unknown instruction", REASON_DOCKERFILE, false, SAYS_BAD_DOCKERFILE },
	{ "file with no instructions", REASON_DOCKERFILE, false, SAYS_BAD_DOCKERFILE },
	{ "cannot be empty", REASON_DOCKERFILE, false, SAYS_BAD_DOCKERFILE },
	{ "no build stage", REASON_DOCKERFILE, false, SAYS_BAD_DOCKERFILE },
	{ "failed to read dockerfile", REASON_DOCKERFILE, false, SAYS_NO_DOCKERFILE },
	{ "resolving dockerfile path", REASON_DOCKERFILE, false, SAYS_NO_DOCKERFILE },
	{ "target stage", REASON_DOCKERFILE, false, SAYS_BAD_DOCKERFILE },
	{ "failed to calculate checksum", REASON_BUILD_STEP, false, SAYS_MISSING_FILE },
	{ "failed to compute cache key", REASON_BUILD_STEP, false, SAYS_MISSING_FILE },
	{ "failed to get fileinfo", REASON_BUILD_STEP, false, SAYS_MISSING_FILE },
	{ "failed to get files used from context", REASON_BUILD_STEP, false, SAYS_MISSING_FILE },
	{ "copy failed", REASON_BUILD_STEP, false, SAYS_MISSING_FILE },
	{ "MANIFEST_UNKNOWN", REASON_IMAGE_PULL, false, SAYS_NO_BASE_IMAGE },
	{ "NAME_UNKNOWN", REASON_IMAGE_PULL, false, SAYS_NO_BASE_IMAGE },
	{ "UNAUTHORIZED", REASON_IMAGE_PULL, false, SAYS_NO_BASE_IMAGE },
	{ "DENIED", REASON_IMAGE_PULL, false, SAYS_NO_BASE_IMAGE },
	{ "insufficient_scope", REASON_IMAGE_PULL, false, SAYS_NO_BASE_IMAGE },
	{ "TOOMANYREQUESTS", REASON_IMAGE_PULL, true, SAYS_PULL_LIMIT },
	{ "429 Too Many", REASON_IMAGE_PULL, true, SAYS_PULL_LIMIT },
	{ "connection refused", REASON_IMAGE_PULL, true, SAYS_REGISTRY_AWAY },
	{ "i/o timeout", REASON_IMAGE_PULL, true, SAYS_REGISTRY_AWAY },
	{ "no such host", REASON_IMAGE_PULL, false, SAYS_REGISTRY_AWAY },
	{ "server misbehaving", REASON_IMAGE_PULL, false, SAYS_REGISTRY_AWAY },
	{ "connection reset", REASON_IMAGE_PULL, true, SAYS_REGISTRY_AWAY },
	{ "TLS handshake", REASON_IMAGE_PULL, true, SAYS_REGISTRY_AWAY },
	{ "unexpected status from", REASON_IMAGE_PULL, true, SAYS_REGISTRY_AWAY },
	{ "unexpected status code", REASON_IMAGE_PULL, true, SAYS_REGISTRY_AWAY },
	{ "x509:", REASON_IMAGE_PULL, false, SAYS_BASE_CERTIFICATE },
	{ "server gave HTTP response to HTTPS client", REASON_IMAGE_PULL, false, SAYS_BASE_PLAIN },
	{ "failed to resolve source metadata", REASON_IMAGE_PULL, false, SAYS_NO_BASE_IMAGE },
	{ "failed to do request", REASON_IMAGE_PULL, true, SAYS_REGISTRY_AWAY },
	{ "failed to get filesystem from image", REASON_IMAGE_PULL, false, SAYS_NOT_UNPACKED },
	{ "could not parse reference", REASON_DOCKERFILE, false, SAYS_BAD_IMAGE_NAME },
	{ "invalid reference format", REASON_DOCKERFILE, false, SAYS_BAD_IMAGE_NAME },
	{ "rootlesskit", REASON_PLATFORM, false, SAYS_NO_BUILDER },
	{ "buildkitd.sock", REASON_PLATFORM, false, SAYS_NO_BUILDER },
	{ "failed to execute command", REASON_BUILD_STEP, false, SAYS_STEP_FAILED },
};

static const struct sign push_signs[] = {
	{ "no space left on device", REASON_OUT_OF_DISK, false, SAYS_PUSH_DISK },
	{ "unauthorized", REASON_PUSH_AUTH, false, SAYS_PUSH_CREDENTIALS },
	{ "authentication required", REASON_PUSH_AUTH, false, SAYS_PUSH_CREDENTIALS },
	{ "denied", REASON_PUSH_AUTH, false, SAYS_PUSH_REFUSED },
	{ "forbidden", REASON_PUSH_AUTH, false, SAYS_PUSH_REFUSED },
	{ "invalid username/password", REASON_PUSH_AUTH, false, SAYS_PUSH_CREDENTIALS },
	{ "x509:", REASON_PLATFORM, false, SAYS_PUSH_CERTIFICATE },
	{ "server gave HTTP response to HTTPS client", REASON_PLATFORM, false, SAYS_PUSH_PLAIN },
	{ "connection refused", REASON_PLATFORM, true, SAYS_REGISTRY_AWAY },
	{ "i/o timeout", REASON_PLATFORM, true, SAYS_REGISTRY_AWAY },
	{ "no such host", REASON_PLATFORM, true, SAYS_REGISTRY_AWAY },
	{ "connection reset", REASON_PLATFORM, true, SAYS_REGISTRY_AWAY },
	{ "unexpected HTTP status", REASON_PLATFORM, true, SAYS_REGISTRY_AWAY },
	{ "500 Internal Server Error", REASON_PLATFORM, true, SAYS_REGISTRY_AWAY },
	{ "503 Service Unavailable", REASON_PLATFORM, true, SAYS_REGISTRY_AWAY },
};

/* Where the tool's own last error begins: what a step printed before it must not decide. */
static const char *last_error(const char *text)
{
	static const char *const heads[] = { "error building image:", "failed to solve:", "error resolving dockerfile",
					     "level=fatal" };
	const char *found = NULL;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		for (const char *p = text; (p = strstr(p, heads[i])); p++)
			if (!found || p > found)
				found = p;
	return found ? found : text;
}

static const struct sign *look_up(const struct sign *table, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcasestr(text, table[i].text))
			return &table[i];
	return NULL;
}

/* The tools put their own stages before what happened; a reader wants the end of that chain. */
static const char *without_heads(const char *line)
{
	static const char *const heads[] = { "error: ",
					     "ERROR: ",
					     "failed to solve: ",
					     "error building image: ",
					     "error building stage: ",
					     "failed to execute command: " };
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (str_starts(line, heads[i])) {
			line += strlen(heads[i]);
			i = (size_t)-1;
		}
	return line;
}

/* The line that holds what was found. */
static char *line_of(struct arena *a, const char *text, const char *what)
{
	const char *at = strcasestr(text, what), *begin = at;
	while (begin > text && begin[-1] != '\n')
		begin--;
	begin = without_heads(begin);
	size_t len = (size_t)(strchrnul(at, '\n') - begin);
	return arena_memdup(a, begin, str_utf8_cut(begin, len, 260));
}

static struct verdict say(enum build_reason reason, bool infra, enum build_sentence says, const char *detail,
			  const char *evidence)
{
	return (struct verdict){ reason, { says, NULL, detail }, evidence, infra };
}

static struct verdict say_exit(struct arena *a, enum build_reason reason, enum build_sentence says, int code, const char *detail,
			       const char *evidence)
{
	struct verdict v = say(reason, false, says, detail, evidence);
	v.words.what = arena_printf(a, "%d", code);
	return v;
}

/* What the pod itself says, before any log: evicted, node gone, out of time. False: nothing. */
static bool judge_pod(struct arena *a, const struct seen_pod *pod, struct verdict *v)
{
	const char *state = arena_printf(a, "pod %s: %s %s %s", pod->name, pod->reason, pod->disruption, pod->message);
	if (!strcmp(pod->reason, "Evicted")) {
		bool own = strstr(pod->message, "ephemeral storage limit") ||
			   strstr(pod->message, "ephemeral local storage usage exceeds") ||
			   strstr(pod->message, "EmptyDir volume");
		*v = own ? say(REASON_OUT_OF_DISK, false, SAYS_DISK_USED, pod->message, state)
			 : say(REASON_EVICTED, true, SAYS_POD_TAKEN, pod->message, state);
		return true;
	}
	if (!strcmp(pod->reason, "DeadlineExceeded")) {
		*v = say(REASON_TIMEOUT, false, SAYS_TIME_LIMIT, NULL, state);
		return true;
	}
	if (!strcmp(pod->reason, "NodeLost") || !strcmp(pod->reason, "Terminated") || !strcmp(pod->reason, "NodeShutdown")) {
		*v = say(REASON_LOST, true, SAYS_NODE_GONE, pod->message, state);
		return true;
	}
	if (*pod->disruption) {
		*v = say(REASON_EVICTED, true, SAYS_POD_TAKEN, pod->disruption, state);
		return true;
	}
	return false;
}

/* What the container's end says without its log. False: nothing. */
static bool judge_end(struct arena *a, const struct seen_container *c, const char *evidence, struct verdict *v)
{
	bool unknown = !strcmp(c->reason, "ContainerStatusUnknown") || (c->exit_code == 255 && !strcmp(c->reason, "Unknown"));
	const char *state = arena_printf(a, "%s, exit code %d %s\n%s", c->reason, c->exit_code, c->message, evidence);
	if (!strcmp(c->reason, "OOMKilled"))
		*v = say(REASON_OUT_OF_MEMORY, false, SAYS_BUILD_MEMORY, NULL, state);
	else if (unknown)
		*v = say(REASON_LOST, true, SAYS_NODE_DIED, NULL, state);
	else if (!strcmp(c->reason, "StartError") || !strcmp(c->reason, "ContainerCannotRun"))
		*v = say(REASON_PLATFORM, false, SAYS_NOT_STARTED, c->message, state);
	else
		return false;
	return true;
}

static bool judge_clone_exit(struct arena *a, int code, const char *evidence, struct verdict *v)
{
	const char *line = str_last_lines(a, evidence, 1, 260);
	switch ((enum clone_exit)code) {
	case CLONE_NO_DOCKERFILE:
		*v = say(REASON_DOCKERFILE, false, SAYS_NO_DOCKERFILE, line, evidence);
		return true;
	case CLONE_BAD_DOCKERFILE:
		*v = say(REASON_DOCKERFILE, false, SAYS_ODD_DOCKERFILE, line, evidence);
		return true;
	case CLONE_NO_CONTEXT:
		*v = say(REASON_DOCKERFILE, false, SAYS_NO_CONTEXT, line, evidence);
		return true;
	case CLONE_NO_COMMIT:
		*v = say(REASON_GIT_REF, false, SAYS_NO_COMMIT, line, evidence);
		return true;
	case CLONE_AUTH:
	case CLONE_AWAY:
		return false; /* the log tells more */
	}
	return false;
}

/* No line is known: the last one is shown. */
static struct verdict judge_unknown(struct arena *a, enum build_container container, int code, const char *evidence)
{
	const char *line = str_last_lines(a, evidence, 1, 260);
	switch (container) {
	case CONTAINER_CLONE:
		if (code == CLONE_AUTH)
			return say(REASON_GIT_AUTH, false, SAYS_GIT_REFUSED, line, evidence);
		return say(REASON_PLATFORM, code == CLONE_AWAY, SAYS_NOT_FETCHED, line, evidence);
	case CONTAINER_BUILD:
		return say_exit(a, REASON_BUILD_STEP, SAYS_BUILD_EXIT, code, line, evidence);
	case CONTAINER_PUSH:
	case CONTAINER__MAX:
		break;
	}
	return say_exit(a, REASON_PLATFORM, SAYS_PUSH_EXIT, code, line, evidence);
}

/* Kaniko tells what it does between what went wrong: its own words are left out of the evidence, but for the command that ran. */
static bool is_chatter(const char *line, size_t len)
{
	bool info = memmem(line, len, "level=info msg=", 15) || (len > 5 && !memcmp(line, "INFO[", 5));
	return info && !memmem(line, len, "Running: ", 9);
}

static const char *without_chatter(struct arena *a, const char *text)
{
	char *kept = arena_alloc(a, strlen(text) + 1), *to = kept;
	for (size_t len; *text; text += len) {
		len = strcspn(text, "\n");
		len += text[len] == '\n';
		if (is_chatter(text, len))
			continue;
		memcpy(to, text, len);
		to += len;
	}
	return *kept ? kept : NULL;
}

struct verdict classify_failure(struct arena *a, const struct seen_pod *pod, enum build_container container, const char *tail)
{
	static const struct {
		const struct sign *table;
		size_t count;
	} signs[CONTAINER__MAX] = {
		[CONTAINER_CLONE] = { clone_signs, sizeof clone_signs / sizeof *clone_signs },
		[CONTAINER_BUILD] = { build_signs, sizeof build_signs / sizeof *build_signs },
		[CONTAINER_PUSH] = { push_signs, sizeof push_signs / sizeof *push_signs },
	};
	struct verdict v = { 0 };
	const struct seen_container *c = &pod->containers[container];
	const char *told = container == CONTAINER_BUILD ? without_chatter(a, tail) : NULL;
	const char *evidence = str_last_lines(a, told ? told : tail, 20, 1900);
	if (judge_pod(a, pod, &v) || judge_end(a, c, evidence, &v))
		return v;
	if (container == CONTAINER_CLONE && judge_clone_exit(a, c->exit_code, evidence, &v))
		return v;
	const char *text = container == CONTAINER_CLONE ? evidence : last_error(str_last_lines(a, tail, 200, 16384));
	const struct sign *s = look_up(signs[container].table, signs[container].count, text);
	if (!s)
		return judge_unknown(a, container, c->exit_code, evidence);
	return say(s->reason, s->infra, s->says, line_of(a, text, s->text), evidence);
}
