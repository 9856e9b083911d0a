/* Settings that people change: the table, its checks, and the rows that override it. */
#include "model/settings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "base/zone.h"
#include "db/db.h"

#define TEXT(name, otherwise, env, max)                                                                                          \
	{                                                                                                                        \
		name, SETTING_KIND_TEXT, otherwise, env, 0, max, NULL                                                            \
	}
#define LINES(name, otherwise, env, max)                                                                                         \
	{                                                                                                                        \
		name, SETTING_KIND_LINES, otherwise, env, 0, max, NULL                                                           \
	}
#define CHOICE(name, otherwise, env, choices)                                                                                    \
	{                                                                                                                        \
		name, SETTING_KIND_CHOICE, otherwise, env, 0, 40, choices                                                        \
	}
#define NUMBER(name, otherwise, env, min, max)                                                                                   \
	{                                                                                                                        \
		name, SETTING_KIND_INT, otherwise, env, min, max, NULL                                                           \
	}
#define ZONE(name, otherwise, env)                                                                                               \
	{                                                                                                                        \
		name, SETTING_KIND_ZONE, otherwise, env, 0, 47, NULL                                                             \
	}

static const struct setting_info table[SETTING__MAX] = {
	[SETTING_BUILD_NAMESPACE] = TEXT("build_namespace", "hydrosim-builds", "BUILD_NAMESPACE", 63),
	[SETTING_STUDENTS_NAMESPACE] = TEXT("students_namespace", "hydrosim-students", "STUDENTS_NAMESPACE", 63),
	[SETTING_BASE_DOMAIN] = TEXT("base_domain", "project.hydrosim.edu", "APPS_BASE_DOMAIN", 200),
	[SETTING_APPS_SCHEME] = CHOICE("apps_scheme", "https", "APPS_SCHEME", "http|https"),
	[SETTING_APPS_PORT] = NUMBER("apps_port", "0", "APPS_PORT", 0, 65535),
	[SETTING_INGRESS_CLASS] = TEXT("ingress_class", "nginx", "INGRESS_CLASS", 63),
	[SETTING_CLUSTER_ISSUER] = TEXT("cluster_issuer", "", "CLUSTER_ISSUER", 63),
	[SETTING_BUILDER] = CHOICE("builder", "kaniko", "PORTAL_BUILDER", "kaniko|buildkit"),
	[SETTING_BUILDER_IMAGE] = TEXT("builder_image", "", "PORTAL_BUILDER_IMAGE", 300),
	[SETTING_BUILDER_ARGS] = LINES("builder_args", "", NULL, 4096),
	[SETTING_GIT_IMAGE] = TEXT("git_image", "alpine/git:2.47.2", "PORTAL_GIT_IMAGE", 300),
	[SETTING_PUSH_IMAGE] = TEXT("push_image", "quay.io/skopeo/stable:v1.17.0", "PORTAL_PUSH_IMAGE", 300),
	[SETTING_INSECURE_REGISTRIES] = TEXT("insecure_registries", "", "PORTAL_INSECURE_REGISTRIES", 1000),
	[SETTING_BUILD_LIMIT] = NUMBER("build_limit", "4", "BUILD_LIMIT", 1, 10000),
	[SETTING_BUILD_TIMEOUT] = NUMBER("build_timeout", "1800", "BUILD_TIMEOUT", 30, 86400),
	[SETTING_UNSCHEDULABLE_TIMEOUT] = NUMBER("unschedulable_timeout", "300", NULL, 10, 86400),
	[SETTING_BUILD_CPU] = TEXT("build_cpu", "1", "BUILD_CPU", 20),
	[SETTING_BUILD_MEMORY] = TEXT("build_memory", "2Gi", "BUILD_MEMORY", 20),
	[SETTING_BUILD_DISK] = TEXT("build_disk", "8Gi", "BUILD_DISK", 20),
	[SETTING_APP_CPU] = TEXT("app_cpu", "500m", NULL, 20),
	[SETTING_APP_MEMORY] = TEXT("app_memory", "512Mi", NULL, 20),
	[SETTING_APPS_PER_STUDENT] = NUMBER("apps_per_student", "5", NULL, 0, 1000),
	[SETTING_APPS_TOTAL] = NUMBER("apps_total", "0", NULL, 0, 1000000),
	[SETTING_SHARED_ENV] = LINES("shared_env", "", NULL, 16384),
	[SETTING_DEPLOY_TIMEOUT] = NUMBER("deploy_timeout", "600", "DEPLOY_TIMEOUT", 10, 86400),
	[SETTING_LOG_LIMIT] = NUMBER("log_limit", "67108864", "LOG_LIMIT", 65536, 2147483648),
	[SETTING_HEAD_POLL_INTERVAL] = NUMBER("head_poll_interval", "180", "HEAD_POLL_INTERVAL", 5, 86400),
	[SETTING_DEFAULT_REGISTRY_ID] = NUMBER("default_registry_id", "0", NULL, 0, INT64_MAX),
	[SETTING_DEFAULT_IMAGE_REPO_TEMPLATE] = TEXT("default_image_repo_template", "{course}/{student}-{project}", NULL, 200),
	[SETTING_SESSION_IDLE] = NUMBER("session_idle", "1800", NULL, 60, 604800),
	[SETTING_SESSION_ABSOLUTE] = NUMBER("session_absolute", "43200", NULL, 300, 2592000),
	[SETTING_DEFAULT_KNOWN_HOSTS] = LINES("default_known_hosts", "", "PORTAL_KNOWN_HOSTS", 65536),
	[SETTING_STATISTICS_ZONE] = ZONE("statistics_zone", "Asia/Shanghai", NULL),
};

