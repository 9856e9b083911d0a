/* Tests of when waiting builds begin: turns of courses, one build a project, places. Pure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "model/queue.h"

static struct arena *a;

static int start(void **state)
{
	(void)state;
	a = arena_new(16 << 20);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

#define RUNS(of_project, of_course, since, takes)                                                                                \
	{                                                                                                                        \
		.project_id = of_project, .course_id = of_course, .running = true, .elapsed = since, .usual = takes              \
	}
#define WAITS(of_project, of_course, turn, takes)                                                                                \
	{                                                                                                                        \
		.project_id = of_project, .course_id = of_course, .course_turn = turn, .usual = takes                            \
	}
#define ESTIMATE(entries, places) queue_estimate(a, entries, (int)(sizeof(entries) / sizeof *(entries)), places)

static void expect(const struct queue_entry *e, int position, int64_t wait)
{
	assert_int_equal(e->position, position);
	assert_int_equal(e->expected_wait, wait);
}

static void a_free_place_is_taken_at_once(void **state)
{
	(void)state;
	struct queue_entry q[] = { RUNS(1, 1, 5, 60), WAITS(2, 1, 0, 60), WAITS(3, 1, 0, 60) };
	ESTIMATE(q, 2);
	expect(&q[0], 0, -1);
	expect(&q[1], 1, 0);
	expect(&q[2], 2, 55); /* when the running one has ended */
}

static void one_that_takes_longer_than_usual_ends_soon(void **state)
{
	(void)state;
	struct queue_entry q[] = { RUNS(1, 1, 500, 60), RUNS(2, 1, 55, 60), WAITS(3, 1, 0, 60), WAITS(4, 1, 0, 30) };
	ESTIMATE(q, 2);
	expect(&q[2], 1, 10);
	expect(&q[3], 2, 10);
}

static void a_project_has_one_build_at_a_time(void **state)
{
	(void)state;
	struct queue_entry q[] = { RUNS(1, 1, 0, 100), WAITS(1, 1, 0, 100), WAITS(2, 1, 0, 20), WAITS(3, 1, 0, 20) };
	ESTIMATE(q, 3);
	expect(&q[1], 3, 100); /* asked for first, but its own one runs */
	expect(&q[2], 1, 0);
	expect(&q[3], 2, 0);
}

static void courses_take_turns(void **state)
{
	(void)state;
	/* Course 7 pushed three times before course 8 did once; 8 was served longer ago. */
	struct queue_entry q[] = { RUNS(9, 9, 0, 40),	 WAITS(1, 7, 500, 40), WAITS(2, 7, 500, 40),
				   WAITS(3, 7, 500, 40), WAITS(4, 8, 400, 40), WAITS(5, 8, 400, 40) };
	ESTIMATE(q, 1);
	expect(&q[4], 1, 40);
	expect(&q[1], 2, 80);
	expect(&q[5], 3, 120);
	expect(&q[2], 4, 160);
	expect(&q[3], 5, 200);
}

static void a_course_whose_first_build_must_wait_sends_its_next(void **state)
{
	(void)state;
	struct queue_entry q[] = { RUNS(1, 7, 0, 100), WAITS(1, 7, 1, 10), WAITS(2, 7, 1, 10), WAITS(3, 8, 2, 10) };
	ESTIMATE(q, 2);
	expect(&q[2], 1, 0);
	expect(&q[3], 2, 10);
	expect(&q[1], 3, 100);
}

static void courses_that_were_never_served_go_by_the_order_of_asking(void **state)
{
	(void)state;
	struct queue_entry q[] = { WAITS(1, 8, 0, 10), WAITS(2, 7, 0, 10), WAITS(3, 6, 5, 10) };
	ESTIMATE(q, 1);
	expect(&q[0], 1, 0);
	expect(&q[1], 2, 10);
	expect(&q[2], 3, 20);
}

static void a_lowered_limit_waits_until_enough_have_ended(void **state)
{
	(void)state;
	struct queue_entry q[] = { RUNS(1, 1, 0, 30), RUNS(2, 1, 0, 60), RUNS(3, 1, 0, 90), WAITS(4, 1, 0, 10) };
	ESTIMATE(q, 1);
	expect(&q[3], 1, 90);
	ESTIMATE(q, 0); /* no such setting: counts as one */
	expect(&q[3], 1, 90);
}

static void nothing_and_much(void **state)
{
	(void)state;
	enum { MANY = 5000, COURSES = 20 };
	queue_estimate(a, NULL, 0, 4);
	struct queue_entry *q = arena_alloc(a, MANY * sizeof *q);
	for (int i = 0; i < MANY; i++)
		q[i] = (struct queue_entry)WAITS(i + 1, i % COURSES, i % COURSES, 60);
	queue_estimate(a, q, MANY, 10);
	char *seen = arena_alloc(a, MANY + 1);
	for (int i = 0; i < MANY; i++) {
		assert_true(q[i].position >= 1 && q[i].position <= MANY && !seen[q[i].position]);
		seen[q[i].position] = 1;
		assert_int_equal(q[i].expected_wait, (q[i].position - 1) / 10 * 60);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_free_place_is_taken_at_once),
		cmocka_unit_test(one_that_takes_longer_than_usual_ends_soon),
		cmocka_unit_test(a_project_has_one_build_at_a_time),
		cmocka_unit_test(courses_take_turns),
		cmocka_unit_test(a_course_whose_first_build_must_wait_sends_its_next),
		cmocka_unit_test(courses_that_were_never_served_go_by_the_order_of_asking),
		cmocka_unit_test(a_lowered_limit_waits_until_enough_have_ended),
		cmocka_unit_test(nothing_and_much),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
