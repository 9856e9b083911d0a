/* Registries: rows, and their passwords sealed and opened. */
#include "model/registries.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "db/db.h"
#include "model/pull_secrets.h"
#include "model/row.h"
#include "registry/registry.h"

#define COLUMNS                                                                                                                  \
	"id, name, address, plain_http, ca_pem, push_username, push_password_sealed, pull_username, pull_password_sealed,"       \
	" version, created_at, updated_at"

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
				  .pull_password_sealed = db_text(r, i, 8),
				  .version = (int)db_int(r, i, 9),
				  .created_at = db_text(r, i, 10),
				  .updated_at = db_text(r, i, 11) };
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
			 " pull_username = excluded.pull_username, version = registries.version + 1, updated_at = now()"
			 " RETURNING id",
			 DB_TEXT(in->name), DB_TEXT(in->address), DB_BOOL(in->plain_http), DB_TEXT(in->ca_pem),
			 DB_TEXT(in->push_username), DB_TEXT(in->pull_username));
	if (e)
		return e;
	*id = db_int(&rows, 0, 0);
	/* The place that is sealed in holds the id, so the passwords follow in a second statement. */
	e = db_query(db, a, NULL, "UPDATE registries SET push_password_sealed = $2, pull_password_sealed = $3 WHERE id = $1",
		     DB_INT(*id), DB_TEXT(seal(k, a, "push", *id, in->push_password)),
		     DB_TEXT(seal(k, a, "pull", *id, in->pull_password)));
	return e || !str_given(in->pull_password) ? e : model_pull_secrets_renew(db, a, *id);
}

/* One of the two accounts, and what is stored of it. */
struct account {
	const char *what, *username, *password;
	bool remove, kept;
};

/* An account is a name and a password, or neither; and a stored password stays where it was given. Returns how many. */
static int check_account(const struct account *c, bool moved, struct field_fault *out)
{
	bool push = !strcmp(c->what, "push"), keeps = str_given(c->username) && !str_given(c->password);
	const char *username = push ? "push_username" : "pull_username", *password = push ? "push_password" : "pull_password";
	if (str_given(c->username) && strchr(c->username, ':'))
		*out = (struct field_fault){ username, "error.username_colon" };
	else if (str_given(c->password) && !str_given(c->username))
		*out = (struct field_fault){ username, "error.username_needed" };
	else if (keeps && (c->remove || !c->kept))
		*out = (struct field_fault){ password, "error.password_needed" };
	else if (keeps && moved)
		*out = (struct field_fault){ password, "error.password_moved" };
	else
		return 0;
	return 1;
}

int registry_check(const struct registry_edit *in, const struct registry *old, struct field_fault faults[FIELD_FAULTS])
{
	const struct account push = { "push", in->push_username, in->push_password, in->push_remove,
				      old && old->push_password_sealed };
	const struct account pull = { "pull", in->pull_username, in->pull_password, in->pull_remove,
				      old && old->pull_password_sealed };
	bool moved = old && (strcmp(old->address, in->address) || (in->plain_http && !old->plain_http));
	int n = 0;
	if (!address_valid(in->address))
		faults[n++] = (struct field_fault){ "address", "error.registry_address" };
	if (str_given(in->ca_pem) && !secret_certificates(in->ca_pem))
		faults[n++] = (struct field_fault){ "ca_pem", "error.certificates" };
	n += check_account(&push, moved, &faults[n]);
	n += check_account(&pull, moved, &faults[n]);
	return n;
}

/* The two passwords: new, kept or forgotten. The place that is sealed in holds the id. */
static enum err store_passwords(struct db *db, struct arena *a, struct keyring *k, int64_t id, const struct registry_edit *in)
{
	bool push_gone = in->push_remove || !str_given(in->push_username),
	     pull_gone = in->pull_remove || !str_given(in->pull_username);
	return db_query(
		db, a, NULL,
		"UPDATE registries SET push_password_sealed = CASE WHEN $2 THEN NULL ELSE COALESCE($3, push_password_sealed) END,"
		" pull_password_sealed = CASE WHEN $4 THEN NULL ELSE COALESCE($5, pull_password_sealed) END WHERE id = $1",
		DB_INT(id), DB_BOOL(push_gone), DB_TEXT(seal(k, a, "push", id, str_or_null(in->push_password))),
		DB_BOOL(pull_gone), DB_TEXT(seal(k, a, "pull", id, str_or_null(in->pull_password))));
}

enum err model_registries_create(struct db *db, struct arena *a, struct keyring *k, const struct registry_edit *in, int64_t *id)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "INSERT INTO registries (name, address, plain_http, ca_pem, push_username, pull_username)"
			      " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
			      DB_TEXT(in->name), DB_TEXT(in->address), DB_BOOL(in->plain_http), DB_TEXT(str_or_null(in->ca_pem)),
			      DB_TEXT(str_or_null(in->push_username)), DB_TEXT(str_or_null(in->pull_username)));
	if (e)
		return e;
	*id = db_int(&r, 0, 0);
	return store_passwords(db, a, k, *id, in);
}

