/* Why an application does not start, does not answer or has ended: read from the cluster's words. */
#include "worker/reasons.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

static bool has_any(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasestr(text, words[i]))
			return true;
	return false;
}

#define HAS(text, ...)                                                                                                           \
	has_any(text, (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

const char *reason_of_pull(const char *reason, const char *message, bool *final)
{
	*final = true;
	if (!strcmp(reason, "InvalidImageName"))
		return "IMAGE_PULL";
	/* Said as "no match for platform in manifest: not found": before what is missing. */
	if (HAS(message, "no match for platform", "no matching manifest"))
		return "IMAGE_ARCH";
	if (HAS(message, "401 Unauthorized", "403 Forbidden", "unauthorized", "access denied",
		"requested access to the resource is denied", "authentication required", "authorization failed",
		"no basic auth credentials", "insufficient_scope"))
		return "IMAGE_DENIED";
	if (HAS(message, ": not found", "manifest unknown", "MANIFEST_UNKNOWN", "NAME_UNKNOWN", "repository does not exist"))
		return "IMAGE_MISSING";
	/* A node that speaks to another address after a 404 reports that address's trouble: only the registry itself knows. */
	*final = HAS(message, "invalid reference format");
	return "IMAGE_PULL";
}

const char *reason_of_refusal(const char *message)
{
	if (HAS(message, "exceeded quota"))
		return "QUOTA";
	if (HAS(message, "\" cannot get ", "\" cannot list ", "\" cannot create ", "\" cannot update ", "\" cannot patch ",
		"\" cannot delete ", "\" cannot watch "))
		return "NOT_ALLOWED";
	if (HAS(message, "violates PodSecurity", "denied request", "denied the request", "admission webhook", " usage per ",
		"must specify ", "limit to request ratio"))
		return "ADMISSION";
	return "REFUSED";
}

const char *reason_of_config(const char *reason, const char *message)
{
	if (HAS(message, "runAsNonRoot"))
		return "RUNS_AS_ROOT";
	if (strstr(message, "secret \"") || strstr(message, "in Secret "))
		return "SECRET_MISSING";
	if (HAS(message, "exec format error"))
		return "IMAGE_ARCH";
	return strcmp(reason, "CreateContainerConfigError") ? "START" : "REFUSED";
}

const char *reason_of_end(int exit_code, const char *reason, const char *message)
{
	enum { NOT_EXECUTABLE = 126, NOT_FOUND = 127 };
	if (!strcmp(reason, "OOMKilled"))
		return "OUT_OF_MEMORY";
	if (HAS(message, "exec format error"))
		return "IMAGE_ARCH";
	if (!strcmp(reason, "StartError") || !strcmp(reason, "ContainerCannotRun") || exit_code == NOT_EXECUTABLE ||
	    exit_code == NOT_FOUND)
		return "START";
	return exit_code ? "CRASH_LOOP" : "ENDS";
}

bool reason_is_disk(const char *message)
{
	return HAS(message, "ephemeral local storage usage exceeds", "local ephemeral storage limit", "emptyDir volume");
}

const char *reason_with_log(const char *reason, const char *log)
{
	bool ended = !strcmp(reason, "CRASH_LOOP") || !strcmp(reason, "START");
	if (ended && HAS(log, "exec format error"))
		return "IMAGE_ARCH";
	/* The runtime's own words in place of the application's: what the first line of a script names is not there. */
	return ended && str_starts(log, "exec /") && HAS(log, ": no such file or directory") ? "START" : reason;
}

const char *reason_with_probe(const char *reason, const char *probe)
{
	bool silent = !strcmp(reason, "NOT_ANSWERING"), killed = !strcmp(reason, "CRASH_LOOP") && HAS(probe, "liveness probe");
	/* It answers, but not with success; or it takes the connection and says nothing in time. */
	if ((silent || killed) && HAS(probe, "statuscode", "Client.Timeout", "deadline exceeded", "EOF", "malformed HTTP"))
		return "UNHEALTHY";
	return killed && HAS(probe, "will be restarted") ? "UNHEALTHY" : reason;
}

/* What stands between `from` and one of the characters `until`; false: `from` is not in the text. */
static bool between(const char *text, const char *from, const char *until, char *out, size_t size)
{
	const char *at = strstr(text, from);
	if (!at)
		return false;
	at += strlen(from);
	size_t n = strcspn(at, until);
	if (n >= size)
		n = size - 1;
	memcpy(out, at, n);
	out[n] = '\0';
	return true;
}

bool reason_quota_parse(const char *message, struct reason_quota *out)
{
	char first[160] = "";
	*out = (struct reason_quota){ 0 };
	if (!between(message, "exceeded quota: ", ",", out->name, sizeof out->name))
		return false;
	if (between(message, "requested: ", ",", first, sizeof first) && strchr(first, '=')) {
		between(first, "=", "", out->asked, sizeof out->asked);
		*strchr(first, '=') = '\0';
		size_t n = strlen(first) < sizeof out->resource ? strlen(first) : sizeof out->resource - 1;
		memcpy(out->resource, first, n);
	}
	if (between(message, "used: ", ",", first, sizeof first))
		between(first, "=", "", out->used, sizeof out->used);
	if (between(message, "limited: ", ",", first, sizeof first))
		between(first, "=", "", out->limit, sizeof out->limit);
	return true;
}
