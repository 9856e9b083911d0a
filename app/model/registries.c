/* Registries: rows, and their passwords sealed and opened. */
#include "model/registries.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "db/db.h"

#define COLUMNS "id, name, address, plain_http, ca_pem, push_username, push_password_sealed, pull_username, pull_password_sealed"

static void read_row(const struct db_rows *r, int i, struct registry *out)
{
	*out = (struct registry){ .id = db_int(r, i, 0),
				  .name = db_text(r, i, 1),
				  .address = db_text(r, i, 2),
				  .plain_http = db_bool(r, i, 3),
				  .ca_pem = db_text(r, i, 4),
				  .push_username = db_text(r, i, 5),
				  .push_password_sealed = db_text(r, i, 6),
				  .pull_username = db_text(r, i, 7),
				  .pull_password_sealed = db_text(r, i, 8) };
}

enum err model_registries_get(struct db *db, struct arena *a, int64_t id, struct registry *out)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows, "SELECT " COLUMNS " FROM registries WHERE id = $1", DB_INT(id));
	if (e)
		return e;
	if (!rows.count)
		return ERR_NOT_FOUND;
	read_row(&rows, 0, out);
	return ERR_NONE;
}

enum err model_registries_list(struct db *db, struct arena *a, struct registry **out, int *count)
{
	struct db_rows rows;
	*count = 0;
	enum err e = db_query(db, a, &rows, "SELECT " COLUMNS " FROM registries ORDER BY name LIMIT 200");
	if (e)
		return e;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(rows.count + 1));
	for (int i = 0; i < rows.count; i++)
		read_row(&rows, i, &(*out)[i]);
	*count = rows.count;
	return ERR_NONE;
}

static bool address_valid(const char *s)
{
	static const char *const host = "abcdefghijklmnopqrstuvwxyz0123456789.-";
	size_t n = strspn(s, host);
	int64_t port;
	if (!n || n > 253 || *s == '-' || *s == '.')
		return false;
	return !s[n] || (s[n] == ':' && str_to_int(s + n + 1, 1, 65535, &port));
}

static const char *seal(struct keyring *k, struct arena *a, const char *what, int64_t id, const char *password)
{
	if (!password)
		return NULL;
	return keyring_seal(k, a, arena_printf(a, "registries.%s_password.%lld", what, (long long)id), password);
}

enum err model_registries_put(struct db *db, struct arena *a, struct keyring *k, const struct registry_input *in, int64_t *id)
{
	struct db_rows rows;
	if (!in->name || !*in->name || !in->address || !address_valid(in->address))
		return ERR_INVALID;
	enum err e =
		db_query(db, a, &rows,
			 "INSERT INTO registries (name, address, plain_http, ca_pem, push_username, pull_username)"
			 " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO UPDATE SET address = excluded.address,"
			 " plain_http = excluded.plain_http, ca_pem = excluded.ca_pem, push_username = excluded.push_username,"
			 " pull_username = excluded.pull_username, updated_at = now() RETURNING id",
			 DB_TEXT(in->name), DB_TEXT(in->address), DB_BOOL(in->plain_http), DB_TEXT(in->ca_pem),
			 DB_TEXT(in->push_username), DB_TEXT(in->pull_username));
	if (e)
		return e;
	*id = db_int(&rows, 0, 0);
	/* The place that is sealed in holds the id, so the passwords follow in a second statement. */
	return db_query(db, a, NULL, "UPDATE registries SET push_password_sealed = $2, pull_password_sealed = $3 WHERE id = $1",
			DB_INT(*id), DB_TEXT(seal(k, a, "push", *id, in->push_password)),
			DB_TEXT(seal(k, a, "pull", *id, in->pull_password)));
}

static const char *open_sealed(struct keyring *k, struct arena *a, const char *what, int64_t id, const char *sealed)
{
	if (!sealed)
		return NULL;
	const char *place = arena_printf(a, "registries.%s_password.%lld", what, (long long)id);
	const char *plain = keyring_open(k, a, place, sealed);
	if (!plain)
		log_event(LOG_ERROR, "secret_does_not_open", LOG_STR("place", place));
	return plain;
}

const char *registry_push_password(struct keyring *k, struct arena *a, const struct registry *r)
{
	return open_sealed(k, a, "push", r->id, r->push_password_sealed);
}

const char *registry_pull_password(struct keyring *k, struct arena *a, const struct registry *r)
{
	return open_sealed(k, a, "pull", r->id, r->pull_password_sealed);
}
