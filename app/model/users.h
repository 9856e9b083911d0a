/* Users: who may sign in, and as what. */
#ifndef MODEL_USERS_H
#define MODEL_USERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "http/request.h"

struct arena;
struct db;

/* A row. Texts are the arena's and NULL where the column is; times are the database's text in UTC. */
struct user {
	int64_t id;
	const char *login, *name;
	enum role role;
	const char *password_hash, *language, *timezone;
	const char *disabled_at, *last_login_at, *created_at;
};

/* "student", "teacher", "admin"; ROLE_NONE is "". Any thread. */
const char *role_name(enum role r);
/* Back; false and *out untouched for any other text. */
bool role_parse(const char *word, enum role *out);

/* The hash of an account without a password: nothing fits it. Its owner sets one by an invitation. */
#define USER_NO_PASSWORD "-"

/* Makes a user. login: [a-z0-9][a-z0-9._-]{0,62} (else ERR_INVALID), taken: ERR_CONFLICT. name: 1..200 bytes. */
enum err model_users_create(struct db *db, struct arena *a, const char *login, const char *name, enum role role,
			    const char *password_hash, int64_t *id) MUST_CHECK;

/* One user. ERR_NOT_FOUND. Disabled ones too: see disabled_at. */
enum err model_users_find(struct db *db, struct arena *a, const char *login, struct user *out) MUST_CHECK;

/* All users by login, at most `limit` (1..1000) behind the login `after` ("": from the first). */
enum err model_users_list(struct db *db, struct arena *a, const char *after, int limit, struct user **out, int *count) MUST_CHECK;

/* Sets the hash and ends the user's sessions and tokens, in one statement. ERR_NOT_FOUND. */
enum err model_users_set_password(struct db *db, struct arena *a, int64_t id, const char *password_hash) MUST_CHECK;
/* Replaces the hash of an unchanged password by one with newer parameters. */
enum err model_users_rehash(struct db *db, struct arena *a, int64_t id, const char *old_hash, const char *new_hash) MUST_CHECK;

/* Disables (sessions and tokens end at once) or enables. ERR_NOT_FOUND. */
enum err model_users_set_disabled(struct db *db, struct arena *a, int64_t id, bool disabled) MUST_CHECK;

/* language "zh", "en" or NULL (as the browser says); timezone a name that zone_known knows. */
enum err model_users_set_preferences(struct db *db, struct arena *a, int64_t id, const char *language,
				     const char *timezone) MUST_CHECK;

#endif
