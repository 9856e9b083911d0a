/* Failed builds of a period: grouped by reason, and those of one reason. */
#ifndef MODEL_FAILURES_H
#define MODEL_FAILURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/builds.h"

struct arena;
struct db;

/* The periods, in days: today in the statistics' zone, and the days before it; they begin as those of the statistics do. */
#define FAILURE_DAYS "1|7|30"
enum { FAILURE_DAYS_USUAL = 7 };

/* All builds of a period that failed for one reason. */
struct failure_group {
	enum build_reason reason;
	enum build_side side;
	int64_t builds, students; /* students: different ones */
};

/* One build that failed. Texts are the arena's, NULL where there is none. */
struct failure {
	int64_t id, project_id, student_id, course_id;
	enum build_reason reason;
	const char *project_name, *student_name, *course_code;
	const char *commit_sha, *branch, *commit_message;
	const char *message, *message_words, *evidence;
	const char *finished_at;
};

struct failure_filter {
	int days;
	int64_t course_id;	  /* 0: all */
	enum build_reason reason; /* REASON_NONE: the most frequent one */
	int64_t before;		  /* the id of the last build of the page before; 0: from the newest */
	int limit;		  /* 1..200 */
	const char *zone;	  /* the setting statistics_zone */
};

struct failures {
	const char *first_day, *last_day; /* "2026-11-21", in the zone */
	const char *since;		  /* the beginning of the first one, as the database writes a timestamptz */
	int64_t built, hit; /* students whose builds ended in the last hour; those of them that failed for the platform */
	bool platform;	    /* so many that it is probably the platform: at least 3, and more than a third */
	struct failure_group *groups; /* the most frequent first */
	int group_count;
	enum build_reason reason; /* of the rows; REASON_NONE: nothing failed */
	struct failure *rows;	  /* the last that ended first */
	int count;
	bool more;
};

/* By three statements, each by its index. */
enum err model_failures_read(struct db *db, struct arena *a, const struct failure_filter *f, struct failures *out) MUST_CHECK;

/* Whether that many of those who built point at the platform. Pure. */
bool failures_point_at_platform(int64_t hit, int64_t built);

#endif
