/* Build configurations over the API, by student: read, replace with If-Match, new deploy key. */
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/json.h"
#include "config.h"
#include "gitea/gitea.h"
#include "http/app.h"
#include "http/input.h"
#include "model/acts.h"
#include "model/settings.h"
#include "routes.h"

/* The student's first project with its configuration. 0, or the status that was answered. */
static int find(struct request *req, struct response *res, enum action action, struct project *p, struct build_config *c)
{
	int64_t id;
	struct settings *settings;
	enum err e = model_projects_first_of_student(request_db(req), req->arena, request_id_param(req, "student_id"), &id);
	if (e)
		return api_fail(req, res, e, NULL);
	int status = api_project(req, res, id, action, p);
	if (status)
		return status;
	e = model_settings_load(request_db(req), req->arena, &settings);
	if (!e)
		e = model_build_configs_get(request_db(req), req->arena, settings, id, c);
	return e ? api_fail(req, res, e, NULL) : 0;
}

static const char *etag(struct arena *a, const struct build_config *c)
{
	return arena_printf(a, "\"%d\"", c->version);
}

static int answer(struct request *req, struct response *res, const struct build_config *c)
{
	json_object *o = json_own(req->arena, json_object_new_object());
	json_add_int(o, "student_id", c->student_id);
	json_add_int(o, "project_id", c->project_id);
	json_add_text(o, "repo_url", c->repo_url);
	json_add_text(o, "branch", c->branch);
	json_add_text(o, "dockerfile_path", c->dockerfile_path);
	json_add_text(o, "context_path", c->context_path);
	json_add(o, "registry_id", c->registry_id ? json_object_new_int64(c->registry_id) : NULL);
	json_add_text(o, "image_repo", c->image_repo);
	json_add_text(o, "tag_strategy", c->tag_strategy);
	json_add_bool(o, "auto_build", c->auto_build);
	json_add_bool(o, "auto_deploy", c->auto_deploy);
	json_add_text(o, "deploy_key_public", c->deploy_key_public);
	json_add_text(o, "deploy_key_fingerprint", c->deploy_key_fingerprint);
	json_add_text(o, "created_at", api_time(req->arena, c->created_at));
	json_add_text(o, "updated_at", api_time(req->arena, c->updated_at));
	json_add_int(o, "version", c->version);
	json_add_text(o, "head_sha", c->head_sha);
	response_header(res, "ETag", etag(req->arena, c));
	return response_json(res, 200, o);
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
static const struct input_field fields[FIELDS] = {
	[REPO] = { .name = "repo_url", .kind = IN_TEXT, .min = 1, .max = 500 },
	[BRANCH] = { .name = "branch", .kind = IN_TEXT, .min = 1, .max = 200 },
	[DOCKERFILE] = { .name = "dockerfile_path", .kind = IN_TEXT, .min = 1, .max = 200 },
	[CONTEXT] = { .name = "context_path", .kind = IN_TEXT, .min = 1, .max = 200 },
	[REGISTRY] = { .name = "registry_id", .kind = IN_ID },
	[IMAGE] = { .name = "image_repo", .kind = IN_TEXT, .min = 1, .max = 200 },
	[TAGS] = { .name = "tag_strategy", .kind = IN_ENUM, .choices = "short_sha|branch_latest" },
	[AUTO_BUILD] = { .name = "auto_build", .kind = IN_BOOL },
	[AUTO_DEPLOY] = { .name = "auto_deploy", .kind = IN_BOOL },
};

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
	const char *match = request_header(req, "HTTP_IF_MATCH");
	bool guarded = *match && strcmp(match, "*");
	if (guarded && strcmp(match, etag(req->arena, &c)))
		return response_error(res, 412, api_string(req, "refused.changed"));
	if (!input_read(req, INPUT_BODY, fields, FIELDS, v, &errors))
		return input_refuse(res, &errors);
	struct build_config_input in = merge(v, &c);
	int wrong = build_config_check(req->arena, &in, req->app->config->repo_schemes, faults);
	for (int i = 0; i < wrong; i++)
		input_fail(req, &errors, faults[i].field, arena_printf(req->arena, "error.%s", faults[i].code));
	if (wrong)
		return input_refuse(res, &errors);
	enum err e = model_act_configure(req, &p, &in, guarded ? c.version : 0);
	if (e == ERR_INVALID) {
		input_fail(req, &errors, "registry_id", "error.registry");
		return input_refuse(res, &errors);
	}
	if (e)
		return e == ERR_CONFLICT ? response_error(res, 412, api_string(req, "refused.changed"))
					 : api_fail(req, res, e, NULL);
	status = find(req, res, ACTION_VIEW, &p, &c);
	return status ? status : answer(req, res, &c);
}

/* POST /api/v1/build-configs/:student_id/deploy-key; ?install=true puts it, and the webhook, into Gitea */
int api_build_configs_new_key(struct request *req, struct response *res)
{
	static const struct input_field query[] = { { .name = "install", .kind = IN_BOOL } };
	struct input_value v[1];
	struct project p;
	struct build_config c;
	struct deploy_key key;
	const char *why = NULL;
	int status = input_check(req, res, INPUT_QUERY, query, 1, v);
	if (!status)
		status = find(req, res, ACTION_CONFIGURE, &p, &c);
	if (!status)
		status = api_no_fields(req, res);
	if (status)
		return status;
	enum err e = model_act_new_key(req, &p, &key);
	if (e)
		return api_fail(req, res, e, NULL);
	bool installed = v[0].flag && model_act_install(req, &p, &why) == ERR_NONE;
	json_object *o = json_own(req->arena, json_object_new_object());
	json_add_int(o, "student_id", p.student_id);
	json_add_int(o, "project_id", p.id);
	json_add_text(o, "deploy_key_public", key.public_key);
	json_add_text(o, "deploy_key_fingerprint", key.fingerprint);
	json_add_bool(o, "installed", installed);
	json_add_text(o, "install_error", v[0].flag && !installed ? why : NULL);
	return response_json(res, 201, o);
}
