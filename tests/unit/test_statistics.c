/* Tests of rolled up statistics on a real database: what they say is what a direct count says, whoever rolled, however often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/failures.h"
#include "model/queue.h"
#include "model/statistics.h"
#include "pg.h"

#define SHANGHAI "Asia/Shanghai"
#define KOLKATA "Asia/Kolkata" /* its hours begin at half hours of UTC */

static struct db_pool *pool;
static struct arena *a;
static struct db *db;
static int64_t courses[2];

static void sql_ok(enum err e)
{
	assert_int_equal(e, ERR_NONE);
}

/* Two courses of 20 students, and 3,000 builds that ended within the last 40 days, some within this hour. */
static void fill(void)
{
	struct db_rows r;
	sql_ok(db_query(db, a, NULL, "SELECT setseed(0.5)"));
	sql_ok(db_query(db, a, &r, "INSERT INTO courses (code, name) VALUES ('A', 'First'), ('B', 'Second') RETURNING id"));
	courses[0] = db_int(&r, 0, 0);
	courses[1] = db_int(&r, 1, 0);
	sql_ok(db_query(db, a, NULL,
			"WITH s AS (INSERT INTO students (course_id, student_number, name) SELECT c.id, n::text, 'Student ' || n"
			" FROM courses c, generate_series(1, 20) n RETURNING id)"
			" INSERT INTO projects (student_id, name) SELECT id, 'app' FROM s"));
	sql_ok(db_query(
		db, a, NULL,
		"INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, image_repo, image_tag, status, phase,"
		" reason, trigger, config, config_digest, created_at, started_at, finished_at)"
		" SELECT p.id, p.student_id, s.course_id, repeat('a', 40), 'main', 'r/x', 'aaaaaaa', t.status, 'done',"
		" CASE t.status WHEN 'failed' THEN (ARRAY['BUILD_STEP', 'BUILD_STEP', 'PUSH_AUTH', 'TIMEOUT'])[1 + n % 4]"
		"  WHEN 'cancelled' THEN 'SUPERSEDED' END,"
		" 'push', '{}', 'd', t.at - t.took - t.waited, CASE WHEN t.status <> 'cancelled' OR n % 2 = 0 THEN t.at - t.took "
		"END,"
		" t.at FROM (SELECT n, now() - random() ^ 3 * interval '40 days' AS at,"
		"  (ARRAY['success', 'success', 'success', 'failed', 'cancelled'])[1 + n % 5] AS status,"
		"  make_interval(secs => 5 + 900 * random() ^ 3) AS took, make_interval(secs => 0.05 + 60 * random() ^ 4) AS "
		"waited"
		"  FROM generate_series(1, 3000) n) t"
		" JOIN projects p ON p.id = 1 + t.n % 40 JOIN students s ON s.id = p.student_id"));
	sql_ok(db_query(db, a, NULL, "SET TimeZone = 'UTC'"));
}

static int start(void **state)
{
	(void)state;
	pool = pg_open(256 << 20, &a, &db);
	if (db)
		fill();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	return pg_close(pool, a, db);
}

static void roll(const char *zone)
{
	bool more = true;
	int steps = 0;
	while (more && steps++ < 100)
		sql_ok(model_statistics_roll(db, a, zone, false, &more));
	assert_false(more);
}

static int64_t count(const char *zone, int days, int64_t course, const char *status)
{
	struct db_rows r;
	sql_ok(db_query(db, a, &r,
			"SELECT count(*) FROM builds WHERE (finished_at AT TIME ZONE $1::text)::date > (now() AT TIME ZONE "
			"$1::text)::date"
			" - $2::integer AND status = $4 AND ($3::bigint IS NULL OR course_id = $3)",
			DB_TEXT(zone), DB_INT(days), DB_ID(course), DB_TEXT(status)));
	return db_int(&r, 0, 0);
}

