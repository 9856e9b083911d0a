/* Courses and their rosters. */
#include "model/courses.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "db/db.h"
#include "model/course_counts.h"
#include "model/list.h"
#include "model/users.h"

enum { NAME_BYTES = 400 }; /* 100 characters in any script */

static bool code_valid(const char *s, size_t max)
{
	static const char *const set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	return s && strlen(s) <= max && str_only(s, set);
}

static bool name_valid(const char *s)
{
	size_t len = s ? strlen(s) : 0;
	return len && len <= NAME_BYTES && str_is_utf8(s, len) && !str_has_control(s, "") && !str_is_blank(s);
}

bool student_number_valid(const char *number)
{
	return code_valid(number, 40);
}

bool student_name_valid(const char *name)
{
	return name_valid(name);
}

enum err model_courses_put(struct db *db, struct arena *a, const char *code, const char *name, int64_t *id)
{
	struct db_rows rows;
	if (!code_valid(code, 40) || !name_valid(name))
		return ERR_INVALID;
	enum err e = db_query(db, a, &rows,
			      "INSERT INTO courses (code, name) VALUES ($1, $2)"
			      " ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING id",
			      DB_TEXT(code), DB_TEXT(name));
	if (!e)
		*id = db_int(&rows, 0, 0);
	return e;
}

/* The kept numbers of a course, or where they have changed since they were counted, the true ones: model/course_counts.h. */
#define COURSES                                                                                                                  \
	"SELECT c.id, c.code, c.name, c.archived_at, c.created_at, c.version, coalesce(n.students, c.kept_students),"            \
	" coalesce(n.running, c.kept_running), coalesce(n.failed, c.kept_failed) FROM courses c"                                 \
	" LEFT JOIN LATERAL (SELECT n.* FROM (SELECT 1 FROM course_changes WHERE course_id = c.id LIMIT 1) changed"              \
	" CROSS JOIN LATERAL (" COURSE_COUNTS("c.id") ") n) n ON true"

static void read_course(const struct db_rows *r, int i, struct course *c)
{
	*c = (struct course){ .id = db_int(r, i, 0),
			      .code = db_text(r, i, 1),
			      .name = db_text(r, i, 2),
			      .archived_at = db_text(r, i, 3),
			      .created_at = db_text(r, i, 4),
			      .version = (int)db_int(r, i, 5),
			      .students = (int)db_int(r, i, 6),
			      .running = (int)db_int(r, i, 7),
			      .failed = (int)db_int(r, i, 8) };
}

enum err model_courses_get(struct db *db, struct arena *a, int64_t id, struct course *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, COURSES " WHERE c.id = $1", DB_INT(id));
	if (e || !r.count)
		return e ? e : ERR_NOT_FOUND;
	read_course(&r, 0, out);
	return ERR_NONE;
}

enum err model_courses_list(struct db *db, struct arena *a, bool archived, struct course **out, int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e = db_query(db, a, &r, COURSES " WHERE (c.archived_at IS NOT NULL) = $1 ORDER BY c.code LIMIT 500",
			      DB_BOOL(archived));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(r.count + 1));
	for (int i = 0; i < r.count; i++)
		read_course(&r, i, &(*out)[i]);
	*count = r.count;
	return ERR_NONE;
}

enum err model_courses_names(struct db *db, struct arena *a, int64_t id, struct course **out, int *count)
{
	struct db_rows r;
	bool found = !id;
	*count = 0;
	enum err e = db_query(
		db, a, &r, "SELECT id, code, name, archived_at FROM courses WHERE archived_at IS NULL OR id = $1 ORDER BY code",
		DB_INT(id));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(r.count + 1));
	for (int i = 0; i < r.count; i++) {
		(*out)[i] = (struct course){ .id = db_int(&r, i, 0),
					     .code = db_text(&r, i, 1),
					     .name = db_text(&r, i, 2),
					     .archived_at = db_text(&r, i, 3) };
		found = found || (*out)[i].id == id;
	}
	*count = r.count;
	return found ? ERR_NONE : ERR_NOT_FOUND;
}

