/* Sessions, and the failed logins that limit them. */
#include "model/sessions.h"

#include "base/arena.h"
#include "db/db.h"

/* The condition of a live session s; its user is looked at by the caller. */
#define LIVE                                                                                                                     \
	"s.expires_at > now() AND s.last_seen_at > now() - make_interval(secs => COALESCE((SELECT value::integer FROM settings " \
	"WHERE name = 'session_idle'), 1800))"

enum err model_sessions_get(struct db *db, struct arena *a, const char *id_hash, struct session *out)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows,
			      "SELECT u.id, u.login, u.name, u.role, u.language, u.timezone, s.expires_at, s.last_seen_at < "
			      "now() - interval '1 minute' "
			      "FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id_hash = $1 AND u.disabled_at IS NULL "
			      "AND " LIVE,
			      DB_TEXT(id_hash));
	if (e != ERR_NONE)
		return e;
	if (!rows.count)
		return ERR_NOT_FOUND;
	*out = (struct session){
		.user = { .id = db_int(&rows, 0, 0),
			  .login = db_text(&rows, 0, 1),
			  .name = db_text(&rows, 0, 2),
			  .language = db_text(&rows, 0, 4),
			  .timezone = db_text(&rows, 0, 5) },
		.expires_at = db_text(&rows, 0, 6),
		.touch = db_bool(&rows, 0, 7),
	};
	role_parse(db_text(&rows, 0, 3), &out->user.role);
	return ERR_NONE;
}

enum err model_sessions_create(struct db *db, struct arena *a, const char *id_hash, int64_t user_id, const char *ip,
			       const char *user_agent, const char **expires_at)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows,
			      "WITH seen AS (UPDATE users SET last_login_at = now() WHERE id = $2) "
			      "INSERT INTO sessions (id_hash, user_id, ip, user_agent, expires_at) VALUES ($1, $2, $3, $4, "
			      "now() + make_interval(secs => COALESCE((SELECT value::integer FROM settings WHERE name = "
			      "'session_absolute'), 43200))) RETURNING to_char(expires_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
			      DB_TEXT(id_hash), DB_INT(user_id), DB_TEXT(ip), DB_TEXT(user_agent));
	if (e == ERR_NONE)
		*expires_at = db_text(&rows, 0, 0);
	return e;
}

enum err model_sessions_touch(struct db *db, struct arena *a, const char *id_hash)
{
	return db_query(db, a, NULL, "UPDATE sessions SET last_seen_at = now() WHERE id_hash = $1", DB_TEXT(id_hash));
}

enum err model_sessions_delete(struct db *db, struct arena *a, const char *id_hash)
{
	return db_query(db, a, NULL, "DELETE FROM sessions WHERE id_hash = $1", DB_TEXT(id_hash));
}

enum err model_sessions_list(struct db *db, struct arena *a, int64_t user_id, const char *id_hash, struct session_row **out,
			     int *count)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT left(s.id_hash, $2), s.ip, s.user_agent, s.created_at, s.last_seen_at, s.expires_at, s.id_hash = $3 "
		"FROM sessions s WHERE s.user_id = $1 AND " LIVE " ORDER BY s.last_seen_at DESC LIMIT $4",
		DB_INT(user_id), DB_INT(SESSION_HANDLE), DB_TEXT(id_hash), DB_INT(SESSION_ROWS));
	if (e != ERR_NONE)
		return e;
	*count = r.count;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(r.count + 1));
	for (int i = 0; i < r.count; i++)
		(*out)[i] = (struct session_row){ .handle = db_text(&r, i, 0),
						  .ip = db_text(&r, i, 1),
						  .user_agent = db_text(&r, i, 2),
						  .created_at = db_text(&r, i, 3),
						  .last_seen_at = db_text(&r, i, 4),
						  .expires_at = db_text(&r, i, 5),
						  .current = db_bool(&r, i, 6) };
	return ERR_NONE;
}

enum err model_sessions_end(struct db *db, struct arena *a, int64_t user_id, const char *handle)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "DELETE FROM sessions WHERE user_id = $1 AND left(id_hash, $2) = $3", DB_INT(user_id),
			      DB_INT(SESSION_HANDLE), DB_TEXT(handle));
	return e == ERR_NONE && !r.affected ? ERR_NOT_FOUND : e;
}

