/* Tests of what is wanted of builds and deployments, on a real database; each test's transaction is rolled back. */
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
#include "model/builds.h"
#include "model/deployments.h"
#include "model/queue.h"
#include "model/settings.h"
#include "model/webhooks.h"
#include "pg.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccc"
#define DIGEST "sha256:1111111111111111111111111111111111111111111111111111111111111111"

static struct db_pool *pool;
static struct arena *a;
static struct db *db;
static struct settings *settings;
static int64_t project;

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

static int begin(void **state)
{
	(void)state;
	a = arena_new(16 << 20);
	if (!pool)
		return 0;
	db = db_acquire(pool, 1000);
	struct db_rows r;
	if (!db || db_begin(db) ||
	    db_query(db, a, &r,
		     "WITH c AS (INSERT INTO courses (code, name) VALUES ('hydro', 'Hydrology') RETURNING id), s AS (INSERT INTO "
		     "students"
		     " (course_id, student_number, name) SELECT id, '1', 'Ali' FROM c RETURNING id), p AS (INSERT INTO projects"
		     " (student_id, name) SELECT id, 'app' FROM s RETURNING id), g AS (INSERT INTO registries (name, address)"
		     " VALUES ('main', 'registry:5000') RETURNING id) INSERT INTO build_configs (project_id, repo_url, repo_path,"
		     " registry_id, image_repo, webhook_secret_sealed) SELECT p.id, 'ssh://git@h/o/n', 'o/n', g.id, 'hydro/ali', "
		     "'x'"
		     " FROM p, g RETURNING project_id"))
		return -1;
	project = db_int(&r, 0, 0);
	return model_settings_load(db, a, &settings);
}

static int end(void **state)
{
	(void)state;
	if (pool) {
		db_rollback(db);
		db_release(db);
	}
	arena_free(a);
	return 0;
}

static void need_server(void)
{
	NEED_DATABASE(pool);
}

static struct build_wanted want(const char *sha)
{
	struct build_want w = {
		.project_id = project, .branch = "main", .commit_sha = sha, .message = "一\n二", .trigger = TRIGGER_PUSH
	};
	struct build_wanted out;
	assert_int_equal(model_builds_want(db, a, settings, &w, &out), ERR_NONE);
	return out;
}

static struct build get(int64_t id)
{
	struct build b;
	assert_int_equal(model_builds_get(db, a, id, &b), ERR_NONE);
	return b;
}

/* As the worker would end it. */
static void finish_build(int64_t id, bool success)
{
	enum err e = success ? db_query(db, a, NULL, "UPDATE builds SET status = 'success', digest = $2 WHERE id = $1",
					DB_INT(id), DB_TEXT(DIGEST))
			     : db_query(db, a, NULL, "UPDATE builds SET status = 'failed', reason = 'DOCKERFILE' WHERE id = $1",
					DB_INT(id));
	assert_int_equal(e, ERR_NONE);
}

static void run_build(int64_t id)
{
	assert_int_equal(
		db_query(db, a, NULL, "UPDATE builds SET status = 'running', started_at = now() WHERE id = $1", DB_INT(id)),
		ERR_NONE);
}

static int64_t count(const char *what)
{
	struct db_rows r;
	enum err e = !strcmp(what, "builds") ? db_query(db, a, &r, "SELECT count(*) FROM builds")
					     : db_query(db, a, &r, "SELECT count(*) FROM deployments");
	assert_int_equal(e, ERR_NONE);
	return db_int(&r, 0, 0);
}

static void a_new_head_makes_one_build(void **state)
{
	(void)state;
	need_server();
	struct build_wanted w = want(A);
	assert_int_equal(w.outcome, WANT_BUILD_CREATED);
	struct build b = get(w.build_id);
	assert_int_equal(b.status, BUILD_PENDING);
	assert_string_equal(b.image_repo, "registry:5000/hydro/ali");
	assert_string_equal(b.image_tag, "aaaaaaa");
	assert_string_equal(b.commit_message, "一");
	assert_string_equal(b.repo_url, "ssh://git@h/o/n");
	assert_string_equal(b.builder, "kaniko");
	assert_null(b.extra_tag);
	assert_int_equal(b.duration, -1);
	assert_int_equal(want(A).outcome, WANT_DUPLICATE);
	assert_int_equal(count("builds"), 1);
}

