/* Failed builds of a period. */
#include "model/failures.h"

#include "base/arena.h"
#include "db/db.h"
#include "model/list.h"

enum { STUDENTS_MIN = 3 };

bool failures_point_at_platform(int64_t hit, int64_t built)
{
	return hit >= STUDENTS_MIN && hit * 3 > built;
}

/* The words of a side's reasons, or of all that a build fails for, as an array in text. */
static const char *words(struct arena *a, bool platform_only)
{
	const char *list = "{", *separator = "";
	for (int r = REASON_NONE + 1; r < BUILD_REASON__MAX; r++) {
		enum build_side side = build_reason_side((enum build_reason)r);
		if (side == SIDE_NOBODY || (platform_only && side != SIDE_PLATFORM))
			continue;
		list = arena_printf(a, "%s%s%s", list, separator, build_reason_name((enum build_reason)r));
		separator = ",";
	}
	return arena_printf(a, "%s}", list);
}

/* The last hour is that of all courses: the platform is one. */
static enum err read_period(struct db *db, struct arena *a, const struct failure_filter *f, struct failures *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "SELECT (min(d.last) - ($2::integer - 1))::timestamp AT TIME ZONE $1::text,"
			      " min(d.last) - ($2::integer - 1), min(d.last),"
			      " count(DISTINCT student_id),"
			      " count(DISTINCT student_id) FILTER (WHERE status = 'failed' AND reason = ANY($3::text[]))"
			      " FROM (SELECT (now() AT TIME ZONE $1::text)::date AS last) d LEFT JOIN builds"
			      " ON finished_at >= now() - interval '1 hour' AND status IN ('success', 'failed')",
			      DB_TEXT(f->zone), DB_INT(f->days), DB_TEXT(words(a, true)));
	if (e)
		return e;
	out->since = db_text(&r, 0, 0);
	out->first_day = db_text(&r, 0, 1);
	out->last_day = db_text(&r, 0, 2);
	out->built = db_int(&r, 0, 3);
	out->hit = db_int(&r, 0, 4);
	out->platform = failures_point_at_platform(out->hit, out->built);
	return ERR_NONE;
}

/* Both ends of the period are named: then PostgreSQL takes it for a short one whatever its values are, and keeps one plan. */
#define IN_PERIOD " AND b.finished_at BETWEEN $2::timestamptz AND now()"

/* Reason by reason, as the index is ordered. */
#define GROUPS(more)                                                                                                             \
	"SELECT asked.reason, g.builds, g.students FROM unnest($1::text[]) AS asked (reason) CROSS JOIN LATERAL"                 \
	" (SELECT count(*) AS builds, count(DISTINCT student_id) AS students FROM builds b WHERE b.status = 'failed'"            \
	"  AND b.reason = asked.reason" IN_PERIOD more ") g WHERE g.builds > 0 ORDER BY g.builds DESC, asked.reason"

static enum err read_groups(struct db *db, struct arena *a, const struct failure_filter *f, struct failures *out)
{
	struct db_rows r;
	enum err e = f->course_id ? db_query(db, a, &r, GROUPS(" AND b.course_id = $3"), DB_TEXT(words(a, false)),
					     DB_TEXT(out->since), DB_INT(f->course_id))
				  : db_query(db, a, &r, GROUPS(""), DB_TEXT(words(a, false)), DB_TEXT(out->since));
	if (e)
		return e;
	out->groups = arena_alloc(a, sizeof *out->groups * (size_t)(r.count + 1));
	out->group_count = r.count;
	for (int i = 0; i < r.count; i++) {
		enum build_reason reason = build_reason_of(db_text(&r, i, 0));
		out->groups[i] = (struct failure_group){ .reason = reason,
							 .side = build_reason_side(reason),
							 .builds = db_int(&r, i, 1),
							 .students = db_int(&r, i, 2) };
	}
	out->reason = f->reason ? f->reason : r.count ? out->groups[0].reason : REASON_NONE;
	return ERR_NONE;
}

/* First the page's ids, as the index is ordered; then what is to be said of those few. */
#define ROWS(which, limit)                                                                                                       \
	"SELECT b.id, b.project_id, b.student_id, b.course_id, p.name, s.name, c.code, b.commit_sha, b.branch,"                  \
	" b.commit_message, b.message, b.evidence, b.finished_at, b.message_words FROM (SELECT b.id FROM builds b"               \
	"  WHERE b.status = 'failed' AND b.reason = $1" IN_PERIOD which                                                          \
	"  AND (b.finished_at, b.id) < (coalesce((SELECT finished_at FROM builds WHERE id = $3), 'infinity'), $3)"               \
	"  ORDER BY b.finished_at DESC, b.id DESC LIMIT " limit                                                                  \
	") page JOIN builds b ON b.id = page.id JOIN projects p ON p.id = b.project_id JOIN students s ON s.id = b.student_id"   \
	" JOIN courses c ON c.id = b.course_id ORDER BY b.finished_at DESC, b.id DESC"
#define ALL(limit) ROWS("", limit)
#define OF_COURSE(limit) ROWS(" AND b.course_id = $4", limit)

static enum err query_rows(struct db *db, struct arena *a, const struct failure_filter *f, const struct failures *found,
			   struct db_rows *r)
{
	const char *reason = build_reason_name(found->reason);
	int64_t before = f->before ? f->before : INT64_MAX;
	if (f->course_id)
		return list_query(db, a, r, f->limit, OF_COURSE, DB_TEXT(reason), DB_TEXT(found->since), DB_INT(before),
				  DB_INT(f->course_id));
	return list_query(db, a, r, f->limit, ALL, DB_TEXT(reason), DB_TEXT(found->since), DB_INT(before));
}

static enum err read_rows(struct db *db, struct arena *a, const struct failure_filter *f, struct failures *out)
{
	struct db_rows r;
	enum err e = query_rows(db, a, f, out, &r);
	if (e)
		return e;
	out->rows = arena_alloc(a, sizeof *out->rows * (size_t)(r.count + 1));
	out->count = r.count > f->limit ? f->limit : r.count;
	out->more = r.count > f->limit;
	for (int i = 0; i < out->count; i++)
		out->rows[i] = (struct failure){ .id = db_int(&r, i, 0),
						 .project_id = db_int(&r, i, 1),
						 .student_id = db_int(&r, i, 2),
						 .course_id = db_int(&r, i, 3),
						 .reason = out->reason,
						 .project_name = db_text(&r, i, 4),
						 .student_name = db_text(&r, i, 5),
						 .course_code = db_text(&r, i, 6),
						 .commit_sha = db_text(&r, i, 7),
						 .branch = db_text(&r, i, 8),
						 .commit_message = db_text(&r, i, 9),
						 .message = db_text(&r, i, 10),
						 .evidence = db_text(&r, i, 11),
						 .finished_at = db_text(&r, i, 12),
						 .message_words = db_text(&r, i, 13) };
	return ERR_NONE;
}

enum err model_failures_read(struct db *db, struct arena *a, const struct failure_filter *f, struct failures *out)
{
	*out = (struct failures){ 0 };
	enum err e = read_period(db, a, f, out);
	if (!e)
		e = read_groups(db, a, f, out);
	if (!e && out->reason)
		e = read_rows(db, a, f, out);
	return e;
}
