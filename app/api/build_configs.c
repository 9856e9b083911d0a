/* Build configurations over the API, by student: read, replace with If-Match, new deploy key. */
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "config.h"
#include "gitea/gitea.h"
#include "http/app.h"
#include "model/acts.h"
#include "model/settings.h"

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
      MEMBER("head_sha", SHAPE_TEXT, struct build_config, head_sha, .about = "the newest commit that is known of the branch"));

/* The student's first project with its configuration. 0, or the status that was answered. */
static int find(struct request *req, struct response *res, enum action action, struct project *p, struct build_config *c)
{
	int64_t id;
	struct settings *settings;
	enum err e = model_projects_first_of_student(request_db(req), req->arena, request_id_param(req, "student_id"), &id);
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

static int answer(struct request *req, struct response *res, const struct build_config *c)
{
	response_header(res, "ETag", api_etag(req, c->version));
	return api_row(res, 200, &shape_build_config, c);
}

/* GET /api/v1/build-configs/:student_id */
int api_build_configs_show(struct request *req, struct response *res)
{
	struct project p;
	struct build_config c;
	int status = find(req, res, ACTION_VIEW, &p, &c);
	return status ? status : answer(req, res, &c);
}

enum { REPO, BRANCH, DOCKERFILE, CONTEXT, REGISTRY, IMAGE, TAGS, AUTO_BUILD, AUTO_DEPLOY, FIELDS };
INPUT_SET(body_api_build_config, [REPO] = { .name = "repo_url", .kind = IN_TEXT, .min = 1, .max = 500 },
	  [BRANCH] = { .name = "branch", .kind = IN_TEXT, .min = 1, .max = 200 },
	  [DOCKERFILE] = { .name = "dockerfile_path", .kind = IN_TEXT, .min = 1, .max = 200 },
	  [CONTEXT] = { .name = "context_path", .kind = IN_TEXT, .min = 1, .max = 200 },
	  [REGISTRY] = { .name = "registry_id", .kind = IN_ID },
	  [IMAGE] = { .name = "image_repo", .kind = IN_TEXT, .min = 1, .max = 200 },
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

/* PUT /api/v1/build-configs/:student_id; If-Match makes it safe against another's change */
int api_build_configs_replace(struct request *req, struct response *res)
{
	struct project p;
	struct build_config c;
	struct input_value v[FIELDS];
	struct input_errors errors;
	struct build_config_fault faults[BUILD_CONFIG_FIELDS];
	int status = find(req, res, ACTION_CONFIGURE, &p, &c);
	if (status)
		return status;
	if (!api_fresh(req, c.version))
		return response_error(res, 412, api_string(req, "refused.changed"));
	if (!input_read(req, INPUT_BODY, v, &errors))
		return input_refuse(res, &errors);
	struct build_config_input in = merge(v, &c);
	int wrong = build_config_check(req->arena, &in, req->app->config->repo_schemes, faults);
	for (int i = 0; i < wrong; i++)
		input_fail(req, &errors, faults[i].field, arena_printf(req->arena, "error.%s", faults[i].code));
	if (wrong)
		return input_refuse(res, &errors);
	enum err e = model_act_configure(req, &p, &in, api_guarded(req) ? c.version : 0);
	if (e == ERR_INVALID) {
		input_fail(req, &errors, "registry_id", "error.registry");
		return input_refuse(res, &errors);
	}
	if (e)
		return e == ERR_CONFLICT ? response_error(res, 412, api_string(req, "refused.changed"))
					 : response_err(res, e, NULL);
	status = find(req, res, ACTION_VIEW, &p, &c);
	return status ? status : answer(req, res, &c);
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