static void a_failed_head_is_not_built_again_by_itself(void **state)
{
	(void)state;
	need_server();
	finish_build(want(A).build_id, false);
	assert_int_equal(want(A).outcome, WANT_DUPLICATE);
	/* But coming back to it later makes a new build. */
	finish_build(want(B).build_id, true);
	assert_int_equal(want(A).outcome, WANT_BUILD_CREATED);
	assert_int_equal(count("builds"), 3);
}

static void a_message_can_ask_for_no_build(void **state)
{
	(void)state;
	need_server();
	struct build_want w = {
		.project_id = project, .branch = "main", .commit_sha = A, .message = "docs\n\n[Skip CI]", .trigger = TRIGGER_PUSH
	};
	struct build_wanted out;
	assert_int_equal(model_builds_want(db, a, settings, &w, &out), ERR_NONE);
	assert_int_equal(out.outcome, WANT_SKIPPED);
	/* A look at the branch later knows no message: the head is not wanted twice. */
	assert_int_equal(want(A).outcome, WANT_DUPLICATE);
	assert_int_equal(count("builds"), 0);
}

static void a_reading_older_than_a_push_does_not_count(void **state)
{
	(void)state;
	need_server();
	finish_build(want(A).build_id, true);
	/* The branch was read as A, then B was pushed, then the reading arrives. */
	struct build_want w = {
		.project_id = project, .branch = "main", .commit_sha = A, .trigger = TRIGGER_POLL, .guarded = true, .seen_head = A
	};
	struct build_wanted out;
	want(B);
	assert_int_equal(model_builds_want(db, a, settings, &w, &out), ERR_NONE);
	assert_int_equal(out.outcome, WANT_MOVED);
	w.seen_head = B;
	assert_int_equal(model_builds_want(db, a, settings, &w, &out), ERR_NONE);
	assert_int_equal(out.outcome, WANT_REDEPLOYED);
}

static void a_newer_push_supersedes_the_waiting_one(void **state)
{
	(void)state;
	need_server();
	int64_t first = want(A).build_id;
	struct build_wanted second = want(B);
	assert_int_equal(second.superseded_id, first);
	struct build b = get(first);
	assert_int_equal(b.status, BUILD_CANCELLED);
	assert_int_equal(b.reason, REASON_SUPERSEDED);
	assert_int_equal(b.superseded_by, second.build_id);
	/* A superseded commit that is wanted again is built. */
	assert_int_equal(want(A).outcome, WANT_BUILD_CREATED);
}

static void a_running_build_is_left_alone(void **state)
{
	(void)state;
	need_server();
	int64_t first = want(A).build_id;
	run_build(first);
	int64_t second = want(B).build_id;
	assert_int_equal(get(first).status, BUILD_RUNNING);
	/* Back to A while it runs: what waits behind it goes. */
	struct build_wanted w = want(A);
	assert_int_equal(w.outcome, WANT_IN_PROGRESS);
	assert_int_equal(w.build_id, first);
	assert_int_equal(get(second).superseded_by, first);
}

static void a_b_a_deploys_the_first_image_again(void **state)
{
	(void)state;
	need_server();
	int64_t first = want(A).build_id, deployment;
	finish_build(first, true);
	assert_int_equal(model_deployments_auto(db, a, settings, first, &deployment), ERR_NONE);
	assert_true(deployment > 0);
	finish_build(want(B).build_id, true);
	struct build_wanted w = want(A);
	/* A's deployment is still what is wanted, B's was never deployed. */
	assert_int_equal(w.outcome, WANT_ALREADY_BUILT);
	int64_t third = want(C).build_id;
	finish_build(third, true);
	assert_int_equal(model_deployments_auto(db, a, settings, third, &deployment), ERR_NONE);
	w = want(A);
	assert_int_equal(w.outcome, WANT_REDEPLOYED);
	assert_int_equal(w.build_id, first);
	struct deployment d;
	assert_int_equal(model_deployments_get(db, a, w.deployment_id, &d), ERR_NONE);
	assert_string_equal(d.image, "registry:5000/hydro/ali@" DIGEST);
	assert_int_equal(count("builds"), 3);
}

