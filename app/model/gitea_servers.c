/* Gitea servers beside the one of the environment. */
#include "model/gitea_servers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "config.h"
#include "db/db.h"
#include "gitea/gitea.h"
#include "model/row.h"

#define COLUMNS "id, name, url, ssh_host, ca_pem, token_sealed, version, created_at, updated_at"

static struct gitea_server from_row(const struct db_rows *r, int i)
{
	return (struct gitea_server){ .id = db_int(r, i, 0),
				      .name = db_text(r, i, 1),
				      .url = db_text(r, i, 2),
				      .ssh_host = db_text(r, i, 3),
				      .ca_pem = db_text(r, i, 4),
				      .token_sealed = db_text(r, i, 5),
				      .version = (int)db_int(r, i, 6),
				      .created_at = db_text(r, i, 7),
				      .updated_at = db_text(r, i, 8) };
}

enum err model_gitea_servers_get(struct db *db, struct arena *a, int64_t id, struct gitea_server *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT " COLUMNS " FROM gitea_servers WHERE id = $1", DB_INT(id));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	*out = from_row(&r, 0);
	return ERR_NONE;
}

enum err model_gitea_servers_list(struct db *db, struct arena *a, struct gitea_server **out, int *count)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT " COLUMNS " FROM gitea_servers ORDER BY name, id LIMIT $1",
			      DB_INT(GITEA_SERVERS_MAX));
	if (e)
		return e;
	*count = r.count;
	*out = arena_alloc(a, sizeof **out * (size_t)(r.count + 1));
	for (int i = 0; i < r.count; i++)
		(*out)[i] = from_row(&r, i);
	return ERR_NONE;
}

/* --- what people give ---------------------------------------------------------------------------------------------- */

static bool host_valid(const char *s)
{
	return strlen(s) <= 253 && str_only(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") && *s != '-' && *s != '.';
}

/* Scheme, host and port: up to the path. */
static const char *origin(struct arena *a, const char *url)
{
	const char *host = strstr(url, "://");
	return host ? arena_memdup(a, url, (size_t)(host - url) + 3 + strcspn(host + 3, "/")) : url;
}

/* Whether another server answers for a host. */
static bool taken(struct arena *a, const char *host, int64_t id, const struct gitea_server *all, int count)
{
	for (int i = 0; i < count; i++)
		if (all[i].id != id &&
		    (!strcmp(gitea_url_host(a, all[i].url), host) || (all[i].ssh_host && !strcasecmp(all[i].ssh_host, host))))
			return true;
	return false;
}

int gitea_server_check(struct arena *a, const struct gitea_server_edit *in, const struct gitea_server *old,
		       const struct gitea_server *all, int count, struct field_fault faults[FIELD_FAULTS])
{
	int n = 0;
	int64_t id = old ? old->id : 0;
	bool keeps = old && old->token_sealed && !str_given(in->token) && !in->token_remove;
	if (!gitea_url_valid(in->url) || strlen(in->url) > 500)
		faults[n++] = (struct field_fault){ "url", "error.gitea_url" };
	else if (taken(a, gitea_url_host(a, in->url), id, all, count))
		faults[n++] = (struct field_fault){ "url", "error.host_taken" };
	if (str_given(in->ssh_host) && !host_valid(in->ssh_host))
		faults[n++] = (struct field_fault){ "ssh_host", "error.host" };
	else if (str_given(in->ssh_host) && taken(a, in->ssh_host, id, all, count))
		faults[n++] = (struct field_fault){ "ssh_host", "error.host_taken" };
	if (str_given(in->ca_pem) && !secret_certificates(in->ca_pem))
		faults[n++] = (struct field_fault){ "ca_pem", "error.certificates" };
	if (str_given(in->token) && strpbrk(in->token, " \t\r\n"))
		faults[n++] = (struct field_fault){ "token", "error.gitea_token" };
	else if (keeps && strcasecmp(origin(a, old->url), origin(a, in->url)))
		faults[n++] = (struct field_fault){ "token", "error.token_moved" };
	return n;
}

static const char *place(struct arena *a, int64_t id)
{
	return arena_printf(a, "gitea_servers.token.%lld", (long long)id);
}

/* New, kept or forgotten. The place that is sealed in holds the id. */
static enum err store_token(struct db *db, struct arena *a, struct keyring *k, int64_t id, const struct gitea_server_edit *in)
{
	const char *sealed = str_given(in->token) ? keyring_seal(k, a, place(a, id), in->token) : NULL;
	return db_query(db, a, NULL,
			"UPDATE gitea_servers SET token_sealed = CASE WHEN $2 THEN NULL ELSE COALESCE($3, token_sealed) END "
			"WHERE id = $1",
			DB_INT(id), DB_BOOL(in->token_remove), DB_TEXT(sealed));
}

enum err model_gitea_servers_create(struct db *db, struct arena *a, struct keyring *k, const struct gitea_server_edit *in,
				    int64_t *id)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "INSERT INTO gitea_servers (name, url, ssh_host, ca_pem) SELECT $1, $2, $3, $4"
			      " WHERE (SELECT count(*) FROM gitea_servers) < $5 RETURNING id",
			      DB_TEXT(in->name), DB_TEXT(in->url), DB_TEXT(str_or_null(in->ssh_host)),
			      DB_TEXT(str_or_null(in->ca_pem)), DB_INT(GITEA_SERVERS_MAX));
	if (e)
		return e;
	if (!r.count)
		return ERR_TOO_MANY;
	*id = db_int(&r, 0, 0);
	return store_token(db, a, k, *id, in);
}

