/* Build configurations: what is built from where, and the secrets that reach it. One a project. */
#ifndef MODEL_BUILD_CONFIGS_H
#define MODEL_BUILD_CONFIGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;
struct deploy_key;
struct keyring;
struct settings;

/* A row with its registry's address. Texts are the arena's and NULL where the column is. */
struct build_config {
	int64_t project_id, student_id, registry_id; /* registry_id 0: none */
	int64_t student_user_id;
	const char *repo_url, *repo_path, *branch, *dockerfile_path, *context_path;
	const char *registry_address;
	const char *image_repo, *tag_strategy;
	bool auto_build, auto_deploy;
	const char *deploy_key_public, *deploy_key_fingerprint;
	const char *deploy_key_sealed;	   /* place "build_configs.deploy_key.<project id>" */
	const char *known_hosts;	   /* never NULL: its own, else the setting's */
	const char *webhook_secret_sealed; /* place "build_configs.webhook_secret.<project id>" */
	int64_t gitea_repo_id, gitea_key_id, gitea_hook_id;
	const char *head_sha, *head_seen_at, *head_error;
	int version;
	const char *created_at, *updated_at;
};

/* By project. ERR_NOT_FOUND. */
enum err model_build_configs_get(struct db *db, struct arena *a, const struct settings *s, int64_t project_id,
				 struct build_config *out) MUST_CHECK;

#define TAG_STRATEGIES "short_sha|branch_latest"

/* What a person may change. Every field is set (a form or a PUT begins from the stored row). */
struct build_config_input {
	const char *repo_url, *branch, *dockerfile_path, *context_path, *image_repo, *tag_strategy;
	int64_t registry_id; /* 0: none */
	bool auto_build, auto_deploy;
};

/* A field that breaks its rules: JSON's name, and the catalogue's string "error.CODE". */
struct build_config_fault {
	const char *field, *code;
};
enum { BUILD_CONFIG_FIELDS = 8 };

/*
 * Checks an input by the rules of each field (repository address by `schemes`, branch as git has it, relative paths without "..",
 * a legal image path). Returns the number of faults. Pure.
 */
int build_config_check(struct arena *a, const struct build_config_input *in, const char *schemes,
		       struct build_config_fault faults[BUILD_CONFIG_FIELDS]);

/*
 * Stores a checked input where the row still has that version (0: whatever it has). A changed repository or branch forgets the
 * known head, so that the next look at the branch decides what to build. ERR_CONFLICT: somebody else changed it meanwhile;
 * ERR_INVALID: no such registry; ERR_NOT_FOUND.
 */
enum err model_build_configs_save(struct db *db, struct arena *a, int64_t project_id, const struct build_config_input *in,
				  const char *schemes, int version) MUST_CHECK;

/* The default configuration of a new project, with a fresh deploy key and webhook secret. In the caller's transaction.
 * ERR_INVALID: *why. */
enum err model_build_configs_create(struct db *db, struct arena *a, struct keyring *k, const struct settings *s,
				    int64_t project_id, const char *repo_url, const char *schemes, const char **why) MUST_CHECK;

/* A new deploy key in place of the old one (gitea_key_id becomes 0). The private half is sealed; out->private_key is not to be
 * shown. */
enum err model_build_configs_new_key(struct db *db, struct arena *a, struct keyring *k, int64_t project_id,
				     struct deploy_key *out) MUST_CHECK;

/* A new webhook secret in place of the old one, returned once (arena). */
enum err model_build_configs_new_secret(struct db *db, struct arena *a, struct keyring *k, int64_t project_id,
					const char **secret) MUST_CHECK;

/* Opens what is sealed; NULL: none there, or it does not open (logged). The text is the arena's. */
const char *build_config_deploy_key(struct keyring *k, struct arena *a, const struct build_config *c);
const char *build_config_webhook_secret(struct keyring *k, struct arena *a, const struct build_config *c);

/* Pins the git server's host keys, known_hosts lines (NULL: the setting's again), and has the branch looked at. ERR_NOT_FOUND. */
enum err model_build_configs_set_known_hosts(struct db *db, struct arena *a, int64_t project_id,
					     const char *known_hosts) MUST_CHECK;

/* Remembers what Gitea calls the repository, the key and the hook; 0 leaves that one as it is. */
enum err model_build_configs_set_gitea(struct db *db, struct arena *a, int64_t project_id, int64_t repo_id, int64_t key_id,
				       int64_t hook_id) MUST_CHECK;

#endif
