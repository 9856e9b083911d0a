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
	const char *sentence;
};

#define REGISTRY_AWAY "A registry could not be reached"
#define NO_BASE_IMAGE "A base image could not be pulled (it is not there, or asks for a password)"
#define BAD_DOCKERFILE "The Dockerfile cannot be read as one"
#define MISSING_FILE "A file that the Dockerfile copies is not in the context"

static const struct sign clone_signs[] = {
	{ "No space left on device", REASON_OUT_OF_DISK, false, "The repository does not fit on the build's disk" },
	{ "Permission denied (publickey", REASON_GIT_AUTH, false, "The git server refused the deploy key" },
	{ "Host key verification failed", REASON_GIT_AUTH, false, "The git server's host key is not the pinned one" },
	{ "REMOTE HOST IDENTIFICATION HAS CHANGED", REASON_GIT_AUTH, false, "The git server's host key is not the pinned one" },
	{ "Authentication failed", REASON_GIT_AUTH, false, "The git server refused the credentials" },
	{ "could not read Username", REASON_GIT_AUTH, false, "The git server asks for a password" },
	{ "not our ref", REASON_GIT_REF, false, "The commit is not in the repository" },
	{ "couldn't find remote ref", REASON_GIT_REF, false, "The branch is not in the repository" },
	{ "reference is not a tree", REASON_GIT_REF, false, "The commit is not in the repository" },
	{ "unadvertised object", REASON_GIT_REF, false, "The commit is not in the repository" },
	{ "does not exist", REASON_GIT_AUTH, false, "The repository is not there, or the deploy key may not read it" },
	{ "does not appear to be a git repository", REASON_GIT_AUTH, false, "The repository is not there" },
	{ "not found", REASON_GIT_AUTH, false, "The repository is not there, or the deploy key may not read it" },
	{ "Could not resolve host", REASON_PLATFORM, true, "The git server could not be reached" },
	{ "Connection refused", REASON_PLATFORM, true, "The git server could not be reached" },
	{ "timed out", REASON_PLATFORM, true, "The git server could not be reached" },
	{ "Connection reset", REASON_PLATFORM, true, "The git server could not be reached" },
	{ "Could not read from remote repository", REASON_GIT_AUTH, false, "The git server refused access to the repository" },
};

