/* One act on many projects of a course: what it would do to each, and doing it. */
#ifndef MODEL_BULK_H
#define MODEL_BULK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "http/request.h"
#include "model/deployments.h"

enum { BULK_MAX = 500 };
/* The acts that many projects may be asked at once. */
#define BULK_ACTIONS "deploy|restart|stop|rollback"

/* A project that was named, and what the act means for it. Texts are the arena's. */
struct bulk_row {
	int64_t project_id, student_user_id;
	const char *project_name, *student_name, *student_number, *app_state;
	int64_t build_id, deployment_id; /* what deploy and rollback would bring; 0: there is nothing */
	const char *commit_sha;		 /* of that */
	enum deployment_refusal refusal; /* REFUSED_NOT: it can be asked for */
	bool asked;			 /* by model_bulk_act: it was */
};

/* The projects of these ids (an array in text, "{1,2}") that are in the course, by student's name; others are left out. */
enum err model_bulk_plan(struct db *db, struct arena *a, int64_t course_id, const char *ids, enum deployment_action action,
			 struct bulk_row **out, int *count) MUST_CHECK;

/*
 * Asks for the act on every row that has no refusal; each is an act of its own with its audit line, and one that is refused does
 * not keep the others. The caller has authorized the actor on all of them.
 */
enum err model_bulk_act(struct request *req, enum deployment_action action, struct bulk_row *rows, int count) MUST_CHECK;

#endif