static void another_configuration_is_built_anew(void **state)
{
	(void)state;
	need_server();
	finish_build(want(A).build_id, true);
	finish_build(want(B).build_id, true);
	assert_int_equal(db_query(db, a, NULL, "UPDATE build_configs SET dockerfile_path = 'other/Dockerfile'"), ERR_NONE);
	assert_int_equal(want(A).outcome, WANT_BUILD_CREATED);
}

static void an_old_build_is_not_deployed_over_a_new_head(void **state)
{
	(void)state;
	need_server();
	int64_t first = want(A).build_id, deployment;
	run_build(first);
	want(B);
	finish_build(first, true);
	assert_int_equal(model_deployments_auto(db, a, settings, first, &deployment), ERR_NONE);
	assert_int_equal(deployment, 0);
}

static void build_again_always_builds(void **state)
{
	(void)state;
	need_server();
	int64_t first = want(A).build_id, again;
	bool created;
	struct build_trigger_ask t = { .project_id = project, .trigger = TRIGGER_MANUAL };
	assert_int_equal(model_builds_trigger(db, a, settings, &t, &again, &created), ERR_NONE);
	assert_false(created); /* it waits already */
	assert_int_equal(again, first);
	finish_build(first, true);
	assert_int_equal(model_builds_trigger(db, a, settings, &t, &again, &created), ERR_NONE);
	assert_true(created);
	assert_string_equal(get(again).commit_message, "一");
	t.commit_sha = C;
	int64_t third;
	assert_int_equal(model_builds_trigger(db, a, settings, &t, &third, &created), ERR_NONE);
	assert_int_equal(get(again).superseded_by, third);
	/* A repetition of a lost one gives way. */
	struct build_trigger_ask retry = { .project_id = project, .trigger = TRIGGER_RETRY, .retry_of = first };
	assert_int_equal(model_builds_trigger(db, a, settings, &retry, &again, &created), ERR_CONFLICT);
}

static void cancel_ends_what_waits_and_asks_what_runs(void **state)
{
	(void)state;
	need_server();
	int64_t first = want(A).build_id;
	run_build(first);
	int64_t second = want(B).build_id;
	assert_int_equal(model_builds_cancel(db, a, second, 0), ERR_NONE);
	assert_int_equal(get(second).reason, REASON_CANCELLED);
	assert_int_equal(model_builds_cancel(db, a, first, 0), ERR_NONE);
	assert_int_equal(get(first).status, BUILD_RUNNING);
	assert_non_null(get(first).cancel_requested_at);
	assert_int_equal(model_builds_cancel(db, a, first, 0), ERR_NONE);
	assert_int_equal(model_builds_cancel(db, a, second, 0), ERR_CONFLICT);
	assert_int_equal(model_builds_cancel(db, a, 999999, 0), ERR_NOT_FOUND);
}

static struct deployment_asked ask(enum deployment_action action, enum err expected)
{
	struct deployment_ask d = { .project_id = project, .action = action, .trigger = DEPLOYMENT_MANUAL };
	struct deployment_asked out;
	assert_int_equal(model_deployments_ask(db, a, settings, &d, &out), expected);
	return out;
}

