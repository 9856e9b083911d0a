/* Sessions, and the failed logins that limit them. Only digests of session ids are stored. */
#ifndef MODEL_SESSIONS_H
#define MODEL_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/users.h"

struct arena;
struct db;

/* A live session with its user. */
struct session {
	struct user user;	/* without the hash */
	const char *expires_at; /* absolute end */
	bool touch;		/* last_seen_at is over a minute old */
};

/* One query. ERR_NOT_FOUND: none, ended, idle too long (setting session_idle), or its user is disabled. */
enum err model_sessions_get(struct db *db, struct arena *a, const char *id_hash, struct session *out) MUST_CHECK;

/* Makes one that ends after the setting session_absolute, and sets the user's last_login_at. *expires_at is RFC 3339. */
enum err model_sessions_create(struct db *db, struct arena *a, const char *id_hash, int64_t user_id, const char *ip,
			       const char *user_agent, const char **expires_at) MUST_CHECK;

/* Says that it is in use. */
enum err model_sessions_touch(struct db *db, struct arena *a, const char *id_hash) MUST_CHECK;

/* Ends one; one that is not there is success. */
enum err model_sessions_delete(struct db *db, struct arena *a, const char *id_hash) MUST_CHECK;

/* A live session in its user's list. */
struct session_row {
	const char *handle; /* how forms name it: a part of the digest, of no use to anybody else */
	const char *ip, *user_agent, *created_at, *last_seen_at, *expires_at;
	bool current; /* the one that asks */
};
enum { SESSION_HANDLE = 16, SESSION_ROWS = 100 };
/* The newest SESSION_ROWS, last seen first; id_hash: of the session that asks, "" for none. */
enum err model_sessions_list(struct db *db, struct arena *a, int64_t user_id, const char *id_hash, struct session_row **out,
			     int *count) MUST_CHECK;
/* Ends one of that user's by its handle. ERR_NOT_FOUND. */
enum err model_sessions_end(struct db *db, struct arena *a, int64_t user_id, const char *handle) MUST_CHECK;
/* Ends all of a user's but that one ("": all); *count: how many. */
enum err model_sessions_end_others(struct db *db, struct arena *a, int64_t user_id, const char *id_hash, int *count) MUST_CHECK;

/* Deletes ended sessions, failed logins older than a day, and idempotency keys older than a day; at most 1000 of each. */
enum err model_sessions_prune(struct db *db, struct arena *a) MUST_CHECK;

/* Failed logins of the last hour by account, and of the last 15 minutes by network. */
struct login_failures {
	int account, network;
	int account_age_s, network_age_s; /* since the newest one of each */
};
/*
 * Counts the failures and asks `pause` how many seconds must pass before the next try; 0 records one more failure in advance,
 * which model_logins_forgive takes back. Under a lock of each key, so that parallel tries are counted one after the other.
 * *wait_s is what `pause` said.
 */
enum err model_logins_attempt(struct db *db, struct arena *a, const char *account_key, const char *network_key,
			      int (*pause)(const struct login_failures *), int *wait_s) MUST_CHECK;
/* Counts as above, but records nothing: for somebody who has given no wrong answer. */
enum err model_logins_look(struct db *db, struct arena *a, const char *account_key, const char *network_key,
			   int (*pause)(const struct login_failures *), int *wait_s) MUST_CHECK;
/* The password was right: the account's failures are forgotten, and the network's newest one. */
enum err model_logins_forgive(struct db *db, struct arena *a, const char *account_key, const char *network_key) MUST_CHECK;

#endif
