/* Students who cannot build yet: without a project, or with a project that has no build configuration. */
#ifndef MODEL_BACKFILL_H
#define MODEL_BACKFILL_H

#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;
struct keyring;
struct settings;

/* One of them. Texts are the arena's. */
struct backfill_row {
	int64_t student_id, project_id;					 /* project_id 0: there is none */
	const char *course_code, *student_number, *student_name, *login; /* login "": no account */
	const char *project_name;					 /* NULL: there is none */
};
enum { BACKFILL_MAX = 10000 };
/* Of a course (0: of all that are not archived), at most BACKFILL_MAX. */
enum err model_backfill_list(struct db *db, struct arena *a, int64_t course_id, struct backfill_row **out, int *count) MUST_CHECK;

/*
 * Gives one the default configuration, and a project of that name first where there is none, in the caller's transaction.
 * *project_id is the project's. ERR_INVALID, ERR_CONFLICT: *why is a sentence.
 */
enum err model_backfill_one(struct db *db, struct arena *a, struct keyring *k, const struct settings *s,
			    const struct backfill_row *row, const char *project, const char *repo_url, const char *schemes,
			    int64_t *project_id, const char **why) MUST_CHECK;

#endif
