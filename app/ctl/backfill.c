/* portalctl backfill: default build configurations for students who have none. */
#include <stdio.h>
#include <string.h>

#include "base/phrases.h"
#include "base/str.h"
#include "config.h"
#include "ctl/ctl.h"
#include "model/backfill.h"
#include "model/courses.h"
#include "model/settings.h"

struct wanted {
	const char *project, *repo, *course;
	bool apply;
};

/* The address of a student's repository: "{login}", "{number}" and "{project}" are filled in; NULL: there is no login to fill in.
 */
static const char *repo_of(struct ctl *ctl, const struct wanted *w, const struct backfill_row *row)
{
	const char *url = str_fill(ctl->arena, w->repo, "{number}", row->student_number);
	url = str_fill(ctl->arena, url, "{project}", row->project_name ? row->project_name : w->project);
	return *row->login ? str_fill(ctl->arena, url, "{login}", row->login) : strstr(url, "{login}") ? NULL : url;
}

/* One row in a transaction of its own. False: it could not be done, and the line says why. */
static bool one(struct ctl *ctl, const struct settings *s, const struct wanted *w, const struct backfill_row *row)
{
	const char *url = repo_of(ctl, w, row), *why = "no account, and the address needs a login";
	const char *project = row->project_name ? row->project_name : w->project;
	int64_t id = 0;
	enum err e = url ? db_begin(ctl->db) : ERR_INVALID;
	if (url && !e) {
		e = model_backfill_one(ctl->db, ctl->arena, ctl->keyring, s, row, project, url, ctl->config->repo_schemes, &id,
				       &why);
		if (!e)
			e = ctl_audit(ctl, row->project_id ? "build_config.change" : "project.create",
				      audit_object_id(ctl->arena, AUDIT_PROJECT, id), id,
				      phrase(ctl->arena, PHRASE_AUDIT_BACKFILLED, project));
		/* Also a dry run goes all the way: it finds what would fail. */
		if (w->apply)
			e = db_end(ctl->db, e);
		else
			db_rollback(ctl->db);
	}
	printf("%s\t%s\t%s\t%s\t%s\t%s\n",
	       e	  ? "FAILED"
	       : w->apply ? "done"
			  : "would",
	       row->course_code, row->student_number, project, row->project_id ? "configuration" : "project",
	       e ? (*why ? why : err_name(e)) : url);
	return !e;
}

enum ctl_exit ctl_backfill(struct ctl *ctl, int argc, char **argv)
{
	struct wanted w = { .project = NULL };
	const struct ctl_option options[] = { { .name = "--project", .text = &w.project },
					      { .name = "--repo", .text = &w.repo },
					      { .name = "--course", .text = &w.course },
					      { .name = "--apply", .flag = &w.apply },
					      { 0 } };
	struct settings *s;
	struct backfill_row *rows;
	int count = 0, failed = 0;
	int64_t course = 0;
	if (!ctl_parse(argc, argv, options, NULL, 0) || !w.repo)
		return CTL_USAGE;
	if (!w.project)
		w.project = "app";
	enum err e = w.course ? model_courses_find(ctl->db, ctl->arena, w.course, &course) : ERR_NONE;
	if (e == ERR_NOT_FOUND)
		return ctl_fail("there is no course %s", w.course);
	if (!e)
		e = model_settings_load(ctl->db, ctl->arena, &s);
	if (!e)
		e = model_backfill_list(ctl->db, ctl->arena, course, &rows, &count);
	if (e)
		return ctl_fail_err(e, "read the students");
	for (int i = 0; i < count; i++)
		failed += !one(ctl, s, &w, &rows[i]);
	fprintf(stderr, "%d students without a build configuration, %d cannot have one%s\n", count, failed,
		w.apply || !count ? "" : "; nothing was changed: repeat with --apply");
	return failed ? CTL_FAILED : CTL_DONE;
}
