/* portalctl: the operators' command line. The table of commands, and what is opened for each of them. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/secret.h"
#include "config.h"
#include "ctl/ctl.h"

enum { ARENA_LIMIT = 512 << 20, DB_WAIT_MS = 10000 };

/* Keep alphabetical. */
static const struct ctl_command commands[] = {
	{ "migrate", NULL, "[--dry-run]", "bring the database to this release", ctl_migrate },
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
	enum ctl_exit result = run(command, config, argc - 1 - words, argv + 1 + words);
	return result;
}
