/* Acts of admins on accounts. */
#include "model/user_acts.h"

#include <string.h>

#include "base/phrases.h"
#include "config.h"
#include "db/db.h"
#include "http/app.h"
#include "model/acts.h"
#include "model/invitations.h"
#include "model/sessions.h"
#include "model/settings.h"

/* Ends the transaction of an act, with its line where all is well. */
static enum err end(struct request *req, enum err e, const char *action, int64_t id, const char *detail)
{
	if (!e)
		e = model_act_note(req, action, audit_object_id(req->arena, AUDIT_USER, id), detail);
	return db_end(request_db(req), e);
}

static enum err invite(struct request *req, int64_t id, struct invited *out)
{
	struct settings *s;
	const char *code;
	struct db *db = request_db(req);
	enum err e = model_settings_load(db, req->arena, &s);
	if (!e)
		e = model_invitations_create(db, req->arena, id, req->actor.id, (int)settings_int(s, SETTING_INVITATION_DAYS),
					     &code, &out->expires_at);
	if (!e)
		out->url = invitation_url(req->arena, req->app->config->portal_url, code);
	return e;
}

enum err model_act_user_create(struct request *req, const char *login, const char *name, enum role role, int64_t *id,
			       struct invited *out)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	*id = 0;
	e = model_users_create(db, req->arena, login, name, role, PASSWORD_NONE, id);
	if (!e)
		e = invite(req, *id, out);
	return end(req, e, "user.create", *id, phrase(req->arena, PHRASE_AUDIT_USER_MADE, login, role_name(role)));
}

/* What changes, in words. */
static const char *changes(struct arena *a, const struct user *old, const struct user_edit *in)
{
	const char *text = old->login;
	if (strcmp(old->name, in->name))
		text = phrase(a, PHRASE_AUDIT_USER_NAME, text, old->name, in->name);
	if (old->role != in->role)
		text = phrase(a, PHRASE_AUDIT_USER_ROLE, text, role_name(old->role), role_name(in->role));
	return text;
}

enum err model_act_user_save(struct request *req, const struct user *old, const struct user_edit *in, int version)
{
	bool was = old->disabled_at != NULL;
	if (old->id == req->actor.id && (in->role != old->role || in->disabled != was))
		return ERR_FORBIDDEN;
	enum err e = db_begin(request_db(req));
	if (e)
		return e;
	e = model_users_save(request_db(req), req->arena, old->id, in, version);
	const char *action = in->disabled == was ? "user.change" : in->disabled ? "user.disable" : "user.enable";
	return end(req, e, action, old->id, changes(req->arena, old, in));
}

enum err model_act_user_invite(struct request *req, const struct user *u, struct invited *out)
{
	if (u->disabled_at)
		return ERR_CONFLICT;
	enum err e = db_begin(request_db(req));
	if (e)
		return e;
	return end(req, invite(req, u->id, out), "user.invite", u->id, u->login);
}

enum err model_act_user_sign_out(struct request *req, const struct user *u, int *count)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_sessions_end_others(db, req->arena, u->id, "", count);
	return end(req, e, "user.sign_out", u->id, u->login);
}
