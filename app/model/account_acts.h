/* Acts of people on their own accounts: each is one transaction with its audit line, the same for pages and for the API. */
#ifndef MODEL_ACCOUNT_ACTS_H
#define MODEL_ACCOUNT_ACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "http/request.h"
#include "model/tokens.h"

/* All of them are about req->actor, who is signed in. Nothing is kept unless ERR_NONE is returned. */

/* Name (NULL: it stays), language ("zh", "en", NULL: as the browser says) and zone; as model_users_save_own. */
enum err model_act_account(struct request *req, const char *name, const char *language, const char *timezone,
			   int version) MUST_CHECK;

/* A new API token of made->name and made->scopes: fills made->id and made->expires_at. *secret is the arena's, and nowhere
 * afterwards. */
enum err model_act_token_create(struct request *req, int days, struct token *made, const char **secret) MUST_CHECK;
/* Ends one. ERR_NOT_FOUND. */
enum err model_act_token_revoke(struct request *req, int64_t id) MUST_CHECK;

/* Ends one session by its handle (ERR_NOT_FOUND), or all but the one that asks. */
enum err model_act_session_end(struct request *req, const char *handle) MUST_CHECK;
enum err model_act_sessions_end_others(struct request *req, int *count) MUST_CHECK;

#endif
