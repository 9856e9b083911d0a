/* portalctl gitea: a project's deploy key and webhook in Gitea. */
#include "gitea/gitea.h"

#include <stdio.h>

#include "config.h"
#include "ctl/ctl.h"
#include "model/build_configs.h"
#include "model/gitea_install.h"
#include "model/settings.h"

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
	struct gitea *g = gitea_open(ctl->config->gitea_url, ctl->config->gitea_token, NULL);
	if (!g)
		return ctl_fail(
			"GITEA_URL and GITEA_TOKEN must be set; by hand, see `portalctl project key` and `project secret`");
	e = model_gitea_install(ctl->db, ctl->arena, g, ctl->keyring, ctl->config, &c, &why);
	gitea_free(g);
	if (e != ERR_NONE)
		return ctl_fail("%s", why);
	e = ctl_audit(ctl, "gitea.install", audit_object(ctl->arena, AUDIT_PROJECT, word), id, c.repo_path);
	return e == ERR_NONE ? CTL_DONE : ctl_fail_err(e, "write the audit line");
}
