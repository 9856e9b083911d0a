/* What the commands of portalctl share: what they stand on, their options, and how they speak. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "db/db.h"
#include "model/audit.h"

struct arena;
struct config;
struct keyring;

/* Made by portalctl's main for one command; all of it lives until the program's end. */
struct ctl {
	const struct config *config;
	struct arena *arena;
	struct keyring *keyring;
	struct db *db; /* no statement timeout */
};

/* How a command ends, and with it the program. */
enum ctl_exit { CTL_DONE = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

/* A row of the table in portalctl.c. argv begins behind the command's own words. */
struct ctl_command {
	const char *noun, *verb; /* verb NULL: the noun alone is the command */
	const char *usage;	 /* what follows the words, for people */
	const char *help;
	enum ctl_exit (*run)(struct ctl *ctl, int argc, char **argv);
};

/* One option of a command: with a value (text) or without (flag). The last row is all NULL. */
struct ctl_option {
	const char *name; /* "--role" */
	const char **text;
	bool *flag;
};

/*
 * Takes argv apart: exactly `count` words, which words[] gets in their order, and options in any place, each at most once;
 * "--" ends them. Everything must be UTF-8. False: what is wrong was said on standard error; the command ends with CTL_USAGE.
 */
bool ctl_parse(int argc, char **argv, const struct ctl_option *options, const char **words, int count) MUST_CHECK;

/* Says one sentence on standard error and returns CTL_FAILED. */
enum ctl_exit ctl_fail(const char *format, ...) PRINTF_LIKE(1, 2);
/* The same for an error of a lower room, whose own words are in the log: "cannot <what>: the database does not answer". */
enum ctl_exit ctl_fail_err(enum err e, const char *what);

/*
 * Reads a file ("-": standard input) of at most `cap` bytes, as text in UTF-8, into the arena. NULL: said on standard error.
 * `ctl_read_secret` also takes the line end off and refuses an empty one.
 */
char *ctl_read(struct ctl *ctl, const char *path, size_t cap);
char *ctl_read_secret(struct ctl *ctl, const char *path);

/* Reads an id from a command line; false: said. */
bool ctl_id(const char *word, int64_t *id) MUST_CHECK;

/* An audit line of the person "system": what was done, to what; project_id 0: none. In the transaction that does it. */
enum err ctl_audit(struct ctl *ctl, const char *action, struct audit_object object, int64_t project_id,
		   const char *detail) MUST_CHECK;

/* A sentence of the English catalogue; the name itself where the catalogue does not have it. In the arena. */
const char *ctl_words(struct ctl *ctl, const char *name);

/* Rolls all ended builds up for the statistics, however many steps that takes (statistics.c). */
enum err ctl_statistics_roll(struct ctl *ctl) MUST_CHECK;

/* The commands, one file a noun. */
enum ctl_exit ctl_backfill(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_clusters_check(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_deployments_reconcile(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_roster_import(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_course_add(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_demo(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_gitea_install(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_keys_rotate(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_migrate(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_project_add(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_project_key(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_project_known_hosts(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_project_list(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_project_secret(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_prune(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_registry_add(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_registry_list(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_setting_list(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_setting_reset(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_setting_set(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_statistics(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_student_add(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_user_add(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_user_disable(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_user_enable(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_user_list(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_user_password(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_verify(struct ctl *ctl, int argc, char **argv);

#endif
