/* Build configurations: rows, and the secrets in them. What checks an input and makes a default is in build_config_input.c. */
#include "model/build_configs.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/secret.h"
#include "db/db.h"
#include "gitea/gitea.h"
#include "model/settings.h"

enum err model_build_configs_get(struct db *db, struct arena *a, const struct settings *s, int64_t project_id,
				 struct build_config *out)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT bc.project_id, p.student_id, bc.registry_id, s.user_id, bc.repo_url, bc.repo_path, bc.branch,"
		" bc.dockerfile_path, bc.context_path, g.address, bc.image_repo, bc.tag_strategy, bc.auto_build,"
		" bc.auto_deploy, bc.deploy_key_public, bc.deploy_key_fingerprint, bc.deploy_key_sealed,"
		" COALESCE(bc.known_hosts, $2), bc.webhook_secret_sealed, bc.gitea_repo_id, bc.gitea_key_id,"
		" bc.gitea_hook_id, bc.head_sha, bc.head_seen_at, bc.head_error, bc.version, bc.created_at, bc.updated_at"
		" FROM build_configs bc JOIN projects p ON p.id = bc.project_id JOIN students s ON s.id = p.student_id"
		" LEFT JOIN registries g ON g.id = bc.registry_id WHERE bc.project_id = $1",
		DB_INT(project_id), DB_TEXT(settings_text(s, SETTING_DEFAULT_KNOWN_HOSTS)));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	*out = (struct build_config){ .project_id = db_int(&r, 0, 0),
				      .student_id = db_int(&r, 0, 1),
				      .registry_id = db_int(&r, 0, 2),
				      .student_user_id = db_int(&r, 0, 3),
				      .repo_url = db_text(&r, 0, 4),
				      .repo_path = db_text(&r, 0, 5),
				      .branch = db_text(&r, 0, 6),
				      .dockerfile_path = db_text(&r, 0, 7),
				      .context_path = db_text(&r, 0, 8),
				      .registry_address = db_text(&r, 0, 9),
				      .image_repo = db_text(&r, 0, 10),
				      .tag_strategy = db_text(&r, 0, 11),
				      .auto_build = db_bool(&r, 0, 12),
				      .auto_deploy = db_bool(&r, 0, 13),
				      .deploy_key_public = db_text(&r, 0, 14),
				      .deploy_key_fingerprint = db_text(&r, 0, 15),
				      .deploy_key_sealed = db_text(&r, 0, 16),
				      .known_hosts = db_text(&r, 0, 17),
				      .webhook_secret_sealed = db_text(&r, 0, 18),
				      .gitea_repo_id = db_int(&r, 0, 19),
				      .gitea_key_id = db_int(&r, 0, 20),
				      .gitea_hook_id = db_int(&r, 0, 21),
				      .head_sha = db_text(&r, 0, 22),
				      .head_seen_at = db_text(&r, 0, 23),
				      .head_error = db_text(&r, 0, 24),
				      .version = (int)db_int(&r, 0, 25),
				      .created_at = db_text(&r, 0, 26),
				      .updated_at = db_text(&r, 0, 27) };
	return ERR_NONE;
}

enum err model_build_configs_save(struct db *db, struct arena *a, int64_t project_id, const struct build_config_input *in,
				  const char *schemes, int version)
{
	struct db_rows r;
	struct repo_address address;
	const char *why;
	if (!repo_address_parse(a, in->repo_url, schemes, &address, &why))
		return ERR_INVALID;
	enum err e = db_query(
		db, a, &r,
		"UPDATE build_configs SET repo_url = $2, repo_path = $3, branch = $4, dockerfile_path = $5, context_path = $6,"
		" registry_id = $7, image_repo = $8, tag_strategy = $9, auto_build = $10, auto_deploy = $11, version = version + "
		"1,"
		" updated_at = now(), head_check_at = now(), head_error = NULL,"
		" head_sha = CASE WHEN repo_url = $2 AND branch = $4 THEN head_sha END,"
		" gitea_repo_id = CASE WHEN repo_path = $3 THEN gitea_repo_id END,"
		" gitea_key_id = CASE WHEN repo_path = $3 THEN gitea_key_id END,"
		" gitea_hook_id = CASE WHEN repo_path = $3 THEN gitea_hook_id END"
		" WHERE project_id = $1 AND ($12 = 0 OR version = $12) RETURNING version",
		DB_INT(project_id), DB_TEXT(in->repo_url), DB_TEXT(address.path), DB_TEXT(in->branch),
		DB_TEXT(in->dockerfile_path), DB_TEXT(in->context_path), DB_ID(in->registry_id), DB_TEXT(in->image_repo),
		DB_TEXT(in->tag_strategy), DB_BOOL(in->auto_build), DB_BOOL(in->auto_deploy), DB_INT(version));
	if (e || r.count)
		return e;
	e = db_query(db, a, &r, "SELECT 1 FROM build_configs WHERE project_id = $1", DB_INT(project_id));
	return e ? e : r.count ? ERR_CONFLICT : ERR_NOT_FOUND;
}

