/* Turn, take-over and fence of builds and deployments, on a real database; each test's transaction is rolled back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/build_drive.h"
#include "model/clusters.h"
#include "model/deployment_drive.h"
#include "model/log_chunks.h"
#include "model/settings.h"
#include "model/workers.h"
#include "pg.h"

#define DIGEST "sha256:1111111111111111111111111111111111111111111111111111111111111111"

static struct db_pool *pool;
static struct arena *a;
static struct db *db;
static struct settings *settings;
static struct lease me, other;

static int start(void **state)
{
	(void)state;
	pool = pg_start();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	if (pool)
		pg_stop(pool);
	return 0;
}

#define SQL(sql, ...) assert_int_equal(db_query(db, a, NULL, sql, ##__VA_ARGS__), ERR_NONE)

/* Claims begin and end transactions of their own, so each test starts from empty tables instead. */
static int begin(void **state)
{
	(void)state;
	a = arena_new(16 << 20);
	if (!pool)
		return 0;
	db = db_acquire(pool, 1000);
	assert_non_null(db);
	SQL("SET client_min_messages = warning");
	SQL("TRUNCATE users, courses, workers, registries, settings RESTART IDENTITY CASCADE");
	SQL("INSERT INTO courses (code, name) SELECT 'c' || i, 'C' FROM generate_series(1, 2) i");
	SQL("INSERT INTO students (course_id, student_number, name) SELECT 1 + (i > 3)::integer, 's' || i, 'S' FROM "
	    "generate_series(1, 4) i");
	SQL("INSERT INTO projects (student_id, name) SELECT i, 'p' FROM generate_series(1, 4) i");
	SQL("INSERT INTO registries (name, address) VALUES ('r', 'r:5000')");
	SQL("INSERT INTO build_configs (project_id, repo_url, repo_path, registry_id, image_repo, webhook_secret_sealed)"
	    " SELECT i, 'ssh://h/a/b', 'a/b', 1, 'a/b', 'x' FROM generate_series(1, 4) i");
	assert_int_equal(model_workers_register(db, a, "h", 1, "1", &me), ERR_NONE);
	assert_int_equal(model_workers_register(db, a, "h", 2, "1", &other), ERR_NONE);
	settings = settings_defaults(a);
	return 0;
}

static int end(void **state)
{
	(void)state;
	if (pool)
		db_release(db);
	arena_free(a);
	return 0;
}

/* A waiting build of project p, asked for so many seconds ago. */
static int64_t pending(int p, int seconds, const char *trigger)
{
	struct db_rows r;
	assert_int_equal(
		db_query(db, a, &r,
			 "INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, image_repo, image_tag, "
			 "trigger,"
			 " config, config_digest, created_at) VALUES ($1::bigint, $1::bigint, 1 + ($1::bigint > 3)::integer,"
			 " repeat('a', 40), 'main', 'r:5000/a/b', 't', $3, '{}', 'd', now() - make_interval(secs => $2::integer))"
			 " RETURNING id",
			 DB_INT(p), DB_INT(seconds), DB_TEXT(trigger)),
		ERR_NONE);
	return db_int(&r, 0, 0);
}

static struct build_claim claim(const struct lease *l, int limit)
{
	struct build_claim c;
	assert_int_equal(model_build_drive_claim(db, a, l, limit, "{}", "{}", &c), ERR_NONE);
	return c;
}

static void test_turns(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	int64_t first = pending(1, 3, "push"), second = pending(2, 2, "push"), third = pending(3, 1, "push"),
		fourth = pending(4, 0, "push");
	/* One of each course in turn, the oldest of a course first. */
	assert_int_equal(claim(&me, 4).id, first);
	assert_int_equal(claim(&me, 4).id, fourth);
	assert_int_equal(claim(&other, 4).id, second);
	assert_int_equal(claim(&me, 3).kind, CLAIM_NONE);
	assert_int_equal(claim(&me, 4).id, third);
	assert_int_equal(claim(&me, 9).kind, CLAIM_NONE);
}

