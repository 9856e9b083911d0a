/* Tests of the system's state: what counts as degraded, and that it is read from an empty database, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/system.h"
#include "pg.h"

static struct arena *a;

/* The names of what is degraded, by spaces. */
static const char *troubles(const struct system_state *s, const struct system_program *p)
{
	enum system_trouble out[TROUBLE__MAX];
	const char *text = "";
	int count = system_troubles(s, p, out);
	for (int i = 0; i < count; i++)
		text = arena_printf(a, "%s%s%s", text, i ? " " : "", system_trouble_name(out[i]));
	return text;
}

static void what_is_degraded_is_named(void **state)
{
	(void)state;
	a = arena_new(1 << 20);
	struct system_worker worker = { .alive = true, .version = "1" };
	struct system_wait wait = { .what = "builds", .why = "the cluster does not answer: 10:00 UTC, x", .count = 3 };
	const struct system_program p = { "1", true, true, true };
	const struct system_state well = { .connections = 5,
					   .connections_max = 100,
					   .registries = 1,
					   .branches = 10,
					   .branches_failing = 2,
					   .waiting_age_s = -1,
					   .unarchived_age_s = -1,
					   .untold_age_s = -1,
					   .reject_age_s = -1,
					   .workers = &worker,
					   .worker_count = 1,
					   .workers_alive = 1 };
	struct system_state s = well;
	assert_string_equal(troubles(&s, &p), "");
	s.workers_alive = s.worker_count = 0;
	s.waiting = 3;
	s.waiting_age_s = 9999;
	assert_string_equal(troubles(&s, &p), "no_worker"); /* and not that the queue stands still, which follows */
	s = well;
	s.waiting = 3;
	s.waiting_age_s = 299;
	assert_string_equal(troubles(&s, &p), "");
	s.waiting_age_s = 301;
	assert_string_equal(troubles(&s, &p), "queue");
	s.running = 1;
	assert_string_equal(troubles(&s, &p), "");
	s = well;
	s.waits = &wait;
	s.wait_count = 1;
	s.unarchived = s.untold = 1;
	s.unarchived_age_s = s.untold_age_s = 601;
	s.branches_failing = 5;
	s.reject_age_s = 3599;
	s.connections = 90;
	worker.version = "2";
	assert_string_equal(troubles(&s, &p), "cluster_away archive_behind gitea_behind branches rejects connections versions");
	const struct system_program bare = { "2", false, false, false };
	s = well;
	s.untold = 100; /* nobody is told where there is no Gitea */
	s.untold_age_s = 99999;
	s.registries = 0;
	assert_string_equal(troubles(&s, &bare), "no_cluster no_archive no_registry");
	arena_free(a);
}

static void an_empty_database_has_a_state(void **state)
{
	(void)state;
	struct db_pool *pool = pg_start();
	NEED_DATABASE(pool);
	a = arena_new(8 << 20);
	struct db *db = db_acquire(pool, 1000);
	struct system_state s;
	assert_int_equal(
		db_query(db, a, NULL, "CREATE TABLE IF NOT EXISTS schema_migrations (version bigint, name text, checksum text)"),
		ERR_NONE);
	assert_int_equal(model_system_read(db, a, &s), ERR_NONE);
	assert_int_equal(s.waiting_age_s, -1);
	assert_int_equal(s.reject_age_s, -1);
	assert_true(s.connections >= 1 && s.connections_max > 1 && s.database_bytes > 0);
	assert_int_equal(s.worker_count + s.wait_count + s.reject_count, 0);
	db_release(db);
	arena_free(a);
	pg_stop(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_degraded_is_named),
		cmocka_unit_test(an_empty_database_has_a_state),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
