/* Invitations: a link by which somebody without a password sets one, once. Only digests of the codes are stored. */
#ifndef MODEL_INVITATIONS_H
#define MODEL_INVITATIONS_H

#include <stdint.h>

#include "base/err.h"
#include "model/users.h"

struct arena;
struct db;

enum { INVITATION_CODE_BYTES = 24 }; /* the code has twice as many hex digits: 192 bits */

/*
 * Makes a new invitation of a user, valid for `days` (1..90); those he had and did not use end. In the caller's transaction.
 * *code goes into the link (/invite/CODE) and is nowhere afterwards; *expires_at is the database's text. Both are the arena's.
 * created_by 0: the command line. ERR_INVALID: no such user, or days out of bounds.
 */
enum err model_invitations_create(struct db *db, struct arena *a, int64_t user_id, int64_t created_by, int days,
				  const char **code, const char **expires_at) MUST_CHECK;

/* The user whom a code invites. ERR_NOT_FOUND: unknown, used, expired, or the user is disabled. */
enum err model_invitations_find(struct db *db, struct arena *a, const char *code, struct user *out) MUST_CHECK;

/* Uses the code up, and ends the user's other ones; two at once: one of them gets ERR_NOT_FOUND. In the caller's transaction. */
enum err model_invitations_use(struct db *db, struct arena *a, const char *code) MUST_CHECK;

/* The address of a code. In the arena. Pure. */
const char *invitation_url(struct arena *a, const char *portal_url, const char *code);

#endif
