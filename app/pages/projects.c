/* Projects: the list of all for staff, one's own for students, and one project with everything about it. */
#include <string.h>

#include "auth/authorize.h"
#include "base/arena.h"
#include "base/str.h"
#include "config.h"
#include "gitea/gitea.h"
#include "model/build_configs.h"
#include "model/builds.h"
#include "model/deployments.h"
#include "model/gitea_servers.h"
#include "model/projects.h"
#include "model/settings.h"
#include "model/webhooks.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { LIST_ROWS = 50, RECENT_BUILDS = 5, RECENT_DEPLOYMENTS = 10, RECENT_DELIVERIES = 5 };

int page_home(struct request *req, struct response *res)
{
	return response_redirect(res, req->actor.role >= ROLE_TEACHER ? "/courses" : "/me");
}

enum { Q, STATE, CURSOR, LIST_FIELDS };
INPUT_SET(query_projects, [Q] = { .name = "q", .kind = IN_TEXT, .max = 100 },
	  [STATE] = { .name = "state", .kind = IN_ENUM, .choices = APP_STATES }, [CURSOR] = { .name = "before", .kind = IN_ID });

/* The list with its filter; user_id restricts it to that user's own. */
static int list(struct request *req, struct response *res, int64_t user_id)
{
	struct input_value in[LIST_FIELDS];
	struct project_list found;
	struct settings *s;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	struct project_filter f = {
		.search = in[Q].text,
		.state = in[STATE].present ? in[STATE].text : NULL,
		.user_id = user_id,
		.before = in[CURSOR].number,
		.limit = LIST_ROWS,
	};
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (e == ERR_NONE)
		e = model_projects_list(request_db(req), req->arena, &f, &found);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	if (user_id && found.count == 1 && !f.before && !*f.search && !f.state)
		return response_redirect(res, arena_printf(req->arena, "/projects/%lld", (long long)found.rows[0].id));
	struct view *v = page_view(req);
	view_set(v, "Page.title", view_string(v, user_id ? "projects.mine" : "projects.title"));
	frame_filter(v, req, in);
	frame_options(v, "States", APP_STATES, "app");
	for (int i = 0; i < found.count; i++)
		part_project(view_row(v, "Projects", i), &found.rows[i], s);
	frame_pager(v, req, in, "before", found.more ? frame_number(req->arena, found.rows[found.count - 1].id) : NULL);
	return page_answer(res, 200, v, "projects_list");
}

int page_projects_list(struct request *req, struct response *res)
{
	return list(req, res, 0);
}

int page_me(struct request *req, struct response *res)
{
	return list(req, res, req->actor.id);
}

static void show_config(struct view *v, struct request *req, const struct build_config *c, bool can_install)
{
	view_set(v, "Config.repo_url", c->repo_url);
	view_set(v, "Config.branch", c->branch);
	view_set(v, "Config.dockerfile", c->dockerfile_path);
	view_set(v, "Config.context", c->context_path);
	view_set(v, "Config.registry", c->registry_address);
	view_set(v, "Config.image_repo", c->image_repo);
	view_set(v, "Config.tag_strategy", c->tag_strategy);
	view_set_bool(v, "Config.auto_build", c->auto_build);
	view_set_bool(v, "Config.auto_deploy", c->auto_deploy);
	view_set(v, "Config.key", c->deploy_key_public);
	view_set(v, "Config.fingerprint", c->deploy_key_fingerprint);
	view_set_bool(v, "Config.installed", c->gitea_key_id && c->gitea_hook_id);
	view_set_bool(v, "Config.can_install", can_install);
	view_set(v, "Config.hook_url", arena_printf(req->arena, "%s/api/v1/webhooks/gitea", req->app->config->portal_url));
	view_set(v, "Config.head", c->head_sha);
	view_set(v, "Config.head_error", c->head_error);
	view_set_time(v, "Config.head_seen", c->head_seen_at);
}

static void show_deliveries(struct view *v, const struct webhook_delivery *d, int count)
{
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Deliveries", i);
		view_set(row, "event", d[i].event);
		view_set(row, "ref", d[i].ref);
		view_set(row, "commit", d[i].commit_sha);
		view_set(row, "pusher", d[i].pusher);
		view_set(row, "outcome", d[i].outcome);
		view_set(row, "reason", frame_word(v, "delivery", d[i].reason));
		view_set_time(row, "received", d[i].received_at);
		if (d[i].build_id)
			view_set_int(row, "build", d[i].build_id);
	}
}

static void show_rights(struct view *v, const struct actor *actor, struct object o)
{
	view_set_bool(v, "May.build", authorized(actor, ACTION_BUILD, o));
	view_set_bool(v, "May.deploy", authorized(actor, ACTION_DEPLOY, o));
	view_set_bool(v, "May.delete", authorized(actor, ACTION_DELETE, o));
	view_set_bool(v, "May.configure", authorized(actor, ACTION_CONFIGURE, o));
}

/* What a project's page reads; one query each, none a row. */
struct detail {
	struct settings *settings;
	struct build_config config;
	struct build_list builds;
	struct deployment_list deployments;
	struct webhook_delivery *deliveries;
	int delivery_count;
	bool can_install; /* a Gitea with a token is known for the repository */
};

static enum err find_gitea(struct request *req, const struct build_config *c, bool *found)
{
	struct repo_address at;
	struct gitea *gitea = NULL;
	const char *why;
	enum err e = ERR_NONE;
	if (repo_address_parse(req->arena, c->repo_url, req->app->config->repo_schemes, &at, &why))
		e = model_gitea_of(request_db(req), req->arena, req->app->keyring, req->app->gitea, &at, &gitea);
	*found = gitea != NULL;
	return e;
}

static enum err load_detail(struct request *req, int64_t id, struct detail *d)
{
	struct db *db = request_db(req);
	struct build_filter f = { .project_id = id, .limit = RECENT_BUILDS };
	enum err e = model_settings_load(db, req->arena, &d->settings);
	if (e == ERR_NONE)
		e = model_build_configs_get(db, req->arena, d->settings, id, &d->config);
	if (e == ERR_NONE)
		e = find_gitea(req, &d->config, &d->can_install);
	if (e == ERR_NONE)
		e = model_builds_list(db, req->arena, &f, &d->builds);
	if (e == ERR_NONE)
		e = model_deployments_list(db, req->arena, id, 0, RECENT_DEPLOYMENTS, &d->deployments);
	if (e == ERR_NONE)
		e = model_webhooks_list(db, req->arena, id, RECENT_DELIVERIES, &d->deliveries, &d->delivery_count);
	return e;
}

int page_projects_show(struct request *req, struct response *res)
{
	struct project p;
	struct detail d;
	int refused = part_load_project(req, res, ACTION_VIEW, &p);
	if (refused)
		return refused;
	enum err e = load_detail(req, p.id, &d);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	struct project_head head = project_head(&p);
	part_project_frame(v, req, &head, TAB_OVERVIEW);
	part_project(view_row(v, "One", 0), &p, d.settings);
	show_config(v, req, &d.config, d.can_install);
	show_rights(v, &req->actor, object_project(p.student_user_id));
	for (int i = 0; i < d.builds.count; i++)
		part_build_row(view_row(v, "Builds", i), &d.builds.rows[i]);
	for (int i = 0; i < d.deployments.count; i++)
		part_deployment(view_row(v, "Deployments", i), &d.deployments.rows[i]);
	show_deliveries(v, d.deliveries, d.delivery_count);
	return page_answer(res, 200, v, "projects_show");
}
