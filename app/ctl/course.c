/* portalctl course: courses. */
#include <stdio.h>

#include "ctl/ctl.h"
#include "model/courses.h"

enum ctl_exit ctl_course_add(struct ctl *ctl, int argc, char **argv)
{
	const char *words[2];
	if (!ctl_parse(argc, argv, NULL, words, 2))
		return CTL_USAGE;
	int64_t id = 0;
	enum err e = db_begin(ctl->db);
	if (e == ERR_NONE)
		e = model_courses_put(ctl->db, ctl->arena, words[0], words[1], &id);
	if (e == ERR_NONE)
		e = ctl_audit(ctl, "course.put", audit_object_id(ctl->arena, AUDIT_COURSE, id), 0, words[0]);
	e = db_end(ctl->db, e);
	if (e == ERR_INVALID)
		return ctl_fail("a course's code is 1 to 40 letters, digits and ._-, its name 1 to 200 bytes");
	if (e != ERR_NONE)
		return ctl_fail_err(e, "make the course");
	printf("%lld\n", (long long)id);
	return CTL_DONE;
}
