/* Courses and their rosters. */
#ifndef MODEL_COURSES_H
#define MODEL_COURSES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* A course with its numbers. Texts are the arena's. */
struct course {
	int64_t id;
	const char *code, *name, *archived_at, *created_at;
	int version;
	int students, running, failed; /* students; applications that run; projects whose newest build or deployment failed */
};

/* One course. ERR_NOT_FOUND. */
enum err model_courses_get(struct db *db, struct arena *a, int64_t id, struct course *out) MUST_CHECK;
/* The courses that are not archived, or those that are, by code; at most 500. */
enum err model_courses_list(struct db *db, struct arena *a, bool archived, struct course **out, int *count) MUST_CHECK;

/*
 * The courses to choose from, by code: those that are not archived, and that of `id` (0: none) whatever it is. Only id, code,
 * name and archived_at are set. ERR_NOT_FOUND: there is no course of that id.
 */
enum err model_courses_names(struct db *db, struct arena *a, int64_t id, struct course **out, int *count) MUST_CHECK;

/* A new one. ERR_INVALID: code [A-Za-z0-9._-]{1,40}, name 1..400 bytes; ERR_CONFLICT: the code is taken. */
enum err model_courses_create(struct db *db, struct arena *a, const char *code, const char *name, int64_t *id) MUST_CHECK;
/* Changes one that still has that version (0: whatever it has). ERR_CONFLICT: it has not, or the code is taken (*taken). */
enum err model_courses_change(struct db *db, struct arena *a, int64_t id, const char *code, const char *name, bool archived,
			      int version, bool *taken) MUST_CHECK;

/* Makes a course, or renames the one of that code. code [A-Za-z0-9._-]{1,40}. ERR_INVALID. */
enum err model_courses_put(struct db *db, struct arena *a, const char *code, const char *name, int64_t *id) MUST_CHECK;

/* The rules of both. Pure. */
bool student_number_valid(const char *number); /* [A-Za-z0-9._-]{1,40} */
bool student_name_valid(const char *name);     /* 1 to 400 bytes of UTF-8 without control characters, not blank */

/* Makes a roster entry, or renames the one of that number, who is then on the roster (again); user_id 0 leaves its link to a user
 * as it is. ERR_INVALID, ERR_NOT_FOUND (course). */
enum err model_students_put(struct db *db, struct arena *a, int64_t course_id, const char *number, const char *name,
			    int64_t user_id, int64_t *id) MUST_CHECK;

/* Finds a course by its code, and a roster entry by its course and number. ERR_NOT_FOUND. */
enum err model_courses_find(struct db *db, struct arena *a, const char *code, int64_t *id) MUST_CHECK;
enum err model_students_find(struct db *db, struct arena *a, int64_t course_id, const char *number, int64_t *id) MUST_CHECK;

/* A roster entry with its course and first project. */
struct student {
	int64_t id, course_id, user_id, project_id; /* 0: none */
	const char *course_code, *student_number, *name, *login;
	int projects;
	const char *app_state; /* of the first project, NULL: none */
	const char *created_at;
	/* By model_students_get only. */
	const char *left_at, *course_name;
	int version;
	bool has_password; /* of the account; false: none, or nobody has signed in with it yet */
};
struct student_list {
	struct student *rows;
	int count;
	bool more;
};
/* One entry, of those who left as well. ERR_NOT_FOUND. */
enum err model_students_get(struct db *db, struct arena *a, int64_t id, struct student *out) MUST_CHECK;

/*
 * Changes an entry that still has that version (0: whatever it has). ERR_INVALID: the rules of model_students_put; ERR_CONFLICT:
 * it has another version, or (*taken) another student of the course has that number; ERR_NOT_FOUND.
 */
enum err model_students_change(struct db *db, struct arena *a, int64_t id, const char *number, const char *name, int64_t user_id,
			       int version, bool *taken) MUST_CHECK;

/* Takes one off the roster: the link to the account ends, so that nothing of the course is the account's any more. ERR_NOT_FOUND.
 */
enum err model_students_remove(struct db *db, struct arena *a, int64_t id) MUST_CHECK;

/* A page of the roster, newest first; user_id restricts it to that user's own entries. course_id 0: all; before 0: from the
 * newest. */
enum err model_students_list(struct db *db, struct arena *a, int64_t course_id, int64_t user_id, int64_t before, int limit,
			     struct student_list *out) MUST_CHECK;

#endif
