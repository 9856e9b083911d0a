/* A project's build configuration and its way to Gitea, over the API: read, replaced, tried; keys, secrets, deliveries. */
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "config.h"
#include "gitea/gitea.h"
#include "http/app.h"
#include "model/acts.h"
#include "model/settings.h"
#include "model/webhooks.h"

SHAPE(shape_build_config, "BuildConfig", struct build_config, MEMBER("student_id", SHAPE_INT64, struct build_config, student_id),
      MEMBER("project_id", SHAPE_INT64, struct build_config, project_id),
      MEMBER("repo_url", SHAPE_STRING, struct build_config, repo_url),
      MEMBER("branch", SHAPE_STRING, struct build_config, branch),
      MEMBER("dockerfile_path", SHAPE_STRING, struct build_config, dockerfile_path),
      MEMBER("context_path", SHAPE_STRING, struct build_config, context_path),
      MEMBER("registry_id", SHAPE_ID, struct build_config, registry_id),
      MEMBER("image_repo", SHAPE_STRING, struct build_config, image_repo, .about = "path in the registry, without host and tag"),
      MEMBER("tag_strategy", SHAPE_STRING, struct build_config, tag_strategy, .choices = TAG_STRATEGIES),
      MEMBER("auto_build", SHAPE_BOOL, struct build_config, auto_build, .about = "build every push"),
      MEMBER("auto_deploy", SHAPE_BOOL, struct build_config, auto_deploy, .about = "deploy every successful build"),
      MEMBER("deploy_key_public", SHAPE_TEXT, struct build_config, deploy_key_public),
      MEMBER("deploy_key_fingerprint", SHAPE_TEXT, struct build_config, deploy_key_fingerprint),
      MEMBER("created_at", SHAPE_TIME, struct build_config, created_at),
      MEMBER("updated_at", SHAPE_TIME, struct build_config, updated_at),
      MEMBER("version", SHAPE_INT, struct build_config, version, .about = "also the ETag: send it as If-Match"),
      MEMBER("head_sha", SHAPE_TEXT, struct build_config, head_sha, .about = "the newest commit that is known of the branch"),
      MEMBER("head_seen_at", SHAPE_TIME, struct build_config, head_seen_at),
      MEMBER("head_error", SHAPE_TEXT, struct build_config, head_error, .about = "why the branch could not be read last"),
      MEMBER("gitea_key_id", SHAPE_ID, struct build_config, gitea_key_id,
	     .about = "of the deploy key that the portal installed; null: none"),
      MEMBER("gitea_hook_id", SHAPE_ID, struct build_config, gitea_hook_id, .about = "of the webhook likewise"));

/* The path's project, or its student's first one, with its configuration. 0, or the status that was answered. */
static int find(struct request *req, struct response *res, enum action action, struct project *p, struct build_config *c)
{
	int64_t id = request_id_param(req, "id"), student = request_id_param(req, "student_id");
	struct settings *settings;
	enum err e = student ? model_projects_first_of_student(request_db(req), req->arena, student, &id) : ERR_NONE;
	if (e)
		return response_err(res, e, NULL);
	int status = api_project(req, res, id, action, p);
	if (status)
		return status;
	e = model_settings_load(request_db(req), req->arena, &settings);
	if (!e)
		e = model_build_configs_get(request_db(req), req->arena, settings, id, c);
	return e ? response_err(res, e, NULL) : 0;
}

static int answer(struct response *res, const struct build_config *c)
{
	return api_version(res, 200, c->version, &shape_build_config, c);
}

/* GET /api/v1/build-configs/:student_id */
int api_build_configs_show(struct request *req, struct response *res)
{
	struct project p;
	struct build_config c;
	int status = find(req, res, ACTION_VIEW, &p, &c);
	return status ? status : answer(res, &c);
}

