/* portalctl statistics: rolls ended builds up and counts courses at once, where the workers would do it within a minute. */
#include <stdio.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "ctl/ctl.h"
#include "model/course_counts.h"
#include "model/settings.h"
#include "model/statistics.h"

static enum err rebuild(struct ctl *ctl)
{
	enum err e = db_begin(ctl->db);
	if (e == ERR_NONE)
		e = model_statistics_rebuild(ctl->db, ctl->arena);
	if (e == ERR_NONE)
		e = ctl_audit(ctl, "statistics.rebuild", audit_object(ctl->arena, AUDIT_STATISTICS, NULL), 0,
			      phrase_text(PHRASE_AUDIT_RECOUNTED));
	return db_end(ctl->db, e);
}

enum err ctl_statistics_roll(struct ctl *ctl)
{
	struct settings *s;
	bool more = true;
	enum err e = model_settings_load(ctl->db, ctl->arena, &s);
	while (e == ERR_NONE && more)
		e = model_statistics_roll(ctl->db, ctl->arena, settings_text(s, SETTING_STATISTICS_ZONE), true, &more);
	return e ? e : model_course_counts_keep(ctl->db, ctl->arena);
}

enum ctl_exit ctl_statistics(struct ctl *ctl, int argc, char **argv)
{
	bool again = false;
	const struct ctl_option options[] = { { "--rebuild", NULL, &again }, { NULL, NULL, NULL } };
	if (!ctl_parse(argc, argv, options, NULL, 0))
		return CTL_USAGE;
	enum err e = again ? rebuild(ctl) : ERR_NONE;
	if (e == ERR_NONE)
		e = ctl_statistics_roll(ctl);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "roll the builds up; run it again");
	printf("up to date\n");
	return CTL_DONE;
}