static void acts_supersede_each_other(void **state)
{
	(void)state;
	need_server();
	assert_int_equal(ask(ACT_DEPLOY, ERR_CONFLICT).refusal, REFUSED_NO_IMAGE);
	assert_int_equal(ask(ACT_RESTART, ERR_CONFLICT).refusal, REFUSED_NOT_DEPLOYED);
	finish_build(want(A).build_id, true);
	struct deployment_asked deploy = ask(ACT_DEPLOY, ERR_NONE), twice = ask(ACT_DEPLOY, ERR_NONE);
	assert_int_equal(deploy.id, twice.id);
	assert_false(twice.created);
	struct deployment_asked restart = ask(ACT_RESTART, ERR_NONE);
	assert_int_equal(restart.superseded, deploy.id);
	struct deployment d;
	assert_int_equal(model_deployments_get(db, a, deploy.id, &d), ERR_NONE);
	assert_int_equal(d.state, DEPLOYMENT_SUPERSEDED);
	assert_int_equal(d.superseded_by, restart.id);
	struct deployment_asked stopped = ask(ACT_STOP, ERR_NONE), started = ask(ACT_START, ERR_NONE);
	assert_int_equal(started.superseded, stopped.id);
	assert_int_equal(model_deployments_get(db, a, started.id, &d), ERR_NONE);
	assert_string_equal(d.image, "registry:5000/hydro/ali@" DIGEST);
	ask(ACT_DELETE, ERR_NONE);
	assert_int_equal(ask(ACT_START, ERR_CONFLICT).refusal, REFUSED_NOT_DEPLOYED);
	struct deployment_ask foreign = { .project_id = project, .action = ACT_DEPLOY, .build_id = 999999 };
	assert_int_equal(model_deployments_ask(db, a, settings, &foreign, &deploy), ERR_NOT_FOUND);
}

static void a_delivery_counts_once(void **state)
{
	(void)state;
	need_server();
	/* model_webhooks_accept commits by itself, so this test looks at the parts that it is made of. */
	struct build_want w = {
		.project_id = project, .branch = "main", .commit_sha = A, .trigger = TRIGGER_PUSH, .delivery_id = "d-1"
	};
	struct build_wanted out;
	assert_int_equal(model_builds_want(db, a, settings, &w, &out), ERR_NONE);
	assert_int_equal(db_query(db, a, NULL,
				  "INSERT INTO webhook_deliveries (delivery_id, project_id, event, outcome, reason)"
				  " VALUES ('d-1', $1, 'push', 'accepted', 'build_created')",
				  DB_INT(project)),
			 ERR_NONE);
	want(B);
	/* The old delivery comes again: the head stays B. */
	assert_int_equal(model_builds_want(db, a, settings, &w, &out), ERR_NONE);
	assert_int_equal(out.outcome, WANT_DUPLICATE);
	assert_int_equal(want(B).outcome, WANT_DUPLICATE);
	w.branch = "other";
	assert_int_equal(model_builds_want(db, a, settings, &w, &out), ERR_NONE);
	assert_int_equal(out.outcome, WANT_OTHER_BRANCH);
}

static void the_ring_stays_bounded(void **state)
{
	(void)state;
	need_server();
	for (int i = 0; i < 300; i++)
		assert_int_equal(model_webhooks_reject(db, a, "\xff", "10.0.0.1", "o/n", "signature"), ERR_NONE);
	struct db_rows r;
	assert_int_equal(db_query(db, a, &r,
				  "SELECT count(*), (SELECT value FROM counters WHERE name = 'webhook_rejected_signature')"
				  " FROM webhook_rejects"),
			 ERR_NONE);
	assert_int_equal(db_int(&r, 0, 0), 256);
	assert_int_equal(db_int(&r, 0, 1), 300);
}

static void lists_page_by_key(void **state)
{
	(void)state;
	need_server();
	char sha[41];
	for (int i = 0; i < 5; i++) {
		snprintf(sha, sizeof sha, "%040x", i + 1);
		finish_build(want(sha).build_id, i % 2);
	}
	struct build_filter f = { .project_id = project, .limit = 3 };
	struct build_list page;
	struct build_project p;
	assert_int_equal(model_builds_history(db, a, &f, &p, &page), ERR_NONE);
	assert_true(page.count == 3 && page.more);
	assert_string_equal(p.name, "app");
	f.before = page.rows[2].id;
	assert_int_equal(model_builds_history(db, a, &f, &p, &page), ERR_NONE);
	assert_true(page.count == 2 && !page.more);
	f.before = 0;
	f.branch = "none";
	assert_int_equal(model_builds_history(db, a, &f, &p, &page), ERR_NONE);
	assert_true(page.count == 0 && !page.more);
	f.project_id = 999999;
	assert_int_equal(model_builds_history(db, a, &f, &p, &page), ERR_NOT_FOUND);
	struct build_filter all[] = { { .status = "failed", .limit = 50 },
				      { .limit = 50 },
				      { .project_id = project, .limit = 50 },
				      { .user_id = 7, .limit = 50 },
				      { .course_id = 999999, .limit = 50 } };
	static const int counts[] = { 3, 5, 5, 0, 0 };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		assert_int_equal(model_builds_list(db, a, &all[i], &page), ERR_NONE);
		assert_int_equal(page.count, counts[i]);
	}
}

