/* Statistics of ended builds: rolled up step by step. Reading them is in statistics_read.c. */
#include "model/statistics.h"

#include "base/arena.h"
#include "db/db.h"
#include "model/histogram.h"

/* What ended before this moment is committed: the longest statement is shorter than five minutes. */
#define TARGET "date_trunc('hour', now() - interval '5 minutes')"
#define STEP_TIME "interval '31 days'"
#define STEP_BUILDS "50000"

/* Nothing is due: said by one read, without a lock. */
static enum err look(struct db *db, struct arena *a, const char *zone, bool *due)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT 1 FROM build_stats_state WHERE upto >= " TARGET " AND zone = $1", DB_TEXT(zone));
	*due = !e && !r.count;
	return e;
}

/* The lock of whoever rolls; *got is false where somebody else has it. */
static enum err lock(struct db *db, struct arena *a, const char *zone, bool wait, bool *got, bool *same_zone)
{
	struct db_rows r;
	enum err e = db_query(db, a, NULL,
			      "INSERT INTO build_stats_state (upto, zone) VALUES ('-infinity', $1) ON CONFLICT DO NOTHING",
			      DB_TEXT(zone));
	if (!e && wait)
		e = db_query(db, a, &r, "SELECT 1 FROM build_stats_state FOR UPDATE");
	if (!e)
		e = db_query(db, a, &r, "SELECT zone = $1 FROM build_stats_state FOR UPDATE SKIP LOCKED", DB_TEXT(zone));
	*got = !e && r.count;
	*same_zone = *got && db_bool(&r, 0, 0);
	return e;
}

/* Under the lock. */
static enum err forget(struct db *db, struct arena *a, const char *zone)
{
	enum err e = db_query(db, a, NULL, "DELETE FROM build_stats_hours");
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM build_stats_reasons");
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM build_stats_times");
	if (!e)
		e = db_query(db, a, NULL, "UPDATE build_stats_state SET upto = '-infinity', zone = $1", DB_TEXT(zone));
	return e;
}

/* The next step goes from the hour of the first build that is not counted yet: hours without any cost nothing. */
#define BOUNDS_SQL                                                                                                               \
	"SELECT low.at, high.at, high.at < " TARGET " FROM build_stats_state s"                                                  \
	" CROSS JOIN LATERAL (SELECT least(" TARGET ", coalesce((SELECT date_trunc('hour', min(finished_at)) FROM builds"        \
	"  WHERE finished_at >= s.upto), " TARGET ")) AS at) low"                                                                \
	" CROSS JOIN LATERAL (SELECT date_trunc('hour', (SELECT finished_at FROM builds WHERE finished_at >= low.at"             \
	"  ORDER BY finished_at OFFSET " STEP_BUILDS " LIMIT 1)) AS at) much"                                                    \
	" CROSS JOIN LATERAL (SELECT least(" TARGET ", low.at + " STEP_TIME ","                                                  \
	"  greatest(low.at + interval '1 hour', coalesce(much.at, 'infinity'))) AS at) high"

static enum err bounds(struct db *db, struct arena *a, const char **from, const char **until, bool *more)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, BOUNDS_SQL);
	if (e)
		return e;
	if (!r.count)
		return ERR_INTERNAL;
	*from = db_text(&r, 0, 0);
	*until = db_text(&r, 0, 1);
	*more = db_bool(&r, 0, 2);
	return ERR_NONE;
}

/* One reading of the builds feeds all three tables. An hour is the zone's: with zones of half hours, too, it lies in one day. */
#define COUNT_SQL                                                                                                                \
	"WITH ended AS MATERIALIZED (SELECT course_id, status, reason, date_trunc('hour', finished_at, $3) AS hour,"             \
	"  (finished_at AT TIME ZONE $3)::date AS day, created_at, started_at, finished_at FROM builds"                          \
	"  WHERE finished_at >= $1::timestamptz AND finished_at < $2::timestamptz"                                               \
	"  AND status IN ('success', 'failed', 'cancelled')),"                                                                   \
	" hours AS (INSERT INTO build_stats_hours AS old (hour, course_id, success, failed, cancelled, durations)"               \
	"  SELECT hour, course_id, count(*) FILTER (WHERE status = 'success'), count(*) FILTER (WHERE status = 'failed'),"       \
	"  count(*) FILTER (WHERE status = 'cancelled'), " DURATION_BYTES " FROM ended GROUP BY hour, course_id"                 \
	"  ON CONFLICT (hour, course_id) DO UPDATE SET success = old.success + excluded.success,"                                \
	"  failed = old.failed + excluded.failed, cancelled = old.cancelled + excluded.cancelled,"                               \
	"  durations = old.durations || excluded.durations),"                                                                    \
	" reasons AS (INSERT INTO build_stats_reasons AS old (day, course_id, reason, builds)"                                   \
	"  SELECT day, course_id, reason, count(*) FROM ended WHERE status = 'failed' AND reason IS NOT NULL"                    \
	"  GROUP BY day, course_id, reason"                                                                                      \
	"  ON CONFLICT (day, course_id, reason) DO UPDATE SET builds = old.builds + excluded.builds),"                           \
	" times AS (INSERT INTO build_stats_times AS old (day, course_id, kind, bucket, builds)"                                 \
	"  SELECT day, course_id, kind, bucket, count(*) FROM ended"                                                             \
	"  CROSS JOIN LATERAL (SELECT 'duration' AS kind, " DURATION_BUCKET " AS bucket WHERE status <> 'cancelled'"             \
	"   UNION ALL SELECT 'wait', " WAIT_BUCKET ") k WHERE started_at IS NOT NULL GROUP BY day, course_id, kind, bucket"      \
	"  ON CONFLICT (day, course_id, kind, bucket) DO UPDATE SET builds = old.builds + excluded.builds)"                      \
	" UPDATE build_stats_state SET upto = $2::timestamptz"

/* *more stays false where another worker is at it. */
static enum err step(struct db *db, struct arena *a, const char *zone, bool wait, bool *more)
{
	const char *from, *until;
	bool got, same_zone;
	enum err e = lock(db, a, zone, wait, &got, &same_zone);
	if (e || !got)
		return e;
	if (!same_zone)
		e = forget(db, a, zone);
	if (!e)
		e = bounds(db, a, &from, &until, more);
	return e ? e : db_query(db, a, NULL, COUNT_SQL, DB_TEXT(from), DB_TEXT(until), DB_TEXT(zone));
}

enum err model_statistics_roll(struct db *db, struct arena *a, const char *zone, bool wait, bool *more)
{
	bool due;
	*more = false;
	enum err e = look(db, a, zone, &due);
	if (e || !due)
		return e;
	e = db_begin(db);
	if (e)
		return e;
	e = db_end(db, step(db, a, zone, wait, more));
	*more = *more && !e;
	return e;
}

enum err model_statistics_rebuild(struct db *db, struct arena *a)
{
	struct db_rows r;
	enum err e = db_begin(db);
	if (e)
		return e;
	e = db_query(db, a, &r, "SELECT zone FROM build_stats_state FOR UPDATE");
	if (!e && r.count)
		e = forget(db, a, db_text(&r, 0, 0));
	return db_end(db, e);
}