static double percentile(const char *zone, int days, int64_t course, bool wait, double share)
{
	struct db_rows r;
	sql_ok(db_query(db, a, &r,
			"SELECT percentile_disc($5::float8) WITHIN GROUP (ORDER BY extract(epoch FROM CASE WHEN $4::boolean THEN "
			"started_at -"
			" created_at ELSE finished_at - started_at END)) FROM builds"
			" WHERE (finished_at AT TIME ZONE $1::text)::date > (now() AT TIME ZONE $1::text)::date - $2::integer"
			" AND ($4::boolean OR status <> 'cancelled') AND started_at IS NOT NULL AND ($3::bigint IS NULL OR "
			"course_id = $3)",
			DB_TEXT(zone), DB_INT(days), DB_ID(course), DB_BOOL(wait), DB_TEXT(share > 0.9 ? "0.95" : "0.5")));
	return strtod(db_text(&r, 0, 0), NULL);
}

static void near(double says, double is)
{
	if (!(says >= is * 0.95 && says <= is * 1.05))
		fail_msg("%g, but it is %g", says, is);
}

/* Of each hour of the day the counts and the percentiles, and where none took time nothing is said of times. */
static void compare_hours(const char *zone, int days, int64_t course, const struct statistics *s)
{
	struct db_rows r;
	sql_ok(db_query(db, a, &r,
			"SELECT h, count(*) FILTER (WHERE status = 'success'), count(*) FILTER (WHERE status = 'failed'),"
			" count(*) FILTER (WHERE status = 'cancelled'), percentile_disc(0.5) WITHIN GROUP (ORDER BY took),"
			" percentile_disc(0.95) WITHIN GROUP (ORDER BY took) FROM generate_series(0, 23) AS h LEFT JOIN"
			" (SELECT status, finished_at AT TIME ZONE $1::text AS at, CASE WHEN status <> 'cancelled' THEN"
			"   extract(epoch FROM finished_at - started_at)::float8 END AS took FROM builds"
			"  WHERE (finished_at AT TIME ZONE $1::text)::date > (now() AT TIME ZONE $1::text)::date - $2::integer"
			"  AND ($3::bigint IS NULL OR course_id = $3)) b ON extract(hour FROM at) = h GROUP BY h ORDER BY h",
			DB_TEXT(zone), DB_INT(days), DB_ID(course)));
	assert_int_equal(s->hours, r.count);
	for (int h = 0; h < r.count; h++) {
		const struct statistics_numbers *n = &s->hour[h].n;
		assert_int_equal(s->hour[h].hour, h);
		assert_true(n->success == db_int(&r, h, 1) && n->failed == db_int(&r, h, 2) && n->cancelled == db_int(&r, h, 3));
		assert_true(isnan(n->wait_p50) && isnan(n->wait_p95));
		assert_true(isnan(n->success_rate) == !(n->success + n->failed));
		if (db_is_null(&r, h, 4)) {
			assert_true(isnan(n->duration_p50) && isnan(n->duration_p95));
			continue;
		}
		near(n->duration_p50, strtod(db_text(&r, h, 4), NULL));
		near(n->duration_p95, strtod(db_text(&r, h, 5), NULL));
	}
}

/* Everything that is said of a period, against what the builds say themselves. */
static void compare(const char *zone, int days, int64_t course, bool weekly)
{
	struct statistics_filter f = { .days = days, .course_id = course, .weekly = weekly, .zone = zone };
	struct statistics s;
	sql_ok(model_statistics_read(db, a, &f, &s));
	assert_true(s.complete);
	assert_string_equal(s.zone, zone);
	struct statistics_numbers sum = { 0 };
	assert_int_equal(s.total.success, count(zone, days, course, "success"));
	assert_int_equal(s.total.failed, count(zone, days, course, "failed"));
	assert_int_equal(s.total.cancelled, count(zone, days, course, "cancelled"));
	near(s.total.duration_p50, percentile(zone, days, course, false, 0.5));
	near(s.total.duration_p95, percentile(zone, days, course, false, 0.95));
	near(s.total.wait_p50, percentile(zone, days, course, true, 0.5));
	near(s.total.wait_p95, percentile(zone, days, course, true, 0.95));
	if (!weekly)
		assert_int_equal(s.days, days);
	for (int i = 0; i < s.days; i++) {
		sum.success += s.day[i].n.success;
		sum.failed += s.day[i].n.failed;
		assert_true(!s.day[i].n.success || !isnan(s.day[i].n.duration_p50));
		assert_true(i == 0 || strcmp(s.day[i - 1].day, s.day[i].day) < 0);
	}
	assert_true(sum.success == s.total.success && sum.failed == s.total.failed);
	sum = (struct statistics_numbers){ 0 };
	for (int i = 0; i < s.courses; i++)
		sum.builds += s.course[i].n.builds;
	assert_int_equal(sum.builds, s.total.builds);
	for (int i = 0; i < s.hours; i++)
		sum.builds -= s.hour[i].n.builds;
	assert_int_equal(sum.builds, 0);
	compare_hours(zone, days, course, &s);
	for (int i = 0; i < s.reasons; i++)
		sum.failed += s.reason[i].builds;
	assert_int_equal(sum.failed, s.total.failed);
}

