/* Tests of which applications are stopped because nobody uses them, on a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/idle.h"
#include "model/settings.h"
#include "pg.h"

static struct db_pool *pool;
static struct db *db;
static struct arena *a;
static struct settings *settings;

static int start(void **state)
{
	(void)state;
	pool = pg_open(16 << 20, &a, &db);
	if (!db)
		return 0;
	return db_query(db, a, NULL, "INSERT INTO settings (name, value) VALUES ('idle_stop_days', '7')") ||
	       db_query(db, a, NULL, "INSERT INTO courses (code, name) VALUES ('c', 'C')") ||
	       db_query(db, a, NULL, "INSERT INTO students (course_id, student_number, name) VALUES (1, 's', 'S')") ||
	       db_query(db, a, NULL,
			"INSERT INTO projects (student_id, name, app_state, applied, takes_cpu, takes_memory, active_at)"
			" VALUES (1, 'p', 'running', 'x', 500, 1, now() - interval '8 days')") ||
	       db_query(db, a, NULL,
			"INSERT INTO deployments (project_id, action, trigger, state, image)"
			" VALUES (1, 'deploy', 'manual', 'superseded', 'r/a@x')") ||
	       model_settings_load(db, a, &settings);
}

static int stop(void **state)
{
	(void)state;
	return pg_close(pool, a, db);
}

/* How many are stopped when the last act on the application was this one, which ended so many minutes ago. */
static int stopped_after(const char *action, const char *state, int minutes)
{
	int count;
	assert_int_equal(db_query(db, a, NULL, "UPDATE deployments SET state = 'superseded'"), ERR_NONE);
	assert_int_equal(db_query(db, a, NULL,
				  "WITH d AS (INSERT INTO deployments (project_id, action, trigger, state, finished_at)"
				  " VALUES (1, $1, 'idle', $2, now() - make_interval(mins => $3::integer)) RETURNING id)"
				  " UPDATE projects SET wanted_deployment_id = d.id FROM d",
				  DB_TEXT(action), DB_TEXT(state), DB_INT(minutes)),
			 ERR_NONE);
	assert_int_equal(model_idle_stop(db, a, settings, &count), ERR_NONE);
	return count;
}

static void what_nobody_uses_is_stopped(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	assert_int_equal(stopped_after("deploy", "running", 1), 1);
	assert_int_equal(stopped_after("deploy", "failed", 1), 1);
	assert_int_equal(stopped_after("deploy", "deploying", 1), 0);
	assert_int_equal(stopped_after("delete", "failed", 600), 0);
}

static void a_stop_that_failed_is_tried_again_later(void **state)
{
	int count;
	(void)state;
	NEED_DATABASE(db);
	assert_int_equal(stopped_after("stop", "failed", 30), 0);
	assert_int_equal(stopped_after("stop", "failed", 90), 1);
	/* It waits now: nobody asks for another. */
	assert_int_equal(model_idle_stop(db, a, settings, &count), ERR_NONE);
	assert_int_equal(count, 0);
	assert_int_equal(stopped_after("stop", "stopped", 90), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_uses_is_stopped),
		cmocka_unit_test(a_stop_that_failed_is_tried_again_later),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