struct settings {
	const char *text[SETTING__MAX];
};

const struct setting_info *setting_info(enum setting s)
{
	return &table[s];
}

/* True when the word is one of "a|b|c". */
static bool one_of(const char *choices, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = choices; len && (at = strstr(at, word)); at += len)
		if ((at == choices || at[-1] == '|') && (!at[len] || at[len] == '|'))
			return true;
	return false;
}

/* NULL: the value keeps the row's rules; else a sentence that says them. */
static const char *fault(struct arena *a, const struct setting_info *row, const char *value)
{
	int64_t number;
	size_t len = strlen(value);
	switch (row->kind) {
	case SETTING_KIND_INT:
		if (!str_to_int(value, row->min, row->max, &number))
			return arena_printf(a, "%s must be a number from %lld to %lld", row->name, (long long)row->min,
					    (long long)row->max);
		return NULL;
	case SETTING_KIND_CHOICE:
		return one_of(row->choices, value) ? NULL : arena_printf(a, "%s must be one of %s", row->name, row->choices);
	case SETTING_KIND_ZONE: /* the database refuses those that count leap seconds */
		return zone_known(value) && !str_starts(value, "right/")
			       ? NULL
			       : arena_printf(a, "%s must be a time zone's name, such as Asia/Shanghai", row->name);
	case SETTING_KIND_TEXT:
	case SETTING_KIND_LINES:
		break;
	}
	if (len > (size_t)row->max || !str_is_utf8(value, len))
		return arena_printf(a, "%s must be text of at most %lld bytes", row->name, (long long)row->max);
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < 32 && !(row->kind == SETTING_KIND_LINES && strchr("\n\r\t", *p)))
			return arena_printf(a, "%s must not hold control characters", row->name);
	return NULL;
}

static int find(const char *name)
{
	for (int i = 0; i < SETTING__MAX; i++)
		if (!strcmp(table[i].name, name))
			return i;
	return -1;
}

static void take(struct settings *s, struct arena *a, int i, const char *value, const char *source)
{
	const char *why = fault(a, &table[i], value);
	if (!why)
		s->text[i] = value;
	else
		log_event(LOG_WARN, "setting_ignored", LOG_STR("source", source), LOG_STR("why", why));
}

struct settings *settings_defaults(struct arena *a)
{
	struct settings *s = arena_alloc(a, sizeof(*s));
	for (int i = 0; i < SETTING__MAX; i++) {
		s->text[i] = table[i].otherwise;
		const char *env = table[i].env ? getenv(table[i].env) : NULL;
		if (env && *env)
			take(s, a, i, env, "environment");
	}
	return s;
}

enum err model_settings_load(struct db *db, struct arena *a, struct settings **out)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows, "SELECT name, value FROM settings");
	if (e)
		return e;
	struct settings *s = settings_defaults(a);
	for (int i = 0; i < rows.count; i++) {
		int at = find(db_text(&rows, i, 0));
		if (at >= 0)
			take(s, a, at, db_text(&rows, i, 1), "database");
	}
	*out = s;
	return ERR_NONE;
}

const char *settings_text(const struct settings *s, enum setting which)
{
	return s->text[which];
}

int64_t settings_int(const struct settings *s, enum setting which)
{
	return strtoll(s->text[which], NULL, 10);
}

enum err model_settings_set(struct db *db, struct arena *a, const char *name, const char *value, int64_t user_id,
			    const char **why)
{
	int at = find(name);
	*why = "there is no such setting";
	if (at < 0)
		return ERR_NOT_FOUND;
	if (!value)
		return db_query(db, a, NULL, "DELETE FROM settings WHERE name = $1", DB_TEXT(name));
	*why = fault(a, &table[at], value);
	if (*why)
		return ERR_INVALID;
	return db_query(db, a, NULL,
			"INSERT INTO settings (name, value, updated_by) VALUES ($1, $2, $3) ON CONFLICT (name)"
			" DO UPDATE SET value = excluded.value, updated_by = excluded.updated_by, updated_at = now()",
			DB_TEXT(name), DB_TEXT(value), DB_ID(user_id));
}