static void test_one_a_project(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	assert_int_equal(claim(&me, 4).kind, CLAIM_NONE);
	pending(1, 0, "push");
	assert_int_equal(claim(&me, 4).kind, CLAIM_TAKEN);
	SQL("UPDATE builds SET commit_sha = repeat('b', 40)");
	pending(1, 0, "push");
	assert_int_equal(claim(&me, 4).kind, CLAIM_NONE);
}

static void test_head_is_checked(void **state)
{
	struct build_claim c;
	(void)state;
	NEED_DATABASE(pool);
	int64_t id = pending(1, 60, "push");
	assert_int_equal(claim(&me, 4).kind, CLAIM_CHECK);
	assert_int_equal(model_build_drive_claim(db, a, &me, 4, "{}", arena_printf(a, "{%d}", (int)id), &c), ERR_NONE);
	assert_int_equal(c.kind, CLAIM_NONE);
	assert_int_equal(model_build_drive_claim(db, a, &me, 4, arena_printf(a, "{%d}", (int)id), "{}", &c), ERR_NONE);
	assert_int_equal(c.kind, CLAIM_TAKEN);
	assert_int_equal(c.build.phase, PHASE_PREPARING);
	pending(2, 60, "manual");
	assert_int_equal(claim(&me, 4).kind, CLAIM_TAKEN);
}

static int64_t ask(int p)
{
	struct db_rows r;
	assert_int_equal(db_query(db, a, &r,
				  "INSERT INTO deployments (project_id, action, trigger, image) VALUES ($1::bigint, 'deploy', "
				  "'manual', 'r/a@x')"
				  " RETURNING id",
				  DB_INT(p)),
			 ERR_NONE);
	SQL("UPDATE projects SET wanted_deployment_id = $2::bigint WHERE id = $1::bigint", DB_INT(p), DB_INT(db_int(&r, 0, 0)));
	return db_int(&r, 0, 0);
}

static void test_take_over(void **state)
{
	struct build_drive *rows;
	int count;
	(void)state;
	NEED_DATABASE(pool);
	int64_t id = pending(1, 0, "push");
	claim(&other, 4);
	assert_int_equal(model_build_drive_adopt(db, a, &me, "{}", &rows, &count), ERR_NONE);
	assert_int_equal(count, 0);
	SQL("UPDATE workers SET heartbeat_at = now() - interval '21 seconds' WHERE id = 2");
	assert_int_equal(model_workers_beat(db, a, &other), ERR_CONFLICT);
	assert_int_equal(model_build_drive_adopt(db, a, &me, "{}", &rows, &count), ERR_NONE);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].claims, 2);
	/* The dead one comes back: nothing that it writes counts. */
	assert_int_equal(model_build_drive_phase(db, a, &other, id, PHASE_BUILDING), ERR_CONFLICT);
	assert_int_equal(model_build_drive_job(db, a, &other, id, "uid", 60), ERR_CONFLICT);
	assert_int_equal(model_workers_renew(db, a, &other), ERR_NONE);
	assert_int_equal(model_build_drive_phase(db, a, &other, id, PHASE_BUILDING), ERR_CONFLICT);
	assert_int_equal(model_build_drive_phase(db, a, &me, id, PHASE_BUILDING), ERR_NONE);
	/* An orderly stop is no crash. */
	assert_int_equal(model_workers_stop(db, a, &me), ERR_NONE);
	assert_int_equal(model_build_drive_adopt(db, a, &other, "{}", &rows, &count), ERR_NONE);
	assert_int_equal(rows[0].claims, 1);
}

static void test_killers_come_alone(void **state)
{
	struct build_drive *rows;
	int count;
	(void)state;
	NEED_DATABASE(pool);
	for (int p = 1; p <= 3; p++)
		pending(p, 0, "push");
	while (claim(&other, 9).kind == CLAIM_TAKEN)
		;
	SQL("UPDATE builds SET claims = 2");
	SQL("UPDATE workers SET heartbeat_at = now() - interval '1 minute' WHERE id = 2");
	assert_int_equal(model_build_drive_adopt(db, a, &me, "{}", &rows, &count), ERR_NONE);
	assert_int_equal(count, 1);
	const char *first = arena_printf(a, "{%d}", (int)rows[0].id);
	assert_int_equal(model_build_drive_adopt(db, a, &me, first, &rows, &count), ERR_NONE);
	assert_int_equal(count, 0);
	assert_int_equal(model_build_drive_settle(db, a, &me, "{1,2,3}"), ERR_NONE);
	assert_int_equal(model_build_drive_adopt(db, a, &me, first, &rows, &count), ERR_NONE);
	assert_int_equal(count, 1);
}

