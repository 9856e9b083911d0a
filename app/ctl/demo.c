/* portalctl demo: made-up courses with a month of builds, deployments and audit lines, all in the past; and takes them away
 * again. */
#include "ctl/demo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "base/str.h"
#include "config.h"
#include "model/demo.h"
#include "model/settings.h"
#include "model/statistics.h"
#include "objects/objects.h"

enum { STUDENTS = 30, STUDENTS_MAX = 200, DAYS = 30, DAYS_MIN = 7, DAYS_MAX = 90 };

static const char *what(struct arena *a, int days)
{
	return phrase(a, PHRASE_AUDIT_DEMO, arena_printf(a, "%d", days));
}

/* Ids in the order of time. */
static enum err number(struct demo *d)
{
	int64_t *ids;
	enum err e = model_demo_ids(d->ctl->db, d->arena, DEMO_IDS_BUILDS, d->builds.count, &ids);
	for (int i = 0; !e && i < d->builds.count; i++)
		((struct demo_build *)d->builds.items[i])->id = ids[i];
	if (!e)
		e = model_demo_ids(d->ctl->db, d->arena, DEMO_IDS_DEPLOYMENTS, d->deployments.count, &ids);
	for (int i = 0; !e && i < d->deployments.count; i++)
		((struct demo_deployment *)d->deployments.items[i])->id = ids[i];
	return e;
}

/* In one transaction; the logs are in the archive before it is committed. */
static enum ctl_exit fill(struct demo *d, struct objects *o, int *written)
{
	demo_plan_begin(d);
	demo_people_plan(d);
	enum ctl_exit x = demo_people_write(d);
	if (x != CTL_DONE)
		return x;
	demo_builds_plan(d);
	demo_trail_plan(d);
	demo_plan_sort(d);
	enum err e = number(d);
	if (!e)
		e = objects_prepare(o, d->arena);
	if (!e && (e = demo_archive_write(d, o, written)))
		return ctl_fail_err(e, "write the logs into the archive");
	if (!e)
		e = demo_rows_write(d);
	if (!e)
		e = demo_past_write(d);
	if (!e)
		e = model_statistics_rebuild(d->ctl->db, d->arena); /* what ended in the past is counted, too */
	if (!e)
		e = ctl_audit(d->ctl, "demo.fill", audit_object(d->arena, AUDIT_DEMO, NULL), 0, what(d->arena, d->days));
	return e ? ctl_fail_err(e, "write the demo") : CTL_DONE;
}

static struct objects *open_archive(struct ctl *ctl)
{
	const char *why;
	struct objects *o = objects_open(ctl->arena, ctl->config, &why);
	if (!o)
		ctl_fail("the archive cannot be opened: %s", why);
	return o;
}

static void say_done(const struct demo *d)
{
	printf("%d courses, %d students, %d builds, %d deployments: %s\n", DEMO_COURSES, d->roster.count, d->builds.count,
	       d->deployments.count, what(d->arena, d->days));
}

static enum ctl_exit make(struct ctl *ctl, int students, int days)
{
	struct demo d = { .ctl = ctl, .arena = ctl->arena, .students = students, .days = days };
	bool there = false;
	int written = 0;
	struct objects *o = open_archive(ctl);
	if (!o)
		return CTL_FAILED;
	enum err e = db_begin(ctl->db);
	if (!e)
		e = model_demo_begin(ctl->db, ctl->arena, &there, &d.now);
	if (!e)
		e = model_settings_load(ctl->db, ctl->arena, &d.settings);
	d.begin = d.now - days * DAY;
	enum ctl_exit x = e ? ctl_fail_err(e, "begin") : there ? CTL_DONE : fill(&d, o, &written);
	if (x != CTL_DONE || there) {
		db_rollback(ctl->db);
		demo_archive_undo(&d, o, written);
	} else if ((e = db_commit(ctl->db))) {
		x = ctl_fail_err(e, "store the demo"); /* whether it is there is not known: its logs stay */
	} else {
		say_done(&d);
		if (ctl_statistics_roll(ctl))
			puts("the statistics follow within minutes");
	}
	if (there)
		puts("the demo is there already: nothing was changed");
	objects_free(o);
	return x;
}

