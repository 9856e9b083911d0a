/* API tokens: only digests are stored; each has scopes and an end. */
#include "model/tokens.h"

#include "base/arena.h"
#include "db/db.h"

enum err model_tokens_find(struct db *db, struct arena *a, const char *token_hash, struct token *out)
{
	struct db_rows rows;
	enum err e = db_query(
		db, a, &rows,
		"SELECT t.id, t.name, t.scopes, u.id, u.login, u.name, u.role, u.language, u.timezone, "
		"COALESCE(t.last_used_at < now() - interval '1 minute', true) FROM api_tokens t JOIN users u ON u.id = t.user_id "
		"WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > now() AND u.disabled_at IS NULL",
		DB_TEXT(token_hash));
	if (e != ERR_NONE)
		return e;
	if (!rows.count)
		return ERR_NOT_FOUND;
	*out = (struct token){
		.id = db_int(&rows, 0, 0),
		.name = db_text(&rows, 0, 1),
		.scopes = db_text(&rows, 0, 2),
		.user = { .id = db_int(&rows, 0, 3),
			  .login = db_text(&rows, 0, 4),
			  .name = db_text(&rows, 0, 5),
			  .language = db_text(&rows, 0, 7),
			  .timezone = db_text(&rows, 0, 8) },
		.touch = db_bool(&rows, 0, 9),
	};
	role_parse(db_text(&rows, 0, 6), &out->user.role);
	return ERR_NONE;
}

enum err model_tokens_touch(struct db *db, struct arena *a, int64_t id)
{
	return db_query(db, a, NULL, "UPDATE api_tokens SET last_used_at = now() WHERE id = $1", DB_INT(id));
}

enum err model_tokens_create(struct db *db, struct arena *a, int64_t user_id, const char *name, const char *token_hash,
			     const char *scopes, int days, int64_t *id, const char **expires_at)
{
	struct db_rows rows;
	if (days < 1 || days > 366)
		return ERR_INVALID;
	enum err e = db_query(
		db, a, &rows,
		"INSERT INTO api_tokens (user_id, name, token_hash, scopes, expires_at) VALUES ($1, $2, $3, $4, "
		"now() + make_interval(days => $5::integer)) RETURNING id, to_char(expires_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
		DB_INT(user_id), DB_TEXT(name), DB_TEXT(token_hash), DB_TEXT(scopes), DB_INT(days));
	if (e != ERR_NONE)
		return e;
	*id = db_int(&rows, 0, 0);
	*expires_at = db_text(&rows, 0, 1);
	return ERR_NONE;
}

enum err model_tokens_list(struct db *db, struct arena *a, int64_t user_id, struct token **out, int *count)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows,
			      "SELECT id, name, scopes, to_char(expires_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
			      "to_char(last_used_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
			      "to_char(created_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM api_tokens WHERE user_id = $1 "
			      "AND revoked_at IS NULL AND expires_at > now() ORDER BY id DESC LIMIT 200",
			      DB_INT(user_id));
	if (e != ERR_NONE)
		return e;
	*count = rows.count;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(rows.count + 1));
	for (int i = 0; i < rows.count; i++)
		(*out)[i] = (struct token){
			.id = db_int(&rows, i, 0),
			.name = db_text(&rows, i, 1),
			.scopes = db_text(&rows, i, 2),
			.expires_at = db_text(&rows, i, 3),
			.last_used_at = db_text(&rows, i, 4),
			.created_at = db_text(&rows, i, 5),
		};
	return ERR_NONE;
}

enum err model_tokens_revoke(struct db *db, struct arena *a, int64_t user_id, int64_t id)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows,
			      "UPDATE api_tokens SET revoked_at = now() WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL",
			      DB_INT(id), DB_INT(user_id));
	return e == ERR_NONE && !rows.affected ? ERR_NOT_FOUND : e;
}
