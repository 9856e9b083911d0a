/* Statistics of a period: what is rolled up, and the live tail behind it. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "db/db.h"
#include "model/histogram.h"
#include "model/statistics.h"

/* What is counted, and where. */
struct period {
	const char *since, *tail, *zone, *first_day, *last_day;
	int64_t course_id;
	bool weekly;
};

/* The statements below are all given these three first; then the zone and `weekly`, where they speak of days. */
#define ARGUMENTS(p) DB_TEXT((p)->tail), DB_ID((p)->course_id), DB_TEXT((p)->first_day)
#define DAYS(p) DB_TEXT((p)->zone), DB_BOOL((p)->weekly)
#define OF_COURSE " AND ($2::bigint IS NULL OR course_id = $2)"
#define TAIL " FROM builds WHERE finished_at >= $1::timestamptz AND status IN ('success', 'failed', 'cancelled')" OF_COURSE
/* The day of a local time, or the first day of its week that lies in the period. */
#define DAY "CASE WHEN $5::boolean THEN greatest(date_trunc('week', at)::date, $3::date) ELSE at::date END AS day"

/*
 * The tail begins where the tables end; the moment is a value in the text of the next statements' plans, by which the index on
 * finished_at is seen to fit. While builds are rolled up for the first time the tables end long ago, and only three days are
 * read.
 */
static enum err read_period(struct db *db, struct arena *a, const struct statistics_filter *f, struct period *p, bool *complete)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r,
			 "SELECT z.zone, d.last - ($1::integer - 1), d.last, since.at,"
			 " greatest(s.upto, since.at, now() - interval '3 days'),"
			 " greatest(s.upto, since.at) >= now() - interval '3 days'"
			 " FROM (SELECT 1) AS one LEFT JOIN build_stats_state s ON true"
			 " CROSS JOIN LATERAL (SELECT coalesce(s.zone, $2::text) AS zone) z"
			 " CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE z.zone)::date AS last) d"
			 " CROSS JOIN LATERAL (SELECT (d.last - ($1::integer - 1))::timestamp AT TIME ZONE z.zone AS at) since",
			 DB_INT(f->days), DB_TEXT(f->zone));
	if (e)
		return e;
	*p = (struct period){ .zone = db_text(&r, 0, 0),
			      .first_day = db_text(&r, 0, 1),
			      .last_day = db_text(&r, 0, 2),
			      .since = db_text(&r, 0, 3),
			      .tail = db_text(&r, 0, 4),
			      .course_id = f->course_id,
			      .weekly = f->weekly };
	*complete = db_bool(&r, 0, 5);
	return ERR_NONE;
}

/* What GROUPING says of a row: which columns it is NOT grouped by. */
enum { BY_DAY = 3, BY_COURSE = 5, BY_HOUR = 6, TIMES_BY_DAY = 1, TIMES_BY_COURSE = 2 };

/*
 * Every day of the period has a row, for a line of zeroes is added for each. Of the durations the hours' alone are read. Integers
 * and date_part, for a sum of bigint and extract would be computed as numeric, row by row.
 */
#define COUNTS_SQL                                                                                                               \
	"WITH ended AS (SELECT hour AT TIME ZONE $4::text AS at, course_id, success, failed, cancelled, durations"               \
	"  FROM build_stats_hours WHERE hour >= $6::timestamptz" OF_COURSE                                                       \
	" UNION ALL SELECT date_trunc('hour', finished_at AT TIME ZONE $4::text) AS at, course_id,"                              \
	"  count(*) FILTER (WHERE status = 'success')::integer, count(*) FILTER (WHERE status = 'failed')::integer,"             \
	"  count(*) FILTER (WHERE status = 'cancelled')::integer, " DURATION_BYTES TAIL " GROUP BY at, course_id"                \
	" UNION ALL SELECT day, NULL, 0, 0, 0, ''"                                                                               \
	"  FROM generate_series($3::date::timestamp, $7::date::timestamp, interval '1 day') AS day),"                            \
	" parts AS (SELECT " DAY ", course_id, date_part('hour', at)::integer AS hour, success, failed, cancelled, durations"    \
	"  FROM ended),"                                                                                                         \
	" sums AS (SELECT GROUPING(day, course_id, hour) AS part, day, course_id, hour, sum(success) AS success,"                \
	"  sum(failed) AS failed, sum(cancelled) AS cancelled,"                                                                  \
	"  CASE WHEN GROUPING(day, course_id, hour) = 6 THEN encode(string_agg(durations, ''::bytea), 'hex') END AS durations"   \
	"  FROM parts"                                                                                                           \
	"  GROUP BY GROUPING SETS ((day), (course_id), (hour)))"                                                                 \
	" SELECT part, day, course_id, hour, success, failed, cancelled, c.code, c.name, durations FROM sums"                    \
	" LEFT JOIN courses c ON c.id = course_id WHERE course_id IS NOT NULL OR part <> 5 ORDER BY part, day, hour, c.code"

