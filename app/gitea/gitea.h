/* Gitea's API, and git itself where there is no API: repositories, branch heads, deploy keys, webhooks, commit statuses. */
#ifndef GITEA_GITEA_H
#define GITEA_GITEA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct gitea; /* one server and one token; any thread */
struct probe;

/* Whether it is the address of a server: http[s]://host[:port][/path], without user and query. Pure. */
bool gitea_url_valid(const char *url);
/* The host of such an address in lower case, without the port; "" when it is none. In the arena. */
const char *gitea_url_host(struct arena *a, const char *url);

/*
 * A server by its address, a token and the authorities that may have signed its certificate (NULL: the system's); all are copied.
 * NULL when url or token is empty (then heads are read by git, the rest is shown to be done by hand), or the URL is none
 * (logged).
 */
struct gitea *gitea_open(const char *url, const char *token, const char *ca_pem);
void gitea_free(struct gitea *g);

/*
 * A connection test: steps connect, tls, gitea_version, gitea_token (whose it is), gitea_rights (may it write to repositories).
 * Token NULL: the last two are skipped. Changes nothing. Blocks for at most PROBE_TOTAL_MS.
 */
void gitea_probe(struct arena *a, const char *url, const char *token, const char *ca_pem, struct probe *out);

/*
 * All calls below block for at most some 10 s a request (gitea_head: 2 s). Texts are the arena's. After an error *why is one
 * English sentence that names the step and what to do: ERR_UNAUTHORIZED the token was refused; ERR_FORBIDDEN it may not do this;
 * ERR_NOT_FOUND no such repository (or branch), or the token does not see it; ERR_CONFLICT Gitea refused the values;
 * ERR_UNAVAILABLE, ERR_TIMEOUT it does not answer now.
 */

/* Checks token and repository. */
struct gitea_repo {
	int64_t id;
	const char *full_name, *default_branch, *ssh_url, *clone_url;
	bool admin; /* the token may install keys and hooks */
};
enum err gitea_check(struct gitea *g, struct arena *a, const char *owner, const char *name, struct gitea_repo *out,
		     const char **why) MUST_CHECK;
/* The commit at a branch's head; ERR_NOT_FOUND when there is no such branch. message (its first line) and author may be NULL. */
enum err gitea_head(struct gitea *g, struct arena *a, const char *owner, const char *name, const char *branch, const char **sha,
		    const char **message, const char **author, const char **why) MUST_CHECK;
/* Installs the read-only deploy key, or finds it installed (same key, read-only); *id is Gitea's. */
enum err gitea_install_key(struct gitea *g, struct arena *a, const char *owner, const char *name, const char *title,
			   const char *public_key, int64_t *id, const char **why) MUST_CHECK;
/* A key that is not there counts as removed. */
enum err gitea_remove_key(struct gitea *g, struct arena *a, const char *owner, const char *name, int64_t id,
			  const char **why) MUST_CHECK;
/* Installs the webhook (push, create, delete; JSON; active), then removes others with the same address; *id is Gitea's. */
enum err gitea_install_hook(struct gitea *g, struct arena *a, const char *owner, const char *name, const char *url,
			    const char *secret, int64_t *id, const char **why) MUST_CHECK;
/* state: pending, success, error, failure; description at most 140 characters. */
enum err gitea_status(struct gitea *g, struct arena *a, const char *owner, const char *name, const char *sha, const char *state,
		      const char *target_url, const char *context, const char *description, const char **why) MUST_CHECK;

/*
 * "ssh://git@host:22/owner/name.git", "git@host:owner/name.git", "https://host/owner/name", "file:///x/owner/name.git" taken
 * apart; a server may live under a path of its host. Pure.
 */
struct repo_address {
	const char *scheme;	  /* "ssh" (both forms), "https", "http", "file" */
	const char *host;	  /* "" for file; without user and port */
	const char *owner, *name; /* the arena's; as written, ".git" taken off */
	const char *path;	  /* "owner/name" in lower case */
};
/* `schemes` is config.repo_schemes. False: *why says what is allowed. Refuses passwords in it, leading '-', control characters,
 * "..". */
bool repo_address_parse(struct arena *a, const char *url, const char *schemes, struct repo_address *out, const char **why);

/*
 * The branch's head by `git ls-remote` with the deploy key and pinned host keys (argv, no shell, 15 s at most, killed then).
 * The caller has checked url (repo_address_parse) and branch (git_branch_valid). private_key and known_hosts may be NULL for
 * schemes that need none. ERR_NOT_FOUND: no such branch or repository; ERR_UNAUTHORIZED: the key or the server's host key was
 * refused; others as above. Any thread.
 */
enum err git_head(struct arena *a, const char *url, const char *branch, const char *private_key, const char *known_hosts,
		  const char **sha, const char **why) MUST_CHECK;

/* What lies at a path of a commit: a folder, a file, neither of both (a link, a submodule), nothing. */
enum git_kind { GIT_NOTHING, GIT_FOLDER, GIT_REGULAR_FILE, GIT_OTHER };

struct git_look {
	const char *sha; /* the branch's head; the arena's */
	enum git_kind context, dockerfile;
};
/*
 * Clones the branch's newest commit as a build would, without the files' contents, and looks at two paths (git_path_valid). As
 * git_head, but for at most some 14 s in all; ERR_TOO_LARGE: over 64 MiB.
 */
enum err git_look(struct arena *a, const char *url, const char *branch, const char *private_key, const char *known_hosts,
		  const char *context_path, const char *dockerfile_path, struct git_look *out, const char **why) MUST_CHECK;

/* A new ed25519 key pair: private half in OpenSSH's format, public half as an authorized_keys line, "SHA256:..." fingerprint. The
 * arena's. */
struct deploy_key {
	char *private_key, *public_key, *fingerprint;
};
/* comment: of the public line; characters but letters, digits and "._@-" become '-'. */
enum err deploy_key_generate(struct arena *a, const char *comment, struct deploy_key *out) MUST_CHECK;

#endif
