/* Acts of people: each is one transaction with its audit line. */
#include "model/acts.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/phrases.h"
#include "config.h"
#include "db/db.h"
#include "gitea/gitea.h"
#include "http/app.h"
#include "model/app_states.h"
#include "model/audit.h"
#include "model/gitea_install.h"
#include "model/gitea_servers.h"
#include "model/settings.h"

enum err model_act_note(struct request *req, const char *action, struct audit_object object, const char *detail)
{
	struct audit line = audit_of(req, action, object);
	line.detail = detail;
	return model_audit_write(request_db(req), req->arena, &line);
}

/* The audit line of an act on a project, in business words. */
static enum err note(struct request *req, const struct project *p, const char *action, bool refused, const char *detail)
{
	struct audit line = audit_of(req, action, audit_object_id(req->arena, AUDIT_PROJECT, p->id));
	line.project_id = p->id;
	line.student_id = p->student_id;
	line.refused = refused;
	line.detail = detail;
	return model_audit_write(request_db(req), req->arena, &line);
}

static const char *sentence(struct request *req, const struct project *p, enum phrase said)
{
	return phrase(req->arena, said, audit_person(req), p->name, p->student_name);
}

enum err model_act_deploy(struct request *req, const struct project *p, struct deployment_ask *ask, struct deployment_asked *out)
{
	struct settings *settings;
	struct db *db = request_db(req);
	ask->project_id = p->id;
	ask->trigger = DEPLOYMENT_MANUAL;
	ask->user_id = req->actor.id;
	*out = (struct deployment_asked){ 0 };
	enum err e = model_settings_load(db, req->arena, &settings);
	if (!e)
		e = db_begin(db);
	if (e)
		return e;
	const char *action = arena_printf(req->arena, "deployment.%s", deployment_action_name(ask->action));
	e = model_deployments_ask(db, req->arena, settings, ask, out);
	if (!e && out->created)
		e = note(req, p, action, false, sentence(req, p, deployment_action_phrase(ask->action)));
	e = db_end(request_db(req), e);
	if (!e)
		model_builds_notify(db, req->arena);
	if (e == ERR_CONFLICT && out->refusal) {
		enum err noted = note(req, p, action, true, deployment_refusal_name(out->refusal));
		if (noted)
			return noted;
	}
	return e;
}

/* The head as the git server says it now. Nothing is found: *sha is NULL, and the error says why. */
static enum err read_head(struct request *req, const struct project *p, const char *branch, struct build_trigger_ask *t,
			  const char **why)
{
	struct build_config c;
	struct repo_address address;
	struct gitea *gitea;
	struct settings *settings;
	const struct config *config = req->app->config;
	struct arena *a = req->arena;
	enum err e = model_settings_load(request_db(req), a, &settings);
	if (!e)
		e = model_build_configs_get(request_db(req), a, settings, p->id, &c);
	if (e)
		return e;
	if (!branch)
		branch = c.branch;
	if (!repo_address_parse(a, c.repo_url, config->repo_schemes, &address, why))
		return ERR_INVALID;
	e = model_gitea_of(request_db(req), a, req->app->keyring, req->app->gitea, &address, &gitea);
	if (e)
		return e;
	if (gitea && !gitea_head(gitea, a, address.owner, address.name, branch, &t->commit_sha, &t->message, &t->author, why))
		return ERR_NONE;
	return git_head(a, c.repo_url, branch, build_config_deploy_key(req->app->keyring, a, &c), c.known_hosts, &t->commit_sha,
			why);
}

enum err model_act_build(struct request *req, const struct project *p, const char *branch, const char *commit_sha,
			 int64_t *build_id, bool *created, const char **why)
{
	struct db *db = request_db(req);
	struct build_trigger_ask t = { .project_id = p->id,
				       .branch = branch,
				       .commit_sha = commit_sha,
				       .trigger = TRIGGER_MANUAL,
				       .user_id = req->actor.id };
	*why = "";
	if (!commit_sha) {
		enum err e = read_head(req, p, branch, &t, why);
		if (e == ERR_NOT_FOUND || (e && branch))
			return e;
		if (!e)
			*why = "";
		else /* the last known head is better than nothing, and the worker looks again before it builds */
			log_event(LOG_WARN, "head_not_read", LOG_NUM("project_id", p->id), LOG_STR("error", *why));
	}
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_builds_trigger(db, req->arena, NULL, &t, build_id, created);
	if (!e && *created)
		e = note(req, p, "build.trigger", false, sentence(req, p, PHRASE_AUDIT_BUILD));
	e = db_end(request_db(req), e);
	if (!e)
		model_builds_notify(db, req->arena);
	return e;
}

const char *model_act_build_refusal(enum err e)
{
	return e == ERR_INVALID ? "refused.no_registry" : "refused.no_head";
}

enum err model_act_cancel(struct request *req, const struct build *b)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	struct audit line = audit_of(req, "build.cancel", audit_object_id(req->arena, AUDIT_BUILD, b->id));
	line.project_id = b->project_id;
	line.student_id = b->student_id;
	e = model_builds_cancel(db, req->arena, b->id, req->actor.id);
	if (!e)
		e = model_audit_write(db, req->arena, &line);
	e = db_end(request_db(req), e);
	if (!e)
		model_builds_notify(db, req->arena);
	return e;
}

