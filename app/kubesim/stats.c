/* What was asked of the server and made in it. */
#include "kubesim/stats.h"

#include <string.h>

#include "base/clock.h"
#include "kubesim/stream.h"

enum { JOB_NAMES = 50000 };

static json_object *section(struct world *w, const char *name)
{
	json_object *s;
	if (!json_object_object_get_ex(w->stats, name, &s))
		json_add(w->stats, name, s = json_object_new_object());
	return s;
}

static void count(json_object *in, const char *key)
{
	json_object *n;
	if (json_object_object_get_ex(in, key, &n))
		json_object_int_inc(n, 1);
	else
		json_add_int(in, key, 1);
}

void sim_stats_request(struct world *w, const char *verb, const char *resource, const char *sub)
{
	count(section(w, "requests"),
	      arena_printf(w->scratch, "%s %s%s%s", verb, *resource ? resource : "other", *sub ? "/" : "", sub));
}

void sim_stats_job(struct world *w, const char *ns, const char *name)
{
	json_object *jobs = section(w, "jobs_created");
	if (json_object_object_length(jobs) < JOB_NAMES)
		count(jobs, arena_printf(w->scratch, "%s/%s", ns, name));
}

json_object *sim_stats_json(struct world *w)
{
	json_object *o = NULL, *objects = json_object_new_object();
	int64_t watches, follows;
	section(w, "requests");
	section(w, "jobs_created");
	if (json_object_deep_copy(w->stats, &o, NULL))
		o = json_object_new_object();
	stream_count(w, &watches, &follows);
	json_add_int(o, "open_watches", watches);
	json_add_int(o, "open_follows", follows);
	for (int k = 0; k < SIM_KIND__MAX; k++)
		json_add_int(objects, sim_kinds[k].plural, (int64_t)w->tables[k].n);
	json_add(o, "objects", objects);
	json_add_int(o, "resource_version", w->rv);
	json_add_int(o, "history_bytes", (int64_t)w->history_bytes);
	json_add_int(o, "timers", (int64_t)w->timers);
	json_add_bool(o, "outage", clock_ms() < w->outage_until_ms);
	return o;
}