enum err model_gitea_servers_save(struct db *db, struct arena *a, struct keyring *k, int64_t id,
				  const struct gitea_server_edit *in, int version)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT version FROM gitea_servers WHERE id = $1 FOR UPDATE", DB_INT(id));
	if (!e)
		e = row_version(&r, version);
	if (e)
		return e;
	e = db_query(db, a, NULL,
		     "UPDATE gitea_servers SET name = $2, url = $3, ssh_host = $4, ca_pem = $5, version = version + 1,"
		     " updated_at = now() WHERE id = $1",
		     DB_INT(id), DB_TEXT(in->name), DB_TEXT(in->url), DB_TEXT(str_or_null(in->ssh_host)),
		     DB_TEXT(str_or_null(in->ca_pem)));
	return e ? e : store_token(db, a, k, id, in);
}

enum err model_gitea_servers_delete(struct db *db, struct arena *a, int64_t id)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "DELETE FROM gitea_servers WHERE id = $1", DB_INT(id));
	return e ? e : r.affected ? ERR_NONE : ERR_NOT_FOUND;
}

/* --- use --------------------------------------------------------------------------------------------------------------- */

const char *gitea_server_token(struct keyring *k, struct arena *a, const struct gitea_server *s)
{
	if (!s->token_sealed)
		return NULL;
	const char *plain = keyring_open(k, a, place(a, s->id), s->token_sealed);
	if (!plain)
		log_event(LOG_ERROR, "secret_does_not_open", LOG_STR("place", place(a, s->id)));
	return plain;
}

bool gitea_environment_probe(struct arena *a, const struct config *c, struct probe *out)
{
	if (!gitea_url_valid(c->gitea_url))
		return false;
	gitea_probe(a, c->gitea_url, c->gitea_token, NULL, out);
	return true;
}

void model_gitea_servers_probe(struct arena *a, struct keyring *k, const struct gitea_server *s, struct probe *out)
{
	gitea_probe(a, s->url, gitea_server_token(k, a, s), s->ca_pem, out);
}

struct gitea_set {
	int count;
	struct {
		char *host, *ssh_host; /* ssh_host may be NULL */
		struct gitea *gitea;   /* NULL: no token */
	} at[];
};

struct gitea_set *gitea_set_open(struct keyring *k, struct arena *a, const struct gitea_server *rows, int count)
{
	struct gitea_set *set = calloc(1, sizeof *set + (size_t)count * sizeof set->at[0]);
	for (int i = 0; set && i < count; i++) {
		const char *token = gitea_server_token(k, a, &rows[i]);
		set->at[i].host = strdup(gitea_url_host(a, rows[i].url));
		set->at[i].ssh_host = rows[i].ssh_host ? strdup(rows[i].ssh_host) : NULL;
		set->at[i].gitea = token ? gitea_open(rows[i].url, token, rows[i].ca_pem) : NULL;
		set->count++;
	}
	return set;
}

void gitea_set_free(struct gitea_set *set)
{
	for (int i = 0; set && i < set->count; i++) {
		free(set->at[i].host);
		free(set->at[i].ssh_host);
		gitea_free(set->at[i].gitea);
	}
	free(set);
}

int gitea_set_count(const struct gitea_set *set)
{
	return set ? set->count : 0;
}

struct gitea *gitea_set_of(const struct gitea_set *set, struct gitea *otherwise, const struct repo_address *at)
{
	for (int i = 0; set && i < set->count; i++)
		if ((set->at[i].host && !strcasecmp(set->at[i].host, at->host)) ||
		    (set->at[i].ssh_host && !strcasecmp(set->at[i].ssh_host, at->host)))
			return set->at[i].gitea;
	return otherwise;
}

static void free_later(void *set)
{
	gitea_set_free(set);
}

enum err model_gitea_of(struct db *db, struct arena *a, struct keyring *k, struct gitea *otherwise, const struct repo_address *at,
			struct gitea **out)
{
	struct gitea_server *rows;
	int count;
	*out = NULL;
	if (!strcmp(at->scheme, "file"))
		return ERR_NONE;
	enum err e = model_gitea_servers_list(db, a, &rows, &count);
	if (e)
		return e;
	struct gitea_set *set = gitea_set_open(k, a, rows, count);
	if (set)
		arena_defer(a, free_later, set);
	*out = gitea_set_of(set, otherwise, at);
	return ERR_NONE;
}