enum err model_sessions_end_others(struct db *db, struct arena *a, int64_t user_id, const char *id_hash, int *count)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "DELETE FROM sessions WHERE user_id = $1 AND id_hash <> $2", DB_INT(user_id),
			      DB_TEXT(id_hash));
	if (e == ERR_NONE)
		*count = (int)r.affected;
	return e;
}

enum err model_sessions_prune(struct db *db, struct arena *a)
{
	enum err e = db_query(
		db, a, NULL,
		"DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM sessions WHERE expires_at < now() LIMIT 1000)");
	if (e == ERR_NONE)
		e = db_query(db, a, NULL,
			     "DELETE FROM login_failures WHERE ctid IN (SELECT ctid FROM login_failures "
			     "WHERE failed_at < now() - interval '1 day' LIMIT 1000)");
	if (e == ERR_NONE)
		e = db_query(db, a, NULL,
			     "DELETE FROM idempotency_keys WHERE ctid IN (SELECT ctid FROM idempotency_keys "
			     "WHERE created_at < now() - interval '1 day' LIMIT 1000)");
	return e;
}

/* The locks are taken in one order, and in a statement of their own: another's snapshot would be older than they are. */
static enum err count_failures(struct db *db, struct arena *a, const char *account_key, const char *network_key,
			       struct login_failures *out)
{
	struct db_rows rows;
	enum err e = db_query(db, a, NULL,
			      "SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) "
			      "FROM (SELECT unnest(ARRAY[$1::text, $2::text]) k ORDER BY 1) s",
			      DB_TEXT(account_key), DB_TEXT(network_key));
	if (e == ERR_NONE)
		e = db_query(db, a, &rows,
			     "SELECT count(*) FILTER (WHERE key = $1), count(*) FILTER (WHERE key = $2 AND failed_at > now() - "
			     "interval '15 minutes'), "
			     "COALESCE(EXTRACT(epoch FROM now() - max(failed_at) FILTER (WHERE key = $1))::integer, 3600), "
			     "COALESCE(EXTRACT(epoch FROM now() - max(failed_at) FILTER (WHERE key = $2))::integer, 3600) "
			     "FROM login_failures WHERE key IN ($1, $2) AND failed_at > now() - interval '1 hour'",
			     DB_TEXT(account_key), DB_TEXT(network_key));
	if (e != ERR_NONE)
		return e;
	*out = (struct login_failures){
		.account = (int)db_int(&rows, 0, 0),
		.network = (int)db_int(&rows, 0, 1),
		.account_age_s = (int)db_int(&rows, 0, 2),
		.network_age_s = (int)db_int(&rows, 0, 3),
	};
	return ERR_NONE;
}

static enum err count_and_record(struct db *db, struct arena *a, const char *account_key, const char *network_key,
				 int (*pause)(const struct login_failures *), bool record, int *wait_s)
{
	struct login_failures failures;
	enum err e = db_begin(db);
	if (e != ERR_NONE)
		return e;
	e = count_failures(db, a, account_key, network_key, &failures);
	*wait_s = e == ERR_NONE ? pause(&failures) : 0;
	if (e == ERR_NONE && record && !*wait_s)
		e = db_query(db, a, NULL, "INSERT INTO login_failures (key) VALUES ($1), ($2)", DB_TEXT(account_key),
			     DB_TEXT(network_key));
	return db_end(db, e);
}

enum err model_logins_attempt(struct db *db, struct arena *a, const char *account_key, const char *network_key,
			      int (*pause)(const struct login_failures *), int *wait_s)
{
	return count_and_record(db, a, account_key, network_key, pause, true, wait_s);
}

enum err model_logins_look(struct db *db, struct arena *a, const char *account_key, const char *network_key,
			   int (*pause)(const struct login_failures *), int *wait_s)
{
	return count_and_record(db, a, account_key, network_key, pause, false, wait_s);
}

enum err model_logins_forgive(struct db *db, struct arena *a, const char *account_key, const char *network_key)
{
	return db_query(db, a, NULL,
			"DELETE FROM login_failures WHERE key = $1 OR ctid = (SELECT ctid FROM login_failures WHERE key = $2 "
			"ORDER BY failed_at DESC LIMIT 1)",
			DB_TEXT(account_key), DB_TEXT(network_key));
}
