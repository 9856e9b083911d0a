/* A course at a glance. */
#include "model/glance.h"

#include "base/arena.h"
#include "db/db.h"
#include "model/course_counts.h"
#include "model/search.h"

/* The names of a sort as ORDER BY takes them: what is NULL for all rows sorts nothing. Names by Chinese custom, which is pinyin.
 */
#define KEY(name, value) "CASE WHEN $2 = '" name "' THEN " value " END"
#define ORDER(direction)                                                                                                         \
	" ORDER BY " KEY("name", "s.name COLLATE \"zh-x-icu\"") direction ", " KEY("number", "s.student_number") direction       \
		", " KEY("state", "p.app_state") direction ", " KEY("build", "b.status") direction ", " KEY("push", "pushed.at") \
			direction " NULLS LAST, s.name COLLATE \"zh-x-icu\", s.id, p.id LIMIT $3"
/*
 * The course stands in a SELECT of its own so that PostgreSQL plans for any: else it would plan anew, for longer than it then
 * runs, for each course that is smaller than most. What is searched or filtered is planned for what is asked.
 */
#define GLANCE                                                                                                                   \
	"SELECT s.id, p.id, s.name, s.student_number, u.login, p.name, p.app_state, p.app_reason, p.drift, d.commit_sha,"        \
	" CASE WHEN w.state = 'failed' THEN w.reason END, b.id, b.status, b.reason, b.commit_sha, b.created_at, pushed.at,"      \
	" k.base_domain, k.reachable IS FALSE"                                                                                   \
	" FROM students s LEFT JOIN users u ON u.id = s.user_id LEFT JOIN projects p ON p.student_id = s.id"                     \
	" LEFT JOIN deployments d ON d.id = p.serving_deployment_id LEFT JOIN deployments w ON w.id = p.wanted_deployment_id"    \
	" LEFT JOIN clusters k ON k.id = coalesce(p.applied_cluster_id, p.cluster_id)"                                           \
	" LEFT JOIN LATERAL (SELECT id, status, reason, commit_sha, created_at FROM builds WHERE project_id = p.id"              \
	"  ORDER BY id DESC LIMIT 1) b ON true"                                                                                  \
	" LEFT JOIN LATERAL (SELECT greatest((SELECT received_at FROM webhook_deliveries WHERE project_id = p.id"                \
	"  ORDER BY id DESC LIMIT 1), (SELECT created_at FROM builds WHERE project_id = p.id AND trigger IN ('push', 'poll')"    \
	"  ORDER BY id DESC LIMIT 1)) AS at) pushed ON true"                                                                     \
	" WHERE s.course_id = (SELECT $1::bigint) AND s.left_at IS NULL"
#define FILTERS                                                                                                                  \
	" AND ($4::text IS NULL OR s.name || ' ' || s.student_number ILIKE $4 OR p.name ILIKE $4)"                               \
	" AND ($5::text IS NULL OR p.app_state = $5) AND ($6::text IS NULL OR COALESCE(b.status, 'none') = $6)"                  \
	" AND (NOT $7::boolean OR " PROJECT_FAILED ")"

static enum err query(struct db *db, struct arena *a, const struct glance_filter *f, struct db_rows *r)
{
	const char *pattern = search_pattern(a, f->search);
	struct db_param course = DB_INT(f->course_id), sort = DB_TEXT(f->sort ? f->sort : "name"), limit = DB_INT(f->limit + 1),
			search = DB_TEXT(pattern), app = DB_TEXT(f->app_state), build = DB_TEXT(f->build_status),
			failed = DB_BOOL(f->failed);
	bool filtered = pattern || f->app_state || f->build_status || f->failed;
	if (filtered && f->down)
		return db_query_anew(db, a, r, GLANCE FILTERS ORDER(" DESC"), course, sort, limit, search, app, build, failed);
	if (filtered)
		return db_query_anew(db, a, r, GLANCE FILTERS ORDER(""), course, sort, limit, search, app, build, failed);
	return f->down ? db_query(db, a, r, GLANCE ORDER(" DESC"), course, sort, limit)
		       : db_query(db, a, r, GLANCE ORDER(""), course, sort, limit);
}

void glance_order(struct glance_filter *f, const char *order)
{
	f->down = order && *order == '-';
	f->sort = order ? order + f->down : NULL;
}

enum err model_glance_read(struct db *db, struct arena *a, const struct glance_filter *f, struct glance *out)
{
	struct db_rows r;
	enum err e = query(db, a, f, &r);
	if (e)
		return e;
	*out = (struct glance){ .rows = arena_alloc(a, sizeof *out->rows * (size_t)(r.count + 1)),
				.count = r.count > f->limit ? f->limit : r.count,
				.more = r.count > f->limit };
	for (int i = 0; i < out->count; i++)
		out->rows[i] = (struct glance_row){ .student_id = db_int(&r, i, 0),
						    .project_id = db_int(&r, i, 1),
						    .student_name = db_text(&r, i, 2),
						    .student_number = db_text(&r, i, 3),
						    .login = db_text(&r, i, 4),
						    .project_name = db_text(&r, i, 5),
						    .app_state = db_text(&r, i, 6),
						    .app_reason = db_text(&r, i, 7),
						    .drift = db_text(&r, i, 8),
						    .commit_sha = db_text(&r, i, 9),
						    .deployment_reason = db_text(&r, i, 10),
						    .build_id = db_int(&r, i, 11),
						    .build_status = db_text(&r, i, 12),
						    .build_reason = db_text(&r, i, 13),
						    .build_commit = db_text(&r, i, 14),
						    .build_at = db_text(&r, i, 15),
						    .pushed_at = db_text(&r, i, 16),
						    .base_domain = db_text(&r, i, 17),
						    .cluster_away = db_bool(&r, i, 18) };
	return ERR_NONE;
}