/* Whether there is a pull account that is another one now. */
static bool pull_changed(const struct registry_edit *in, const char *old)
{
	return str_given(in->pull_username) && !in->pull_remove &&
	       (str_given(in->pull_password) || !old || strcmp(old, in->pull_username) != 0);
}

enum err model_registries_save(struct db *db, struct arena *a, struct keyring *k, int64_t id, const struct registry_edit *in,
			       int version)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT version, pull_username FROM registries WHERE id = $1 FOR UPDATE", DB_INT(id));
	if (!e)
		e = row_version(&r, version);
	if (e)
		return e;
	const char *username = db_text(&r, 0, 1);
	e = db_query(db, a, NULL,
		     "UPDATE registries SET name = $2, address = $3, plain_http = $4, ca_pem = $5, push_username = $6,"
		     " pull_username = $7, version = version + 1, updated_at = now() WHERE id = $1",
		     DB_INT(id), DB_TEXT(in->name), DB_TEXT(in->address), DB_BOOL(in->plain_http),
		     DB_TEXT(str_or_null(in->ca_pem)), DB_TEXT(str_or_null(in->push_username)),
		     DB_TEXT(str_or_null(in->pull_username)));
	if (!e)
		e = store_passwords(db, a, k, id, in);
	/* A password that is forgotten stays in the cluster until the next deployment: what runs needs it. */
	return e || !pull_changed(in, username) ? e : model_pull_secrets_renew(db, a, id);
}

enum err model_registries_uses(struct db *db, struct arena *a, int64_t id, struct registry_uses *out)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT (SELECT count(*) FROM build_configs WHERE registry_id = $1::bigint),"
		" (SELECT count(*) FROM (SELECT 1 FROM builds WHERE config->>'registry_id' = $1::bigint::text LIMIT $2) b),"
		" EXISTS (SELECT 1 FROM settings WHERE name = 'default_registry_id' AND value = $1::bigint::text)",
		DB_INT(id), DB_INT(REGISTRY_BUILDS_MAX));
	if (!e)
		*out = (struct registry_uses){ (int)db_int(&r, 0, 0), (int)db_int(&r, 0, 1), db_bool(&r, 0, 2) };
	return e;
}

bool registry_used(const struct registry_uses *u)
{
	return u->configs || u->builds || u->is_default;
}

enum err model_registries_delete(struct db *db, struct arena *a, int64_t id, struct registry_uses *uses)
{
	struct db_rows r;
	/* The lock keeps a configuration from choosing it while it goes. */
	enum err e = db_query(db, a, &r, "SELECT id FROM registries WHERE id = $1 FOR UPDATE", DB_INT(id));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	e = model_registries_uses(db, a, id, uses);
	if (e)
		return e;
	return registry_used(uses) ? ERR_CONFLICT : db_query(db, a, NULL, "DELETE FROM registries WHERE id = $1", DB_INT(id));
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

void model_registries_probe(struct arena *a, struct keyring *k, const struct registry *r, struct probe *out)
{
	const struct registry_server server = { r->address, r->plain_http, r->ca_pem };
	const struct registry_account push = { r->push_username, registry_push_password(k, a, r) };
	const struct registry_account pull = { r->pull_username, registry_pull_password(k, a, r) };
	registry_probe(a, &server, &push, &pull, out);
}

/* The last part of "host/path@sha256:..." or "host/path:tag", cut off in place. */
static const char *cut_reference(char *path)
{
	char *at = strchr(path, '@'), *slash = strrchr(path, '/'), *colon = strrchr(slash ? slash : path, ':');
	char *end = at ? at : colon;
	if (!end)
		return "latest";
	*end = '\0';
	return end + 1;
}

enum err model_registries_place(struct db *db, struct arena *a, struct keyring *k, const char *image, struct image_place *out)
{
	struct registry *all;
	int count;
	enum err e = model_registries_list(db, a, &all, &count);
	for (int i = 0; !e && i < count; i++) {
		const struct registry *r = &all[i];
		size_t len = strlen(r->address);
		if (strncmp(image, r->address, len) != 0 || image[len] != '/')
			continue;
		char *path = arena_strdup(a, image + len + 1);
		*out = (struct image_place){ .server = { r->address, r->plain_http, r->ca_pem },
					     .pull = { r->pull_username, registry_pull_password(k, a, r) },
					     .reference = cut_reference(path),
					     .repository = path };
		return ERR_NONE;
	}
	return e ? e : ERR_NOT_FOUND;
}

enum err model_registries_image(struct db *db, struct arena *a, struct keyring *k, const char *image, enum registry_image *out)
{
	struct image_place at;
	enum err e = model_registries_place(db, a, k, image, &at);
	if (!e)
		*out = registry_image(a, &at.server, &at.pull, at.repository, at.reference);
	return e;
}
