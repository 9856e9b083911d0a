/* Acts of admins on accounts: each is one transaction with its audit line, the same for pages and for the API. */
#ifndef MODEL_USER_ACTS_H
#define MODEL_USER_ACTS_H

#include "base/err.h"
#include "http/request.h"
#include "model/users.h"

/* All of them: the route has let only admins come. Texts are the arena's; nothing is kept unless ERR_NONE is returned. */

/* An invitation to show once; valid as long as the setting invitation_days says. */
struct invited {
	const char *url, *expires_at;
};

/* A new account without a password, and its invitation. ERR_INVALID: login or name; ERR_CONFLICT: the login is taken. */
enum err model_act_user_create(struct request *req, const char *login, const char *name, enum role role, int64_t *id,
			       struct invited *out) MUST_CHECK;
/*
 * Changes `old`; as model_users_save. ERR_FORBIDDEN: nobody changes his own role or disables himself.
 */
enum err model_act_user_save(struct request *req, const struct user *old, const struct user_edit *in, int version) MUST_CHECK;
/* A new invitation; earlier ones end, the password stays until it is used. ERR_CONFLICT: the account is disabled. */
enum err model_act_user_invite(struct request *req, const struct user *u, struct invited *out) MUST_CHECK;
/* Ends all sessions of an account; *count: how many. */
enum err model_act_user_sign_out(struct request *req, const struct user *u, int *count) MUST_CHECK;

#endif
