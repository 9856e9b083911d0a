/* Tests of a course's numbers on a real database: what a reader is told is true at any time, whoever changes and whoever counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/course_counts.h"
#include "model/courses.h"
#include "pg.h"

enum { CHANGES = 150, WRITERS = 3, COUNTERS = 2 };

static struct db_pool *pool;
static struct arena *a;
static struct db *db;

static void sql_ok(enum err e)
{
	assert_int_equal(e, ERR_NONE);
}

static int64_t changes(void)
{
	struct db_rows r;
	sql_ok(db_query(db, a, &r, "SELECT count(*) FROM course_changes"));
	return db_int(&r, 0, 0);
}

/* Two courses of ten students with a project each. */
static int start(void **state)
{
	(void)state;
	pool = pg_open(256 << 20, &a, &db);
	if (!db)
		return 0;
	sql_ok(db_query(db, a, NULL, "INSERT INTO courses (code, name) VALUES ('A', 'First'), ('B', 'Second')"));
	sql_ok(db_query(db, a, NULL,
			"WITH s AS (INSERT INTO students (course_id, student_number, name) SELECT c.id, n::text, 'Student ' || n"
			" FROM courses c, generate_series(1, 10) n RETURNING id)"
			" INSERT INTO projects (student_id, name) SELECT id, 'app' FROM s"));
	return 0;
}

static int stop(void **state)
{
	(void)state;
	return pg_close(pool, a, db);
}

/* What a reader is told, against a count of the rows. */
static void agree(void)
{
	struct db_rows r;
	sql_ok(db_query(db, a, &r,
			"SELECT c.id, n.students, n.running, n.failed FROM courses c CROSS JOIN LATERAL (" COURSE_COUNTS(
				"c.id") ") n ORDER BY c.id"));
	for (int i = 0; i < r.count; i++) {
		struct course c;
		sql_ok(model_courses_get(db, a, db_int(&r, i, 0), &c));
		assert_int_equal(c.students, db_int(&r, i, 1));
		assert_int_equal(c.running, db_int(&r, i, 2));
		assert_int_equal(c.failed, db_int(&r, i, 3));
	}
}

/* One change of what is counted, by chance. */
static enum err change(struct db *on, struct arena *own, int64_t chance)
{
	int64_t project = 1 + chance % 20;
	switch (chance / 20 % 5) {
	case 0:
		return db_query(on, own, NULL,
				"UPDATE projects SET app_state = (ARRAY['running', 'failed', 'stopped'])[1 + $2::integer % 3] "
				"WHERE id = $1",
				DB_INT(project), DB_INT(chance / 100));
	case 1:
		return db_query(on, own, NULL,
				"INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, image_repo, "
				"image_tag, trigger, config,"
				" config_digest, status, phase) SELECT p.id, s.id, s.course_id, repeat('a', 40), 'main', 'r/x', "
				"'a', 'push', '{}',"
				" 'd', (ARRAY['failed', 'success'])[1 + $2::integer % 2], 'done' FROM projects p JOIN students s"
				" ON s.id = p.student_id WHERE p.id = $1",
				DB_INT(project), DB_INT(chance / 100));
	case 2:
		return db_query(
			on, own, NULL,
			"INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, image_repo, image_tag, "
			"trigger, config,"
			" config_digest) SELECT p.id, s.id, s.course_id, repeat('b', 40), 'main', 'r/x', 'b', 'push', '{}', 'd'"
			" FROM projects p JOIN students s ON s.id = p.student_id WHERE p.id = $1 ON CONFLICT DO NOTHING",
			DB_INT(project));
	case 3:
		return db_query(on, own, NULL,
				"UPDATE builds SET status = (ARRAY['failed', 'success'])[1 + $2::integer % 2], phase = 'done'"
				" WHERE project_id = $1 AND status = 'pending'",
				DB_INT(project), DB_INT(chance / 100));
	default:
		return db_query(on, own, NULL,
				"UPDATE students SET left_at = CASE WHEN left_at IS NULL THEN now() END"
				" WHERE id = (SELECT student_id FROM projects WHERE id = $1)",
				DB_INT(project));
	}
}

static void a_reader_sees_each_change(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	srand(1);
	for (int i = 0; i < CHANGES; i++) {
		sql_ok(change(db, a, rand()));
		agree();
		if (i % 3 == 0)
			sql_ok(model_course_counts_keep(db, a));
		agree();
	}
	sql_ok(model_course_counts_keep(db, a));
	assert_int_equal(changes(), 0);
	agree();
}

static atomic_int writing = WRITERS;
static atomic_int failed;

static void *write_on(void *seed)
{
	struct arena *own = arena_new(64 << 20);
	struct db *on = db_acquire(pool, 60000);
	unsigned int chance = *(unsigned int *)seed;
	for (int i = 0; i < CHANGES; i++)
		if (change(on, own, rand_r(&chance)) != ERR_NONE)
			atomic_fetch_add(&failed, 1);
	db_release(on);
	arena_free(own);
	atomic_fetch_sub(&writing, 1);
	return NULL;
}

static void *count_on(void *unused)
{
	(void)unused;
	struct arena *own = arena_new(64 << 20);
	struct db *on = db_acquire(pool, 60000);
	while (atomic_load(&writing))
		if (model_course_counts_keep(on, own) != ERR_NONE)
			atomic_fetch_add(&failed, 1);
	db_release(on);
	arena_free(own);
	return NULL;
}

static void many_write_and_several_count(void **state)
{
	(void)state;
	pthread_t threads[WRITERS + COUNTERS];
	unsigned int seeds[WRITERS] = { 2, 3, 4 };
	NEED_DATABASE(db);
	for (int i = 0; i < WRITERS + COUNTERS; i++)
		pthread_create(&threads[i], NULL, i < WRITERS ? write_on : count_on, i < WRITERS ? &seeds[i] : NULL);
	for (int i = 0; i < WRITERS + COUNTERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&failed), 0);
	agree();
	sql_ok(model_course_counts_keep(db, a));
	assert_int_equal(changes(), 0);
	agree();
}

static void a_course_that_is_gone_leaves_nothing(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	sql_ok(db_query(db, a, NULL, "INSERT INTO courses (code, name) VALUES ('C', 'Third')"));
	sql_ok(db_query(
		db, a, NULL,
		"INSERT INTO students (course_id, student_number, name) SELECT id, 'x', 'X' FROM courses WHERE code = 'C'"));
	sql_ok(db_query(db, a, NULL, "DELETE FROM students WHERE student_number = 'x'"));
	sql_ok(db_query(db, a, NULL, "DELETE FROM courses WHERE code = 'C'"));
	assert_int_not_equal(changes(), 0);
	sql_ok(model_course_counts_keep(db, a));
	assert_int_equal(changes(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_reader_sees_each_change),
					    cmocka_unit_test(many_write_and_several_count),
					    cmocka_unit_test(a_course_that_is_gone_leaves_nothing) };
	return cmocka_run_group_tests(tests, start, stop);
}