static const struct sign build_signs[] = {
	{ "no space left on device", REASON_OUT_OF_DISK, false, "The build needs more disk than it may use" },
	{ "disk quota exceeded", REASON_OUT_OF_DISK, false, "The build needs more disk than it may use" },
	{ "signal: killed", REASON_OUT_OF_MEMORY, false,
	  "A step of the Dockerfile was killed: it needs more memory than it may use" },
	{ "exit status 137", REASON_OUT_OF_MEMORY, false,
	  "A step of the Dockerfile was killed: it needs more memory than it may use" },
	{ "exit code: 137", REASON_OUT_OF_MEMORY, false,
	  "A step of the Dockerfile was killed: it needs more memory than it may use" },
	{ "cannot allocate memory", REASON_OUT_OF_MEMORY, false, "The build needs more memory than it may use" },
	{ "waiting for process to exit", REASON_BUILD_STEP, false, "A step of the Dockerfile failed" },
	{ "did not complete successfully", REASON_BUILD_STEP, false, "A step of the Dockerfile failed" },
	{ "parse error", REASON_DOCKERFILE, false, BAD_DOCKERFILE },
	{ "parsing dockerfile", REASON_DOCKERFILE, false, BAD_DOCKERFILE },
	{ "unknown instruction", REASON_DOCKERFILE, false, BAD_DOCKERFILE },
	{ "file with no instructions", REASON_DOCKERFILE, false, BAD_DOCKERFILE },
	{ "cannot be empty", REASON_DOCKERFILE, false, BAD_DOCKERFILE },
	{ "no build stage", REASON_DOCKERFILE, false, BAD_DOCKERFILE },
	{ "failed to read dockerfile", REASON_DOCKERFILE, false, "There is no Dockerfile at the configured path" },
	{ "resolving dockerfile path", REASON_DOCKERFILE, false, "There is no Dockerfile at the configured path" },
	{ "target stage", REASON_DOCKERFILE, false, BAD_DOCKERFILE },
	{ "failed to calculate checksum", REASON_BUILD_STEP, false, MISSING_FILE },
	{ "failed to compute cache key", REASON_BUILD_STEP, false, MISSING_FILE },
	{ "failed to get fileinfo", REASON_BUILD_STEP, false, MISSING_FILE },
	{ "failed to get files used from context", REASON_BUILD_STEP, false, MISSING_FILE },
	{ "copy failed", REASON_BUILD_STEP, false, MISSING_FILE },
	{ "MANIFEST_UNKNOWN", REASON_IMAGE_PULL, false, NO_BASE_IMAGE },
	{ "NAME_UNKNOWN", REASON_IMAGE_PULL, false, NO_BASE_IMAGE },
	{ "UNAUTHORIZED", REASON_IMAGE_PULL, false, NO_BASE_IMAGE },
	{ "DENIED", REASON_IMAGE_PULL, false, NO_BASE_IMAGE },
	{ "insufficient_scope", REASON_IMAGE_PULL, false, NO_BASE_IMAGE },
	{ "TOOMANYREQUESTS", REASON_IMAGE_PULL, true, "A registry allows no more pulls for now" },
	{ "429 Too Many", REASON_IMAGE_PULL, true, "A registry allows no more pulls for now" },
	{ "connection refused", REASON_IMAGE_PULL, true, REGISTRY_AWAY },
	{ "i/o timeout", REASON_IMAGE_PULL, true, REGISTRY_AWAY },
	{ "no such host", REASON_IMAGE_PULL, false, REGISTRY_AWAY },
	{ "server misbehaving", REASON_IMAGE_PULL, false, REGISTRY_AWAY },
	{ "connection reset", REASON_IMAGE_PULL, true, REGISTRY_AWAY },
	{ "TLS handshake", REASON_IMAGE_PULL, true, REGISTRY_AWAY },
	{ "unexpected status from", REASON_IMAGE_PULL, true, REGISTRY_AWAY },
	{ "unexpected status code", REASON_IMAGE_PULL, true, REGISTRY_AWAY },
	{ "x509:", REASON_IMAGE_PULL, false, "A registry's certificate is not trusted" },
	{ "server gave HTTP response to HTTPS client", REASON_IMAGE_PULL, false,
	  "A registry speaks plain http: name it in the setting insecure_registries" },
	{ "failed to resolve source metadata", REASON_IMAGE_PULL, false, NO_BASE_IMAGE },
	{ "failed to do request", REASON_IMAGE_PULL, true, REGISTRY_AWAY },
	{ "failed to get filesystem from image", REASON_IMAGE_PULL, false, "A base image could not be unpacked" },
	{ "could not parse reference", REASON_DOCKERFILE, false, "The Dockerfile names an image that cannot be one" },
	{ "invalid reference format", REASON_DOCKERFILE, false, "The Dockerfile names an image that cannot be one" },
	{ "rootlesskit", REASON_PLATFORM, false, "The builder could not be started in this cluster" },
	{ "buildkitd.sock", REASON_PLATFORM, false, "The builder could not be started in this cluster" },
	{ "failed to execute command", REASON_BUILD_STEP, false, "A step of the Dockerfile failed" },
};

static const struct sign push_signs[] = {
	{ "no space left on device", REASON_OUT_OF_DISK, false, "The image does not fit on the disk" },
	{ "unauthorized", REASON_PUSH_AUTH, false, "The registry refused the credentials for the push" },
	{ "authentication required", REASON_PUSH_AUTH, false, "The registry refused the credentials for the push" },
	{ "denied", REASON_PUSH_AUTH, false, "The registry refused the push" },
	{ "forbidden", REASON_PUSH_AUTH, false, "The registry refused the push" },
	{ "invalid username/password", REASON_PUSH_AUTH, false, "The registry refused the credentials for the push" },
	{ "x509:", REASON_PLATFORM, false, "The registry's certificate is not trusted" },
	{ "server gave HTTP response to HTTPS client", REASON_PLATFORM, false,
	  "The registry speaks plain http, and its row says TLS" },
	{ "connection refused", REASON_PLATFORM, true, REGISTRY_AWAY },
	{ "i/o timeout", REASON_PLATFORM, true, REGISTRY_AWAY },
	{ "no such host", REASON_PLATFORM, true, REGISTRY_AWAY },
	{ "connection reset", REASON_PLATFORM, true, REGISTRY_AWAY },
	{ "unexpected HTTP status", REASON_PLATFORM, true, REGISTRY_AWAY },
	{ "500 Internal Server Error", REASON_PLATFORM, true, REGISTRY_AWAY },
	{ "503 Service Unavailable", REASON_PLATFORM, true, REGISTRY_AWAY },
};

/* The length of what is left without the escape sequences by which programs colour their words: nobody reads them here. */
static size_t uncolour(char *text, size_t len)
{
	size_t to = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\033' || i + 1 == len || text[i + 1] != '[')
			text[to++] = text[i];
		else
			for (i += 2; i < len && (text[i] < '@' || text[i] > '~'); i++)
				;
	}
	return to;
}

