/* Settings as a form shows and changes them. */
#include "model/settings_change.h"

#include <string.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "base/str.h"
#include "db/db.h"
#include "model/setting_kinds.h"

enum { SHOWN_MAX = 300 };

enum err model_settings_state(struct db *db, struct arena *a, struct settings_state *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "SELECT s.name, s.value, s.version, u.login, u.name, s.updated_at FROM settings s"
			      " LEFT JOIN users u ON u.id = s.updated_by");
	if (e)
		return e;
	struct settings *unstored = settings_defaults(a);
	*out = (struct settings_state){ 0 };
	for (enum setting i = 0; i < SETTING__MAX; i++) {
		const char *otherwise = settings_text(unstored, i);
		out->rows[i] = (struct setting_row){ .value = otherwise,
						     .otherwise = otherwise,
						     .origin = settings_origin(unstored, i) };
	}
	for (int n = 0; n < r.count; n++) {
		enum setting i = setting_find(db_text(&r, n, 0));
		if (i == SETTING__MAX)
			continue;
		struct setting_row *row = &out->rows[i];
		const char *value = db_text(&r, n, 1);
		if (value && !setting_fault(setting_info(i), value)) {
			row->value = value;
			row->origin = "stored";
		}
		row->version = db_int(&r, n, 2);
		row->updated_by = db_text(&r, n, 3);
		row->updated_by_name = db_text(&r, n, 4);
		row->updated_at = db_text(&r, n, 5);
		if (row->version > out->version)
			out->version = row->version;
	}
	return ERR_NONE;
}

enum setting_outcome setting_merge(const struct setting_row *row, const struct setting_wish *wish, int64_t seen)
{
	const char *wanted = wish->reset ? row->otherwise : wish->value;
	bool stored = !strcmp(row->origin, "stored");
	if (!wanted)
		return SETTING_KEPT;
	if (!strcmp(wanted, row->value))
		return wish->reset && stored ? SETTING_RESET : SETTING_KEPT;
	if (row->version > seen)
		return SETTING_CONFLICT;
	return wish->reset ? SETTING_RESET : SETTING_SET;
}

/* Rules that only the database knows. */
static enum err check_registry(struct db *db, struct arena *a, const char *id, const char **fault)
{
	struct db_rows r;
	if (!strcmp(id, "0"))
		return ERR_NONE;
	enum err e = db_query(db, a, &r, "SELECT 1 FROM registries WHERE id = $1::bigint", DB_TEXT(id));
	if (!e && !r.count)
		*fault = "setting.rule.registry";
	return e;
}

static enum err check(struct db *db, struct arena *a, const struct setting_wish *wish, enum setting i, const char **fault)
{
	const struct setting_info *row = setting_info(i);
	if (!wish->value || wish->reset)
		return ERR_NONE;
	*fault = setting_fault(row, wish->value);
	return *fault || row->kind != SETTING_KIND_REGISTRY ? ERR_NONE : check_registry(db, a, wish->value, fault);
}

static enum err store(struct db *db, struct arena *a, enum setting i, const char *value, int64_t user_id)
{
	return db_query(db, a, NULL,
			"INSERT INTO settings (name, value, updated_by) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET"
			" value = excluded.value, updated_by = excluded.updated_by, updated_at = now(),"
			" version = nextval('settings_version')",
			DB_TEXT(setting_info(i)->name), DB_TEXT(value), DB_ID(user_id));
}

enum err model_settings_change(struct db *db, struct arena *a, const struct setting_wish wishes[SETTING__MAX], int64_t seen,
			       int64_t user_id, struct settings_changed *out)
{
	int faults = 0, conflicts = 0;
	*out = (struct settings_changed){ 0 };
	/* Versions rise in the order in which changes become visible. */
	enum err e = db_query(db, a, NULL, "SELECT pg_advisory_xact_lock(hashtextextended('settings', 0))");
	if (!e)
		e = model_settings_state(db, a, &out->before);
	for (enum setting i = 0; i < SETTING__MAX && !e; i++) {
		e = check(db, a, &wishes[i], i, &out->faults[i]);
		out->outcomes[i] = setting_merge(&out->before.rows[i], &wishes[i], seen);
		faults += out->faults[i] != NULL;
		conflicts += out->outcomes[i] == SETTING_CONFLICT;
	}
	if (e || faults || conflicts)
		return e ? e : faults ? ERR_INVALID : ERR_CONFLICT;
	for (enum setting i = 0; i < SETTING__MAX && !e; i++) {
		if (out->outcomes[i] == SETTING_KEPT)
			continue;
		e = store(db, a, i, out->outcomes[i] == SETTING_RESET ? NULL : wishes[i].value, user_id);
		out->count++;
	}
	return e;
}

static const char *shown(struct arena *a, const char *value)
{
	size_t len = strlen(value), n = str_utf8_cut(value, len, SHOWN_MAX);
	return arena_printf(a, "\"%.*s%s\"", (int)n, value, n < len ? "..." : "");
}

const char *setting_changed_text(struct arena *a, const struct settings_changed *c, const struct setting_wish *wish,
				 enum setting which)
{
	const struct setting_row *old = &c->before.rows[which];
	bool reset = c->outcomes[which] == SETTING_RESET;
	return phrase(a, reset ? PHRASE_AUDIT_SETTING_RESET : PHRASE_AUDIT_SETTING, setting_info(which)->name,
		      shown(a, old->value), shown(a, reset ? old->otherwise : wish->value));
}