static const char *place(struct arena *a, const char *what, int64_t project_id)
{
	return arena_printf(a, "build_configs.%s.%lld", what, (long long)project_id);
}

enum err model_build_configs_new_key(struct db *db, struct arena *a, struct keyring *k, int64_t project_id,
				     struct deploy_key *out)
{
	struct db_rows r;
	enum err e = deploy_key_generate(a, arena_printf(a, "hydrosim-portal project %lld", (long long)project_id), out);
	if (e)
		return e;
	const char *sealed = keyring_seal(k, a, place(a, "deploy_key", project_id), out->private_key);
	e = db_query(db, a, &r,
		     "UPDATE build_configs SET deploy_key_public = $2, deploy_key_fingerprint = $3, deploy_key_sealed = $4,"
		     " gitea_key_id = NULL, head_check_at = now(), updated_at = now() WHERE project_id = $1 RETURNING 1",
		     DB_INT(project_id), DB_TEXT(out->public_key), DB_TEXT(out->fingerprint), DB_TEXT(sealed));
	return e ? e : r.count ? ERR_NONE : ERR_NOT_FOUND;
}

enum err model_build_configs_new_secret(struct db *db, struct arena *a, struct keyring *k, int64_t project_id,
					const char **secret)
{
	struct db_rows r;
	*secret = secret_token(a, 32);
	const char *sealed = keyring_seal(k, a, place(a, "webhook_secret", project_id), *secret);
	enum err e = db_query(db, a, &r,
			      "UPDATE build_configs SET webhook_secret_sealed = $2, gitea_hook_id = NULL, updated_at = now()"
			      " WHERE project_id = $1 RETURNING 1",
			      DB_INT(project_id), DB_TEXT(sealed));
	return e ? e : r.count ? ERR_NONE : ERR_NOT_FOUND;
}

static const char *open_sealed(struct keyring *k, struct arena *a, const char *where, const char *sealed)
{
	if (!sealed)
		return NULL;
	const char *plain = keyring_open(k, a, where, sealed);
	if (!plain)
		log_event(LOG_ERROR, "secret_does_not_open", LOG_STR("place", where));
	return plain;
}

const char *build_config_deploy_key(struct keyring *k, struct arena *a, const struct build_config *c)
{
	return open_sealed(k, a, place(a, "deploy_key", c->project_id), c->deploy_key_sealed);
}

const char *build_config_webhook_secret(struct keyring *k, struct arena *a, const struct build_config *c)
{
	return open_sealed(k, a, place(a, "webhook_secret", c->project_id), c->webhook_secret_sealed);
}

enum err model_build_configs_set_known_hosts(struct db *db, struct arena *a, int64_t project_id, const char *known_hosts)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "UPDATE build_configs SET known_hosts = $2, head_check_at = now(), updated_at = now()"
			      " WHERE project_id = $1 RETURNING 1",
			      DB_INT(project_id), DB_TEXT(known_hosts));
	return e ? e : r.count ? ERR_NONE : ERR_NOT_FOUND;
}

enum err model_build_configs_set_gitea(struct db *db, struct arena *a, int64_t project_id, int64_t repo_id, int64_t key_id,
				       int64_t hook_id)
{
	return db_query(
		db, a, NULL,
		"UPDATE build_configs SET gitea_repo_id = COALESCE($2, gitea_repo_id), gitea_key_id = COALESCE($3, gitea_key_id),"
		" gitea_hook_id = COALESCE($4, gitea_hook_id) WHERE project_id = $1",
		DB_INT(project_id), DB_ID(repo_id), DB_ID(key_id), DB_ID(hook_id));
}
