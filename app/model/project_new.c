/* Projects, a new one: its row and the configuration that it begins with. */
#include <string.h>

#include "base/phrases.h"
#include "base/str.h"
#include "db/db.h"
#include "model/build_configs.h"
#include "model/projects.h"

static bool name_valid(const char *name)
{
	size_t len = name ? strlen(name) : 0;
	return len && len <= 40 && *name != '-' && str_only(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

bool project_health_path_valid(const char *path)
{
	static const char *const set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~/-";
	return *path == '/' && strlen(path) <= 200 && str_only(path, set);
}

static const char *fault(const struct project_new *p)
{
	if (!name_valid(p->name))
		return phrase_text(PHRASE_PROJECT_NAME);
	if (p->container_port < 0 || p->container_port > 65535)
		return phrase_text(PHRASE_PROJECT_PORT);
	return !p->health_path || project_health_path_valid(p->health_path) ? NULL : phrase_text(PHRASE_PROJECT_HEALTH_PATH);
}

enum err model_projects_create(struct db *db, struct arena *a, struct keyring *k, const struct settings *s,
			       const struct project_new *p, int64_t *id, const char **why)
{
	struct db_rows r;
	*why = fault(p);
	if (*why)
		return ERR_INVALID;
	*why = phrase_text(PHRASE_PROJECT_NOT_STORED);
	/* The lock on the student's row makes "one of that name" true for two commands at once. */
	enum err e = db_query(db, a, &r, "SELECT id FROM students WHERE id = $1 FOR UPDATE", DB_INT(p->student_id));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	e = db_query(db, a, &r, "SELECT id FROM projects WHERE student_id = $1 AND name = $2", DB_INT(p->student_id),
		     DB_TEXT(p->name));
	if (e)
		return e;
	if (r.count) {
		*id = db_int(&r, 0, 0);
		*why = phrase_text(PHRASE_PROJECT_TAKEN);
		return ERR_CONFLICT;
	}
	e = db_query(db, a, &r,
		     "INSERT INTO projects (student_id, name, container_port, health_path) VALUES ($1, $2, $3, $4) RETURNING id",
		     DB_INT(p->student_id), DB_TEXT(p->name), DB_INT(p->container_port ? p->container_port : 8000),
		     DB_TEXT(p->health_path));
	if (e)
		return e;
	*id = db_int(&r, 0, 0);
	return model_build_configs_create(db, a, k, s, *id, p->repo_url, p->repo_schemes, why);
}