/* The rows first: what nothing points at any more may stay behind, but nothing may point at what is gone. */
static enum ctl_exit take_away(struct ctl *ctl, struct demo_list *keys, bool *there)
{
	int64_t now, busy = 0;
	enum err e = db_begin(ctl->db);
	if (!e)
		e = model_demo_begin(ctl->db, ctl->arena, there, &now);
	if (!e && *there)
		e = model_demo_busy(ctl->db, ctl->arena, &busy);
	if (!e && *there && !busy)
		e = demo_archive_list(ctl, keys);
	if (!e && *there && !busy)
		e = model_demo_remove(ctl->db, ctl->arena);
	if (!e && *there && !busy)
		e = model_statistics_rebuild(ctl->db, ctl->arena);
	if (!e && *there && !busy)
		e = ctl_audit(ctl, "demo.remove", audit_object(ctl->arena, AUDIT_DEMO, NULL), 0, NULL);
	if (e || !*there || busy)
		db_rollback(ctl->db);
	else
		e = db_commit(ctl->db);
	if (e == ERR_INVALID)
		return ctl_fail("an account or the registry of the demo is used outside of its courses: end that first");
	if (busy)
		return ctl_fail("%" PRId64 " projects of the demo build or run in the cluster by now: wait, and delete their "
				"applications first",
				busy);
	return e ? ctl_fail_err(e, "take the demo away") : CTL_DONE;
}

static enum ctl_exit unmake(struct ctl *ctl)
{
	struct demo_list keys = { 0 };
	bool there = false;
	int left = 0;
	struct objects *o = open_archive(ctl);
	if (!o)
		return CTL_FAILED;
	enum ctl_exit x = take_away(ctl, &keys, &there);
	for (int i = 0; x == CTL_DONE && i < keys.count; i++)
		left += objects_delete(o, keys.items[i]) != ERR_NONE;
	objects_free(o);
	if (x != CTL_DONE)
		return x;
	puts(there ? "the demo is gone; its audit lines stay, as nobody may take any away"
		   : "there is no demo: nothing was changed");
	return left ? ctl_fail("%d of its logs could not be deleted from the archive; nothing points at them", left) : CTL_DONE;
}

static bool read_number(const char *text, int lo, int hi, int *out)
{
	int64_t n;
	if (!text)
		return true;
	if (!str_to_int(text, lo, hi, &n))
		return false;
	*out = (int)n;
	return true;
}

enum ctl_exit ctl_demo(struct ctl *ctl, int argc, char **argv)
{
	const char *students_word = NULL, *days_word = NULL;
	bool yes = false, gone = false;
	int students = STUDENTS, days = DAYS;
	const struct ctl_option options[] = { { .name = "--students", .text = &students_word },
					      { .name = "--days", .text = &days_word },
					      { .name = "--yes", .flag = &yes },
					      { .name = "--remove", .flag = &gone },
					      { 0 } };
	if (!ctl_parse(argc, argv, options, NULL, 0))
		return CTL_USAGE;
	if (gone)
		return unmake(ctl);
	if (!read_number(students_word, 1, STUDENTS_MAX, &students) || !read_number(days_word, DAYS_MIN, DAYS_MAX, &days)) {
		ctl_fail("--students is 1 to %d, --days is %d to %d", STUDENTS_MAX, DAYS_MIN, DAYS_MAX);
		return CTL_USAGE;
	}
	if (strcmp(ctl->config->environment, "development") && !yes)
		return ctl_fail("this makes %s. The portal is one of %s: with --yes it is done all the same",
				what(ctl->arena, days), ctl->config->environment);
	return make(ctl, students, days);
}
