/* Registries: where images are pushed to and pulled from, with separate credentials for each. */
#ifndef MODEL_REGISTRIES_H
#define MODEL_REGISTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/field_fault.h"
#include "registry/registry.h"

struct arena;
struct db;
struct keyring;

/* A row. Texts are the arena's and NULL where the column is. */
struct registry {
	int64_t id;
	const char *name, *address; /* host[:port] */
	bool plain_http;
	const char *ca_pem; /* NULL: the system's authorities */
	const char *push_username, *push_password_sealed;
	const char *pull_username, *pull_password_sealed;
	int version;
	const char *created_at, *updated_at;
};

/* One registry. ERR_NOT_FOUND. */
enum err model_registries_get(struct db *db, struct arena *a, int64_t id, struct registry *out) MUST_CHECK;
enum err model_registries_list(struct db *db, struct arena *a, struct registry **out, int *count) MUST_CHECK;

/* What is stored of a registry; passwords in clear, sealed here. NULL username: no credentials. */
struct registry_input {
	const char *name, *address;
	bool plain_http;
	const char *ca_pem;
	const char *push_username, *push_password;
	const char *pull_username, *pull_password;
};
/* Makes or replaces the registry of that name. In the caller's transaction. ERR_INVALID: an address that is not host[:port]. */
enum err model_registries_put(struct db *db, struct arena *a, struct keyring *k, const struct registry_input *in,
			      int64_t *id) MUST_CHECK;

/* What a form or the API asks of a registry. NULL passwords: they stay as they are. */
struct registry_edit {
	const char *name, *address;
	bool plain_http;
	const char *ca_pem;			   /* "": the system's authorities */
	const char *push_username, *push_password; /* username "": no account, and no password is kept */
	const char *pull_username, *pull_password;
	bool push_remove, pull_remove; /* forget the password */
};

/*
 * What is wrong with it, as fields and names of the catalogue; `old` NULL: a new one. A stored password does not follow to
 * another address, nor out of TLS: whoever may change the address could read it there. Returns how many. Pure.
 */
int registry_check(const struct registry_edit *in, const struct registry *old, struct field_fault faults[FIELD_FAULTS]);

/* Makes one of a checked edit, in the caller's transaction. ERR_CONFLICT: the name is taken. */
enum err model_registries_create(struct db *db, struct arena *a, struct keyring *k, const struct registry_edit *in,
				 int64_t *id) MUST_CHECK;
/* Changes one in the caller's transaction; version 0: whatever it is. ERR_NOT_FOUND; ERR_GONE: it was changed since;
 * ERR_CONFLICT: the name is taken. */
enum err model_registries_save(struct db *db, struct arena *a, struct keyring *k, int64_t id, const struct registry_edit *in,
			       int version) MUST_CHECK;

/* What needs a registry: as long as there is any it cannot be deleted. */
struct registry_uses {
	int configs, builds; /* builds are counted up to REGISTRY_BUILDS_MAX */
	bool is_default;     /* the setting default_registry_id names it */
};
enum { REGISTRY_BUILDS_MAX = 1000 };
enum err model_registries_uses(struct db *db, struct arena *a, int64_t id, struct registry_uses *out) MUST_CHECK;
bool registry_used(const struct registry_uses *u);

/* Deletes one in the caller's transaction. ERR_NOT_FOUND; ERR_CONFLICT: it is used, see *uses. */
enum err model_registries_delete(struct db *db, struct arena *a, int64_t id, struct registry_uses *uses) MUST_CHECK;

/* Opens the passwords; NULL: none, or it does not open (logged). The text is the arena's. */
const char *registry_push_password(struct keyring *k, struct arena *a, const struct registry *r);
const char *registry_pull_password(struct keyring *k, struct arena *a, const struct registry *r);

/* The connection test of a registry with its stored accounts; blocks as registry_probe. */
void model_registries_probe(struct arena *a, struct keyring *k, const struct registry *r, struct probe *out);

/* Where an image is, and with which account it is asked for. Texts are the arena's. */
struct image_place {
	struct registry_server server;
	struct registry_account pull;
	const char *repository, *reference; /* "course/app"; a digest or a tag */
};
/* Takes an image ("host/path@sha256:...", or with a tag) apart. ERR_NOT_FOUND: no registry of that address is known. */
enum err model_registries_place(struct db *db, struct arena *a, struct keyring *k, const char *image,
				struct image_place *out) MUST_CHECK;
/* Asks the registry of an image whether it has it. Blocks. ERR_NOT_FOUND as model_registries_place. */
enum err model_registries_image(struct db *db, struct arena *a, struct keyring *k, const char *image,
				enum registry_image *out) MUST_CHECK;

#endif
