/* portalctl roster: a course's roster from a CSV file, as the page does it. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "config.h"
#include "ctl/ctl.h"
#include "model/courses.h"
#include "model/roster.h"
#include "model/settings.h"

enum { FILE_MAX = 500 << 10 };

static void print_lines(struct ctl *ctl, const struct roster *r)
{
	for (int i = 0; i < r->count; i++) {
		const struct roster_line *l = &r->lines[i];
		printf("%d\t%s\t%s\t%s\t%s%s%s%s%s\n", l->number, l->fault ? "FAILED" : roster_change_name(l->change),
		       l->student_number, l->name, l->login, l->new_account ? "\taccount" : "", l->new_project ? "\tproject" : "",
		       l->fault ? "\t" : "", l->fault ? ctl_words(ctl, l->fault) : "");
	}
}

/* All lines without a fault, or none. */
static enum ctl_exit apply(struct ctl *ctl, int64_t course, const char *code, const struct roster_options *o, struct roster *r)
{
	struct settings *s;
	const char *why = "";
	enum err e = model_settings_load(ctl->db, ctl->arena, &s);
	if (!e)
		e = db_begin(ctl->db);
	if (e)
		return ctl_fail_err(e, "begin");
	e = model_roster_apply(ctl->db, ctl->arena, ctl->keyring, s, course, o, r, &why);
	if (!e)
		e = ctl_audit(ctl, "roster.import", audit_object_id(ctl->arena, AUDIT_COURSE, course), 0,
			      phrase(ctl->arena, PHRASE_AUDIT_ROSTER, arena_printf(ctl->arena, "%d", r->count - r->wrong), code));
	e = db_end(ctl->db, e);
	if (e && *why)
		return ctl_fail("%s", why);
	return e ? ctl_fail_err(e, "import the roster") : CTL_DONE;
}

enum ctl_exit ctl_roster_import(struct ctl *ctl, int argc, char **argv)
{
	const char *words[2], *why;
	bool sure = false;
	struct roster_options o = { .repo_schemes = ctl->config->repo_schemes };
	const struct ctl_option options[] = { { .name = "--accounts", .flag = &o.accounts },
					      { .name = "--project", .text = &o.project },
					      { .name = "--repo", .text = &o.repo_url },
					      { .name = "--apply", .flag = &sure },
					      { 0 } };
	struct roster r;
	int64_t course;
	if (!ctl_parse(argc, argv, options, words, 2) || (o.repo_url && !o.project))
		return CTL_USAGE;
	if (!o.repo_url)
		o.repo_url = "";
	enum err e = model_courses_find(ctl->db, ctl->arena, words[0], &course);
	if (e)
		return e == ERR_NOT_FOUND ? ctl_fail("there is no course %s", words[0]) : ctl_fail_err(e, "find the course");
	const char *text = ctl_read(ctl, words[1], FILE_MAX);
	if (!text)
		return CTL_FAILED;
	e = model_roster_read(ctl->db, ctl->arena, course, text, strlen(text), &o, &r, &why);
	if (e)
		return e == ERR_INVALID || e == ERR_TOO_LARGE ? ctl_fail("%s", ctl_words(ctl, why)) : ctl_fail_err(e, "read it");
	enum ctl_exit result = sure ? apply(ctl, course, words[0], &o, &r) : CTL_DONE;
	print_lines(ctl, &r);
	fprintf(stderr, "%d lines, %d change something, %d with a fault%s\n", r.count, r.changes, r.wrong,
		sure ? "" : "; nothing was changed: repeat with --apply");
	return result || !r.wrong ? result : CTL_FAILED;
}
