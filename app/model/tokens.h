/* API tokens: only digests are stored; each has scopes and an end. */
#ifndef MODEL_TOKENS_H
#define MODEL_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/users.h"

struct arena;
struct db;

struct token {
	int64_t id;
	const char *name, *scopes;			    /* words separated by spaces: read write deploy */
	const char *expires_at, *last_used_at, *created_at; /* RFC 3339 */
	struct user user;				    /* by model_tokens_find only */
	bool touch;					    /* last_used_at is over a minute old */
};

/* The live token of that digest with its user, by one query. ERR_NOT_FOUND: none, revoked, expired, or its user is disabled. */
enum err model_tokens_find(struct db *db, struct arena *a, const char *token_hash, struct token *out) MUST_CHECK;
enum err model_tokens_touch(struct db *db, struct arena *a, int64_t id) MUST_CHECK;

/* What a token may be given. */
#define TOKEN_SCOPES "read|read write|read deploy|read write deploy"

/* Makes one that ends after `days` (1..366). ERR_INVALID. *expires_at is RFC 3339. */
enum err model_tokens_create(struct db *db, struct arena *a, int64_t user_id, const char *name, const char *token_hash,
			     const char *scopes, int days, int64_t *id, const char **expires_at) MUST_CHECK;
/* A user's live tokens, newest first, at most 200. */
enum err model_tokens_list(struct db *db, struct arena *a, int64_t user_id, struct token **out, int *count) MUST_CHECK;
/* Ends one of that user's. ERR_NOT_FOUND. */
enum err model_tokens_revoke(struct db *db, struct arena *a, int64_t user_id, int64_t id) MUST_CHECK;

#endif
