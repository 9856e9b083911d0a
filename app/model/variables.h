/* A project's own variables: what its application finds in its environment. Secret ones are sealed, and nobody reads them again.
 */
#ifndef MODEL_VARIABLES_H
#define MODEL_VARIABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;
struct keyring;

/* How many a project may have, and how long a value may be in bytes. */
enum { VARIABLES_MAX = 100, VARIABLE_BYTES = 4096 };

/* A row. Texts are the arena's. */
struct variable {
	const char *name;
	const char *value; /* NULL: secret */
	bool secret;
	int version; /* of no other one, now or before */
};
enum { VARIABLE_ANY = 0, VARIABLE_NEW = -1 }; /* in place of the version that is to be replaced: whatever there is; none */
/* By name. */
enum err model_variables_list(struct db *db, struct arena *a, int64_t project_id, struct variable **out, int *count) MUST_CHECK;

/* Whether the portal itself gives each application a variable of that name, which no other takes the place of. */
bool variable_is_given(const char *name);

/*
 * Sets one (name as IN_NAME has it), in the caller's transaction. ERR_CONFLICT: it is one that the portal gives. value NULL: of a
 * readable one its own value, which becomes secret. ERR_TOO_MANY: there are VARIABLES_MAX already. ERR_INVALID: a value is
 * needed: there is none, or it is secret already and cannot be read back. *version is the one to replace, VARIABLE_ANY or
 * VARIABLE_NEW (ERR_GONE: it is another one), and then the new one.
 */
enum err model_variables_set(struct db *db, struct arena *a, struct keyring *k, int64_t project_id, const char *name,
			     const char *value, bool secret, int *version) MUST_CHECK;
/* ERR_NOT_FOUND: there is none of that name. */
enum err model_variables_remove(struct db *db, struct arena *a, int64_t project_id, const char *name) MUST_CHECK;

/* One as the worker needs it: with its value, and of a secret one its digest (keyed; NULL of a readable one). */
struct variable_opened {
	const char *name, *value, *digest;
};
/* By name. ERR_INTERNAL: a value does not open; *broken is its name. */
enum err model_variables_open(struct db *db, struct arena *a, struct keyring *k, int64_t project_id, struct variable_opened **out,
			      int *count, const char **broken) MUST_CHECK;

/* The keyed digest of a text under a project's key, 32 hex digits in the arena. The key is made with the first secret. */
enum err model_variables_digest(struct db *db, struct arena *a, struct keyring *k, int64_t project_id, const char *text,
				const char **digest) MUST_CHECK;

#endif