static void need_server(void)
{
	NEED_DATABASE(db);
}

static void compare_all(const char *zone)
{
	compare(zone, 7, 0, false);
	compare(zone, 30, 0, false);
	compare(zone, 30, courses[1], false);
	compare(zone, 365, 0, true);
}

static void what_is_rolled_up_is_what_is_there(void **state)
{
	(void)state;
	need_server();
	struct statistics_filter f = { .days = 30, .zone = SHANGHAI };
	struct statistics s;
	sql_ok(model_statistics_read(db, a, &f, &s));
	assert_false(s.complete); /* nobody has rolled yet: three days are there, and it says so */
	assert_true(s.total.builds > 0 && s.total.builds < count(SHANGHAI, 30, 0, "success"));
	roll(SHANGHAI);
	compare_all(SHANGHAI);
}

static void a_rebuild_and_another_zone_say_the_same(void **state)
{
	(void)state;
	need_server();
	sql_ok(model_statistics_rebuild(db, a));
	roll(SHANGHAI);
	compare_all(SHANGHAI);
	roll(KOLKATA);
	compare_all(KOLKATA);
	roll(SHANGHAI);
	compare_all(SHANGHAI);
}

/* 4,000 builds of a course in one hour of yesterday: 300 of them took equally long, some have never started. */
static void a_crowded_hour_is_counted_whole(void **state)
{
	(void)state;
	need_server();
	struct db_rows r;
	sql_ok(db_query(
		db, a, &r,
		"INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, image_repo, image_tag, status, phase,"
		" reason, trigger, config, config_digest, created_at, started_at, finished_at)"
		" SELECT p.id, p.student_id, p.course_id, repeat('d', 40), 'main', 'r/x', 'aaaaaaa', t.status, 'done',"
		" CASE t.status WHEN 'failed' THEN 'BUILD_STEP' WHEN 'cancelled' THEN 'SUPERSEDED' END, 'push', '{}', 'd',"
		" at - took - interval '2 s', CASE WHEN n % 8 > 0 THEN at - took END, at FROM"
		" (SELECT n, (ARRAY['success', 'success', 'failed', 'cancelled'])[1 + n % 4] AS status,"
		"   date_trunc('hour', now() - interval '1 day') + n * interval '0.8 s' AS at,"
		"   make_interval(secs => CASE WHEN n % 10 = 0 THEN 100 ELSE 10 + 2000 * random() ^ 4 END) AS took"
		"  FROM generate_series(1, 4000) n) t JOIN (SELECT p.id, p.student_id, s.course_id, row_number() OVER (ORDER BY "
		"p.id)"
		"   AS place FROM projects p JOIN students s ON s.id = p.student_id WHERE s.course_id = $1::bigint) p"
		" ON p.place = 1 + t.n % 20",
		DB_INT(courses[0])));
	assert_int_equal(r.affected, 4000);
	sql_ok(model_statistics_rebuild(db, a));
	roll(KOLKATA);
	compare_all(KOLKATA);
	compare(KOLKATA, 7, courses[0], false);
	roll(SHANGHAI);
	compare_all(SHANGHAI);
	compare(SHANGHAI, 7, courses[0], false);
}