enum { REPO, BRANCH, DOCKERFILE, CONTEXT, REGISTRY, IMAGE, TAGS, AUTO_BUILD, AUTO_DEPLOY, FIELDS };
INPUT_SET(body_api_build_config, [REPO] = { .name = "repo_url", .kind = IN_TEXT, .min = 1, .max = 500 },
	  [BRANCH] = { .name = "branch", .kind = IN_BRANCH }, [DOCKERFILE] = { .name = "dockerfile_path", .kind = IN_PATH },
	  [CONTEXT] = { .name = "context_path", .kind = IN_PATH }, [REGISTRY] = { .name = "registry_id", .kind = IN_ID },
	  [IMAGE] = { .name = "image_repo", .kind = IN_TEXT, .min = 1, .max = 200, .pattern = "^[a-z0-9]+([._/-][a-z0-9]+)*$" },
	  [TAGS] = { .name = "tag_strategy", .kind = IN_ENUM, .choices = TAG_STRATEGIES },
	  [AUTO_BUILD] = { .name = "auto_build", .kind = IN_BOOL }, [AUTO_DEPLOY] = { .name = "auto_deploy", .kind = IN_BOOL });

/* A field that was not sent stays as it is. */
static struct build_config_input merge(const struct input_value *v, const struct build_config *c)
{
	return (struct build_config_input){
		.repo_url = v[REPO].present ? v[REPO].text : c->repo_url,
		.branch = v[BRANCH].present ? v[BRANCH].text : c->branch,
		.dockerfile_path = v[DOCKERFILE].present ? v[DOCKERFILE].text : c->dockerfile_path,
		.context_path = v[CONTEXT].present ? v[CONTEXT].text : c->context_path,
		.registry_id = v[REGISTRY].present ? v[REGISTRY].number : c->registry_id,
		.image_repo = v[IMAGE].present ? v[IMAGE].text : c->image_repo,
		.tag_strategy = v[TAGS].present ? v[TAGS].text : c->tag_strategy,
		.auto_build = v[AUTO_BUILD].present ? v[AUTO_BUILD].flag : c->auto_build,
		.auto_deploy = v[AUTO_DEPLOY].present ? v[AUTO_DEPLOY].flag : c->auto_deploy,
	};
}

/* What reaches beyond the project is the staff's to change. */
static bool governed(struct request *req, const struct project *p, const struct build_config *c,
		     const struct build_config_input *in)
{
	bool reaches =
		strcmp(in->repo_url, c->repo_url) || in->registry_id != c->registry_id || strcmp(in->image_repo, c->image_repo);
	return reaches && !authorized(&req->actor, ACTION_GOVERN, object_project(p->student_user_id));
}

/* Reads the fields over what is stored, and checks the rules. 0, or the answered status. */
static int take(struct request *req, struct response *res, const struct project *p, const struct build_config *c,
		struct build_config_input *in)
{
	struct input_value v[FIELDS];
	struct input_errors errors = { 0 };
	struct build_config_fault faults[BUILD_CONFIG_FIELDS];
	int status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	*in = merge(v, c);
	if (governed(req, p, c, in))
		return response_error(res, 403, api_string(req, "config.governed"));
	int wrong = build_config_check(req->arena, in, req->app->config->repo_schemes, faults);
	bool broken = false; /* the name's grammar is its declared rule; what else is wrong is well-formed and does not fit */
	for (int i = 0; i < wrong; i++) {
		broken = broken || !strcmp(faults[i].field, "image_repo");
		input_fail(req, &errors, faults[i].field, arena_printf(req->arena, "error.%s", faults[i].code));
	}
	return !wrong ? 0 : broken ? input_refuse(res, &errors) : input_conflict(res, &errors);
}

/* PUT /api/v1/build-configs/:student_id; If-Match makes it safe against another's change */
int api_build_configs_replace(struct request *req, struct response *res)
{
	struct project p;
	struct build_config c;
	struct build_config_input in;
	struct input_errors errors = { 0 };
	int status = find(req, res, ACTION_CONFIGURE, &p, &c);
	int version = status ? 0 : c.version;
	if (!status)
		status = api_match(req, res, &version);
	if (!status)
		status = take(req, res, &p, &c, &in);
	if (status)
		return status;
	enum err e = model_act_configure(req, &p, &in, version);
	if (e == ERR_INVALID) {
		input_fail(req, &errors, "registry_id", "error.registry");
		return input_conflict(res, &errors);
	}
	if (e)
		return e == ERR_CONFLICT ? api_changed(req, res) : response_err(res, e, NULL);
	status = find(req, res, ACTION_VIEW, &p, &c);
	return status ? status : answer(res, &c);
}

