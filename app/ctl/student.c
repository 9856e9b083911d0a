/* portalctl student: a course's roster. */
#include <stdio.h>
#include <string.h>

#include "base/phrases.h"
#include "ctl/ctl.h"
#include "ctl/project_options.h"
#include "model/courses.h"
#include "model/users.h"

/* In the caller's transaction. */
static enum ctl_exit put(struct ctl *ctl, const char *const words[3], const char *login, int64_t *id)
{
	int64_t course = 0;
	struct user user = { 0 };
	enum err e = model_courses_find(ctl->db, ctl->arena, words[0], &course);
	if (e == ERR_NOT_FOUND)
		return ctl_fail("there is no course %s: make it by `portalctl course add`", words[0]);
	if (e == ERR_NONE && login && (e = model_users_find(ctl->db, ctl->arena, login, &user)) == ERR_NOT_FOUND)
		return ctl_fail("there is no account %s: make it by `portalctl user add`", login);
	if (e == ERR_NONE)
		e = model_students_put(ctl->db, ctl->arena, course, words[1], words[2], user.id, id);
	if (e == ERR_INVALID)
		return ctl_fail("a student's number is 1 to 40 letters, digits and ._-, the name 1 to 200 bytes");
	if (e == ERR_NONE)
		e = ctl_audit(ctl, "student.put", audit_object_id(ctl->arena, AUDIT_STUDENT, *id), 0,
			      phrase(ctl->arena, PHRASE_AUDIT_STUDENT, words[1], words[0]));
	return e == ERR_NONE ? CTL_DONE : ctl_fail_err(e, "put the student on the roster");
}

enum ctl_exit ctl_student_add(struct ctl *ctl, int argc, char **argv)
{
	const char *words[3], *login = NULL;
	struct project_options project = { 0 };
	struct ctl_option options[1 + PROJECT_OPTIONS] = { { .name = "--user", .text = &login } };
	project_options_rows(&project, options + 1);
	if (!ctl_parse(argc, argv, options, words, 3))
		return CTL_USAGE;
	int64_t student = 0, id = 0;
	enum err e = db_begin(ctl->db);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "begin");
	enum ctl_exit result = put(ctl, words, login, &student);
	if (result == CTL_DONE && (project.name || project.repo))
		result = project_make(ctl, student, &project, &id);
	if (result != CTL_DONE) {
		db_rollback(ctl->db);
		return result;
	}
	if ((e = db_commit(ctl->db)) != ERR_NONE)
		return ctl_fail_err(e, "store it");
	printf("student %lld\n", (long long)student);
	if (id)
		printf("project %lld\n", (long long)id);
	return CTL_DONE;
}