static void the_queue_gives_each_course_its_turn(void **state)
{
	(void)state;
	need_server();
	run_build(want(A).build_id);
	int64_t waiting = want(B).build_id;
	struct queue q;
	assert_int_equal(model_queue_read(db, a, 4, &q), ERR_NONE);
	assert_true(q.count == 2 && q.running == 1 && q.waiting == 1);
	assert_int_equal(q.rows[0].position, 0);
	assert_int_equal(q.rows[1].build.id, waiting);
	assert_true(q.rows[1].position == 1 && q.rows[1].hold == HOLD_WORKER); /* none runs in this test */
}

static void branch_tags_are_legal_and_never_shared(void **state)
{
	(void)state;
	assert_string_equal(build_branch_tag(a, "main"), "main-latest");
	assert_string_equal(build_branch_tag(a, "release-1.2"), "release-1.2-latest");
	static const char *const odd[] = { "feature/x", "feature-x", "feature.x", "feature/水位", "feature/水",
					   "水",	".x",	     "a--b",	  "a/b" };
	size_t n = sizeof odd / sizeof *odd;
	for (size_t i = 0; i < n; i++) {
		const char *tag = build_branch_tag(a, odd[i]);
		assert_true(strlen(tag) <= 128 && strspn(tag, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(tag));
		assert_false(*tag == '.' || *tag == '-');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(tag, build_branch_tag(a, odd[k]));
		/* A branch that is named like another one's tag. */
		char *twin = arena_memdup(a, tag, strlen(tag) - strlen("-latest"));
		if (strcmp(twin, odd[i]))
			assert_string_not_equal(tag, build_branch_tag(a, twin));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_new_head_makes_one_build, begin, end),
		cmocka_unit_test_setup_teardown(a_failed_head_is_not_built_again_by_itself, begin, end),
		cmocka_unit_test_setup_teardown(a_message_can_ask_for_no_build, begin, end),
		cmocka_unit_test_setup_teardown(a_reading_older_than_a_push_does_not_count, begin, end),
		cmocka_unit_test_setup_teardown(a_newer_push_supersedes_the_waiting_one, begin, end),
		cmocka_unit_test_setup_teardown(a_running_build_is_left_alone, begin, end),
		cmocka_unit_test_setup_teardown(a_b_a_deploys_the_first_image_again, begin, end),
		cmocka_unit_test_setup_teardown(another_configuration_is_built_anew, begin, end),
		cmocka_unit_test_setup_teardown(an_old_build_is_not_deployed_over_a_new_head, begin, end),
		cmocka_unit_test_setup_teardown(build_again_always_builds, begin, end),
		cmocka_unit_test_setup_teardown(cancel_ends_what_waits_and_asks_what_runs, begin, end),
		cmocka_unit_test_setup_teardown(acts_supersede_each_other, begin, end),
		cmocka_unit_test_setup_teardown(a_delivery_counts_once, begin, end),
		cmocka_unit_test_setup_teardown(the_ring_stays_bounded, begin, end),
		cmocka_unit_test_setup_teardown(lists_page_by_key, begin, end),
		cmocka_unit_test_setup_teardown(the_queue_gives_each_course_its_turn, begin, end),
		cmocka_unit_test_setup_teardown(branch_tags_are_legal_and_never_shared, begin, end),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
