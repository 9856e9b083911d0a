/* Tests of what a roster's lines would do to a course, on a real database; each test's transaction is rolled back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/courses.h"
#include "model/roster.h"
#include "model/users.h"
#include "pg.h"

static struct db_pool *pool;
static struct arena *a;
static struct db *db;
static int64_t course;

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
	int64_t user, student;
	a = arena_new(16 << 20);
	if (!pool)
		return 0;
	db = db_acquire(pool, 1000);
	return !db || db_begin(db) || model_courses_put(db, a, "hydro", "Hydrology", &course) ||
	       model_users_create(db, a, "there", "There", ROLE_STUDENT, PASSWORD_NONE, &user) ||
	       model_students_put(db, a, course, "1", "One", user, &student) ||
	       model_students_put(db, a, course, "2", "Two", 0, &student) ||
	       model_students_put(db, a, course, "3", "Three", 0, &student) || model_students_remove(db, a, student);
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

static struct roster read_text(const char *text, const struct roster_options *o)
{
	struct roster r;
	const char *why;
	assert_int_equal(model_roster_read(db, a, course, text, strlen(text), o, &r, &why), ERR_NONE);
	return r;
}

static void each_line_says_what_it_would_do(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	struct roster_options o = { .repo_schemes = "https" };
	struct roster r = read_text(
		"1,One\n2,Zwei\n3,Three\n4,Four\n2,Again\nx y,Bad\n5,\n6,Six,nobody\n7,Seven,Not A Login\n8,Eight,there\n", &o);
	static const struct {
		enum roster_change change;
		const char *fault;
	} expected[] = {
		{ ROSTER_SAME, NULL },
		{ ROSTER_RENAMED, NULL },
		{ ROSTER_BACK, NULL },
		{ ROSTER_NEW, NULL },
		{ ROSTER_LEFT_OUT, "roster.fault.twice" },
		{ ROSTER_LEFT_OUT, "roster.fault.number" },
		{ ROSTER_LEFT_OUT, "roster.fault.name" },
		{ ROSTER_LEFT_OUT, "roster.fault.no_account" },
		{ ROSTER_LEFT_OUT, "roster.fault.login" },
		{ ROSTER_NEW, NULL },
	};
	assert_int_equal(r.count, sizeof expected / sizeof *expected);
	for (int i = 0; i < r.count; i++) {
		assert_int_equal(r.lines[i].change, expected[i].change);
		assert_int_equal(r.lines[i].number, i + 1);
		if (expected[i].fault)
			assert_string_equal(r.lines[i].fault, expected[i].fault);
		else
			assert_null(r.lines[i].fault);
	}
	assert_int_equal(r.wrong, 5);
	assert_int_equal(r.changes, 4);
}

static void columns_may_be_named(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	struct roster_options o = { .repo_schemes = "https" };
	struct roster r = read_text("Name;Email;Number\nOne;one@example.edu;1\n", &o);
	assert_int_equal(r.count, 1);
	assert_string_equal(r.lines[0].student_number, "1");
	assert_string_equal(r.lines[0].login, "there");
	r = read_text("姓名,学号\n二,2\n", &o);
	assert_string_equal(r.lines[0].name, "二");
	assert_int_equal(r.lines[0].change, ROSTER_RENAMED);
}

static void accounts_come_from_numbers(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	struct roster_options o = { .accounts = true, .repo_schemes = "https" };
	const char *why;
	int64_t student;
	struct student s;
	struct user u;
	struct roster r = read_text("1,One,elsewhere\n", &o);
	assert_int_equal(r.lines[0].change, ROSTER_RENAMED); /* what the file says wins */
	assert_true(r.lines[0].new_account);
	r = read_text("1,One\n2,Two\nA-9,Nine\n", &o);
	assert_int_equal(r.lines[0].change, ROSTER_SAME);
	assert_false(r.lines[0].new_account); /* has another login, and keeps it */
	assert_true(r.lines[1].new_account);
	assert_string_equal(r.lines[2].login, "a-9");
	struct settings *none = NULL;
	assert_int_equal(model_roster_apply(db, a, NULL, none, course, &o, &r, &why), ERR_NONE);
	assert_int_equal(model_users_find(db, a, "a-9", &u), ERR_NONE);
	assert_int_equal(model_students_find(db, a, course, "A-9", &student), ERR_NONE);
	assert_int_equal(model_students_get(db, a, student, &s), ERR_NONE);
	assert_string_equal(s.login, "a-9");
	assert_false(s.has_password);
	assert_int_equal(model_students_find(db, a, course, "1", &student), ERR_NONE);
	assert_int_equal(model_students_get(db, a, student, &s), ERR_NONE);
	assert_string_equal(s.login, "there");
	r = read_text("1,One\n2,Two\nA-9,Nine\n", &o);
	assert_int_equal(r.changes, 0); /* twice: nothing more */
}

static void repositories_are_filled_in_and_checked(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	struct roster_options o = { .project = "app",
				    .repo_url = "https://git.example.edu/{login}/{project}-{number}.git",
				    .repo_schemes = "https" };
	struct roster r =
		read_text("number,name,repo\n7,Seven,\n8,Eight,https://git.example.edu/x/y.git\n9,Nine,file:///etc\n", &o);
	assert_string_equal(r.lines[0].repo_url, "https://git.example.edu/7/app-7.git");
	assert_true(r.lines[0].new_project);
	assert_string_equal(r.lines[1].repo_url, "https://git.example.edu/x/y.git");
	assert_string_equal(r.lines[2].fault, "roster.fault.repository");
}

static void no_table_has_a_reason(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	struct roster_options o = { .repo_schemes = "https" };
	struct roster r;
	const char *why;
	assert_int_equal(model_roster_read(db, a, course, "", 0, &o, &r, &why), ERR_INVALID);
	assert_string_equal(why, "roster.empty");
	assert_int_equal(model_roster_read(db, a, course, "number,name\n", 12, &o, &r, &why), ERR_INVALID);
	assert_string_equal(why, "roster.empty");
	assert_int_equal(model_roster_read(db, a, course, "1,\"", 3, &o, &r, &why), ERR_INVALID);
	assert_string_equal(why, "roster.unreadable");
	char *many = arena_alloc(a, 2 * (ROSTER_MAX + 3)), *p = many;
	for (int i = 0; i < ROSTER_MAX + 2; i++)
		p = stpcpy(p, "1\n");
	assert_int_equal(model_roster_read(db, a, course, many, (size_t)(p - many), &o, &r, &why), ERR_TOO_LARGE);
	assert_string_equal(why, "roster.too_large");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_line_says_what_it_would_do, begin, end),
		cmocka_unit_test_setup_teardown(columns_may_be_named, begin, end),
		cmocka_unit_test_setup_teardown(accounts_come_from_numbers, begin, end),
		cmocka_unit_test_setup_teardown(repositories_are_filled_in_and_checked, begin, end),
		cmocka_unit_test_setup_teardown(no_table_has_a_reason, begin, end),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