/* Whatever bytes stand in the column, they are read as times. */
static void any_bytes_are_times(void **state)
{
	(void)state;
	need_server();
	struct statistics_filter f = { .days = 365, .zone = SHANGHAI };
	struct statistics s;
	sql_ok(db_query(db, a, NULL,
			"UPDATE build_stats_hours SET durations = (SELECT string_agg(set_byte('\\x00', 0, n), '') FROM"
			" generate_series(0, 255) n)"));
	sql_ok(model_statistics_read(db, a, &f, &s));
	for (int h = 0; h < s.hours; h++)
		assert_true(s.hour[h].n.duration_p50 > 0 && s.hour[h].n.duration_p95 > 1e6);
	sql_ok(model_statistics_rebuild(db, a));
	roll(SHANGHAI);
	compare_all(SHANGHAI);
}

static int64_t rolled_up(void)
{
	struct db_rows r;
	sql_ok(db_query(db, a, &r, "SELECT coalesce(sum(success + failed + cancelled), 0) FROM build_stats_hours"));
	return db_int(&r, 0, 0);
}

/* What must be there, wherever the last hour ended. */
static int64_t due(void)
{
	struct db_rows r;
	sql_ok(db_query(db, a, &r, "SELECT count(*) FROM builds WHERE finished_at < (SELECT upto FROM build_stats_state)"));
	return db_int(&r, 0, 0);
}

static void nothing_due_changes_nothing(void **state)
{
	(void)state;
	need_server();
	bool more = true;
	sql_ok(model_statistics_roll(db, a, SHANGHAI, false, &more));
	assert_false(more);
	assert_int_equal(rolled_up(), due());
}

static void *roll_beside(void *context)
{
	struct arena *own = arena_new(64 << 20);
	struct db *other = db_acquire(pool, 60000);
	bool more = true;
	(void)context;
	/* `more` false also means that somebody else is at it: look again. */
	for (int i = 0; i < 60 && other; i++)
		if (model_statistics_roll(other, own, SHANGHAI, false, &more))
			break;
	db_release(other);
	arena_free(own);
	return NULL;
}

static void several_workers_count_once(void **state)
{
	(void)state;
	need_server();
	enum { WORKERS = 3 };
	pthread_t threads[WORKERS];
	for (int round = 0; round < 5; round++) {
		sql_ok(model_statistics_rebuild(db, a));
		for (int i = 0; i < WORKERS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, roll_beside, NULL), 0);
		for (int i = 0; i < WORKERS; i++)
			pthread_join(threads[i], NULL);
		roll(SHANGHAI);
		assert_int_equal(rolled_up(), due());
	}
	compare_all(SHANGHAI);
}

static void failures_are_grouped_and_paged(void **state)
{
	(void)state;
	need_server();
	struct failure_filter f = { .days = 30, .limit = 50, .zone = SHANGHAI };
	struct failures found;
	sql_ok(model_failures_read(db, a, &f, &found));
	assert_int_equal(found.group_count, 3);
	assert_int_equal(found.reason, REASON_BUILD_STEP);
	int64_t sum = 0, seen = 0;
	for (int i = 0; i < found.group_count; i++) {
		sum += found.groups[i].builds;
		assert_true(found.groups[i].students > 0 && found.groups[i].students <= 40);
		assert_int_equal(found.groups[i].side, found.groups[i].reason == REASON_PUSH_AUTH ? SIDE_PLATFORM : SIDE_STUDENT);
	}
	assert_int_equal(sum, count(SHANGHAI, 30, 0, "failed"));
	const char *last = "infinity";
	for (;;) {
		for (int i = 0; i < found.count; i++) {
			assert_true(strcmp(found.rows[i].finished_at, last) <= 0);
			last = found.rows[i].finished_at;
		}
		seen += found.count;
		if (!found.more)
			break;
		f.before = found.rows[found.count - 1].id;
		sql_ok(model_failures_read(db, a, &f, &found));
	}
	assert_int_equal(seen, found.groups[0].builds);
	f = (struct failure_filter){
		.days = 30, .course_id = courses[0], .reason = REASON_TIMEOUT, .limit = 200, .zone = SHANGHAI
	};
	sql_ok(model_failures_read(db, a, &f, &found));
	assert_int_equal(found.reason, REASON_TIMEOUT);
	for (int i = 0; i < found.count; i++)
		assert_int_equal(found.rows[i].course_id, courses[0]);
	f.reason = REASON_EVICTED; /* nothing failed for it */
	sql_ok(model_failures_read(db, a, &f, &found));
	assert_int_equal(found.count, 0);
}

