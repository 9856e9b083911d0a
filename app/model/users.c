/* Users: who may sign in, and as what. */
#include "model/users.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "db/db.h"
#include "model/list.h"
#include "model/row.h"
#include "model/search.h"

static const char *const roles[] = {
	[ROLE_NONE] = "", [ROLE_STUDENT] = "student", [ROLE_TEACHER] = "teacher", [ROLE_ADMIN] = "admin"
};

const char *role_name(enum role r)
{
	return (unsigned)r < sizeof roles / sizeof *roles ? roles[r] : "";
}

bool role_parse(const char *word, enum role *out)
{
	for (int r = ROLE_STUDENT; r <= ROLE_ADMIN; r++)
		if (!strcmp(word, roles[r])) {
			*out = (enum role)r;
			return true;
		}
	return false;
}

/* The columns of every SELECT below, in this order; of lists without the hash. */
#define COLUMNS(hash)                                                                                                            \
	"SELECT id, login, name, role, " hash ", language, timezone, disabled_at, last_login_at, created_at,"                    \
	" password_hash <> '" PASSWORD_NONE "', version FROM users"
#define HASH "NULLIF(password_hash, '" PASSWORD_NONE "')"
#define NO_HASH "NULL"

static struct user from_row(const struct db_rows *rows, int i)
{
	struct user u = {
		.id = db_int(rows, i, 0),
		.login = db_text(rows, i, 1),
		.name = db_text(rows, i, 2),
		.password_hash = db_text(rows, i, 4),
		.language = db_text(rows, i, 5),
		.timezone = db_text(rows, i, 6),
		.disabled_at = db_text(rows, i, 7),
		.last_login_at = db_text(rows, i, 8),
		.created_at = db_text(rows, i, 9),
		.has_password = db_bool(rows, i, 10),
		.version = (int)db_int(rows, i, 11),
	};
	role_parse(db_text(rows, i, 3), &u.role);
	return u;
}

static enum err one(enum err e, const struct db_rows *rows, struct user *out)
{
	if (e != ERR_NONE)
		return e;
	if (!rows->count)
		return ERR_NOT_FOUND;
	*out = from_row(rows, 0);
	return ERR_NONE;
}

static enum err touched(enum err e, const struct db_rows *rows)
{
	return e == ERR_NONE && !rows->affected ? ERR_NOT_FOUND : e;
}

enum err model_users_create(struct db *db, struct arena *a, const char *login, const char *name, enum role role,
			    const char *password_hash, int64_t *id)
{
	struct db_rows rows;
	if (!*name || strlen(name) > 200)
		return ERR_INVALID;
	enum err e = db_query(db, a, &rows,
			      "INSERT INTO users (login, name, role, password_hash) VALUES ($1, $2, $3, $4) RETURNING id",
			      DB_TEXT(login), DB_TEXT(name), DB_TEXT(role_name(role)), DB_TEXT(password_hash));
	if (e == ERR_NONE)
		*id = db_int(&rows, 0, 0);
	return e;
}

enum err model_users_find(struct db *db, struct arena *a, const char *login, struct user *out)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows, COLUMNS(HASH) " WHERE login = $1", DB_TEXT(login));
	return one(e, &rows, out);
}

enum err model_users_get(struct db *db, struct arena *a, int64_t id, struct user *out)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows, COLUMNS(HASH) " WHERE id = $1", DB_INT(id));
	return one(e, &rows, out);
}

static struct user *all_rows(struct arena *a, const struct db_rows *rows)
{
	struct user *out = arena_alloc(a, sizeof(*out) * (size_t)(rows->count + 1));
	for (int i = 0; i < rows->count; i++)
		out[i] = from_row(rows, i);
	return out;
}

enum err model_users_list(struct db *db, struct arena *a, const char *after, int limit, struct user **out, int *count)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows, COLUMNS(NO_HASH) " WHERE login > $1 ORDER BY login LIMIT $2", DB_TEXT(after),
			      DB_INT(limit));
	if (e != ERR_NONE)
		return e;
	*count = rows.count;
	*out = all_rows(a, &rows);
	return ERR_NONE;
}

/* With a search the trigrams find the few rows; without one the login's own index is read in order. */
#define LIST(which, limit) COLUMNS(NO_HASH) " WHERE login > $1" which " ORDER BY login LIMIT " limit
#define ALL(limit) LIST("", limit)
#define FILTERED(limit)                                                                                                          \
	LIST(" AND ($2::text IS NULL OR role = $2) AND ($3::text IS NULL OR $3 = CASE WHEN disabled_at IS NOT NULL THEN"         \
	     " 'disabled' WHEN password_hash = '" PASSWORD_NONE "' THEN 'invited' ELSE 'active' END)"                            \
	     " AND ($4::text IS NULL OR login || ' ' || name ILIKE $4)",                                                         \
	     limit)

enum err model_users_search(struct db *db, struct arena *a, const struct user_filter *f, struct user_list *out)
{
	struct db_rows rows;
	const char *search = search_pattern(a, f->search), *after = f->after ? f->after : "";
	enum err e = search || f->role || f->state ? list_query_anew(db, a, &rows, f->limit, FILTERED, DB_TEXT(after),
								     DB_TEXT(f->role), DB_TEXT(f->state), DB_TEXT(search))
						   : list_query(db, a, &rows, f->limit, ALL, DB_TEXT(after));
	if (e != ERR_NONE)
		return e;
	*out = (struct user_list){ .rows = all_rows(a, &rows),
				   .count = rows.count > f->limit ? f->limit : rows.count,
				   .more = rows.count > f->limit };
	return ERR_NONE;
}