enum err model_courses_create(struct db *db, struct arena *a, const char *code, const char *name, int64_t *id)
{
	struct db_rows r;
	if (!code_valid(code, 40) || !name_valid(name))
		return ERR_INVALID;
	enum err e = db_query(db, a, &r, "INSERT INTO courses (code, name) VALUES ($1, $2) RETURNING id", DB_TEXT(code),
			      DB_TEXT(name));
	if (!e)
		*id = db_int(&r, 0, 0);
	return e;
}

enum err model_courses_change(struct db *db, struct arena *a, int64_t id, const char *code, const char *name, bool archived,
			      int version, bool *taken)
{
	struct db_rows r;
	*taken = false;
	if (!code_valid(code, 40) || !name_valid(name))
		return ERR_INVALID;
	enum err e = db_query(db, a, &r,
			      "UPDATE courses SET code = $2, name = $3, version = version + 1,"
			      " archived_at = CASE WHEN $4 THEN COALESCE(archived_at, now()) END"
			      " WHERE id = $1 AND ($5 = 0 OR version = $5)",
			      DB_INT(id), DB_TEXT(code), DB_TEXT(name), DB_BOOL(archived), DB_INT(version));
	*taken = e == ERR_CONFLICT;
	if (e || r.affected)
		return e;
	e = db_query(db, a, &r, "SELECT 1 FROM courses WHERE id = $1", DB_INT(id));
	return e ? e : r.count ? ERR_CONFLICT : ERR_NOT_FOUND;
}

enum err model_students_put(struct db *db, struct arena *a, int64_t course_id, const char *number, const char *name,
			    int64_t user_id, int64_t *id)
{
	struct db_rows rows;
	if (!student_number_valid(number) || !student_name_valid(name))
		return ERR_INVALID;
	enum err e =
		db_query(db, a, &rows,
			 "INSERT INTO students (course_id, student_number, name, user_id)"
			 " SELECT c.id, $2, $3, $4::bigint FROM courses c WHERE c.id = $1"
			 " ON CONFLICT (course_id, student_number) DO UPDATE SET name = excluded.name, left_at = NULL,"
			 " version = students.version + 1, user_id = COALESCE(excluded.user_id, students.user_id) RETURNING id",
			 DB_INT(course_id), DB_TEXT(number), DB_TEXT(name), DB_ID(user_id));
	if (e)
		return e;
	if (!rows.count)
		return ERR_NOT_FOUND;
	*id = db_int(&rows, 0, 0);
	return ERR_NONE;
}

static enum err found(enum err e, const struct db_rows *r, int64_t *id)
{
	if (e || !r->count)
		return e ? e : ERR_NOT_FOUND;
	*id = db_int(r, 0, 0);
	return ERR_NONE;
}

enum err model_courses_find(struct db *db, struct arena *a, const char *code, int64_t *id)
{
	struct db_rows r;
	return found(db_query(db, a, &r, "SELECT id FROM courses WHERE code = $1", DB_TEXT(code)), &r, id);
}

enum err model_students_find(struct db *db, struct arena *a, int64_t course_id, const char *number, int64_t *id)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT id FROM students WHERE course_id = $1 AND student_number = $2",
			      DB_INT(course_id), DB_TEXT(number));
	return found(e, &r, id);
}

enum err model_students_get(struct db *db, struct arena *a, int64_t id, struct student *out)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r,
			 "SELECT s.id, s.course_id, s.user_id, c.code, c.name, s.student_number, s.name, u.login, s.created_at,"
			 " s.left_at, s.version, COALESCE(u.password_hash <> $2, false) FROM students s"
			 " JOIN courses c ON c.id = s.course_id LEFT JOIN users u ON u.id = s.user_id WHERE s.id = $1",
			 DB_INT(id), DB_TEXT(PASSWORD_NONE));
	if (e || !r.count)
		return e ? e : ERR_NOT_FOUND;
	*out = (struct student){ .id = db_int(&r, 0, 0),
				 .course_id = db_int(&r, 0, 1),
				 .user_id = db_int(&r, 0, 2),
				 .course_code = db_text(&r, 0, 3),
				 .course_name = db_text(&r, 0, 4),
				 .student_number = db_text(&r, 0, 5),
				 .name = db_text(&r, 0, 6),
				 .login = db_text(&r, 0, 7),
				 .created_at = db_text(&r, 0, 8),
				 .left_at = db_text(&r, 0, 9),
				 .version = (int)db_int(&r, 0, 10),
				 .has_password = db_bool(&r, 0, 11) };
	return ERR_NONE;
}

