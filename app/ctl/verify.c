/* portalctl verify: looks at everything that the portal stands on, at its own answers and rows, and changes nothing. */
#include <stdio.h>

#include "base/arena.h"
#include "config.h"
#include "ctl/ctl.h"
#include "ctl/verify.h"
#include "gitea/gitea.h"
#include "model/build_configs.h"
#include "model/invariants.h"
#include "model/migrations.h"
#include "objects/objects.h"

enum { CA_MAX = 256 << 10 };

bool verify_line(const char *what, bool ok, const char *detail)
{
	printf("%-11s %s  %s\n", what, ok ? "ok    " : "FAILED", detail);
	fflush(stdout);
	return ok;
}

static bool database(struct ctl *ctl)
{
	struct migration *list;
	int count;
	enum err e = model_migrations_applied(ctl->db, ctl->arena, &list, &count);
	if (e != ERR_NONE)
		return verify_line("database", false, err_name(e));
	if (!count)
		return verify_line("database", false, "it is empty: run `portalctl migrate`");
	return verify_line("database", true, arena_printf(ctl->arena, "schema %s", list[count - 1].name));
}

static bool archive(struct ctl *ctl)
{
	const char *why;
	struct objects *o = objects_open(ctl->arena, ctl->config, &why);
	if (!o)
		return verify_line("archive", false, why);
	enum err e = objects_check(o, ctl->arena);
	objects_free(o);
	if (e == ERR_NOT_FOUND)
		return verify_line("archive", false, "the bucket or directory is not there: the worker makes it when it starts");
	return verify_line("archive", e == ERR_NONE,
			   e == ERR_NONE ? ctl->config->archive
					 : arena_printf(ctl->arena, "%s (see the log above)", err_name(e)));
}

/* Each that is broken, with the first rows; else one line for all. Returns how many are broken. */
static int rows(struct ctl *ctl)
{
	struct invariant all[INVARIANTS_MAX];
	int count, broken = 0;
	enum err e = model_invariants(ctl->db, ctl->arena, all, &count);
	if (e)
		return !verify_line("rows", false, err_name(e));
	for (int i = 0; i < count; i++)
		if (all[i].broken)
			broken += !verify_line("rows", false,
					       arena_printf(ctl->arena, "%s: %lld do not (%s)", all[i].says,
							    (long long)all[i].broken, all[i].rows));
	if (!broken)
		verify_line("rows", true, arena_printf(ctl->arena, "%d invariants hold", count));
	return broken;
}

/* Only where the operator allows it: a deploy key is made and taken back, in a transaction that is rolled back. */
static int write_test(struct ctl *ctl)
{
	struct deploy_key key;
	int64_t project;
	if (!ctl->config->allow_write_tests)
		return 0;
	enum err e = model_invariants_sample(ctl->db, ctl->arena, "projects", &project);
	if (!e && !project)
		return !verify_line("writing", true, "there is no project to make a deploy key for");
	if (!e)
		e = db_begin(ctl->db);
	if (e)
		return !verify_line("writing", false, err_name(e));
	e = model_build_configs_new_key(ctl->db, ctl->arena, ctl->keyring, project, &key);
	db_rollback(ctl->db);
	return !verify_line("writing", !e, e ? err_name(e) : "a deploy key was made, sealed and taken back");
}

enum ctl_exit ctl_verify(struct ctl *ctl, int argc, char **argv)
{
	const char *url = ctl->config->portal_url, *given = NULL, *ca_file = NULL, *token_file = NULL;
	const struct ctl_option options[] = { { .name = "--url", .text = &given },
					      { .name = "--ca", .text = &ca_file },
					      { .name = "--token-file", .text = &token_file },
					      { 0 } };
	if (!ctl_parse(argc, argv, options, NULL, 0))
		return CTL_USAGE;
	const char *ca = ca_file ? ctl_read(ctl, ca_file, CA_MAX) : NULL;
	const char *token = token_file ? ctl_read_secret(ctl, token_file) : NULL;
	if ((ca_file && !ca) || (token_file && !token))
		return CTL_FAILED;
	int failed = !database(ctl);
	failed += !archive(ctl);
	failed += verify_clusters(ctl);
	failed += verify_registries(ctl);
	failed += verify_gitea(ctl);
	failed += rows(ctl);
	failed += verify_routes(ctl, given ? given : url, ca, token);
	failed += write_test(ctl);
	return failed ? CTL_FAILED : CTL_DONE;
}
