/* portalctl verify: looks at everything that the portal stands on, and changes nothing. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "config.h"
#include "ctl/ctl.h"
#include "gitea/gitea.h"
#include "kube/kube.h"
#include "model/gitea_servers.h"
#include "model/migrations.h"
#include "objects/objects.h"

static bool report(const char *what, bool ok, const char *detail)
{
	printf("%-10s %s  %s\n", what, ok ? "ok    " : "FAILED", detail);
	fflush(stdout);
	return ok;
}

static bool database(struct ctl *ctl)
{
	struct migration *list;
	int count;
	enum err e = model_migrations_applied(ctl->db, ctl->arena, &list, &count);
	if (e != ERR_NONE)
		return report("database", false, err_name(e));
	if (!count)
		return report("database", false, "it is empty: run `portalctl migrate`");
	return report("database", true, arena_printf(ctl->arena, "schema %s", list[count - 1].name));
}

static bool archive(struct ctl *ctl)
{
	const char *why;
	struct objects *o = objects_open(ctl->arena, ctl->config, &why);
	if (!o)
		return report("archive", false, why);
	enum err e = objects_check(o, ctl->arena);
	objects_free(o);
	if (e == ERR_NOT_FOUND)
		return report("archive", false, "the bucket or directory is not there: the worker makes it when it starts");
	return report("archive", e == ERR_NONE,
		      e == ERR_NONE ? ctl->config->archive : arena_printf(ctl->arena, "%s (see the log above)", err_name(e)));
}

static bool cluster(struct ctl *ctl)
{
	const char *why;
	struct kube *k = kube_open(ctl->arena, ctl->config->k8s_config_path, &why);
	if (!k)
		return report("cluster", false, why);
	struct kube_answer answer;
	enum err e = kube_request(k, ctl->arena, "GET", "/version", NULL, NULL, &answer);
	const char *server = arena_strdup(ctl->arena, kube_server(k)), *version = json_text(answer.object, "gitVersion", "");
	kube_free(k);
	return report("cluster", e == ERR_NONE && *version,
		      e == ERR_NONE ? arena_printf(ctl->arena, "%s at %s", version, server) : answer.message);
}

/* One server: whose its token is. Ends it. */
static bool gitea_one(struct ctl *ctl, const char *name, struct gitea *g)
{
	const char *login, *why;
	enum err e = gitea_account(g, ctl->arena, &login, &why);
	gitea_free(g);
	return report("gitea", e == ERR_NONE, arena_printf(ctl->arena, "%s: %s%s", name, e ? "" : "as ", e ? why : login));
}

/* The one of the environment, and those of the table. Returns how many fail. */
static int gitea(struct ctl *ctl)
{
	struct gitea *g = gitea_open(ctl->config->gitea_url, ctl->config->gitea_token, NULL);
	struct gitea_server *rows;
	int count = 0, failed = 0, asked = g != NULL;
	if (g)
		failed += !gitea_one(ctl, "GITEA_URL", g);
	if (model_gitea_servers_list(ctl->db, ctl->arena, &rows, &count))
		count = 0;
	for (int i = 0; i < count; i++) {
		const char *token = gitea_server_token(ctl->keyring, ctl->arena, &rows[i]);
		g = token ? gitea_open(rows[i].url, token, rows[i].ca_pem) : NULL;
		asked += g != NULL;
		if (g)
			failed += !gitea_one(ctl, rows[i].name, g);
	}
	if (!asked)
		report("gitea", true, "none is set: branch heads are read by git");
	return failed;
}

enum ctl_exit ctl_verify(struct ctl *ctl, int argc, char **argv)
{
	if (!ctl_parse(argc, argv, NULL, NULL, 0))
		return CTL_USAGE;
	int failed = !database(ctl);
	failed += !archive(ctl);
	failed += !cluster(ctl);
	failed += gitea(ctl);
	return failed ? CTL_FAILED : CTL_DONE;
}
