/* Upkeep by operators: sealed values of every table, and rows that have expired. */
#include "model/maintenance.h"

#include "base/arena.h"
#include "db/db.h"

const char *sealed_column_place(enum sealed_column column)
{
	switch (column) {
	case SEALED_PUSH_PASSWORD:
		return "registries.push_password";
	case SEALED_PULL_PASSWORD:
		return "registries.pull_password";
	case SEALED_DEPLOY_KEY:
		return "build_configs.deploy_key";
	case SEALED_WEBHOOK_SECRET:
		return "build_configs.webhook_secret";
	case SEALED_GITEA_TOKEN:
		return "gitea_servers.token";
	case SEALED_VARIABLE:
		return "project_variables.value";
	case SEALED_VARIABLES_KEY:
		return "projects.variables_key";
	case SEALED_APP_SECRET:
		return "app_secrets.content";
	case SEALED__MAX:
		break;
	}
	return "";
}

/* A column's name cannot be a parameter: one literal each. */
#define SELECT_SEALED(TABLE, ID, COLUMN)                                                                                         \
	db_query(db, a, &r,                                                                                                      \
		 "SELECT " ID ", " COLUMN " FROM " TABLE " WHERE " ID " > $1 AND " COLUMN " IS NOT NULL"                         \
		 " AND NOT starts_with(" COLUMN ", $2) ORDER BY " ID " LIMIT $3",                                                \
		 DB_INT(after), DB_TEXT(prefix), DB_INT(SEALED_BATCH))
#define UPDATE_SEALED(TABLE, ID, COLUMN)                                                                                         \
	db_query(db, a, NULL, "UPDATE " TABLE " SET " COLUMN " = $3 WHERE " ID " = $1 AND " COLUMN " = $2", DB_INT(old->id),     \
		 DB_TEXT(old->sealed), DB_TEXT(sealed))

enum err model_maintenance_sealed(struct db *db, struct arena *a, enum sealed_column column, const char *prefix, int64_t after,
				  struct sealed_value **out, int *count)
{
	struct db_rows r = { 0 };
	enum err e = ERR_INVALID;
	switch (column) {
	case SEALED_PUSH_PASSWORD:
		e = SELECT_SEALED("registries", "id", "push_password_sealed");
		break;
	case SEALED_PULL_PASSWORD:
		e = SELECT_SEALED("registries", "id", "pull_password_sealed");
		break;
	case SEALED_DEPLOY_KEY:
		e = SELECT_SEALED("build_configs", "project_id", "deploy_key_sealed");
		break;
	case SEALED_WEBHOOK_SECRET:
		e = SELECT_SEALED("build_configs", "project_id", "webhook_secret_sealed");
		break;
	case SEALED_GITEA_TOKEN:
		e = SELECT_SEALED("gitea_servers", "id", "token_sealed");
		break;
	case SEALED_VARIABLE:
		e = SELECT_SEALED("project_variables", "id", "value_sealed");
		break;
	case SEALED_VARIABLES_KEY:
		e = SELECT_SEALED("projects", "id", "variables_key_sealed");
		break;
	case SEALED_APP_SECRET:
		e = SELECT_SEALED("app_secrets", "id", "content_sealed");
		break;
	case SEALED__MAX:
		break;
	}
	*count = 0;
	if (e != ERR_NONE)
		return e;
	*out = arena_alloc(a, sizeof(**out) * ((size_t)r.count + 1));
	*count = r.count;
	for (int i = 0; i < r.count; i++)
		(*out)[i] = (struct sealed_value){ db_int(&r, i, 0), db_text(&r, i, 1) };
	return ERR_NONE;
}

enum err model_maintenance_reseal(struct db *db, struct arena *a, enum sealed_column column, const struct sealed_value *old,
				  const char *sealed)
{
	switch (column) {
	case SEALED_PUSH_PASSWORD:
		return UPDATE_SEALED("registries", "id", "push_password_sealed");
	case SEALED_PULL_PASSWORD:
		return UPDATE_SEALED("registries", "id", "pull_password_sealed");
	case SEALED_DEPLOY_KEY:
		return UPDATE_SEALED("build_configs", "project_id", "deploy_key_sealed");
	case SEALED_WEBHOOK_SECRET:
		return UPDATE_SEALED("build_configs", "project_id", "webhook_secret_sealed");
	case SEALED_GITEA_TOKEN:
		return UPDATE_SEALED("gitea_servers", "id", "token_sealed");
	case SEALED_VARIABLE:
		return UPDATE_SEALED("project_variables", "id", "value_sealed");
	case SEALED_VARIABLES_KEY:
		return UPDATE_SEALED("projects", "id", "variables_key_sealed");
	case SEALED_APP_SECRET:
		return UPDATE_SEALED("app_secrets", "id", "content_sealed");
	case SEALED__MAX:
		break;
	}
	return ERR_INVALID;
}

enum err model_maintenance_prune(struct db *db, struct arena *a)
{
	enum err e = db_query(db, a, NULL,
			      "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries"
			      " WHERE received_at < now() - interval '90 days' ORDER BY id LIMIT 1000)");
	return e ? e
		 : db_query(db, a, NULL,
			    "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations"
			    " WHERE expires_at < now() - interval '30 days' ORDER BY id LIMIT 1000)");
}

enum err model_maintenance_expired(struct db *db, struct arena *a, int64_t *count)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "SELECT (SELECT count(*) FROM sessions WHERE expires_at < now())"
			      " + (SELECT count(*) FROM login_failures WHERE failed_at < now() - interval '1 day')"
			      " + (SELECT count(*) FROM idempotency_keys WHERE created_at < now() - interval '1 day')"
			      " + (SELECT count(*) FROM webhook_deliveries WHERE received_at < now() - interval '90 days')"
			      " + (SELECT count(*) FROM invitations WHERE expires_at < now() - interval '30 days')");
	if (e == ERR_NONE)
		*count = db_int(&r, 0, 0);
	return e;
}
