/* Gitea servers beside the one of the environment: rows with sealed tokens, and which of them a repository belongs to. */
#ifndef MODEL_GITEA_SERVERS_H
#define MODEL_GITEA_SERVERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/field_fault.h"

struct arena;
struct config;
struct db;
struct gitea;
struct keyring;
struct probe;
struct repo_address;

/* A row. Texts are the arena's and NULL where the column is. */
struct gitea_server {
	int64_t id;
	const char *name, *url;
	const char *ssh_host; /* where it is not the url's host */
	const char *ca_pem, *token_sealed;
	int version;
	const char *created_at, *updated_at;
};
enum { GITEA_SERVERS_MAX = 100 };

enum err model_gitea_servers_get(struct db *db, struct arena *a, int64_t id, struct gitea_server *out) MUST_CHECK;
/* All by name, at most GITEA_SERVERS_MAX. */
enum err model_gitea_servers_list(struct db *db, struct arena *a, struct gitea_server **out, int *count) MUST_CHECK;

/* What a form or the API asks of a server. token NULL or "": it stays as it is. */
struct gitea_server_edit {
	const char *name, *url, *ssh_host, *ca_pem, *token;
	bool token_remove;
};

/*
 * What is wrong with it, as fields and names of the catalogue; `old` NULL: a new one; `all`: the servers that there are, of which
 * no two answer for one host. A stored token does not follow to another address. Returns how many. Pure.
 */
int gitea_server_check(struct arena *a, const struct gitea_server_edit *in, const struct gitea_server *old,
		       const struct gitea_server *all, int count, struct field_fault faults[FIELD_FAULTS]);

/*
 * Makes, changes or deletes one, of a checked edit, in the caller's transaction; version 0: whatever it is. ERR_NOT_FOUND;
 * ERR_GONE: it was changed since; ERR_CONFLICT: the name is taken; ERR_TOO_MANY: there are GITEA_SERVERS_MAX already.
 */
enum err model_gitea_servers_create(struct db *db, struct arena *a, struct keyring *k, const struct gitea_server_edit *in,
				    int64_t *id) MUST_CHECK;
enum err model_gitea_servers_save(struct db *db, struct arena *a, struct keyring *k, int64_t id,
				  const struct gitea_server_edit *in, int version) MUST_CHECK;
enum err model_gitea_servers_delete(struct db *db, struct arena *a, int64_t id) MUST_CHECK;

/* The token in clear; NULL: none, or it does not open (logged). The text is the arena's. */
const char *gitea_server_token(struct keyring *k, struct arena *a, const struct gitea_server *s);

/* The connection test of the environment's server (config); blocks as gitea_probe. False: there is none. */
bool gitea_environment_probe(struct arena *a, const struct config *c, struct probe *out);
/* The connection test of a stored server; blocks as gitea_probe. */
void model_gitea_servers_probe(struct arena *a, struct keyring *k, const struct gitea_server *s, struct probe *out);

/* All servers, opened: for a worker, which asks often. */
struct gitea_set;
/* NULL only when memory is out. The caller ends it with gitea_set_free. */
struct gitea_set *gitea_set_open(struct keyring *k, struct arena *a, const struct gitea_server *rows, int count);
void gitea_set_free(struct gitea_set *set);
/* How many there are; 0 for NULL. */
int gitea_set_count(const struct gitea_set *set);
/*
 * The server whose url's host or ssh host the address names; `otherwise` where none does. NULL: that server has no token, or
 * `otherwise` is NULL. It lives as long as the set. Any thread.
 */
struct gitea *gitea_set_of(const struct gitea_set *set, struct gitea *otherwise, const struct repo_address *at);

/* The same by one query, for a single act: the server lives as long as the arena. */
enum err model_gitea_of(struct db *db, struct arena *a, struct keyring *k, struct gitea *otherwise, const struct repo_address *at,
			struct gitea **out) MUST_CHECK;

#endif
