/* A project's build configuration: the form, and a look into the repository before it is saved. */
#include <string.h>

#include "auth/authorize.h"
#include "base/arena.h"
#include "config.h"
#include "gitea/gitea.h"
#include "model/acts.h"
#include "model/build_configs.h"
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
	  [F_VERSION] = { .name = "version", .kind = IN_INT, .required = true, .min = 1, .max = INT32_MAX });

/* A form as it was sent, on the configuration that is stored. */
struct form {
	struct project project;
	struct build_config config;
	bool governs; /* may change what reaches beyond the project */
	struct input_value in[FIELDS];
	struct input_errors errors;
	struct build_config_input wanted;
};

static int load(struct request *req, struct response *res, struct form *f)
{
	struct settings *s;
	int refused = part_load_project(req, res, ACTION_CONFIGURE, &f->project);
	if (refused)
		return refused;
	f->governs = authorized(&req->actor, ACTION_GOVERN, object_project(f->project.student_user_id));
	f->errors.count = 0;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (!e)
		e = model_build_configs_get(request_db(req), req->arena, s, f->project.id, &f->config);
	return e ? response_err(res, e, NULL) : 0;
}

/* The values of the stored row. */
static void fill(struct arena *a, struct form *f)
{
	const struct build_config *c = &f->config;
	struct input_value in[FIELDS] = {
		[F_REPO].text = c->repo_url,
		[F_BRANCH].text = c->branch,
		[F_DOCKERFILE].text = c->dockerfile_path,
		[F_CONTEXT].text = c->context_path,
		[F_REGISTRY] = { .text = frame_number(a, c->registry_id), .number = c->registry_id },
		[F_IMAGE].text = c->image_repo,
		[F_TAG] = { .text = c->tag_strategy, .present = true },
		[F_BUILD].flag = c->auto_build,
		[F_DEPLOY].flag = c->auto_deploy,
		[F_VERSION] = { .text = frame_number(a, c->version), .number = c->version },
	};
	memcpy(f->in, in, sizeof in);
}

/* What reaches beyond the project stays as it is stored for somebody who may not change that; a try is said, not passed over. */
static void keep_governed(struct request *req, struct form *f)
{
	static const int governed[] = { F_REPO, F_REGISTRY, F_IMAGE };
	struct form stored = *f;
	bool tried = false;
	fill(req->arena, &stored);
	for (size_t i = 0; i < sizeof governed / sizeof *governed; i++) {
		int field = governed[i];
		if (f->in[field].present && strcmp(f->in[field].text, stored.in[field].text))
			tried = true;
		f->in[field] = stored.in[field];
	}
	if (tried) /* the form has no such fields for them */
		input_fail(req, &f->errors, "", "error.governed");
}

/* Reads what was sent and checks it. */
static void take(struct request *req, struct form *f)
{
	struct build_config_fault faults[BUILD_CONFIG_FIELDS];
	bool read = input_read(req, INPUT_BODY, f->in, &f->errors);
	if (!f->governs)
		keep_governed(req, f);
	f->wanted = (struct build_config_input){
		.repo_url = f->in[F_REPO].text,
		.branch = f->in[F_BRANCH].text,
		.dockerfile_path = f->in[F_DOCKERFILE].text,
		.context_path = f->in[F_CONTEXT].text,
		.registry_id = f->in[F_REGISTRY].number,
		.image_repo = f->in[F_IMAGE].text,
		.tag_strategy = f->in[F_TAG].present ? f->in[F_TAG].text : "short_sha",
		.auto_build = f->in[F_BUILD].flag,
		.auto_deploy = f->in[F_DEPLOY].flag,
	};
	int wrong = read ? build_config_check(req->arena, &f->wanted, req->app->config->repo_schemes, faults) : 0;
	for (int i = 0; i < wrong; i++)
		input_fail(req, &f->errors, faults[i].field, arena_printf(req->arena, "error.%s", faults[i].code));
}

static enum err show_registries(struct view *v, struct request *req)
{
	struct registry *registries;
	int count;
	enum err e = model_registries_list(request_db(req), req->arena, &registries, &count);
	for (int i = 0; !e && i < count; i++) {
		struct view *row = view_row(v, "Registries", i);
		view_set_int(row, "value", registries[i].id);
		view_set(row, "word", arena_printf(req->arena, "%s (%s)", registries[i].name, registries[i].address));
	}
	return e;
}

