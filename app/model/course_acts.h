/* Acts of people on courses and their students: each is one transaction with its audit line. */
#ifndef MODEL_COURSE_ACTS_H
#define MODEL_COURSE_ACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "http/request.h"
#include "model/courses.h"
#include "model/roster.h"

/* All of these: the caller has authorized req->actor; nothing is kept unless ERR_NONE is returned. */

/* As model_courses_create and model_courses_change. */
enum err model_act_course_create(struct request *req, const char *code, const char *name, int64_t *id) MUST_CHECK;
enum err model_act_course_change(struct request *req, const struct course *c, const char *code, const char *name, bool archived,
				 int version, bool *taken) MUST_CHECK;

/* What a person says of a student. login "": no account. */
struct student_input {
	const char *number, *name, *login;
};
/* What was wrong with it. */
enum student_fault { STUDENT_FINE, STUDENT_NO_ACCOUNT, STUDENT_NUMBER_TAKEN, STUDENT_STALE };

/* A new one on the roster. ERR_CONFLICT: *fault. */
enum err model_act_student_add(struct request *req, const struct course *c, const struct student_input *in, int64_t *id,
			       enum student_fault *fault) MUST_CHECK;
/* Changes one that still has that version (0: whatever it has). ERR_CONFLICT: *fault. */
enum err model_act_student_change(struct request *req, const struct student *s, const struct student_input *in, int version,
				  enum student_fault *fault) MUST_CHECK;
/* Takes one off the roster: the account's link ends, and the applications are deleted. */
enum err model_act_student_remove(struct request *req, const struct student *s) MUST_CHECK;

/* A student's link to a first password; shown once. Texts are the arena's. */
struct student_invited {
	int64_t student_id, user_id;
	const char *number, *name, *login;
	const char *url, *expires_at; /* NULL before it is made */
};
enum { INVITED_MAX = 1000 };
/* The students of a course whose account has no password yet (student_id 0), or that one, whatever it has; by name. */
enum err model_course_uninvited(struct request *req, int64_t course_id, int64_t student_id, struct student_invited **out,
				int *count) MUST_CHECK;
/* Makes a link for each of them; links that were not used end. One audit line each, all or none. */
enum err model_act_students_invite(struct request *req, struct student_invited *rows, int count) MUST_CHECK;

/* model_roster_apply, with one audit line for the whole. */
enum err model_act_roster_import(struct request *req, const struct course *c, const struct roster_options *o, struct roster *r,
				 const char **why) MUST_CHECK;

#endif