const char *user_state(const struct user *u)
{
	return u->disabled_at ? "disabled" : u->has_password ? "active" : "invited";
}

/* Locks the row and compares its version. */
static enum err lock(struct db *db, struct arena *a, int64_t id, int version)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows, "SELECT version FROM users WHERE id = $1 FOR UPDATE", DB_INT(id));
	return e ? e : row_version(&rows, version);
}

/* Whether another admin can sign in. All admins' rows are locked, so that two cannot take each other's rights away at once. */
static enum err another_admin(struct db *db, struct arena *a, int64_t id)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows,
			      "SELECT id FROM users WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id FOR UPDATE");
	if (e != ERR_NONE)
		return e;
	for (int i = 0; i < rows.count; i++)
		if (db_int(&rows, i, 0) != id)
			return ERR_NONE;
	return rows.count ? ERR_CONFLICT : ERR_NONE;
}

enum err model_users_save(struct db *db, struct arena *a, int64_t id, const struct user_edit *in, int version)
{
	enum err e = in->role == ROLE_ADMIN && !in->disabled ? ERR_NONE : another_admin(db, a, id);
	if (e == ERR_NONE)
		e = lock(db, a, id, version);
	if (e == ERR_NONE)
		e = db_query(db, a, NULL, "UPDATE users SET name = $2, role = $3, version = version + 1 WHERE id = $1",
			     DB_INT(id), DB_TEXT(in->name), DB_TEXT(role_name(in->role)));
	return e ? e : model_users_set_disabled(db, a, id, in->disabled);
}

enum err model_users_save_own(struct db *db, struct arena *a, int64_t id, const char *name, const char *language,
			      const char *timezone, int version)
{
	enum err e = lock(db, a, id, version);
	return e ? e
		 : db_query(db, a, NULL,
			    "UPDATE users SET name = COALESCE($2, name), language = $3, timezone = $4, version = version + 1"
			    " WHERE id = $1",
			    DB_INT(id), DB_TEXT(name), DB_TEXT(language), DB_TEXT(timezone));
}

enum err model_users_hold(struct db *db, struct arena *a, int64_t id, const char *password_hash)
{
	struct db_rows rows;
	enum err e =
		db_query(db, a, &rows,
			 "SELECT 1 FROM users WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL FOR NO KEY UPDATE",
			 DB_INT(id), DB_TEXT(password_hash));
	return e == ERR_NONE && !rows.count ? ERR_NOT_FOUND : e;
}

/* The row is held by a statement of its own: the next one sees the session of a login that was under way. */
static enum err renew_password(struct db *db, struct arena *a, int64_t id, const char *password_hash, bool end_tokens)
{
	struct db_rows rows;
	enum err e = db_query(db, a, NULL, "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE", DB_INT(id));
	if (e == ERR_NONE)
		e = db_query(db, a, &rows,
			     "WITH changed AS (UPDATE users SET password_hash = $2 WHERE id = $1 RETURNING id), "
			     "sessions_ended AS (DELETE FROM sessions WHERE user_id IN (SELECT id FROM changed)), "
			     "tokens_ended AS (UPDATE api_tokens SET revoked_at = now() WHERE $3 AND user_id IN (SELECT id FROM "
			     "changed) AND revoked_at IS NULL) SELECT id FROM changed",
			     DB_INT(id), DB_TEXT(password_hash), DB_BOOL(end_tokens));
	return e == ERR_NONE && !rows.count ? ERR_NOT_FOUND : e;
}

enum err model_users_change_password(struct db *db, struct arena *a, int64_t id, const char *password_hash)
{
	enum err e = db_begin(db);
	return e ? e : db_end(db, renew_password(db, a, id, password_hash, false));
}

enum err model_users_set_password(struct db *db, struct arena *a, int64_t id, const char *password_hash)
{
	enum err e = db_begin(db);
	return e ? e : db_end(db, renew_password(db, a, id, password_hash, true));
}

enum err model_users_rehash(struct db *db, struct arena *a, int64_t id, const char *old_hash, const char *new_hash)
{
	return db_query(db, a, NULL, "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2", DB_INT(id),
			DB_TEXT(old_hash), DB_TEXT(new_hash));
}

enum err model_users_set_disabled(struct db *db, struct arena *a, int64_t id, bool disabled)
{
	struct db_rows rows;
	enum err e = db_query(
		db, a, &rows,
		"WITH changed AS (UPDATE users SET disabled_at = CASE WHEN $2 THEN COALESCE(disabled_at, now()) END WHERE id = "
		"$1 RETURNING id), "
		"sessions_ended AS (DELETE FROM sessions WHERE $2 AND user_id IN (SELECT id FROM changed)), "
		"tokens_ended AS (UPDATE api_tokens SET revoked_at = now() WHERE $2 AND user_id IN (SELECT id FROM changed) "
		"AND revoked_at IS NULL) SELECT id FROM changed",
		DB_INT(id), DB_BOOL(disabled));
	return e == ERR_NONE && !rows.count ? ERR_NOT_FOUND : e;
}

enum err model_users_set_preferences(struct db *db, struct arena *a, int64_t id, const char *language, const char *timezone)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows, "UPDATE users SET language = $2, timezone = $3 WHERE id = $1", DB_INT(id),
			      DB_TEXT(language), DB_TEXT(timezone));
	return touched(e, &rows);
}
