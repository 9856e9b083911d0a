/* Statistics of ended builds: rolled up by hours and days, and read with what ended since. */
#ifndef MODEL_STATISTICS_H
#define MODEL_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/builds.h"

struct arena;
struct db;

/*
 * Rolls ended builds up until the hour that is over for five minutes, in steps of a transaction each: one step takes at most 31
 * days and about 50,000 builds. `zone` is the setting statistics_zone; where the stored numbers are of another zone, all is begun
 * anew. *more: a further step is due at once. One at a time does it; the others wait for its step, or have nothing to do. Cheap
 * when nothing is due.
 */
enum err model_statistics_roll(struct db *db, struct arena *a, const char *zone, bool wait, bool *more) MUST_CHECK;

/* Forgets what was rolled up: the next steps count every build again. For whoever writes builds that ended in the past. */
enum err model_statistics_rebuild(struct db *db, struct arena *a) MUST_CHECK;

/* The periods that are shown, in days: today in the statistics' zone and the days before it. */
#define STATISTICS_DAYS "7|30|90|365"
enum { STATISTICS_DAYS_USUAL = 30 };

/* What a period, a day, a course or an hour says. Times are seconds, within 5 %; NAN: there were none. */
struct statistics_numbers {
	int64_t success, failed, cancelled, builds; /* builds: all three */
	double success_rate;			    /* of success and failed, 0..1; NAN: neither */
	double duration_p50, duration_p95;	    /* of those that succeeded or failed */
	double wait_p50, wait_p95;		    /* from asked for to started; of a day or an hour: NAN */
};

struct statistics_day {
	const char *day; /* "2026-11-21" */
	struct statistics_numbers n;
};
struct statistics_course {
	int64_t id;
	const char *code, *name;
	struct statistics_numbers n;
};
struct statistics_hour {
	int hour; /* 0..23: of the end of the builds */
	struct statistics_numbers n;
};
struct statistics_reason {
	enum build_reason reason;
	int64_t builds; /* that failed for it */
};

/* What is to be counted. */
struct statistics_filter {
	int days;
	int64_t course_id; /* 0: all */
	bool weekly;	   /* `day` holds weeks, each under its first day in the period */
	const char *zone;  /* of the settings: counts until the first step has been taken */
};

/* The arena's. */
struct statistics {
	const char *zone; /* whose days and hours these are */
	const char *first_day, *last_day;
	const char *since; /* the beginning of the first day, as the database writes a timestamptz */
	bool complete;	   /* false: builds are still being rolled up for the first time, or anew */
	struct statistics_numbers total;
	struct statistics_day *day;	  /* all of the period, also empty ones, in their order */
	struct statistics_course *course; /* by code */
	struct statistics_hour hour[24];
	struct statistics_reason *reason; /* the most frequent first */
	int days, courses, hours, reasons;
};

/*
 * The numbers of a period by four statements of one snapshot: what is rolled up, and what ended since from builds, so that they
 * are exact. However many builds there are, no more are read than ended within the last three days. Not within a transaction.
 */
enum err model_statistics_read(struct db *db, struct arena *a, const struct statistics_filter *f,
			       struct statistics *out) MUST_CHECK;

#endif
