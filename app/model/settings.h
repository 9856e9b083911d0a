/* Settings that people change: one table of names, kinds, defaults and bounds (settings.def); rows in the database override it.
 */
#ifndef MODEL_SETTINGS_H
#define MODEL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;
struct settings; /* the values of one moment, in an arena */

/* In the order of the table. */
enum setting {
#define SETTING(key, name, group, kind, otherwise, env, min, max, choices) SETTING_##key,
#include "model/settings.def"
#undef SETTING
	SETTING__MAX
};

/* The parts of the form; the words are setting_group.NAME of the catalogue. */
enum setting_group {
	SETTING_GROUP_BUILDS,
	SETTING_GROUP_APPLICATIONS,
	SETTING_GROUP_QUOTAS,
	SETTING_GROUP_PROJECTS,
	SETTING_GROUP_PEOPLE,
	SETTING_GROUP__MAX
};

/* What a value is; the rules are in setting_kinds.c. */
enum setting_kind {
	SETTING_KIND_NUMBER,
	SETTING_KIND_CPU,	  /* a Kubernetes quantity of cores */
	SETTING_KIND_BYTES,	  /* a Kubernetes quantity of bytes */
	SETTING_KIND_CHOICE,	  /* a word of choices */
	SETTING_KIND_REGISTRY,	  /* the id of a registry; 0: none */
	SETTING_KIND_LABEL,	  /* one label of a DNS name: a namespace, an ingress class */
	SETTING_KIND_DOMAIN,	  /* a DNS name */
	SETTING_KIND_IMAGE,	  /* a container image */
	SETTING_KIND_SERVICES,	  /* where applications may connect to: see model/app_services.h */
	SETTING_KIND_HOSTS,	  /* host[:port], by commas */
	SETTING_KIND_LINES,	  /* anything, by lines */
	SETTING_KIND_VARIABLES,	  /* KEY=VALUE lines */
	SETTING_KIND_KNOWN_HOSTS, /* known_hosts lines */
	SETTING_KIND_ZONE,	  /* a time zone's name */
	SETTING_KIND_TEMPLATE,	  /* an image's path with {course}, {student}, {project} */
	SETTING_KIND__MAX
};

/* One row of the table. */
struct setting_info {
	const char *name;
	enum setting_group group;
	enum setting_kind kind;
	const char *otherwise; /* the default */
	const char *env;       /* the variable that overrides the default; NULL: none */
	int64_t min, max;      /* see settings.def */
	const char *choices;   /* "a|b" of a choice */
};

/* The table's row. Any thread. */
const struct setting_info *setting_info(enum setting s);
/* "builds". */
const char *setting_group_name(enum setting_group g);
/* Which setting has that name; SETTING__MAX: none. */
enum setting setting_find(const char *name);

/* Reads all settings with one query; the arena owns them. A stored value that breaks its bounds counts as absent (logged). */
enum err model_settings_load(struct db *db, struct arena *a, struct settings **out) MUST_CHECK;

/* The table's defaults and the environment alone, without a database: for tests and for programs before their first query. */
struct settings *settings_defaults(struct arena *a);

/* A value; never NULL. settings_int is for numbers only. */
const char *settings_text(const struct settings *s, enum setting which);
int64_t settings_int(const struct settings *s, enum setting which);

/* Where a value comes from: "stored", "environment", "default". */
const char *settings_origin(const struct settings *s, enum setting which);

#endif
