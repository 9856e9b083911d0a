/* The Gitea servers as this worker last read them, shared by its tasks. */
#ifndef WORKER_GITEA_CACHE_H
#define WORKER_GITEA_CACHE_H

#include <stdbool.h>

struct arena;
struct db;
struct gitea;
struct keyring;
struct repo_address;
struct gitea_cache;
struct gitea_lent;

/* `otherwise`: the environment's server or NULL; it outlives the cache. NULL: memory is out. */
struct gitea_cache *gitea_cache_new(struct gitea *otherwise);
/* After everything that was lent has come back. */
void gitea_cache_free(struct gitea_cache *c);

/*
 * The servers, read again when they were last read a while ago: one query every few seconds, whatever the number of tasks. Give
 * it back with gitea_cache_return. While the database is away the old ones stay. Any thread.
 */
struct gitea_lent *gitea_cache_lend(struct gitea_cache *c, struct db *db, struct arena *a, struct keyring *k);
void gitea_cache_return(struct gitea_cache *c, struct gitea_lent *lent);

/* The server of an address, valid until the return; NULL: there is none with a token. */
struct gitea *gitea_lent_of(const struct gitea_lent *lent, const struct repo_address *at);

/* Whether there is any server, as far as is known. Any thread. */
bool gitea_cache_any(struct gitea_cache *c);

#endif