/* What this worker's row says is driven by it, and is not: after a lost lease, or a claim whose answer was lost. */
static void test_own_rows_without_a_run(void **state)
{
	struct build_drive *rows;
	struct deployment_drive *deployments, d;
	int count;
	bool found;
	(void)state;
	NEED_DATABASE(pool);
	int64_t id = pending(1, 0, "push");
	claim(&me, 4);
	const char *runs = arena_printf(a, "{7,%d}", (int)id);
	assert_int_equal(model_build_drive_adopt(db, a, &me, runs, &rows, &count), ERR_NONE);
	assert_int_equal(count, 0);
	assert_int_equal(model_build_drive_adopt(db, a, &other, "{}", &rows, &count), ERR_NONE);
	assert_int_equal(count, 0);
	assert_int_equal(model_build_drive_adopt(db, a, &me, "{7}", &rows, &count), ERR_NONE);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].id, id);
	assert_int_equal(rows[0].claims, 1);
	/* Of the epoch before it is left alone until it is forgotten. */
	SQL("UPDATE workers SET heartbeat_at = now() - interval '21 seconds' WHERE id = 1");
	assert_int_equal(model_workers_renew(db, a, &me), ERR_NONE);
	assert_int_equal(model_build_drive_adopt(db, a, &me, runs, &rows, &count), ERR_NONE);
	assert_int_equal(count, 0);
	assert_int_equal(model_build_drive_phase(db, a, &me, id, PHASE_BUILDING), ERR_CONFLICT);
	assert_int_equal(model_build_drive_adopt(db, a, &me, "{}", &rows, &count), ERR_NONE);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].claims, 1);
	assert_int_equal(model_build_drive_phase(db, a, &me, id, PHASE_BUILDING), ERR_NONE);

	int64_t deployment = ask(1);
	assert_int_equal(model_deployment_drive_claim(db, a, &me, 60, &d, &found), ERR_NONE);
	runs = arena_printf(a, "{%d}", (int)deployment);
	assert_int_equal(model_deployment_drive_adopt(db, a, &me, runs, &deployments, &count), ERR_NONE);
	assert_int_equal(count, 0);
	assert_int_equal(model_deployment_drive_adopt(db, a, &other, "{}", &deployments, &count), ERR_NONE);
	assert_int_equal(count, 0);
	assert_int_equal(model_deployment_drive_adopt(db, a, &me, "{}", &deployments, &count), ERR_NONE);
	assert_int_equal(count, 1);
	assert_int_equal(deployments[0].id, deployment);
	assert_int_equal(deployments[0].claims, 1);
}