static struct statistics_numbers numbers(int64_t success, int64_t failed, int64_t cancelled)
{
	int64_t judged = success + failed;
	return (struct statistics_numbers){ .success = success,
					    .failed = failed,
					    .cancelled = cancelled,
					    .builds = judged + cancelled,
					    .success_rate = judged ? (double)success / (double)judged : NAN,
					    .duration_p50 = NAN,
					    .duration_p95 = NAN,
					    .wait_p50 = NAN,
					    .wait_p95 = NAN };
}

static void set_times(struct statistics_numbers *n, bool wait, const struct histogram *h)
{
	*(wait ? &n->wait_p50 : &n->duration_p50) = histogram_percentile(h, 0.5);
	*(wait ? &n->wait_p95 : &n->duration_p95) = histogram_percentile(h, 0.95);
}

static void take_hour(struct arena *a, const struct db_rows *r, int i, struct statistics_numbers *n)
{
	const char *hex = db_text(r, i, 9);
	size_t count = strlen(hex) / 2;
	unsigned char *bytes = arena_alloc(a, count + 1);
	struct histogram h = { 0 };
	if (str_unhex(hex, bytes, count))
		histogram_add_bytes(&h, bytes, count);
	set_times(n, false, &h);
}

static void take_count(struct arena *a, const struct db_rows *r, int i, struct statistics *out)
{
	struct statistics_numbers n = numbers(db_int(r, i, 4), db_int(r, i, 5), db_int(r, i, 6));
	switch (db_int(r, i, 0)) {
	case BY_DAY:
		out->day[out->days++] = (struct statistics_day){ .day = db_text(r, i, 1), .n = n };
		break;
	case BY_COURSE:
		out->course[out->courses++] = (struct statistics_course){
			.id = db_int(r, i, 2), .code = db_text(r, i, 7), .name = db_text(r, i, 8), .n = n
		};
		break;
	case BY_HOUR:
		take_hour(a, r, i, &n);
		out->hour[db_int(r, i, 3)].n = n;
		break;
	default:
		break;
	}
}

/* The courses make up the whole. */
static void add_up(struct statistics *out)
{
	int64_t success = 0, failed = 0, cancelled = 0;
	for (int c = 0; c < out->courses; c++) {
		success += out->course[c].n.success;
		failed += out->course[c].n.failed;
		cancelled += out->course[c].n.cancelled;
	}
	out->total = numbers(success, failed, cancelled);
}

static enum err read_counts(struct db *db, struct arena *a, const struct period *p, struct statistics *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, COUNTS_SQL, ARGUMENTS(p), DAYS(p), DB_TEXT(p->since), DB_TEXT(p->last_day));
	if (e)
		return e;
	out->day = arena_alloc(a, sizeof *out->day * (size_t)(r.count + 1));
	out->course = arena_alloc(a, sizeof *out->course * (size_t)(r.count + 1));
	out->hours = sizeof out->hour / sizeof *out->hour;
	for (int h = 0; h < out->hours; h++)
		out->hour[h] = (struct statistics_hour){ .hour = h, .n = numbers(0, 0, 0) };
	for (int i = 0; i < r.count; i++)
		take_count(a, &r, i, out);
	add_up(out);
	return ERR_NONE;
}

#define TIMES_SQL                                                                                                                \
	"WITH ended AS (SELECT day::timestamp AS at, course_id, kind, bucket, builds FROM build_stats_times"                     \
	"  WHERE day >= $3::date" OF_COURSE                                                                                      \
	" UNION ALL SELECT t.finished_at AT TIME ZONE $4::text, t.course_id, k.kind, k.bucket, 1 FROM"                           \
	"  (SELECT course_id, status, created_at, started_at, finished_at" TAIL " AND started_at IS NOT NULL) t"                 \
	"  CROSS JOIN LATERAL (SELECT 'duration' AS kind, " DURATION_BUCKET " AS bucket WHERE status <> 'cancelled'"             \
	"   UNION ALL SELECT 'wait', " WAIT_BUCKET ") k),"                                                                       \
	" parts AS (SELECT " DAY ", course_id, kind, bucket, builds FROM ended)"                                                 \
	" SELECT GROUPING(day, course_id) AS part, day, course_id, kind, bucket, sum(builds) FROM parts"                         \
	" GROUP BY GROUPING SETS ((kind, day, bucket), (kind, course_id, bucket))"                                               \
	" HAVING GROUPING(day) = 1 OR kind = 'duration' ORDER BY part, day, course_id, kind, bucket"

