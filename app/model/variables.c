/* A project's own variables. */
#include "model/variables.h"

#include <string.h>

#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "db/db.h"

enum { DIGEST_BYTES = 16 };

static const char *value_place(struct arena *a, int64_t id)
{
	return arena_printf(a, "project_variables.value.%lld", (long long)id);
}

static const char *key_place(struct arena *a, int64_t project_id)
{
	return arena_printf(a, "projects.variables_key.%lld", (long long)project_id);
}

enum err model_variables_list(struct db *db, struct arena *a, int64_t project_id, struct variable **out, int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e = db_query(db, a, &r,
			      "SELECT name, CASE WHEN NOT secret THEN value END, secret, version FROM project_variables"
			      " WHERE project_id = $1 ORDER BY name LIMIT 500",
			      DB_INT(project_id));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(r.count + 1));
	for (int i = 0; i < r.count; i++)
		(*out)[i] = (struct variable){ .name = db_text(&r, i, 0),
					       .value = db_text(&r, i, 1),
					       .secret = db_bool(&r, i, 2),
					       .version = (int)db_int(&r, i, 3) };
	*count = r.count;
	return ERR_NONE;
}

/* What is there of that name, under the lock on the project's row, which makes the limit true for two at once. */
static enum err look(struct db *db, struct arena *a, int64_t project_id, const char *name, struct db_rows *r, int64_t *others)
{
	enum err e =
		db_query(db, a, r,
			 "SELECT (SELECT count(*) FROM project_variables WHERE project_id = p.id AND name <> $2) FROM projects p"
			 " WHERE p.id = $1 FOR UPDATE",
			 DB_INT(project_id), DB_TEXT(name));
	if (e || !r->count)
		return e ? e : ERR_NOT_FOUND;
	*others = db_int(r, 0, 0);
	return db_query(db, a, r, "SELECT secret, value, version FROM project_variables WHERE project_id = $1 AND name = $2",
			DB_INT(project_id), DB_TEXT(name));
}

/* The row's id is part of what is sealed, so it comes first. */
static enum err set_secret(struct db *db, struct arena *a, struct keyring *k, int64_t project_id, const char *name,
			   const char *value, int *version)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"INSERT INTO project_variables (project_id, name, value, secret, value_sealed)"
		" VALUES ($1, $2, '', true, '') ON CONFLICT (project_id, name)"
		" DO UPDATE SET value = '', secret = true, value_sealed = '', version = excluded.version RETURNING id, version",
		DB_INT(project_id), DB_TEXT(name));
	if (e)
		return e;
	int64_t id = db_int(&r, 0, 0);
	*version = (int)db_int(&r, 0, 1);
	return db_query(db, a, NULL, "UPDATE project_variables SET value_sealed = $2 WHERE id = $1", DB_INT(id),
			DB_TEXT(keyring_seal(k, a, value_place(a, id), value)));
}

bool variable_is_given(const char *name)
{
	return !strcmp(name, "PORT") || !strcmp(name, "HYDROSIM_COMMIT");
}

enum err model_variables_set(struct db *db, struct arena *a, struct keyring *k, int64_t project_id, const char *name,
			     const char *value, bool secret, int *version)
{
	struct db_rows r;
	int64_t others = 0;
	if (variable_is_given(name))
		return ERR_CONFLICT;
	enum err e = look(db, a, project_id, name, &r, &others);
	if (e)
		return e;
	int now = r.count ? (int)db_int(&r, 0, 2) : VARIABLE_NEW;
	if (*version != VARIABLE_ANY && *version != now)
		return ERR_GONE;
	if (others >= VARIABLES_MAX)
		return ERR_TOO_MANY;
	bool readable = r.count && !db_bool(&r, 0, 0);
	if (!value && (!readable || !secret))
		return ERR_INVALID;
	if (secret)
		return set_secret(db, a, k, project_id, name, value ? value : db_text(&r, 0, 1), version);
	e = db_query(db, a, &r,
		     "INSERT INTO project_variables (project_id, name, value) VALUES ($1, $2, $3) ON CONFLICT (project_id, name)"
		     " DO UPDATE SET value = excluded.value, secret = false, value_sealed = NULL, version = excluded.version"
		     " RETURNING version",
		     DB_INT(project_id), DB_TEXT(name), DB_TEXT(value));
	if (!e)
		*version = (int)db_int(&r, 0, 0);
	return e;
}