static void test_log_chunks(void **state)
{
	struct log_place place;
	struct log_span *spans;
	const char *tail;
	int count;
	(void)state;
	NEED_DATABASE(pool);
	int64_t id = pending(1, 0, "push");
	claim(&me, 4);
	for (int i = 1; i <= 6; i++) {
		struct log_chunk c = { .build_id = id,
				       .seq = i,
				       .container = i == 6 ? 2 : 1,
				       .data = "0123456789",
				       .len = 10,
				       .stamp = "s",
				       .stamp_lines = i };
		assert_int_equal(model_log_chunks_add(db, a, &me, &c), ERR_NONE);
		assert_int_equal(model_log_chunks_add(db, a, &me, &c), ERR_CONFLICT);
		c.seq += 100;
		assert_int_equal(model_log_chunks_add(db, a, &other, &c), ERR_CONFLICT);
	}
	assert_int_equal(model_log_chunks_place(db, a, id, &place), ERR_NONE);
	assert_int_equal(place.seq, 6);
	assert_int_equal(place.bytes, 60);
	assert_int_equal(place.seams[1].lines, 5);
	assert_string_equal(place.seams[2].stamp, "s");
	assert_string_equal(place.seams[0].stamp, "");
	/* 2 to 5 are left out; the seam of container 1 is in 5 and stays. */
	assert_int_equal(model_log_chunks_cut(db, a, &me, id, 2, 5, 40), ERR_NONE);
	assert_int_equal(model_log_chunks_place(db, a, id, &place), ERR_NONE);
	assert_int_equal(place.seams[1].lines, 5);
	assert_int_equal(place.cut_seq, 2);
	assert_int_equal(place.cut_bytes, 40);
	assert_int_equal(model_log_chunks_spans(db, a, id, 1, 0, &spans, &count), ERR_NONE);
	assert_int_equal(count, 3);
	assert_int_equal(spans[2].bytes, 0);
	assert_int_equal(model_log_chunks_tail(db, a, id, 1, 1000, &tail), ERR_NONE);
	assert_string_equal(tail, "0123456789[... 40 bytes left out ...]\n");
	assert_int_equal(model_log_chunks_tail(db, a, id, 1, 4, &tail), ERR_NONE);
	assert_string_equal(tail, "..]\n");
}

static void test_finish(void **state)
{
	struct build_ended after;
	struct db_rows r;
	(void)state;
	NEED_DATABASE(pool);
	int64_t id = pending(1, 0, "push");
	claim(&me, 4);
	struct build_end lost = {
		.status = BUILD_FAILED, .reason = REASON_LOST, .words = { SAYS_NODE_GONE, NULL, "m" }, .retry = true
	};
	assert_int_equal(model_build_drive_finish(db, a, &other, settings, id, &lost, &after), ERR_CONFLICT);
	assert_int_equal(model_build_drive_finish(db, a, &me, settings, id, &lost, &after), ERR_NONE);
	assert_true(after.retry_id > id);
	assert_int_equal(model_build_drive_finish(db, a, &me, settings, id, &lost, &after), ERR_CONFLICT);
	/* The retry succeeds and is deployed; it would not be retried again. */
	SQL("UPDATE builds SET created_at = now() - interval '1 minute' WHERE status = 'pending'");
	struct build_claim c = claim(&me, 4);
	struct build_end good = { .status = BUILD_SUCCESS, .digest = DIGEST, .log_complete = true };
	SQL("UPDATE build_configs SET head_sha = repeat('a', 40)");
	assert_int_equal(model_build_drive_finish(db, a, &me, settings, c.build.id, &good, &after), ERR_NONE);
	assert_true(after.deployment_id > 0);
	assert_int_equal(db_query(db, a, &r, "SELECT count(*) FROM build_events WHERE kind = 'status' AND value = 'success'"),
			 ERR_NONE);
	assert_int_equal(db_int(&r, 0, 0), 1);
}

static void test_deployment_overtaken(void **state)
{
	struct deployment_drive d;
	struct deployment_basis b;
	struct db_rows r;
	bool found;
	(void)state;
	NEED_DATABASE(pool);
	int64_t first = ask(1);
	assert_int_equal(model_deployment_drive_claim(db, a, &other, 60, &d, &found), ERR_NONE);
	assert_true(found);
	assert_int_equal(d.id, first);
	int64_t second = ask(1);
	assert_int_equal(model_deployment_drive_claim(db, a, &me, 60, &d, &found), ERR_NONE);
	assert_int_equal(d.id, second);
	assert_int_equal(model_deployment_drive_basis(db, a, &other, first, &b), ERR_CONFLICT);
	assert_int_equal(model_deployment_drive_basis(db, a, &me, second, &b), ERR_NONE);
	assert_string_equal(b.image, "r/a@x");
	assert_int_equal(model_deployment_drive_plan(db, a, &me, second, "{\"a\":1}"), ERR_NONE);
	assert_int_equal(model_deployment_drive_plan(db, a, &me, second, "{\"a\":2}"), ERR_NONE);
	assert_int_equal(model_deployment_drive_basis(db, a, &me, second, &b), ERR_NONE);
	assert_string_equal(b.snapshot, "{\"a\": 1}");
	assert_int_equal(model_deployment_drive_applied(db, a, &me, second, "text"), ERR_NONE);
	struct deployment_end done = { .state = DEPLOYMENT_RUNNING, .ready = 1 };
	assert_int_equal(model_deployment_drive_finish(db, a, &other, first, &done), ERR_CONFLICT);
	assert_int_equal(model_deployment_drive_finish(db, a, &me, second, &done), ERR_NONE);
	assert_int_equal(db_query(db, a, &r, "SELECT serving_deployment_id, app_state, applied FROM projects WHERE id = 1"),
			 ERR_NONE);
	assert_int_equal(db_int(&r, 0, 0), second);
	assert_string_equal(db_text(&r, 0, 1), "running");
	assert_int_equal(db_query(db, a, &r, "SELECT superseded_by FROM deployments WHERE id = $1::bigint", DB_INT(first)),
			 ERR_NONE);
	assert_int_equal(db_int(&r, 0, 0), second);
}

