/* The errand that rolls ended builds up for the statistics. */
#include "worker/statistics.h"

#include "base/log.h"
#include "model/settings.h"
#include "model/statistics.h"

bool statistics_roll(struct worker *w, struct db *db, struct arena *a)
{
	(void)w; /* all that it needs is in the database */
	struct settings *s;
	bool more = false;
	enum err e = model_settings_load(db, a, &s);
	if (!e)
		e = model_statistics_roll(db, a, settings_text(s, SETTING_STATISTICS_ZONE), false, &more);
	if (e)
		log_event(LOG_WARN, "statistics_not_rolled", LOG_STR("error", err_name(e)));
	return more;
}