static void many_at_once_point_at_the_platform(void **state)
{
	(void)state;
	assert_false(failures_point_at_platform(2, 2));
	assert_true(failures_point_at_platform(3, 8));
	assert_false(failures_point_at_platform(3, 9));
	assert_true(failures_point_at_platform(40, 100));
	assert_false(failures_point_at_platform(0, 0));
}

/* The queue learns from the same builds: of the project, else of its course, else of all, else nothing. */
static void usual_times_come_from_the_nearest(void **state)
{
	(void)state;
	need_server();
	struct queue q;
	sql_ok(db_query(
		db, a, NULL,
		"WITH c AS (INSERT INTO courses (code, name) VALUES ('NEW', 'New') RETURNING id), s AS (INSERT INTO students"
		" (course_id, student_number, name) SELECT id, '1', 'New' FROM c UNION ALL SELECT $1::bigint, 'new', 'New'"
		" FROM c RETURNING id) INSERT INTO projects (student_id, name) SELECT id, 'new' FROM s",
		DB_INT(courses[0])));
	sql_ok(db_query(
		db, a, NULL,
		"INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, image_repo, image_tag, trigger, "
		"config,"
		" config_digest) SELECT p.id, p.student_id, s.course_id, repeat('b', 40), 'main', 'r/x', 'b', 'push', '{}', 'd'"
		" FROM projects p JOIN students s ON s.id = p.student_id WHERE p.name = 'new' OR p.id = 1"));
	sql_ok(model_queue_read(db, a, 1, &q));
	assert_true(q.count == 3 && q.waiting == 3 && !q.running);
	bool seen[QUEUE_SOURCE__MAX] = { false };
	for (int i = 0; i < q.count; i++) {
		assert_int_equal(q.rows[i].position, i + 1);
		assert_int_equal(q.rows[i].hold, HOLD_WORKER); /* none runs here */
		assert_int_equal(q.rows[i].expected_wait, -1);
		seen[q.rows[i].usual_source] = true;
	}
	assert_true(seen[FROM_PROJECT] && seen[FROM_COURSE] && seen[FROM_ALL]);
	sql_ok(db_query(db, a, NULL, "INSERT INTO workers (host, pid, version) VALUES ('here', 1, 'test')"));
	sql_ok(model_queue_read(db, a, 1, &q));
	assert_int_equal(q.rows[0].hold, HOLD_TURN);
	assert_int_equal(q.rows[0].expected_wait, 0);
	assert_int_equal(q.rows[1].hold, HOLD_LIMIT);
	assert_int_equal(q.rows[1].expected_wait, q.rows[0].usual_duration);
	assert_int_equal(q.rows[2].expected_wait, q.rows[0].usual_duration + q.rows[1].usual_duration);
	struct queued place;
	int waiting;
	sql_ok(model_queue_place(db, a, 1, q.rows[1].build.id, &place, &waiting));
	assert_true(place.position == 2 && waiting == 3 && place.expected_wait == q.rows[1].expected_wait);
	assert_int_equal(model_queue_place(db, a, 1, 1, &place, &waiting), ERR_NOT_FOUND);
	sql_ok(db_query(db, a, NULL, "UPDATE builds SET waiting_for = 'the cluster does not answer' WHERE status = 'pending'"));
	sql_ok(model_queue_read(db, a, 1, &q));
	assert_true(q.rows[1].hold == HOLD_CLUSTER && q.rows[1].expected_wait == -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_rolled_up_is_what_is_there), cmocka_unit_test(a_rebuild_and_another_zone_say_the_same),
		cmocka_unit_test(a_crowded_hour_is_counted_whole),    cmocka_unit_test(any_bytes_are_times),
		cmocka_unit_test(nothing_due_changes_nothing),	      cmocka_unit_test(several_workers_count_once),
		cmocka_unit_test(failures_are_grouped_and_paged),     cmocka_unit_test(many_at_once_point_at_the_platform),
		cmocka_unit_test(usual_times_come_from_the_nearest),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
