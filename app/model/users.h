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
	const char *password_hash, *language, *timezone; /* password_hash NULL: not read, or none */
	const char *disabled_at, *last_login_at, *created_at;
	bool has_password; /* false: invited, and has not come yet */
	int version;
};

/* What stands for a password that was never set: nothing fits it. */
#define PASSWORD_NONE ""

/* "student", "teacher", "admin"; ROLE_NONE is "". Any thread. */
const char *role_name(enum role r);
/* Back; false and *out untouched for any other text. */
bool role_parse(const char *word, enum role *out);

/* One user by id. ERR_NOT_FOUND. Disabled ones too: see disabled_at. */
enum err model_users_get(struct db *db, struct arena *a, int64_t id, struct user *out) MUST_CHECK;

/* Makes a user; password_hash PASSWORD_NONE: an invitation follows. login: [a-z0-9][a-z0-9._-]{0,62} (else ERR_INVALID), taken:
 * ERR_CONFLICT. name: 1..200 bytes. */
enum err model_users_create(struct db *db, struct arena *a, const char *login, const char *name, enum role role,
			    const char *password_hash, int64_t *id) MUST_CHECK;

/* One user. ERR_NOT_FOUND. Disabled ones too: see disabled_at. */
enum err model_users_find(struct db *db, struct arena *a, const char *login, struct user *out) MUST_CHECK;

/* What a list of users may be restricted to. */
#define USER_STATES "active|invited|disabled"
struct user_filter {
	const char *search;	  /* a part of login or name; NULL: any */
	const char *role, *state; /* of USER_STATES; NULL: any */
	const char *after;	  /* a login; NULL: from the first */
	int limit;		  /* 1..LIST_MAX */
};
struct user_list {
	struct user *rows; /* by login, without the hash */
	int count;
	bool more;
};
enum err model_users_search(struct db *db, struct arena *a, const struct user_filter *f, struct user_list *out) MUST_CHECK;
/* "active", "invited" or "disabled". */
const char *user_state(const struct user *u);

/* What an admin changes of an account. */
struct user_edit {
	const char *name; /* 1..200 bytes */
	enum role role;
	bool disabled; /* its sessions and tokens end at once */
};
/*
 * In the caller's transaction; version 0: whatever it is. ERR_NOT_FOUND; ERR_GONE: it was changed since; ERR_CONFLICT: nobody
 * would be left who is an admin and may sign in.
 */
enum err model_users_save(struct db *db, struct arena *a, int64_t id, const struct user_edit *in, int version) MUST_CHECK;

/* What everybody changes of himself; name NULL: it stays. As above, but never ERR_CONFLICT. */
enum err model_users_save_own(struct db *db, struct arena *a, int64_t id, const char *name, const char *language,
			      const char *timezone, int version) MUST_CHECK;

/* All users by login, at most `limit` (1..1000) behind the login `after` ("": from the first). */
enum err model_users_list(struct db *db, struct arena *a, const char *after, int limit, struct user **out, int *count) MUST_CHECK;

/*
 * Until the transaction ends nobody changes that password: what is done for whoever knows it is done before it is changed or not
 * at all. ERR_NOT_FOUND: the user has another hash by now, or is disabled.
 */
enum err model_users_hold(struct db *db, struct arena *a, int64_t id, const char *password_hash) MUST_CHECK;
/* Sets the hash and ends the user's sessions and tokens, all or nothing. ERR_NOT_FOUND. */
enum err model_users_set_password(struct db *db, struct arena *a, int64_t id, const char *password_hash) MUST_CHECK;
/* The same where somebody changes his own: sessions end, API tokens stay. ERR_NOT_FOUND. */
enum err model_users_change_password(struct db *db, struct arena *a, int64_t id, const char *password_hash) MUST_CHECK;
/* Replaces the hash of an unchanged password by one with newer parameters. */
enum err model_users_rehash(struct db *db, struct arena *a, int64_t id, const char *old_hash, const char *new_hash) MUST_CHECK;

/* Disables (sessions and tokens end at once) or enables. ERR_NOT_FOUND. */
enum err model_users_set_disabled(struct db *db, struct arena *a, int64_t id, bool disabled) MUST_CHECK;

/* language "zh", "en" or NULL (as the browser says); timezone a name that zone_known knows. */
enum err model_users_set_preferences(struct db *db, struct arena *a, int64_t id, const char *language,
				     const char *timezone) MUST_CHECK;

#endif