struct new_key {
	int64_t student_id, project_id;
	const char *public_key, *fingerprint, *error;
	bool installed;
};
SHAPE(shape_new_key, "DeployKey", struct new_key, MEMBER("student_id", SHAPE_INT64, struct new_key, student_id),
      MEMBER("project_id", SHAPE_INT64, struct new_key, project_id),
      MEMBER("deploy_key_public", SHAPE_STRING, struct new_key, public_key),
      MEMBER("deploy_key_fingerprint", SHAPE_STRING, struct new_key, fingerprint),
      MEMBER("installed", SHAPE_BOOL, struct new_key, installed, .about = "in Gitea, with the webhook"),
      MEMBER("install_error", SHAPE_TEXT, struct new_key, error, .about = "why it could not be installed"));

INPUT_SET(query_api_new_key, { .name = "install", .kind = IN_BOOL, .about = "put it, and the webhook, into Gitea" });

/* POST /api/v1/build-configs/:student_id/deploy-key; ?install=true puts it, and the webhook, into Gitea */
int api_build_configs_new_key(struct request *req, struct response *res)
{
	struct input_value v[1];
	struct project p;
	struct build_config c;
	struct deploy_key key;
	const char *why = NULL;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (!status)
		status = find(req, res, ACTION_CONFIGURE, &p, &c);
	if (!status)
		status = input_none(req, res);
	if (status)
		return status;
	enum err e = model_act_new_key(req, &p, &key);
	if (e)
		return response_err(res, e, NULL);
	struct new_key made = {
		.student_id = p.student_id, .project_id = p.id, .public_key = key.public_key, .fingerprint = key.fingerprint
	};
	made.installed = v[0].flag && model_act_install(req, &p, &why) == ERR_NONE;
	made.error = v[0].flag && !made.installed ? why : NULL;
	return api_row(res, 201, &shape_new_key, &made);
}

/* --- a look into the repository -------------------------------------------------------------------------------------- */

static const char *const kinds[] = {
	[GIT_NOTHING] = "nothing", [GIT_FOLDER] = "folder", [GIT_REGULAR_FILE] = "file", [GIT_OTHER] = "other"
};

static const char *kind_word(int kind)
{
	return kinds[kind];
}

struct looked {
	bool cloned;
	const char *why;
	struct git_look at;
};
SHAPE(shape_config_test, "BuildConfigTest", struct looked, MEMBER("cloned", SHAPE_BOOL, struct looked, cloned),
      MEMBER("error", SHAPE_TEXT, struct looked, why, .about = "why it could not be cloned"),
      MEMBER("head_sha", SHAPE_TEXT, struct looked, at.sha),
      MEMBER("context", SHAPE_WORD, struct looked, at.context, .word = kind_word, .words = GIT_OTHER + 1,
	     .about = "folder is right"),
      MEMBER("dockerfile", SHAPE_WORD, struct looked, at.dockerfile, .word = kind_word, .words = GIT_OTHER + 1,
	     .about = "file is right"));

/* POST /api/v1/projects/:id/config/test: as what is sent says, over what is stored; nothing is saved */
int api_build_configs_test(struct request *req, struct response *res)
{
	struct project p;
	struct build_config c;
	struct build_config_input in;
	struct looked looked = { 0 };
	int status = find(req, res, ACTION_CONFIGURE, &p, &c);
	if (!status)
		status = take(req, res, &p, &c, &in);
	if (status)
		return status;
	request_release_db(req); /* a slow git server must not keep a connection */
	enum err e = git_look(req->arena, in.repo_url, in.branch, build_config_deploy_key(req->app->keyring, req->arena, &c),
			      c.known_hosts, in.context_path, in.dockerfile_path, &looked.at, &looked.why);
	looked.cloned = !e;
	if (!e)
		looked.why = NULL;
	return api_row(res, 200, &shape_config_test, &looked);
}

/* --- webhook --------------------------------------------------------------------------------------------------------- */

