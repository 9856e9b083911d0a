/* Tests of passwords and of the one rule on who may do what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "auth/authorize.h"
#include "auth/password.h"
#include "base/arena.h"
#include "base/gate.h"

static void rule_on_passwords(void **state)
{
	(void)state;
	char longest[200];
	memset(longest, 'x', sizeof longest);
	longest[0] = 'y';
	longest[129] = 0;
	assert_string_equal(password_rule("ali", longest), "password.long");
	longest[128] = 0;
	assert_null(password_rule("ali", longest));
	assert_null(password_rule("ali", "correct horse"));
	assert_null(password_rule("ali", "水位水位水位水位水位水文"));
	assert_string_equal(password_rule("ali", "水位水位水位水位水位水"), "password.short");
	assert_string_equal(password_rule("ali", "Password1234"), "password.common");
	assert_string_equal(password_rule("ali", "zzzzzzzzzzzzzz"), "password.common");
	assert_string_equal(password_rule("zhang.wei.2026", "Zhang.Wei.2026"), "password.common");
	assert_string_equal(password_rule("ali", "abc\tdefghijklm"), "password.invalid");
	assert_string_equal(password_rule("ali", "abcdefghijkl\xff"), "password.invalid");
	assert_non_null(password_rule_sentence("ali", "short"));
}

static void hashes_verify(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 20);
	char *one, *two;
	bool weak;
	assert_int_equal(password_hash(a, "correct horse", &one), ERR_NONE);
	assert_int_equal(password_hash(a, "correct horse", &two), ERR_NONE);
	assert_string_not_equal(one, two);
	assert_true(password_verify(one, "correct horse", &weak) && !weak);
	assert_false(password_verify(one, "correct horsf", &weak));
	assert_false(password_verify(NULL, "correct horse", &weak));
	assert_false(password_verify("", "", &weak));
	assert_false(password_verify("$argon2id$broken", "x", &weak));
	arena_free(a);
}

/* The whole matrix: role x action x owner, as the requirement B12 states it. */
static void matrix(void **state)
{
	(void)state;
	static const bool student_own[ACTION__MAX] = {
		[ACTION_VIEW] = true,  [ACTION_BUILD] = true, [ACTION_DEPLOY] = true,	 [ACTION_RESTART] = true,
		[ACTION_START] = true, [ACTION_STOP] = true,  [ACTION_CONFIGURE] = true,
	};
	for (int action = 0; action < ACTION__MAX; action++) {
		enum action act = (enum action)action;
		struct actor nobody = { .id = 0 }, student = { .id = 5, .role = ROLE_STUDENT },
			     teacher = { .id = 6, .role = ROLE_TEACHER }, admin = { .id = 7, .role = ROLE_ADMIN },
			     none = { .id = 8, .role = ROLE_NONE };
		for (int kind = 0; kind < OBJECT_KIND__MAX; kind++)
			for (int64_t owner = 0; owner < 9; owner++) {
				struct object o = { .kind = (enum object_kind)kind, .owner = owner };
				bool own = kind != OBJECT_PORTAL && owner == 5;
				assert_int_equal(authorize(&nobody, act, o), ERR_UNAUTHORIZED);
				assert_int_equal(authorize(&none, act, o), ERR_NOT_FOUND);
				assert_int_equal(authorize(&admin, act, o), ERR_NONE);
				assert_int_equal(authorize(&teacher, act, o), act == ACTION_ADMIN ? ERR_FORBIDDEN : ERR_NONE);
				assert_int_equal(authorize(&student, act, o), !own		    ? ERR_NOT_FOUND
									      : student_own[action] ? ERR_NONE
												    : ERR_FORBIDDEN);
			}
	}
}

static void gate_refuses_a_full_queue(void **state)
{
	(void)state;
	struct gate *g = gate_new(1, 0);
	assert_true(gate_enter(g));
	assert_false(gate_enter(g));
	gate_leave(g);
	assert_true(gate_enter(g));
	gate_leave(g);
	free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_on_passwords),
		cmocka_unit_test(hashes_verify),
		cmocka_unit_test(matrix),
		cmocka_unit_test(gate_refuses_a_full_queue),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
