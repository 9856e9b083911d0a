/* A project's build configuration: the form, the deploy key, the webhook's secret, and what the portal installs in Gitea. */
#include "model/build_configs.h"

#include "auth/authorize.h"
#include "base/arena.h"
#include "base/str.h"
#include "config.h"
#include "gitea/gitea.h"
#include "model/acts.h"
#include "model/registries.h"
#include "model/settings.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { F_REPO, F_BRANCH, F_DOCKERFILE, F_CONTEXT, F_REGISTRY, F_IMAGE, F_TAG, F_BUILD, F_DEPLOY, F_VERSION, FIELDS };

/* Texts are read as they were typed: the model's own rules say what is wrong with each, and the form shows them again. */
INPUT_SET(body_config, [F_REPO] = { .name = "repo_url", .kind = IN_TEXT, .max = 500 },
	  [F_BRANCH] = { .name = "branch", .kind = IN_TEXT, .max = 200 },
	  [F_DOCKERFILE] = { .name = "dockerfile_path", .kind = IN_TEXT, .max = 200 },
	  [F_CONTEXT] = { .name = "context_path", .kind = IN_TEXT, .max = 200 },
	  [F_REGISTRY] = { .name = "registry_id", .kind = IN_INT },
	  [F_IMAGE] = { .name = "image_repo", .kind = IN_TEXT, .max = 200 },
	  [F_TAG] = { .name = "tag_strategy", .kind = IN_ENUM, .choices = TAG_STRATEGIES },
	  [F_BUILD] = { .name = "auto_build", .kind = IN_BOOL }, [F_DEPLOY] = { .name = "auto_deploy", .kind = IN_BOOL },
	  [F_VERSION] = { .name = "version", .kind = IN_INT, .required = true, .max = INT32_MAX });

static enum err load(struct request *req, int64_t id, struct build_config *c)
{
	struct settings *s;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	return e == ERR_NONE ? model_build_configs_get(request_db(req), req->arena, s, id, c) : e;
}

/* Project and configuration for somebody who may configure: 0, or the answered status. */
static int begin(struct request *req, struct response *res, struct project *p, struct build_config *c)
{
	int refused = part_load_project(req, res, ACTION_CONFIGURE, p);
	if (refused)
		return refused;
	enum err e = load(req, p->id, c);
	return e == ERR_NONE ? 0 : response_err(res, e, NULL);
}

static struct view *frame(struct request *req, const struct project *p, const char *title)
{
	struct view *v = page_view(req);
	struct project_head head = project_head(p);
	part_project_frame(v, req, &head, PROJECT_TAB__MAX);
	view_set(v, "Page.title", arena_printf(req->arena, "%s · %s", view_string(v, title), p->name));
	frame_crumb(v, NULL, view_string(v, title));
	return v;
}

static int show_form(struct request *req, struct response *res, const struct project *p, const struct input_value *in,
		     const struct input_errors *errors)
{
	struct registry *registries;
	int count;
	enum err e = model_registries_list(request_db(req), req->arena, &registries, &count);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	struct view *v = frame(req, p, "config.edit");
	frame_form(v, &body_config, in, errors);
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Registries", i);
		view_set_int(row, "id", registries[i].id);
		view_set(row, "name", registries[i].name);
		view_set(row, "address", registries[i].address);
	}
	return page_answer(res, errors->count ? 422 : 200, v, "config_edit");
}

int page_config_form(struct request *req, struct response *res)
{
	struct project p;
	struct build_config c;
	int refused = begin(req, res, &p, &c);
	if (refused)
		return refused;
	struct input_errors none = { .count = 0 };
	struct input_value in[FIELDS] = {
		[F_REPO].text = c.repo_url,
		[F_BRANCH].text = c.branch,
		[F_DOCKERFILE].text = c.dockerfile_path,
		[F_CONTEXT].text = c.context_path,
		[F_REGISTRY].text = arena_printf(req->arena, "%lld", (long long)c.registry_id),
		[F_IMAGE].text = c.image_repo,
		[F_TAG].text = c.tag_strategy,
		[F_BUILD].flag = c.auto_build,
		[F_DEPLOY].flag = c.auto_deploy,
		[F_VERSION].text = arena_printf(req->arena, "%d", c.version),
	};
	return show_form(req, res, &p, in, &none);
}