enum err model_act_configure(struct request *req, const struct project *p, const struct build_config_input *in, int version)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_build_configs_save(db, req->arena, p->id, in, req->app->config->repo_schemes, version);
	if (!e)
		e = note(req, p, "build_config.change", false, sentence(req, p, PHRASE_AUDIT_CONFIGURED));
	e = db_end(request_db(req), e);
	if (!e)
		model_builds_notify(db, req->arena);
	return e;
}

/* Values are not noted: a person may keep a password in one. */
enum err model_act_set_variable(struct request *req, const struct project *p, const char *name, const char *value, bool secret,
				int *version)
{
	enum err e = db_begin(request_db(req));
	if (e)
		return e;
	e = model_variables_set(request_db(req), req->arena, req->app->keyring, p->id, name, value, secret, version);
	if (!e)
		e = note(req, p, "variable.set", false,
			 phrase(req->arena, secret ? PHRASE_AUDIT_SECRET_SET : PHRASE_AUDIT_VARIABLE_SET, audit_person(req),
				p->name, p->student_name, name));
	return db_end(request_db(req), e);
}

enum err model_act_remove_variable(struct request *req, const struct project *p, const char *name)
{
	enum err e = db_begin(request_db(req));
	if (e)
		return e;
	e = model_variables_remove(request_db(req), req->arena, p->id, name);
	if (!e)
		e = note(req, p, "variable.remove", false,
			 phrase(req->arena, PHRASE_AUDIT_VARIABLE_REMOVED, audit_person(req), p->name, p->student_name, name));
	return db_end(request_db(req), e);
}

enum err model_act_set_serving(struct request *req, const struct project *p, int port, const char *health_path, int version)
{
	enum err e = db_begin(request_db(req));
	if (e)
		return e;
	e = model_projects_set_serving(request_db(req), req->arena, p->id, port, health_path, version);
	if (!e)
		e = note(req, p, "project.serving", false,
			 phrase(req->arena, PHRASE_AUDIT_SERVING, audit_person(req), p->name, p->student_name,
				arena_printf(req->arena, "%d", port), health_path));
	return db_end(request_db(req), e);
}

enum err model_act_repair(struct request *req, const struct project *p)
{
	enum err e = db_begin(request_db(req));
	if (e)
		return e;
	e = model_app_states_ask_repair(request_db(req), req->arena, p->id);
	if (!e)
		e = note(req, p, "project.repair", false, sentence(req, p, PHRASE_AUDIT_REPAIRED));
	e = db_end(request_db(req), e);
	if (!e)
		model_builds_notify(request_db(req), req->arena);
	return e;
}

enum err model_act_project_create(struct request *req, int64_t student_id, const char *name, const char *repo_url, int64_t *id,
				  const char **why)
{
	struct settings *settings;
	struct project p;
	struct project_new in = {
		.student_id = student_id, .name = name, .repo_url = repo_url, .repo_schemes = req->app->config->repo_schemes
	};
	struct db *db = request_db(req);
	*why = "";
	enum err e = model_settings_load(db, req->arena, &settings);
	if (!e)
		e = db_begin(db);
	if (e)
		return e;
	e = model_projects_create(db, req->arena, req->app->keyring, settings, &in, id, why);
	if (!e)
		e = model_projects_get(db, req->arena, *id, &p);
	if (!e)
		e = note(req, &p, "project.create", false, sentence(req, &p, PHRASE_AUDIT_PROJECT_MADE));
	return db_end(request_db(req), e);
}

enum err model_act_new_key(struct request *req, const struct project *p, struct deploy_key *out)
{
	enum err e = db_begin(request_db(req));
	if (e)
		return e;
	e = model_build_configs_new_key(request_db(req), req->arena, req->app->keyring, p->id, out);
	if (!e)
		e = note(req, p, "deploy_key.new", false, sentence(req, p, PHRASE_AUDIT_NEW_KEY));
	return db_end(request_db(req), e);
}

enum err model_act_new_secret(struct request *req, const struct project *p, const char **secret)
{
	enum err e = db_begin(request_db(req));
	if (e)
		return e;
	e = model_build_configs_new_secret(request_db(req), req->arena, req->app->keyring, p->id, secret);
	if (!e)
		e = note(req, p, "webhook_secret.new", false, sentence(req, p, PHRASE_AUDIT_NEW_SECRET));
	return db_end(request_db(req), e);
}

enum err model_act_install(struct request *req, const struct project *p, const char **why)
{
	struct settings *settings;
	struct build_config c;
	const struct app *app = req->app;
	*why = "";
	enum err e = model_settings_load(request_db(req), req->arena, &settings);
	if (!e)
		e = model_build_configs_get(request_db(req), req->arena, settings, p->id, &c);
	if (!e)
		e = model_gitea_install(request_db(req), req->arena, app->gitea, app->keyring, app->config, &c, why);
	enum err noted = note(req, p, "gitea.install", e != ERR_NONE, e ? *why : sentence(req, p, PHRASE_AUDIT_INSTALLED));
	return e ? e : noted;
}
