/* Acts of people on their own accounts. */
#include "model/account_acts.h"

#include "base/arena.h"
#include "base/phrases.h"
#include "base/secret.h"
#include "db/db.h"
#include "model/acts.h"
#include "model/sessions.h"
#include "model/users.h"

/* Ends the transaction of an act, with its line where all is well. */
static enum err end(struct request *req, enum err e, const char *action, struct audit_object object, const char *detail)
{
	if (!e)
		e = model_act_note(req, action, object, detail);
	return db_end(request_db(req), e);
}

static struct audit_object oneself(struct request *req)
{
	return audit_object_id(req->arena, AUDIT_USER, req->actor.id);
}

enum err model_act_account(struct request *req, const char *name, const char *language, const char *timezone, int version)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_users_save_own(db, req->arena, req->actor.id, name, language, timezone, version);
	name = name ? name : req->actor.name;
	return end(req, e, "account.change", oneself(req),
		   language ? phrase(req->arena, PHRASE_AUDIT_ACCOUNT, name, language, timezone)
			    : phrase(req->arena, PHRASE_AUDIT_ACCOUNT_BROWSER, name, timezone));
}

enum err model_act_token_create(struct request *req, int days, struct token *made, const char **secret)
{
	struct db *db = request_db(req);
	struct arena *a = req->arena;
	*secret = arena_printf(a, "hsp_%s", secret_token(a, 24));
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_tokens_create(db, a, req->actor.id, made->name, secret_digest(a, *secret), made->scopes, days, &made->id,
				&made->expires_at);
	return end(req, e, "token.create", audit_object_id(a, AUDIT_TOKEN, made->id),
		   phrase(a, PHRASE_AUDIT_TOKEN, made->name, made->scopes, arena_printf(a, "%d", days)));
}

enum err model_act_token_revoke(struct request *req, int64_t id)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_tokens_revoke(db, req->arena, req->actor.id, id);
	return end(req, e, "token.revoke", audit_object_id(req->arena, AUDIT_TOKEN, id), NULL);
}

enum err model_act_session_end(struct request *req, const char *handle)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_sessions_end(db, req->arena, req->actor.id, handle);
	return end(req, e, "session.end", oneself(req), phrase_text(PHRASE_AUDIT_SESSION));
}

enum err model_act_sessions_end_others(struct request *req, int *count)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_sessions_end_others(db, req->arena, req->actor.id, req->session ? secret_digest(req->arena, req->session) : "",
				      count);
	return end(req, e, "session.end", oneself(req), phrase_text(PHRASE_AUDIT_SESSIONS));
}
