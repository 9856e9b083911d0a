/* Puts a project's deploy key and webhook into Gitea, and remembers what Gitea calls them. */
#ifndef MODEL_GITEA_INSTALL_H
#define MODEL_GITEA_INSTALL_H

#include "base/err.h"

struct arena;
struct build_config;
struct config;
struct db;
struct gitea;
struct keyring;

/*
 * Checks the token and the repository, installs key and webhook (each once, however often it is called), and stores the ids as
 * far as it came. `otherwise` is the environment's Gitea (or NULL), for repositories of no server of the table; none at all:
 * ERR_CONFLICT. *why (English, arena or static) says which step failed and what to do. Blocks on Gitea
 * for up to some 10 s a step; call it outside a transaction.
 */
enum err model_gitea_install(struct db *db, struct arena *a, struct gitea *otherwise, struct keyring *k,
			     const struct config *config, const struct build_config *c, const char **why) MUST_CHECK;

#endif
