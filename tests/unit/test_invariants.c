/* Tests of what must hold of the rows whatever happened, on a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/invariants.h"
#include "pg.h"

static struct db_pool *pool;
static struct db *db;
static struct arena *a;

static int start(void **state)
{
	(void)state;
	pool = pg_open(16 << 20, &a, &db);
	if (!db)
		return 0;
	return db_query(db, a, NULL, "INSERT INTO courses (code, name) VALUES ('c', 'C')") ||
	       db_query(db, a, NULL, "INSERT INTO students (course_id, student_number, name) VALUES (1, 's', 'S')") ||
	       db_query(db, a, NULL, "INSERT INTO projects (student_id, name) VALUES (1, 'p')") ||
	       db_query(db, a, NULL, "INSERT INTO deployments (project_id, action, trigger) VALUES (1, 'stop', 'manual')") ||
	       db_query(db, a, NULL, "UPDATE projects SET wanted_deployment_id = 1");
}

static int stop(void **state)
{
	(void)state;
	return pg_close(pool, a, db);
}

/* How many rows break the one whose sentence has that in it. */
static int64_t broken(const char *says)
{
	struct invariant all[INVARIANTS_MAX];
	int count;
	assert_int_equal(model_invariants(db, a, all, &count), ERR_NONE);
	for (int i = 0; i < count; i++)
		if (strstr(all[i].says, says))
			return all[i].broken;
	fail_msg("no such invariant: %s", says);
	return -1;
}

static void what_is_up_takes_of_the_quotas(void **state)
{
	static const struct {
		const char *action, *app_state, *takes;
		int broken;
	} rows[] = {
		{ "deploy", "deploying", "500", 0 }, { "deploy", "deploying", NULL, 1 }, { "restart", "pending", NULL, 1 },
		{ "start", "running", NULL, 1 },     { "stop", "deploying", "500", 0 },	 { "stop", "deploying", NULL, 0 },
		{ "delete", "deploying", NULL, 0 },  { "stop", "stopped", NULL, 0 },	 { "delete", "none", "500", 1 },
	};
	(void)state;
	NEED_DATABASE(db);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(db_query(db, a, NULL, "UPDATE deployments SET action = $1", DB_TEXT(rows[i].action)), ERR_NONE);
		assert_int_equal(db_query(db, a, NULL,
					  "UPDATE projects SET app_state = $1, takes_cpu = $2::bigint,"
					  " takes_memory = $2::bigint",
					  DB_TEXT(rows[i].app_state), DB_TEXT(rows[i].takes)),
				 ERR_NONE);
		if (broken("takes of the quotas") != rows[i].broken)
			fail_msg("%s while %s", rows[i].app_state, rows[i].action);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_up_takes_of_the_quotas),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