enum err model_students_change(struct db *db, struct arena *a, int64_t id, const char *number, const char *name, int64_t user_id,
			       int version, bool *taken)
{
	struct db_rows r;
	*taken = false;
	if (!student_number_valid(number) || !student_name_valid(name))
		return ERR_INVALID;
	enum err e = db_query(db, a, &r,
			      "UPDATE students SET student_number = $2, name = $3, user_id = $4, version = version + 1"
			      " WHERE id = $1 AND left_at IS NULL AND ($5 = 0 OR version = $5)",
			      DB_INT(id), DB_TEXT(number), DB_TEXT(name), DB_ID(user_id), DB_INT(version));
	*taken = e == ERR_CONFLICT;
	if (e || r.affected)
		return e;
	e = db_query(db, a, &r, "SELECT 1 FROM students WHERE id = $1 AND left_at IS NULL", DB_INT(id));
	return e ? e : r.count ? ERR_CONFLICT : ERR_NOT_FOUND;
}

enum err model_students_remove(struct db *db, struct arena *a, int64_t id)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"UPDATE students SET left_at = now(), user_id = NULL, version = version + 1 WHERE id = $1 AND left_at IS NULL",
		DB_INT(id));
	return e ? e : r.affected ? ERR_NONE : ERR_NOT_FOUND;
}

#define STUDENTS(which, limit)                                                                                                   \
	"SELECT s.id, s.course_id, s.user_id, p.id, c.code, s.student_number, s.name, u.login, p.projects, p.app_state,"         \
	" s.created_at FROM students s JOIN courses c ON c.id = s.course_id LEFT JOIN users u ON u.id = s.user_id"               \
	" LEFT JOIN LATERAL (SELECT id, app_state, count(*) OVER () AS projects FROM projects WHERE student_id = s.id"           \
	" ORDER BY id LIMIT 1) p ON true WHERE s.left_at IS NULL AND s.id < $1" which " ORDER BY s.id DESC LIMIT " limit
#define ALL(limit) STUDENTS("", limit)
#define OF_COURSE(limit) STUDENTS(" AND s.course_id = $2", limit)
#define OF_USER(limit) STUDENTS(" AND s.user_id = $2 AND ($3::bigint IS NULL OR s.course_id = $3)", limit)

static enum err query_students(struct db *db, struct arena *a, int64_t course_id, int64_t user_id, int64_t before, int limit,
			       struct db_rows *r)
{
	if (!before)
		before = INT64_MAX;
	if (user_id)
		return list_query(db, a, r, limit, OF_USER, DB_INT(before), DB_INT(user_id), DB_ID(course_id));
	if (course_id)
		return list_query(db, a, r, limit, OF_COURSE, DB_INT(before), DB_INT(course_id));
	return list_query(db, a, r, limit, ALL, DB_INT(before));
}

enum err model_students_list(struct db *db, struct arena *a, int64_t course_id, int64_t user_id, int64_t before, int limit,
			     struct student_list *out)
{
	struct db_rows r;
	enum err e = query_students(db, a, course_id, user_id, before, limit, &r);
	if (e)
		return e;
	*out = (struct student_list){ .rows = arena_alloc(a, sizeof(struct student) * (size_t)(r.count + 1)),
				      .count = r.count > limit ? limit : r.count,
				      .more = r.count > limit };
	for (int i = 0; i < out->count; i++)
		out->rows[i] = (struct student){ .id = db_int(&r, i, 0),
						 .course_id = db_int(&r, i, 1),
						 .user_id = db_int(&r, i, 2),
						 .project_id = db_int(&r, i, 3),
						 .course_code = db_text(&r, i, 4),
						 .student_number = db_text(&r, i, 5),
						 .name = db_text(&r, i, 6),
						 .login = db_text(&r, i, 7),
						 .projects = (int)db_int(&r, i, 8),
						 .app_state = db_text(&r, i, 9),
						 .created_at = db_text(&r, i, 10) };
	return ERR_NONE;
}