enum err model_variables_remove(struct db *db, struct arena *a, int64_t project_id, const char *name)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "DELETE FROM project_variables WHERE project_id = $1 AND name = $2", DB_INT(project_id),
			      DB_TEXT(name));
	return e ? e : r.affected ? ERR_NONE : ERR_NOT_FOUND;
}

/* The project's key, made where there is none; whoever is first has made it. */
static enum err key_of(struct db *db, struct arena *a, struct keyring *k, int64_t project_id, const char **key)
{
	struct db_rows r;
	const char *place = key_place(a, project_id);
	enum err e = db_query(db, a, &r, "SELECT variables_key_sealed FROM projects WHERE id = $1", DB_INT(project_id));
	if (!e && r.count && db_is_null(&r, 0, 0))
		e = db_query(db, a, &r,
			     "UPDATE projects SET variables_key_sealed = coalesce(variables_key_sealed, $2) WHERE id = $1"
			     " RETURNING variables_key_sealed",
			     DB_INT(project_id), DB_TEXT(keyring_seal(k, a, place, secret_token(a, SECRET_KEY_SIZE))));
	if (e || !r.count)
		return e ? e : ERR_NOT_FOUND;
	*key = keyring_open(k, a, place, db_text(&r, 0, 0));
	return *key ? ERR_NONE : ERR_INTERNAL;
}

static const char *digest_of(struct arena *a, const char *key, const char *text)
{
	unsigned char mac[SHA256_SIZE];
	char hex[2 * DIGEST_BYTES + 1];
	secret_hmac_sha256(key, strlen(key), text, strlen(text), mac);
	str_hex(mac, DIGEST_BYTES, hex);
	return arena_strdup(a, hex);
}

enum err model_variables_digest(struct db *db, struct arena *a, struct keyring *k, int64_t project_id, const char *text,
				const char **digest)
{
	const char *key;
	enum err e = key_of(db, a, k, project_id, &key);
	if (!e)
		*digest = digest_of(a, key, text);
	return e;
}

/* "=" parts name and value: no name has one. */
static enum err open_one(struct arena *a, struct keyring *k, const struct db_rows *r, int i, const char *key,
			 struct variable_opened *v)
{
	v->name = db_text(r, i, 0);
	v->value = db_text(r, i, 1);
	if (!db_bool(r, i, 2))
		return ERR_NONE;
	v->value = keyring_open(k, a, value_place(a, db_int(r, i, 3)), db_text(r, i, 4));
	v->digest = v->value ? digest_of(a, key, arena_printf(a, "%s=%s", v->name, v->value)) : NULL;
	return v->value ? ERR_NONE : ERR_INTERNAL;
}

enum err model_variables_open(struct db *db, struct arena *a, struct keyring *k, int64_t project_id, struct variable_opened **out,
			      int *count, const char **broken)
{
	struct db_rows r;
	const char *key = NULL;
	*count = 0;
	*broken = NULL;
	enum err e = db_query(db, a, &r,
			      "SELECT name, value, secret, id, value_sealed FROM project_variables WHERE project_id = $1"
			      " ORDER BY name LIMIT 500",
			      DB_INT(project_id));
	*out = e ? NULL : arena_alloc(a, sizeof(**out) * (size_t)(r.count + 1));
	for (int i = 0; !e && i < r.count; i++) {
		(*out)[i] = (struct variable_opened){ 0 };
		*broken = db_text(&r, i, 0);
		if (db_bool(&r, i, 2) && !key)
			e = key_of(db, a, k, project_id, &key);
		if (!e)
			e = open_one(a, k, &r, i, key, &(*out)[i]);
		*count = i + 1;
	}
	if (!e)
		*broken = NULL;
	return e;
}
