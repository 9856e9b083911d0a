/* Acts of admins: each is one transaction with its audit line. */
#include "model/admin_acts.h"

#include "base/phrases.h"
#include "db/db.h"
#include "http/app.h"
#include "model/acts.h"
#include "model/image_users.h"

enum err model_act_settings(struct request *req, const struct setting_wish wishes[SETTING__MAX], int64_t seen,
			    struct settings_changed *out)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_settings_change(db, req->arena, wishes, seen, req->actor.id, out);
	for (enum setting i = 0; i < SETTING__MAX && !e; i++)
		if (out->outcomes[i] != SETTING_KEPT)
			e = model_act_note(req, out->outcomes[i] == SETTING_SET ? "setting.set" : "setting.reset",
					   audit_object(req->arena, AUDIT_SETTING, setting_info(i)->name),
					   setting_changed_text(req->arena, out, &wishes[i], i));
	return db_end(request_db(req), e);
}

static const char *also(struct request *req, const char *said, bool so, enum phrase more)
{
	return so ? phrase(req->arena, more, said) : said;
}

/* What an edit changes of secrets, in words: a line of the audit trail never holds one. */
static const char *registry_text(struct request *req, const struct registry_edit *in)
{
	const char *said = phrase(req->arena, PHRASE_AUDIT_REGISTRY_AT, in->name, in->address);
	said = also(req, said, in->plain_http, PHRASE_AUDIT_PLAIN_HTTP);
	said = also(req, said, in->push_password && *in->push_password, PHRASE_AUDIT_PUSH_SET);
	said = also(req, said, in->push_remove, PHRASE_AUDIT_PUSH_REMOVED);
	said = also(req, said, in->pull_password && *in->pull_password, PHRASE_AUDIT_PULL_SET);
	return also(req, said, in->pull_remove, PHRASE_AUDIT_PULL_REMOVED);
}

enum err model_act_registry_create(struct request *req, const struct registry_edit *in, int64_t *id)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_registries_create(db, req->arena, req->app->keyring, in, id);
	if (!e)
		e = model_image_users_again(db, req->arena);
	if (!e)
		e = model_act_note(req, "registry.create", audit_object_id(req->arena, AUDIT_REGISTRY, *id),
				   registry_text(req, in));
	return db_end(request_db(req), e);
}

enum err model_act_registry_save(struct request *req, int64_t id, const struct registry_edit *in, int version)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_registries_save(db, req->arena, req->app->keyring, id, in, version);
	if (!e)
		e = model_image_users_again(db, req->arena);
	if (!e)
		e = model_act_note(req, "registry.change", audit_object_id(req->arena, AUDIT_REGISTRY, id),
				   registry_text(req, in));
	return db_end(request_db(req), e);
}

enum err model_act_registry_delete(struct request *req, const struct registry *r, struct registry_uses *uses)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_registries_delete(db, req->arena, r->id, uses);
	if (!e)
		e = model_act_note(req, "registry.delete", audit_object_id(req->arena, AUDIT_REGISTRY, r->id),
				   phrase(req->arena, PHRASE_AUDIT_REGISTRY_AT, r->name, r->address));
	return db_end(request_db(req), e);
}

static const char *gitea_text(struct request *req, const struct gitea_server_edit *in)
{
	const char *said = phrase(req->arena, PHRASE_AUDIT_GITEA_AT, in->name, in->url);
	said = also(req, said, in->token && *in->token, PHRASE_AUDIT_GITEA_TOKEN_SET);
	return also(req, said, in->token_remove, PHRASE_AUDIT_GITEA_TOKEN_REMOVED);
}

enum err model_act_gitea_create(struct request *req, const struct gitea_server_edit *in, int64_t *id)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_gitea_servers_create(db, req->arena, req->app->keyring, in, id);
	if (!e)
		e = model_act_note(req, "gitea_server.create", audit_object_id(req->arena, AUDIT_GITEA_SERVER, *id),
				   gitea_text(req, in));
	return db_end(request_db(req), e);
}

enum err model_act_gitea_save(struct request *req, int64_t id, const struct gitea_server_edit *in, int version)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_gitea_servers_save(db, req->arena, req->app->keyring, id, in, version);
	if (!e)
		e = model_act_note(req, "gitea_server.change", audit_object_id(req->arena, AUDIT_GITEA_SERVER, id),
				   gitea_text(req, in));
	return db_end(request_db(req), e);
}

enum err model_act_gitea_delete(struct request *req, const struct gitea_server *s)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_gitea_servers_delete(db, req->arena, s->id);
	if (!e)
		e = model_act_note(req, "gitea_server.delete", audit_object_id(req->arena, AUDIT_GITEA_SERVER, s->id),
				   phrase(req->arena, PHRASE_AUDIT_GITEA_AT, s->name, s->url));
	return db_end(request_db(req), e);
}
