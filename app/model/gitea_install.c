/* Puts a project's deploy key and webhook into Gitea, and remembers what Gitea calls them. */
#include "model/gitea_install.h"

#include "base/arena.h"
#include "base/phrases.h"
#include "config.h"
#include "gitea/gitea.h"
#include "model/build_configs.h"
#include "model/gitea_servers.h"

enum err model_gitea_install(struct db *db, struct arena *a, struct gitea *otherwise, struct keyring *k,
			     const struct config *config, const struct build_config *c, const char **why)
{
	struct gitea *g;
	struct repo_address at;
	struct gitea_repo repo;
	int64_t key = 0, hook = 0;
	const char *secret = build_config_webhook_secret(k, a, c);
	if (!repo_address_parse(a, c->repo_url, config->repo_schemes, &at, why))
		return ERR_INVALID;
	*why = phrase_text(PHRASE_GITEA_LIST);
	enum err e = model_gitea_of(db, a, k, otherwise, &at, &g);
	if (e)
		return e;
	*why = phrase_text(PHRASE_GITEA_NONE);
	if (!g)
		return ERR_CONFLICT;
	*why = phrase_text(PHRASE_GITEA_SECRETS);
	if (!secret || !c->deploy_key_public)
		return ERR_INVALID;
	e = gitea_check(g, a, at.owner, at.name, &repo, why);
	if (e != ERR_NONE)
		return e;
	/* Gitea refuses a second key of one name: an earlier portal's may be there. */
	const char *title =
		arena_printf(a, "HydroSim Portal, project %lld, %.19s", (long long)c->project_id, c->deploy_key_fingerprint);
	e = gitea_install_key(g, a, at.owner, at.name, title, c->deploy_key_public, &key, why);
	if (e == ERR_NONE)
		e = gitea_install_hook(g, a, at.owner, at.name, arena_printf(a, "%s/api/v1/webhooks/gitea", config->portal_url),
				       secret, &hook, why);
	enum err stored = model_build_configs_set_gitea(db, a, c->project_id, repo.id, key, hook);
	if (e == ERR_NONE && stored != ERR_NONE)
		*why = phrase_text(PHRASE_GITEA_NOT_STORED);
	if (e == ERR_NONE && stored == ERR_NONE)
		*why = NULL;
	return e == ERR_NONE ? stored : e;
}