/* The form's tree; NULL: the database is away, and an error was answered with *status. */
static struct view *draw(struct request *req, struct response *res, const struct form *f, int *status)
{
	struct view *v = page_view(req);
	struct project_head head = project_head(&f->project);
	part_project_frame(v, req, &head, TAB_CONFIG);
	frame_form(v, &body_config, f->in, &f->errors);
	view_options(v, "Tags", TAG_STRATEGIES, "config", f->in[F_TAG].text);
	view_set_bool(v, "Governs", f->governs);
	view_set(v, "Registry", f->config.registry_address);
	enum err e = show_registries(v, req);
	*status = e ? response_err(res, e, NULL) : f->errors.count ? 422 : 200;
	return e ? NULL : v;
}

static int show(struct request *req, struct response *res, const struct form *f)
{
	int status;
	struct view *v = draw(req, res, f, &status);
	return v ? page_answer(res, status, v, "config_edit") : status;
}

int page_config_form(struct request *req, struct response *res)
{
	struct form f;
	int refused = load(req, res, &f);
	if (refused)
		return refused;
	fill(req->arena, &f);
	return show(req, res, &f);
}

int page_config_save(struct request *req, struct response *res)
{
	struct form f;
	int refused = load(req, res, &f);
	if (refused)
		return refused;
	take(req, &f);
	enum err e = f.errors.count ? ERR_NONE : model_act_configure(req, &f.project, &f.wanted, (int)f.in[F_VERSION].number);
	if (e == ERR_CONFLICT)
		input_fail(req, &f.errors, "", "error.changed_meanwhile");
	else if (e == ERR_INVALID)
		input_fail(req, &f.errors, "registry_id", "error.registry");
	else if (e)
		return response_err(res, e, NULL);
	if (f.errors.count)
		return show(req, res, &f);
	return page_redirect_notice(res, arena_printf(req->arena, "/projects/%lld/config", (long long)f.project.id),
				    "notice.config");
}

static void show_step(struct view *v, const char *what, bool good, const char *text)
{
	struct view *row = view_next(v, "Steps");
	view_set(row, "what", view_string(v, what));
	view_set(row, "badge", good ? "success" : "failed");
	view_set(row, "word", view_string(v, good ? "test.good" : "test.bad"));
	view_set(row, "text", text);
}

/* What a path of the repository is, where something else was expected. */
static void show_path(struct view *v, const char *what, enum git_kind wanted, enum git_kind found, const char *path)
{
	static const char *const names[] = { [GIT_NOTHING] = "test.nothing",
					     [GIT_FOLDER] = "test.folder",
					     [GIT_REGULAR_FILE] = "test.file",
					     [GIT_OTHER] = "test.other" };
	bool good = found == wanted;
	show_step(v, what, good, good ? path : arena_printf(view_arena(v), "%s: %s", path, view_string(v, names[found])));
}

/* POST /projects/:id/config/test: looks into the repository as what is typed says; nothing is saved. */
int page_config_test(struct request *req, struct response *res)
{
	struct form f;
	struct git_look look;
	const char *why = "";
	int status, refused = load(req, res, &f);
	if (refused)
		return refused;
	take(req, &f);
	struct view *v = draw(req, res, &f, &status);
	if (!v || f.errors.count)
		return v ? page_answer(res, status, v, "config_edit") : status;
	const struct build_config *c = &f.config;
	request_release_db(req); /* a slow git server must not keep a connection */
	enum err e = git_look(req->arena, f.wanted.repo_url, f.wanted.branch,
			      build_config_deploy_key(req->app->keyring, req->arena, c), c->known_hosts, f.wanted.context_path,
			      f.wanted.dockerfile_path, &look, &why);
	show_step(v, "test.clone", !e, e ? part_phrase(req, why) : look.sha);
	if (!e) {
		show_path(v, "test.context", GIT_FOLDER, look.context, f.wanted.context_path);
		show_path(v, "test.dockerfile", GIT_REGULAR_FILE, look.dockerfile, f.wanted.dockerfile_path);
	} else if (e == ERR_UNAUTHORIZED || e == ERR_NOT_FOUND) {
		view_set(v, "Help", view_string(v, "test.help_access"));
	}
	return page_answer(res, 200, v, "config_edit");
}