/* The numbers that a group of rows speaks of. */
static struct statistics_numbers *numbers_of(const struct db_rows *r, int i, struct statistics *out)
{
	bool of_day = db_int(r, i, 0) == TIMES_BY_DAY;
	for (int d = 0; of_day && d < out->days; d++)
		if (!strcmp(out->day[d].day, db_text(r, i, 1)))
			return &out->day[d].n;
	for (int c = 0; !of_day && c < out->courses; c++)
		if (out->course[c].id == db_int(r, i, 2))
			return &out->course[c].n;
	return NULL;
}

static bool same_group(const struct db_rows *r, int i, int k)
{
	const char *day = db_text(r, i, 1), *other = db_text(r, k, 1);
	return db_int(r, i, 0) == db_int(r, k, 0) && db_int(r, i, 2) == db_int(r, k, 2) &&
	       !strcmp(day ? day : "", other ? other : "") && !strcmp(db_text(r, i, 3), db_text(r, k, 3));
}

/* all[wait]: of all courses. */
static void take_times(const struct db_rows *r, int first, int count, struct statistics *out, struct histogram all[2])
{
	struct histogram h = { 0 };
	struct statistics_numbers *n = numbers_of(r, first, out);
	bool wait = !strcmp(db_text(r, first, 3), "wait"), of_course = db_int(r, first, 0) == TIMES_BY_COURSE;
	for (int i = first; i < first + count; i++) {
		histogram_add(&h, (int)db_int(r, i, 4), db_int(r, i, 5));
		if (of_course)
			histogram_add(&all[wait], (int)db_int(r, i, 4), db_int(r, i, 5));
	}
	if (n)
		set_times(n, wait, &h);
}

static enum err read_times(struct db *db, struct arena *a, const struct period *p, struct statistics *out)
{
	struct db_rows r;
	struct histogram all[2] = { 0 };
	enum err e = db_query(db, a, &r, TIMES_SQL, ARGUMENTS(p), DAYS(p));
	for (int first = 0, end; !e && first < r.count; first = end) {
		for (end = first + 1; end < r.count && same_group(&r, first, end);)
			end++;
		take_times(&r, first, end - first, out, all);
	}
	set_times(&out->total, false, &all[false]);
	set_times(&out->total, true, &all[true]);
	return e;
}

static enum err read_reasons(struct db *db, struct arena *a, const struct period *p, struct statistics *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "WITH failed AS (SELECT reason, builds FROM build_stats_reasons WHERE day >= $3::date" OF_COURSE
			      " UNION ALL SELECT reason, 1" TAIL " AND status = 'failed' AND reason IS NOT NULL)"
			      " SELECT reason, sum(builds) AS builds FROM failed GROUP BY reason ORDER BY builds DESC, reason",
			      ARGUMENTS(p));
	if (e)
		return e;
	out->reason = arena_alloc(a, sizeof *out->reason * (size_t)(r.count + 1));
	out->reasons = r.count;
	for (int i = 0; i < r.count; i++)
		out->reason[i] =
			(struct statistics_reason){ .reason = build_reason_of(db_text(&r, i, 0)), .builds = db_int(&r, i, 1) };
	return ERR_NONE;
}

static enum err read_all(struct db *db, struct arena *a, const struct statistics_filter *f, struct statistics *out)
{
	struct period p;
	enum err e = db_script(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
	if (!e)
		e = read_period(db, a, f, &p, &out->complete);
	if (e)
		return e;
	out->zone = p.zone;
	out->first_day = p.first_day;
	out->last_day = p.last_day;
	out->since = p.since;
	e = read_counts(db, a, &p, out);
	if (!e)
		e = read_times(db, a, &p, out);
	return e ? e : read_reasons(db, a, &p, out);
}

enum err model_statistics_read(struct db *db, struct arena *a, const struct statistics_filter *f, struct statistics *out)
{
	*out = (struct statistics){ 0 };
	enum err e = db_begin(db);
	if (e)
		return e;
	e = read_all(db, a, f, out);
	db_rollback(db); /* nothing was written: the snapshot alone was wanted */
	return e;
}
