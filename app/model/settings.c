/* Settings that people change: the table, and the rows that override it. */
#include "model/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "db/db.h"
#include "model/setting_kinds.h"

static const struct setting_info table[SETTING__MAX] = {
#define SETTING(key, name, group, kind, otherwise, env, min, max, choices)                                                       \
	[SETTING_##key] = { name, SETTING_GROUP_##group, SETTING_KIND_##kind, otherwise, env, min, max, choices },
#include "model/settings.def"
#undef SETTING
};

struct settings {
	const char *text[SETTING__MAX], *origin[SETTING__MAX];
};

const struct setting_info *setting_info(enum setting s)
{
	return &table[s];
}

const char *setting_group_name(enum setting_group g)
{
	static const char *const names[SETTING_GROUP__MAX] = { "builds", "applications", "quotas", "projects", "people" };
	return names[g];
}

enum setting setting_find(const char *name)
{
	enum setting i = 0;
	while (i < SETTING__MAX && strcmp(table[i].name, name))
		i++;
	return i;
}

static void take(struct settings *s, struct arena *a, enum setting i, const char *value, const char *origin)
{
	const char *why = setting_fault_sentence(a, &table[i], value);
	if (!why) {
		s->text[i] = value;
		s->origin[i] = origin;
	} else {
		log_event(LOG_WARN, "setting_ignored", LOG_STR("source", origin), LOG_STR("why", why));
	}
}

struct settings *settings_defaults(struct arena *a)
{
	struct settings *s = arena_alloc(a, sizeof(*s));
	for (enum setting i = 0; i < SETTING__MAX; i++) {
		s->text[i] = table[i].otherwise;
		s->origin[i] = "default";
		const char *env = table[i].env ? getenv(table[i].env) : NULL;
		if (env && *env && strcmp(env, table[i].otherwise))
			take(s, a, i, env, "environment");
	}
	return s;
}

enum err model_settings_load(struct db *db, struct arena *a, struct settings **out)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows, "SELECT name, value FROM settings WHERE value IS NOT NULL");
	if (e)
		return e;
	struct settings *s = settings_defaults(a);
	for (int i = 0; i < rows.count; i++) {
		enum setting at = setting_find(db_text(&rows, i, 0));
		if (at < SETTING__MAX)
			take(s, a, at, db_text(&rows, i, 1), "stored");
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

const char *settings_origin(const struct settings *s, enum setting which)
{
	return s->origin[which];
}