char *classify_last_lines(struct arena *a, const char *text, int lines, size_t max)
{
	size_t len = strlen(text), from = len;
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	for (from = len; from > 0 && len - from < max; from--)
		if (text[from - 1] == '\n' && --lines == 0)
			break;
	/* Cut by size: begin with a whole line where there is one. */
	const char *whole = from > 0 && text[from - 1] != '\n' ? memchr(text + from, '\n', len - from) : NULL;
	if (whole)
		from = (size_t)(whole - text) + 1;
	char *plain = arena_memdup(a, text + from, len - from);
	char *out = str_utf8_clean(a, plain, uncolour(plain, len - from));
	out[str_utf8_cut(out, strlen(out), max)] = 0;
	return out;
}

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

static struct verdict say(struct arena *a, enum build_reason reason, bool infra, const char *sentence, const char *detail,
			  const char *evidence)
{
	struct verdict v = { .reason = reason, .infra = infra, .evidence = evidence };
	v.message = detail && *detail ? arena_printf(a, "%s: %s", sentence, detail) : arena_printf(a, "%s.", sentence);
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
		*v = own ? say(a, REASON_OUT_OF_DISK, false, "The build used more disk than it may", pod->message, state)
			 : say(a, REASON_EVICTED, true, "The cluster took the build's pod away", pod->message, state);
		return true;
	}
	if (!strcmp(pod->reason, "DeadlineExceeded")) {
		*v = say(a, REASON_TIMEOUT, false, "The build took longer than its time limit", NULL, state);
		return true;
	}
	if (!strcmp(pod->reason, "NodeLost") || !strcmp(pod->reason, "Terminated") || !strcmp(pod->reason, "NodeShutdown")) {
		*v = say(a, REASON_LOST, true, "The node that built it went away", pod->message, state);
		return true;
	}
	if (*pod->disruption) {
		*v = say(a, REASON_EVICTED, true, "The cluster took the build's pod away", pod->disruption, state);
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
		*v = say(a, REASON_OUT_OF_MEMORY, false, "The build needs more memory than it may use", NULL, state);
	else if (unknown)
		*v = say(a, REASON_LOST, true, "The node that built it died", NULL, state);
	else if (!strcmp(c->reason, "StartError") || !strcmp(c->reason, "ContainerCannotRun"))
		*v = say(a, REASON_PLATFORM, false, "A container of the build could not be started", c->message, state);
	else
		return false;
	return true;
}

static bool judge_clone_exit(struct arena *a, int code, const char *evidence, struct verdict *v)
{
	const char *line = classify_last_lines(a, evidence, 1, 260);
	switch ((enum clone_exit)code) {
	case CLONE_NO_DOCKERFILE:
		*v = say(a, REASON_DOCKERFILE, false, "There is no Dockerfile at the configured path", line, evidence);
		return true;
	case CLONE_BAD_DOCKERFILE:
		*v = say(a, REASON_DOCKERFILE, false, "The Dockerfile is not a regular file of the repository", line, evidence);
		return true;
	case CLONE_NO_CONTEXT:
		*v = say(a, REASON_DOCKERFILE, false, "The context path is not a folder of the repository", line, evidence);
		return true;
	case CLONE_NO_COMMIT:
		*v = say(a, REASON_GIT_REF, false, "The commit is not in the repository", line, evidence);
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
	const char *line = classify_last_lines(a, evidence, 1, 260);
	switch (container) {
	case CONTAINER_CLONE:
		if (code == CLONE_AUTH)
			return say(a, REASON_GIT_AUTH, false, "The git server refused access", line, evidence);
		return say(a, REASON_PLATFORM, code == CLONE_AWAY, "The repository could not be fetched", line, evidence);
	case CONTAINER_BUILD:
		return say(a, REASON_BUILD_STEP, false, arena_printf(a, "The build ended with exit code %d", code), line,
			   evidence);
	case CONTAINER_PUSH:
	case CONTAINER__MAX:
		break;
	}
	return say(a, REASON_PLATFORM, false, arena_printf(a, "The push ended with exit code %d", code), line, evidence);
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
	const char *evidence = classify_last_lines(a, told ? told : tail, 20, 1900);
	if (judge_pod(a, pod, &v) || judge_end(a, c, evidence, &v))
		return v;
	if (container == CONTAINER_CLONE && judge_clone_exit(a, c->exit_code, evidence, &v))
		return v;
	const char *text = container == CONTAINER_CLONE ? evidence : last_error(classify_last_lines(a, tail, 200, 16384));
	const struct sign *s = look_up(signs[container].table, signs[container].count, text);
	if (!s)
		return judge_unknown(a, container, c->exit_code, evidence);
	return say(a, s->reason, s->infra, s->sentence, line_of(a, text, s->text), evidence);
}
