/* Invitations: a link by which somebody without a password sets one, once. */
#include "model/invitations.h"

#include <string.h>

#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "db/db.h"

enum { DAYS_MAX = 90 };

enum err model_invitations_create(struct db *db, struct arena *a, int64_t user_id, int64_t created_by, int days,
				  const char **code, const char **expires_at)
{
	struct db_rows r;
	if (days < 1 || days > DAYS_MAX)
		return ERR_INVALID;
	*code = secret_token(a, INVITATION_CODE_BYTES);
	enum err e = db_query(db, a, &r,
			      "WITH ended AS (DELETE FROM invitations WHERE user_id = $1 AND used_at IS NULL)"
			      " INSERT INTO invitations (user_id, code_hash, created_by, expires_at)"
			      " VALUES ($1, $2, $3, now() + make_interval(days => $4::integer)) RETURNING expires_at",
			      DB_INT(user_id), DB_TEXT(secret_digest(a, *code)), DB_ID(created_by), DB_INT(days));
	if (!e)
		*expires_at = db_text(&r, 0, 0);
	return e;
}

static bool is_code(const char *code)
{
	return strlen(code) == 2 * INVITATION_CODE_BYTES && str_only(code, "0123456789abcdef");
}

enum err model_invitations_find(struct db *db, struct arena *a, const char *code, struct user *out)
{
	struct db_rows r;
	if (!is_code(code))
		return ERR_NOT_FOUND;
	enum err e = db_query(db, a, &r,
			      "SELECT u.id FROM invitations i JOIN users u ON u.id = i.user_id WHERE i.code_hash = $1"
			      " AND i.used_at IS NULL AND i.expires_at > now() AND u.disabled_at IS NULL",
			      DB_TEXT(secret_digest(a, code)));
	if (e)
		return e;
	return r.count ? model_users_get(db, a, db_int(&r, 0, 0), out) : ERR_NOT_FOUND;
}

enum err model_invitations_use(struct db *db, struct arena *a, const char *code)
{
	struct db_rows r;
	if (!is_code(code))
		return ERR_NOT_FOUND;
	enum err e = db_query(db, a, &r,
			      "WITH used AS (UPDATE invitations SET used_at = now() WHERE code_hash = $1 AND used_at IS NULL"
			      "  AND expires_at > now() RETURNING id, user_id),"
			      " ended AS (DELETE FROM invitations i USING used WHERE i.user_id = used.user_id AND i.id <> used.id"
			      "  AND i.used_at IS NULL)"
			      " SELECT user_id FROM used",
			      DB_TEXT(secret_digest(a, code)));
	return e ? e : r.count ? ERR_NONE : ERR_NOT_FOUND;
}

const char *invitation_url(struct arena *a, const char *portal_url, const char *code)
{
	return arena_printf(a, "%s/invite/%s", portal_url, code);
}
