/* The numbers that a list of courses shows: kept with the course, true at any time. */
#ifndef MODEL_COURSE_COUNTS_H
#define MODEL_COURSE_COUNTS_H

#include "base/err.h"

struct arena;
struct db;

/* A project `p` with its newest build `b` is in trouble: what is counted, and what a course is filtered by. */
#define PROJECT_FAILED "(p.app_state = 'failed' OR b.status = 'failed')"

/*
 * Students, projects whose application runs, projects whose application or newest build failed: one row for the course `id`, an
 * expression. Whoever reads a course takes the kept numbers, and these while there are course_changes of it.
 */
#define COURSE_COUNTS(id)                                                                                                        \
	"SELECT count(DISTINCT s.id) AS students, count(*) FILTER (WHERE p.app_state = 'running') AS running,"                   \
	" count(*) FILTER (WHERE " PROJECT_FAILED ") AS failed"                                                                  \
	" FROM students s LEFT JOIN projects p ON p.student_id = s.id"                                                           \
	" LEFT JOIN LATERAL (SELECT status FROM builds WHERE project_id = p.id ORDER BY id DESC LIMIT 1) b ON true"              \
	" WHERE s.course_id = " id " AND s.left_at IS NULL"

/* Counts the courses that have changed, and keeps the numbers. Any number of workers may do so at once; nobody else waits. */
enum err model_course_counts_keep(struct db *db, struct arena *a) MUST_CHECK;

#endif
