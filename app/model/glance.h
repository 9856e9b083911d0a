/* A course at a glance: every student with what runs, what was pushed and what was built last, by one statement. */
#ifndef MODEL_GLANCE_H
#define MODEL_GLANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* One project of one student; a student without one has a row with project_id 0. Texts are the arena's, NULL where there is none.
 */
struct glance_row {
	int64_t student_id, project_id;
	const char *student_name, *student_number, *login; /* login NULL: no account yet */
	const char *project_name, *app_state, *app_reason, *drift, *commit_sha;
	const char *deployment_reason; /* of the last act, where it failed */
	int64_t build_id;	       /* the newest one; 0: none */
	const char *build_status, *build_reason, *build_commit, *build_at;
	const char *base_domain; /* of its cluster; NULL: the setting's */
	bool cluster_away;	 /* its cluster does not answer */
	const char *pushed_at;	 /* the last push, or the last commit that was found on the branch */
};

/* By what a course can be sorted, for filters; with '-' before it downwards. */
#define GLANCE_SORTS "name|number|state|build|push"
#define GLANCE_ORDERS GLANCE_SORTS "|-name|-number|-state|-build|-push" /* - : downwards */

struct glance_filter {
	int64_t course_id;
	const char *search;	  /* a part of name, number or project; NULL: any */
	const char *app_state;	  /* NULL: any */
	const char *build_status; /* NULL: any; "none": never built */
	bool failed;		  /* only what the course's number `failed` counts: application or newest build failed */
	const char *sort;	  /* of GLANCE_SORTS; NULL: by name */
	bool down;
	int limit; /* 1..1000 */
};

/* Sets sort and down by a word of GLANCE_ORDERS; NULL: by name. Pure. */
void glance_order(struct glance_filter *f, const char *order);

struct glance {
	struct glance_row *rows;
	int count;
	bool more; /* the limit cut some off */
};
enum err model_glance_read(struct db *db, struct arena *a, const struct glance_filter *f, struct glance *out) MUST_CHECK;

#endif