/* After a repair, which does not know what was asked for while it was under way. */
static void test_what_does_not_belong_there(void **state)
{
	static const struct {
		const char *action, *state;
		bool applied_here, wanted_here, left;
	} cases[] = {
		{ "deploy", "running", true, true, false },    { "delete", "pending", true, true, true },
		{ "delete", "deploying", true, true, true },   { "delete", "deleted", false, true, true },
		{ "delete", "failed", true, true, false },     { "deploy", "deploying", false, true, false },
		{ "deploy", "deploying", true, false, false }, { "deploy", "running", false, false, true },
	};
	struct db_rows r;
	(void)state;
	NEED_DATABASE(pool);
	assert_int_equal(db_query(db, a, &r,
				  "INSERT INTO clusters (name, kind) VALUES ('here', 'token'), ('there', 'token') RETURNING id"),
			 ERR_NONE);
	int64_t here = db_int(&r, 0, 0), there = db_int(&r, 1, 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		SQL("DELETE FROM project_leftovers");
		SQL("UPDATE deployments SET state = 'superseded'");
		int64_t id = ask(1);
		SQL("UPDATE deployments SET action = $2, state = $3, cluster_id = $4::bigint WHERE id = $1::bigint", DB_INT(id),
		    DB_TEXT(cases[i].action), DB_TEXT(cases[i].state), DB_INT(cases[i].wanted_here ? here : there));
		SQL("UPDATE projects SET applied_cluster_id = $1::bigint WHERE id = 1", DB_ID(cases[i].applied_here  ? here
											      : cases[i].wanted_here ? 0
														     : there));
		assert_int_equal(model_leftovers_note(db, a, 1, here), ERR_NONE);
		assert_int_equal(db_query(db, a, &r, "SELECT cluster_id, deployment_id FROM project_leftovers"), ERR_NONE);
		assert_int_equal(r.count, cases[i].left);
		if (cases[i].left) {
			assert_int_equal(db_int(&r, 0, 0), here);
			assert_int_equal(db_int(&r, 0, 1), id);
		}
	}
}

/* The plan that a stop of project 1 on cluster 1 goes by. */
static const char *earlier(void)
{
	struct db_rows r;
	struct deployment_basis b;
	assert_int_equal(db_query(db, a, &r,
				  "INSERT INTO deployments (project_id, action, trigger, replicas, state, cluster_id, worker_id,"
				  " lease_epoch) VALUES (1, 'stop', 'manual', 0, 'deploying', 1, $1, $2) RETURNING id",
				  DB_INT(me.worker_id), DB_INT(me.epoch)),
			 ERR_NONE);
	assert_int_equal(model_deployment_drive_basis(db, a, &me, db_int(&r, 0, 0), &b), ERR_NONE);
	SQL("UPDATE deployments SET state = 'failed', snapshot = '{\"of\": \"a stop\"}' WHERE state = 'deploying'");
	return b.earlier ? b.earlier : "none";
}

