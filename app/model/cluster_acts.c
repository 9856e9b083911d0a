/* Acts on clusters. */
#include "model/cluster_acts.h"

#include <string.h>

#include "base/phrases.h"
#include "db/db.h"
#include "http/app.h"
#include "kube/kube.h"
#include "model/acts.h"
#include "model/audit.h"
#include "model/builds.h"
#include "model/settings.h"

static enum err note(struct request *req, const char *action, int64_t id, const char *detail)
{
	return model_act_note(req, action, audit_object_id(req->arena, AUDIT_CLUSTER, id), detail);
}

/* What an edit says, without its secrets. */
static const char *text(struct request *req, const struct cluster_edit *in, const struct kube_access *access)
{
	const char *said = in->name;
	if (access && access->server)
		said = phrase(req->arena, PHRASE_AUDIT_CLUSTER_AT, said, access->server);
	return access ? phrase(req->arena, PHRASE_AUDIT_CLUSTER_CREDENTIAL, said) : said;
}

enum err model_act_cluster_create(struct request *req, const struct cluster_edit *in, const struct kube_access *access,
				  int64_t *id)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_clusters_create(db, req->arena, req->app->keyring, in, access, id);
	if (!e)
		e = note(req, "cluster.create", *id, text(req, in, access));
	return db_end(request_db(req), e);
}

enum err model_act_cluster_save(struct request *req, int64_t id, const struct cluster_edit *in, const struct kube_access *access,
				int version)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_clusters_save(db, req->arena, req->app->keyring, id, in, access, version);
	if (!e)
		e = note(req, "cluster.change", id, text(req, in, access));
	return db_end(request_db(req), e);
}

/* One statement on a cluster, with its line in the same transaction. */
static enum err audited(struct request *req, const struct cluster *c,
			enum err (*statement)(struct db *db, struct arena *a, int64_t id), const char *action)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = statement(db, req->arena, c->id);
	if (!e)
		e = note(req, action, c->id, c->name);
	return db_end(db, e);
}

enum err model_act_cluster_delete(struct request *req, const struct cluster *c)
{
	return audited(req, c, model_clusters_delete, "cluster.delete");
}

enum err model_act_cluster_default(struct request *req, const struct cluster *c)
{
	return audited(req, c, model_clusters_set_default, "cluster.default");
}

enum err model_act_cluster_sync(struct request *req, const struct cluster *c)
{
	enum err e = audited(req, c, model_clusters_sync, "cluster.sync");
	if (!e)
		model_builds_notify(request_db(req), req->arena);
	return e;
}

/* What serves, deployed on the cluster that the project is placed on now. */
static enum err ask_move(struct request *req, const struct project *p, struct deployment_asked *asked)
{
	struct settings *settings;
	struct deployment_ask ask = { .project_id = p->id,
				      .action = ACT_MOVE,
				      .trigger = DEPLOYMENT_MANUAL,
				      .rollback_to = p->serving_deployment_id,
				      .user_id = req->actor.id };
	enum err e = model_settings_load(request_db(req), req->arena, &settings);
	return e ? e : model_deployments_ask(request_db(req), req->arena, settings, &ask, asked);
}

enum err model_act_move(struct request *req, const struct project *p, const struct cluster *to, struct deployment_asked *asked)
{
	struct db *db = request_db(req);
	bool runs = p->serving_deployment_id && strcmp(p->app_state, "stopped") && strcmp(p->app_state, "none");
	*asked = (struct deployment_asked){ 0 };
	if (p->cluster_id == to->id && (!p->applied_cluster_id || p->applied_cluster_id == to->id))
		return ERR_CONFLICT;
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_clusters_place(db, req->arena, p->id, to->id);
	if (!e && runs)
		e = ask_move(req, p, asked);
	if (!e) {
		struct audit line = audit_of(req, "project.move", audit_object_id(req->arena, AUDIT_PROJECT, p->id));
		line.project_id = p->id;
		line.student_id = p->student_id;
		line.detail = phrase(req->arena, PHRASE_AUDIT_PROJECT_MOVED, req->actor.name, p->name, p->student_name, to->name);
		e = model_audit_write(db, req->arena, &line);
	}
	e = db_end(request_db(req), e);
	if (!e && asked->id)
		model_builds_notify(db, req->arena);
	return e;
}
