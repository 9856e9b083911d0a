/* portalctl: the operators' command line. The table of commands, and what is opened for each of them. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/secret.h"
#include "config.h"
#include "ctl/ctl.h"
#include "fetch/fetch.h"

enum { ARENA_LIMIT = 512 << 20, DB_WAIT_MS = 10000 };

#define PROJECT                                                                                                                  \
	"--project NAME --repo URL [--branch B] [--dockerfile PATH] [--context PATH] [--registry NAME] [--image-repo PATH] "     \
	"[--tag-strategy short_sha|branch_latest] [--port N] [--no-auto-build] [--no-auto-deploy]"

/* Keep alphabetical. */
static const struct ctl_command commands[] = {
	{ "backfill", NULL, "--repo URL [--project NAME] [--course CODE] [--apply]",
	  "give students without a build configuration the default one; without --apply say what would be done", ctl_backfill },
	{ "clusters", "check", "[--cluster NAME]", "test every cluster: connection, rights, what guards applications",
	  ctl_clusters_check },
	{ "course", "add", "CODE NAME", "make a course, or rename it; prints its id", ctl_course_add },
	{ "demo", NULL, "[--students N] [--days N] [--yes] | --remove",
	  "make made-up courses with a month of builds, deployments and audit lines, or take them away again", ctl_demo },
	{ "deployments", "reconcile", "[--apply]",
	  "compare what the clusters hold with what is written down; with --apply have left-overs deleted",
	  ctl_deployments_reconcile },
	{ "gitea", "install", "PROJECT", "install the deploy key and the webhook by Gitea's API", ctl_gitea_install },
	{ "keys", "rotate", "", "seal every stored secret with the first key of SECRET_KEYS", ctl_keys_rotate },
	{ "migrate", NULL, "[--dry-run]", "bring the database to this release", ctl_migrate },
	{ "project", "add", "COURSE NUMBER " PROJECT, "make a further project of a student; prints its id", ctl_project_add },
	{ "project", "key", "PROJECT", "print the public half of the deploy key", ctl_project_key },
	{ "project", "known-hosts", "PROJECT --stdin", "pin the git server's host keys", ctl_project_known_hosts },
	{ "project", "list", "", "print id, course, student, name, repository, branch", ctl_project_list },
	{ "project", "secret", "PROJECT", "print the webhook's secret", ctl_project_secret },
	{ "prune", NULL, "", "delete what has expired", ctl_prune },
	{ "registry", "add",
	  "NAME ADDRESS [--plain-http] [--ca FILE] [--push-user U --push-password-file F] [--pull-user U --pull-password-file F]",
	  "register an image registry, or replace it; prints its id", ctl_registry_add },
	{ "registry", "list", "", "print id, name, address", ctl_registry_list },
	{ "roster", "import", "COURSE FILE [--accounts] [--project NAME --repo URL] [--apply]",
	  "put a CSV file's students on a roster; without --apply say what would be done", ctl_roster_import },
	{ "setting", "list", "", "print every setting's name and value", ctl_setting_list },
	{ "setting", "reset", "NAME", "put a setting back to its default", ctl_setting_reset },
	{ "setting", "set", "NAME VALUE", "change a setting", ctl_setting_set },
	{ "statistics", NULL, "[--rebuild]", "roll ended builds up now; with --rebuild count all of them again", ctl_statistics },
	{ "student", "add", "COURSE NUMBER NAME [--user LOGIN] [" PROJECT "]",
	  "put a student on a roster, and make a project; prints their ids", ctl_student_add },
	{ "user", "add", "LOGIN --role student|teacher|admin [--name NAME] [--password-stdin]",
	  "make an account; prints its password where none is given", ctl_user_add },
	{ "user", "disable", "LOGIN", "end an account's sessions, and let it sign in no more", ctl_user_disable },
	{ "user", "enable", "LOGIN", "let it sign in again", ctl_user_enable },
	{ "user", "list", "", "print login, role, state, name", ctl_user_list },
	{ "user", "password", "LOGIN [--password-stdin]", "set a password; prints it where none is given", ctl_user_password },
	{ "verify", NULL, "[--url URL] [--ca FILE] [--token-file FILE]",
	  "look at everything that the portal stands on, its answers and its rows", ctl_verify },
};

static void help(FILE *out)
{
	fputs("usage: portalctl COMMAND\n\n", out);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		const struct ctl_command *c = &commands[i];
		fprintf(out, "  %s%s%s %s\n\t%s\n", c->noun, c->verb ? " " : "", c->verb ? c->verb : "", c->usage, c->help);
	}
}

/* *words gets how many of argv the command's own words are. */
static const struct ctl_command *find(int argc, char **argv, int *words)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		const struct ctl_command *c = &commands[i];
		*words = c->verb ? 2 : 1;
		if (argc > *words && !strcmp(argv[1], c->noun) && (!c->verb || !strcmp(argv[2], c->verb)))
			return c;
	}
	return NULL;
}

static enum ctl_exit run(const struct ctl_command *command, const struct config *config, int argc, char **argv)
{
	static struct ctl ctl;
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct db_pool *pool = db_pool_new(config->database_url, "portalctl", 2, 0);
	ctl = (struct ctl){ .config = config, .arena = arena, .keyring = keyring_new(config->secret_keys) };
	enum ctl_exit result = CTL_FAILED;
	if (!arena || !pool)
		ctl_fail("out of memory");
	else if (!ctl.keyring)
		ctl_fail("SECRET_KEYS must be id:64 hex digits, further ones by commas");
	else if (!(ctl.db = db_acquire(pool, DB_WAIT_MS)))
		ctl_fail("the database does not answer: is DATABASE_URL right, and the server up?");
	else
		result = command->run(&ctl, argc, argv);
	if (result == CTL_USAGE)
		fprintf(stderr, "usage: portalctl %s%s%s %s\n", command->noun, command->verb ? " " : "",
			command->verb ? command->verb : "", command->usage);
	db_release(ctl.db);
	db_pool_free(pool);
	arena_free(arena);
	return result;
}

int main(int argc, char **argv)
{
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))) {
		help(stdout);
		fputs("\nenvironment:\n\n", stdout);
		config_print();
		return CTL_DONE;
	}
	int words;
	const struct ctl_command *command = find(argc, argv, &words);
	if (!command) {
		help(stderr);
		return CTL_USAGE;
	}
	const struct config *config = config_load();
	if (!config)
		return CTL_FAILED;
	log_init("portalctl", config->log_level);
	fetch_init();
	enum ctl_exit result = run(command, config, argc - 1 - words, argv + 1 + words);
	fetch_cleanup();
	return result;
}
