/* Students who cannot build yet: without a project, or with a project that has no build configuration. */
#include "model/backfill.h"

#include "base/arena.h"
#include "db/db.h"
#include "model/build_configs.h"
#include "model/projects.h"

enum err model_backfill_list(struct db *db, struct arena *a, int64_t course_id, struct backfill_row **out, int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e =
		db_query(db, a, &r,
			 "SELECT s.id, p.id, c.code, s.student_number, s.name, coalesce(u.login, ''), p.name FROM students s"
			 " JOIN courses c ON c.id = s.course_id LEFT JOIN users u ON u.id = s.user_id LEFT JOIN projects p ON "
			 "p.student_id = s.id"
			 " LEFT JOIN build_configs b ON b.project_id = p.id WHERE s.left_at IS NULL AND c.archived_at IS NULL"
			 " AND b.project_id IS NULL AND ($1::bigint IS NULL OR c.id = $1) ORDER BY c.code, s.id, p.id LIMIT $2",
			 DB_ID(course_id), DB_INT(BACKFILL_MAX));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof **out * (size_t)(r.count + 1));
	*count = r.count;
	for (int i = 0; i < r.count; i++)
		(*out)[i] = (struct backfill_row){ .student_id = db_int(&r, i, 0),
						   .project_id = db_int(&r, i, 1),
						   .course_code = db_text(&r, i, 2),
						   .student_number = db_text(&r, i, 3),
						   .student_name = db_text(&r, i, 4),
						   .login = db_text(&r, i, 5),
						   .project_name = db_text(&r, i, 6) };
	return ERR_NONE;
}

enum err model_backfill_one(struct db *db, struct arena *a, struct keyring *k, const struct settings *s,
			    const struct backfill_row *row, const char *project, const char *repo_url, const char *schemes,
			    int64_t *project_id, const char **why)
{
	const struct project_new p = {
		.student_id = row->student_id, .name = project, .repo_url = repo_url, .repo_schemes = schemes
	};
	*project_id = row->project_id;
	*why = "";
	return row->project_id ? model_build_configs_create(db, a, k, s, row->project_id, repo_url, schemes, why)
			       : model_projects_create(db, a, k, s, &p, project_id, why);
}
