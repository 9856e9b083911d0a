/* Registries: where images are pushed to and pulled from, with separate credentials for each. */
#ifndef MODEL_REGISTRIES_H
#define MODEL_REGISTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

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

/* Opens the passwords; NULL: none, or it does not open (logged). The text is the arena's. */
const char *registry_push_password(struct keyring *k, struct arena *a, const struct registry *r);
const char *registry_pull_password(struct keyring *k, struct arena *a, const struct registry *r);

#endif