int page_config_save(struct request *req, struct response *res)
{
	struct project p;
	struct build_config c;
	struct input_value in[FIELDS];
	struct input_errors errors = { .count = 0 };
	int refused = begin(req, res, &p, &c);
	if (refused)
		return refused;
	bool read = input_read(req, INPUT_BODY, in, &errors);
	struct build_config_input wanted = {
		.repo_url = in[F_REPO].text,
		.branch = in[F_BRANCH].text,
		.dockerfile_path = in[F_DOCKERFILE].text,
		.context_path = in[F_CONTEXT].text,
		.registry_id = in[F_REGISTRY].number,
		.image_repo = in[F_IMAGE].text,
		.tag_strategy = in[F_TAG].present ? in[F_TAG].text : "short_sha",
		.auto_build = in[F_BUILD].flag,
		.auto_deploy = in[F_DEPLOY].flag,
	};
	struct build_config_fault faults[BUILD_CONFIG_FIELDS];
	int wrong = read ? build_config_check(req->arena, &wanted, req->app->config->repo_schemes, faults) : 0;
	for (int i = 0; i < wrong; i++)
		input_fail(req, &errors, faults[i].field, arena_printf(req->arena, "error.%s", faults[i].code));
	enum err e = errors.count ? ERR_NONE : model_act_configure(req, &p, &wanted, (int)in[F_VERSION].number);
	if (e == ERR_CONFLICT)
		input_fail(req, &errors, "version", "error.changed_meanwhile");
	else if (e == ERR_INVALID)
		input_fail(req, &errors, "registry_id", "error.registry");
	else if (e != ERR_NONE)
		return response_err(res, e, NULL);
	if (errors.count)
		return show_form(req, res, &p, in, &errors);
	return page_redirect_notice(res, arena_printf(req->arena, "/projects/%lld", (long long)p.id), "notice.config");
}

/* Confirmation before a key or a secret is replaced: what uses the old one stops working. */
static int confirm(struct request *req, struct response *res, const char *what)
{
	struct project p;
	struct build_config c;
	int refused = begin(req, res, &p, &c);
	if (refused)
		return refused;
	struct view *v = frame(req, &p, arena_printf(req->arena, "%s.new", what));
	view_set(v, "What", what);
	view_set(v, "Question", frame_word(v, what, "question"));
	view_set(v, "Fingerprint", c.deploy_key_fingerprint);
	return page_answer(res, 200, v, "config_confirm");
}

int page_key_form(struct request *req, struct response *res)
{
	return confirm(req, res, "key");
}

int page_secret_form(struct request *req, struct response *res)
{
	return confirm(req, res, "secret");
}

int page_key_new(struct request *req, struct response *res)
{
	struct project p;
	struct build_config c;
	int refused = begin(req, res, &p, &c);
	if (refused)
		return refused;
	struct deploy_key key;
	enum err e = model_act_new_key(req, &p, &key);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	return page_redirect_notice(res, arena_printf(req->arena, "/projects/%lld#key", (long long)p.id), "notice.key");
}

int page_secret_new(struct request *req, struct response *res)
{
	struct project p;
	struct build_config c;
	const char *secret = NULL;
	int refused = begin(req, res, &p, &c);
	if (refused)
		return refused;
	enum err e = model_act_new_secret(req, &p, &secret);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	struct view *v = frame(req, &p, "secret.new");
	view_set(v, "Secret", secret);
	view_set(v, "HookUrl", arena_printf(req->arena, "%s/api/v1/webhooks/gitea", req->app->config->portal_url));
	return page_answer(res, 200, v, "config_secret");
}

int page_gitea_install(struct request *req, struct response *res)
{
	struct project p;
	struct build_config c;
	const char *why = NULL;
	int refused = begin(req, res, &p, &c);
	if (refused)
		return refused;
	enum err e = model_act_install(req, &p, &why);
	if (e != ERR_NONE)
		return response_error(res, e == ERR_CONFLICT ? 409 : 502,
				      arena_printf(req->arena, "%s %s", view_catalogue(req->language, "gitea.failed"), why));
	return page_redirect_notice(res, arena_printf(req->arena, "/projects/%lld", (long long)p.id), "notice.installed");
}
