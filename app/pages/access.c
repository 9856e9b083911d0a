/* How the portal gets to a project's repository: deploy key, webhook and its secret, what Gitea said. */
#include "auth/authorize.h"
#include "base/arena.h"
#include "config.h"
#include "gitea/gitea.h"
#include "model/acts.h"
#include "model/build_configs.h"
#include "model/gitea_servers.h"
#include "model/settings.h"
#include "model/webhooks.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { DELIVERIES = 20 };

/* Project and configuration for somebody who may do that: 0, or the answered status. */
static int load(struct request *req, struct response *res, enum action right, struct project *p, struct build_config *c)
{
	struct settings *s;
	int refused = part_load_project(req, res, right, p);
	if (refused)
		return refused;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (!e)
		e = model_build_configs_get(request_db(req), req->arena, s, p->id, c);
	return e ? response_err(res, e, NULL) : 0;
}

static const char *address(struct request *req, const struct project *p)
{
	return arena_printf(req->arena, "/projects/%lld/access", (long long)p->id);
}

static const char *hook_address(struct request *req)
{
	return arena_printf(req->arena, "%s/api/v1/webhooks/gitea", req->app->config->portal_url);
}

/* Whether a Gitea with a token is known for the repository. */
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

static void show_deliveries(struct view *v, const struct webhook_delivery *d, int count)
{
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Deliveries", i);
		view_set(row, "event", d[i].event);
		view_set(row, "ref", d[i].ref);
		view_set(row, "commit", d[i].commit_sha);
		view_set(row, "pusher", d[i].pusher);
		view_set(row, "outcome", d[i].outcome);
		view_set(row, "reason", frame_word(row, "delivery", d[i].reason));
		view_set_time(row, "received", d[i].received_at);
		if (d[i].build_id)
			view_set_int(row, "build", d[i].build_id);
	}
}

int page_access_show(struct request *req, struct response *res)
{
	struct project p;
	struct build_config c;
	struct webhook_delivery *deliveries;
	int count, refused = load(req, res, ACTION_VIEW, &p, &c);
	if (refused)
		return refused;
	bool can_install, more;
	enum err e = model_webhooks_list(request_db(req), req->arena, p.id, 0, DELIVERIES, &deliveries, &count, &more);
	if (!e)
		e = find_gitea(req, &c, &can_install);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	struct project_head head = project_head(&p);
	part_project_frame(v, req, &head, TAB_ACCESS);
	view_set(v, "Repository", c.repo_url);
	view_set(v, "Branch", c.branch);
	view_set(v, "Head", c.head_sha);
	part_said(v, "HeadError", c.head_error);
	view_set_time(v, "HeadSeen", c.head_seen_at);
	view_set(v, "Key", c.deploy_key_public);
	view_set(v, "Fingerprint", c.deploy_key_fingerprint);
	view_set_bool(v, "Installed", c.gitea_key_id && c.gitea_hook_id);
	view_set_bool(v, "CanInstall", can_install);
	view_set(v, "HookUrl", hook_address(req));
	view_set_bool(v, "May.configure", authorized(&req->actor, ACTION_CONFIGURE, object_project(p.student_user_id)));
	show_deliveries(v, deliveries, count);
	return page_answer(res, 200, v, "access_show");
}

static struct view *below(struct request *req, const struct project *p, const char *title)
{
	struct view *v = page_view(req);
	struct project_head head = project_head(p);
	part_project_frame(v, req, &head, PROJECT_TAB__MAX);
	frame_crumb(v, address(req, p), view_string(v, "tab.access"));
	frame_crumb(v, NULL, view_string(v, title));
	view_set(v, "Page.title", arena_printf(req->arena, "%s · %s", view_string(v, title), p->name));
	view_set(v, "Back", address(req, p));
	return v;
}

/* Confirmation before a key or a secret is replaced: what uses the old one stops working. */
static int confirm(struct request *req, struct response *res, const char *what)
{
	struct project p;
	struct build_config c;
	int refused = load(req, res, ACTION_CONFIGURE, &p, &c);
	if (refused)
		return refused;
	struct view *v = below(req, &p, arena_printf(req->arena, "%s.new", what));
	view_set(v, "What", what);
	view_set(v, "Question", frame_word(v, what, "question"));
	view_set(v, "Fingerprint", c.deploy_key_fingerprint);
	return page_answer(res, 200, v, "access_confirm");
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
	struct deploy_key key;
	int refused = part_load_project(req, res, ACTION_CONFIGURE, &p);
	if (!refused)
		refused = input_none(req, res);
	if (refused)
		return refused;
	enum err e = model_act_new_key(req, &p, &key);
	return e ? response_err(res, e, NULL) : page_redirect_notice(res, address(req, &p), "notice.key");
}

int page_secret_new(struct request *req, struct response *res)
{
	struct project p;
	const char *secret = NULL;
	int refused = part_load_project(req, res, ACTION_CONFIGURE, &p);
	if (!refused)
		refused = input_none(req, res);
	if (refused)
		return refused;
	enum err e = model_act_new_secret(req, &p, &secret);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = below(req, &p, "secret.new");
	view_set(v, "Secret", secret);
	view_set(v, "HookUrl", hook_address(req));
	return page_answer_once(res, address(req, &p), v, "access_secret");
}

int page_gitea_install(struct request *req, struct response *res)
{
	struct project p;
	const char *why = NULL;
	int refused = part_load_project(req, res, ACTION_CONFIGURE, &p);
	if (!refused)
		refused = input_none(req, res);
	if (refused)
		return refused;
	enum err e = model_act_install(req, &p, &why);
	if (e)
		return response_error(
			res, e == ERR_CONFLICT ? 409 : 502,
			arena_printf(req->arena, "%s %s", view_catalogue(req->language, "gitea.failed"), part_phrase(req, why)));
	return page_redirect_notice(res, address(req, &p), "notice.installed");
}