struct new_secret {
	int64_t project_id;
	const char *secret, *url;
};
SHAPE(shape_new_secret, "WebhookSecret", struct new_secret, MEMBER("project_id", SHAPE_INT64, struct new_secret, project_id),
      MEMBER("secret", SHAPE_STRING, struct new_secret, secret, .about = "never shown again"),
      MEMBER("url", SHAPE_STRING, struct new_secret, url, .about = "where Gitea sends what it signs with it"));

/* POST /api/v1/projects/:id/webhook-secret */
int api_webhook_secret_new(struct request *req, struct response *res)
{
	struct project p;
	struct new_secret made = { 0 };
	int status = api_project(req, res, request_id_param(req, "id"), ACTION_CONFIGURE, &p);
	if (!status)
		status = input_none(req, res);
	if (status)
		return status;
	enum err e = model_act_new_secret(req, &p, &made.secret);
	made.project_id = p.id;
	made.url = arena_printf(req->arena, "%s/api/v1/webhooks/gitea", req->app->config->portal_url);
	if (e)
		return response_err(res, e, NULL);
	response_header(res, "Location", arena_printf(req->arena, "/api/v1/projects/%lld/config", (long long)p.id));
	return api_row(res, 201, &shape_new_secret, &made);
}

SHAPE(shape_received, "WebhookReceived", struct webhook_delivery, MEMBER("id", SHAPE_INT64, struct webhook_delivery, id),
      MEMBER("event", SHAPE_STRING, struct webhook_delivery, event), MEMBER("ref", SHAPE_TEXT, struct webhook_delivery, ref),
      MEMBER("commit_sha", SHAPE_TEXT, struct webhook_delivery, commit_sha),
      MEMBER("pusher", SHAPE_TEXT, struct webhook_delivery, pusher),
      MEMBER("outcome", SHAPE_STRING, struct webhook_delivery, outcome),
      MEMBER("reason", SHAPE_TEXT, struct webhook_delivery, reason),
      MEMBER("build_id", SHAPE_ID, struct webhook_delivery, build_id),
      MEMBER("received_at", SHAPE_TIME, struct webhook_delivery, received_at));
SHAPE_LIST(shape_deliveries, "WebhookReceivedList", shape_received);

enum { BEFORE, ROWS, DELIVERY_FIELDS };
INPUT_SET(query_api_deliveries, [BEFORE] = API_CURSOR, [ROWS] = API_LIMIT_FIELD);

/* GET /api/v1/projects/:id/deliveries: what Gitea sent, newest first */
int api_deliveries_list(struct request *req, struct response *res)
{
	struct project p;
	struct input_value v[DELIVERY_FIELDS];
	struct webhook_delivery *rows;
	bool more;
	int count, status = input_check(req, res, INPUT_QUERY, v);
	if (!status)
		status = api_project(req, res, request_id_param(req, "id"), ACTION_VIEW, &p);
	if (status)
		return status;
	enum err e = model_webhooks_list(request_db(req), req->arena, p.id, v[BEFORE].number, api_limit(&v[ROWS]), &rows, &count,
					 &more);
	return e ? response_err(res, e, NULL) : api_rows(res, rows, count, api_cursor(req, more ? rows[count - 1].id : 0));
}

struct installed {
	bool installed;
	const char *why;
};
SHAPE(shape_installed, "GiteaInstallation", struct installed, MEMBER("installed", SHAPE_BOOL, struct installed, installed),
      MEMBER("error", SHAPE_TEXT, struct installed, why, .about = "what Gitea said against it"));

/* POST /api/v1/projects/:id/install: deploy key and webhook into Gitea */
int api_gitea_install(struct request *req, struct response *res)
{
	struct project p;
	struct installed done = { 0 };
	int status = api_project(req, res, request_id_param(req, "id"), ACTION_CONFIGURE, &p);
	if (!status)
		status = input_none(req, res);
	if (status)
		return status;
	done.installed = model_act_install(req, &p, &done.why) == ERR_NONE;
	if (done.installed)
		done.why = NULL;
	return api_row(res, 200, &shape_installed, &done);
}
