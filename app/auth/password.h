/* Passwords: the rule for new ones, and Argon2id hashes. */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include <stdbool.h>

#include "base/err.h"

struct arena;

enum { PASSWORD_MIN = 12, PASSWORD_MAX = 128 }; /* characters, not bytes */

/*
 * NULL: the password may be set for that login. Else the catalogue's name of what is wrong: "password.short", "password.long",
 * "password.common" (a usual one, or the login itself), "password.invalid" (not UTF-8, or control characters). Pure; any thread.
 */
const char *password_rule(const char *login, const char *password);
/* The same in an English sentence, for the command line; NULL: fine. */
const char *password_rule_sentence(const char *login, const char *password);

/* Hashes with Argon2id (m=19456, t=2, p=1) as "$argon2id$v=19$...", in the arena. About 30 ms. Any thread. */
enum err password_hash(struct arena *a, const char *password, char **out) MUST_CHECK;

/* True when the password fits the hash. hash NULL (no such user) takes the same time and is false. *weak: hash it anew. */
bool password_verify(const char *hash, const char *password, bool *weak);

#endif
