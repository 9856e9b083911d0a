/* portalctl gitea: a project's deploy key and webhook in Gitea. */
#include "gitea/gitea.h"

#include <stdio.h>

#include "../config.h"
#include "base/arena.h"
#include "ctl/ctl.h"
#include "model/build_configs.h"
#include "model/settings.h"

/* Asks Gitea for all three; the ids go into the configuration as far as it came. */
static enum err install(struct ctl *ctl, struct gitea *g, const struct build_config *c, const char **why)
{
	struct repo_address at;
	struct gitea_repo repo;
	int64_t key = 0, hook = 0;
	const char *secret = build_config_webhook_secret(ctl->keyring, ctl->arena, c);
	if (!repo_address_parse(ctl->arena, c->repo_url, ctl->config->repo_schemes, &at, why))
		return ERR_INVALID;
	*why = "the project has no deploy key, or its webhook secret does not open: is its key still in SECRET_KEYS?";
	if (!secret || !c->deploy_key_public)
		return ERR_INVALID;
	enum err e = gitea_check(g, ctl->arena, at.owner, at.name, &repo, why);
	if (e != ERR_NONE)
		return e;
	const char *title = arena_printf(ctl->arena, "HydroSim Portal, project %lld", (long long)c->project_id);
	e = gitea_install_key(g, ctl->arena, at.owner, at.name, title, c->deploy_key_public, &key, why);
	if (e == ERR_NONE)
		e = gitea_install_hook(g, ctl->arena, at.owner, at.name,
				       arena_printf(ctl->arena, "%s/api/v1/webhooks/gitea", ctl->config->portal_url), secret,
				       &hook, why);
	enum err stored = model_build_configs_set_gitea(ctl->db, ctl->arena, c->project_id, repo.id, key, hook);
	if (e == ERR_NONE && stored != ERR_NONE)
		*why = "both are installed, but their ids could not be stored: run it again";
	return e == ERR_NONE ? stored : e;
}

enum ctl_exit ctl_gitea_install(struct ctl *ctl, int argc, char **argv)
{
	const char *word, *why = NULL;
	int64_t id;
	struct settings *s;
	struct build_config c;
	if (!ctl_parse(argc, argv, NULL, &word, 1))
		return CTL_USAGE;
	if (!ctl_id(word, &id))
		return CTL_FAILED;
	enum err e = model_settings_load(ctl->db, ctl->arena, &s);
	if (e == ERR_NONE)
		e = model_build_configs_get(ctl->db, ctl->arena, s, id, &c);
	if (e == ERR_NOT_FOUND)
		return ctl_fail("there is no project %s", word);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "read the project");
	struct gitea *g = gitea_open(ctl->config);
	if (!g)
		return ctl_fail(
			"GITEA_URL and GITEA_TOKEN must be set; by hand, see `portalctl project key` and `project secret`");
	e = install(ctl, g, &c, &why);
	gitea_free(g);
	if (e != ERR_NONE)
		return ctl_fail("%s", why);
	e = ctl_audit(ctl, "gitea.install", arena_printf(ctl->arena, "project %s", word), id, c.repo_path);
	return e == ERR_NONE ? CTL_DONE : ctl_fail_err(e, "write the audit line");
}
