/* How the objects of an application are called. */
#include "kube/names.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

#define APP_PREFIX "prj-"
#define FRONT_PREFIX "student-"
#define PULL_SUFFIX "-pull"
#define APP APP_PREFIX "%" PRId64
#define FRONT FRONT_PREFIX "%" PRId64

const char *app_name(struct arena *a, int64_t project_id)
{
	return arena_printf(a, APP, project_id);
}

const char *app_front_name(struct arena *a, int64_t project_id)
{
	return arena_printf(a, FRONT, project_id);
}

const char *app_pull_name(struct arena *a, int64_t project_id)
{
	return arena_printf(a, APP PULL_SUFFIX, project_id);
}

const char *app_env_name(struct arena *a, int64_t project_id, int64_t secret_id)
{
	return arena_printf(a, APP "-env-%" PRId64, project_id, secret_id);
}

bool app_named(enum kube_kind kind, int64_t project_id, const char *name)
{
	char app[40], front[40];
	int len = snprintf(app, sizeof app, APP, project_id);
	snprintf(front, sizeof front, FRONT, project_id);
	if (kind == KUBE_SERVICE || kind == KUBE_INGRESS)
		return !strcmp(name, front);
	/* "prj-7-6d5f"; those of a Deployment "prj-7-copy" have one dash more. */
	if (kind == KUBE_REPLICASET)
		return !strncmp(name, app, (size_t)len) && name[len] == '-' && !strchr(name + len + 1, '-');
	return kind == KUBE_DEPLOYMENT && !strcmp(name, app);
}

bool app_pull_named(const char *name)
{
	return str_starts(name, APP_PREFIX) && str_ends(name, PULL_SUFFIX);
}

int64_t app_named_of(const char *name)
{
	static const char *const prefixes[] = { APP_PREFIX, FRONT_PREFIX };
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		size_t len = strlen(prefixes[i]);
		if (strncmp(name, prefixes[i], len) || !isdigit((unsigned char)name[len]))
			continue;
		char *end;
		long long id = strtoll(name + len, &end, 10);
		if (id > 0 && (!*end || *end == '-' || *end == '.'))
			return id;
	}
	return 0;
}
