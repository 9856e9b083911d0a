/* Settings that people change: one table of names, types, defaults and bounds; rows in the database override it. */
#ifndef MODEL_SETTINGS_H
#define MODEL_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;
struct settings; /* the values of one moment, in an arena */

/* Keep in the order of the table in settings.c. */
enum setting {
	SETTING_BUILD_NAMESPACE,
	SETTING_STUDENTS_NAMESPACE,
	SETTING_BASE_DOMAIN,
	SETTING_APPS_SCHEME, /* http or https */
	SETTING_APPS_PORT,   /* 0: the scheme's own */
	SETTING_INGRESS_CLASS,
	SETTING_CLUSTER_ISSUER, /* "": no certificates */
	SETTING_BUILDER,	/* kaniko or buildkit */
	SETTING_BUILDER_IMAGE,	/* "": the builder's default */
	SETTING_BUILDER_ARGS,	/* one argument a line */
	SETTING_GIT_IMAGE,
	SETTING_PUSH_IMAGE,
	SETTING_INSECURE_REGISTRIES, /* host[:port], by commas: base images come from there over plain http */
	SETTING_BUILD_LIMIT,
	SETTING_BUILD_TIMEOUT,	       /* seconds */
	SETTING_UNSCHEDULABLE_TIMEOUT, /* seconds */
	SETTING_BUILD_CPU,	       /* Kubernetes quantities */
	SETTING_BUILD_MEMORY,
	SETTING_BUILD_DISK,
	SETTING_APP_CPU,
	SETTING_APP_MEMORY,
	SETTING_APPS_PER_STUDENT,	     /* running applications; 0: no limit */
	SETTING_APPS_TOTAL,		     /* running applications in all; 0: no limit */
	SETTING_SHARED_ENV,		     /* KEY=VALUE lines */
	SETTING_DEPLOY_TIMEOUT,		     /* seconds */
	SETTING_LOG_LIMIT,		     /* bytes */
	SETTING_HEAD_POLL_INTERVAL,	     /* seconds */
	SETTING_DEFAULT_REGISTRY_ID,	     /* 0: the registry with the smallest id */
	SETTING_DEFAULT_IMAGE_REPO_TEMPLATE, /* {course} {student} {project} */
	SETTING_SESSION_IDLE,		     /* seconds */
	SETTING_SESSION_ABSOLUTE,	     /* seconds */
	SETTING_DEFAULT_KNOWN_HOSTS,	     /* known_hosts lines */
	SETTING_STATISTICS_ZONE,	     /* whose days the statistics count */
	SETTING__MAX
};

enum setting_kind { SETTING_KIND_TEXT, SETTING_KIND_LINES, SETTING_KIND_CHOICE, SETTING_KIND_INT, SETTING_KIND_ZONE };

/* One row of the table. */
struct setting_info {
	const char *name;
	enum setting_kind kind;
	const char *otherwise; /* the default */
	const char *env;       /* the variable that overrides the default; NULL: none */
	int64_t min, max;      /* of a number; of a text: its length in bytes */
	const char *choices;   /* "a|b" of a choice */
};

/* The table's row. Any thread. */
const struct setting_info *setting_info(enum setting s);

/* Reads all settings with one query; the arena owns them. A stored value that breaks its bounds counts as absent (logged). */
enum err model_settings_load(struct db *db, struct arena *a, struct settings **out) MUST_CHECK;

/* The table's defaults and the environment alone, without a database: for tests and for programs before their first query. */
struct settings *settings_defaults(struct arena *a);

/* A value; never NULL. settings_int is for numbers only. */
const char *settings_text(const struct settings *s, enum setting which);
int64_t settings_int(const struct settings *s, enum setting which);

/*
 * Stores a value (NULL: back to the default) by its name. ERR_NOT_FOUND: no such setting; ERR_INVALID: *why says what is allowed
 * (English, arena). user_id 0: the operator's command line.
 */
enum err model_settings_set(struct db *db, struct arena *a, const char *name, const char *value, int64_t user_id,
			    const char **why) MUST_CHECK;

#endif