static void test_a_stop_goes_by_what_is_there(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	SQL("INSERT INTO clusters (name, kind) VALUES ('b', 'token') ON CONFLICT DO NOTHING");
	int64_t here = 1, there = 2;
	assert_string_equal(earlier(), "none");
	SQL("INSERT INTO deployments (project_id, action, trigger, state, cluster_id, snapshot, applied_at) VALUES"
	    " (1, 'deploy', 'manual', 'running', $1, '{\"of\": \"whole\"}', now())",
	    DB_INT(here));
	SQL("UPDATE projects SET applied_cluster_id = $1, applied = 'x' WHERE id = 1", DB_INT(here));
	assert_string_equal(earlier(), "{\"of\": \"whole\"}");
	/* A move that failed and a version that was refused count for nothing, nor does a stop that failed. */
	SQL("INSERT INTO deployments (project_id, action, trigger, state, cluster_id, snapshot, applied_at) VALUES"
	    " (1, 'rollback', 'manual', 'failed', $1, '{\"of\": \"a move\"}', now()),"
	    " (1, 'deploy', 'manual', 'failed', $2, '{\"of\": \"refused\"}', NULL)",
	    DB_INT(there), DB_INT(here));
	assert_string_equal(earlier(), "{\"of\": \"whole\"}");
	/* Deleted since, or it is somewhere else. */
	SQL("UPDATE projects SET applied_cluster_id = NULL, applied = NULL WHERE id = 1");
	assert_string_equal(earlier(), "none");
	SQL("UPDATE projects SET applied_cluster_id = $1, applied = 'x' WHERE id = 1", DB_INT(there));
	assert_string_equal(earlier(), "none");
}

/* The cluster on which an act that was asked for on cluster 1 is done, when the application has moved to 2 meanwhile. */
static int64_t done_on(const char *action)
{
	struct deployment_drive d;
	bool found;
	SQL("UPDATE deployments SET state = 'superseded'");
	SQL("INSERT INTO deployments (project_id, action, trigger, cluster_id) VALUES (1, $1, 'manual', 1)", DB_TEXT(action));
	SQL("UPDATE projects SET applied_cluster_id = 2, applied = 'x' WHERE id = 1");
	assert_int_equal(model_deployment_drive_claim(db, a, &me, 60, &d, &found), ERR_NONE);
	assert_true(found);
	return d.cluster_id;
}

static void test_what_goes_down_is_found_where_it_is(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	SQL("INSERT INTO clusters (name, kind) VALUES ('b', 'token') ON CONFLICT DO NOTHING");
	assert_int_equal(done_on("stop"), 2);
	assert_int_equal(done_on("delete"), 2);
	assert_int_equal(done_on("deploy"), 1);
}

/* A burst for a whole school: a worker that forgot some would leave them deploying for ever. */
static void test_all_that_is_held(void **state)
{
	enum { MANY = 2500 };
	int64_t *held;
	int count;
	(void)state;
	NEED_DATABASE(pool);
	SQL("INSERT INTO projects (student_id, name) SELECT 1, 'many' || i FROM generate_series(1, $1::integer) i", DB_INT(MANY));
	SQL("INSERT INTO deployments (project_id, action, trigger, image, state, worker_id, lease_epoch)"
	    " SELECT id, 'deploy', 'manual', 'r/x', 'deploying', $1, $2 FROM projects WHERE name LIKE 'many%' ORDER BY id DESC",
	    DB_INT(me.worker_id), DB_INT(me.epoch));
	assert_int_equal(model_deployment_drive_held(db, a, &me, &held, &count), ERR_NONE);
	assert_int_equal(count, MANY);
	for (int i = 1; i < count; i++)
		assert_true(held[i - 1] < held[i]);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_turns),
		TEST(test_one_a_project),
		TEST(test_head_is_checked),
		TEST(test_take_over),
		TEST(test_killers_come_alone),
		TEST(test_own_rows_without_a_run),
		TEST(test_log_chunks),
		TEST(test_finish),
		TEST(test_deployment_overtaken),
		TEST(test_what_does_not_belong_there),
		TEST(test_a_stop_goes_by_what_is_there),
		TEST(test_what_goes_down_is_found_where_it_is),
		TEST(test_all_that_is_held),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
