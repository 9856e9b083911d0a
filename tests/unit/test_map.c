/* Things by id: puts, takes and walks against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/map.h"

enum { KEYS = 500 };

static void test_like_an_array(void **state)
{
	static char values[KEYS];
	void *model[KEYS] = { 0 };
	struct map m = { 0 };
	uint32_t seed = 7;
	(void)state;
	for (int i = 0; i < 20000; i++) {
		seed = seed * 1664525u + 1013904223u;
		int key = (int)(seed >> 16) % KEYS;
		if (seed & 0x8000) {
			map_put(&m, key + 1, &values[key]);
			model[key] = &values[key];
		} else {
			assert_ptr_equal(map_take(&m, key + 1), model[key]);
			model[key] = NULL;
		}
		assert_ptr_equal(map_get(&m, key + 1), model[key]);
	}
	size_t count = 0, at = 0;
	for (int k = 0; k < KEYS; k++) {
		assert_ptr_equal(map_get(&m, k + 1), model[k]);
		count += model[k] != NULL;
	}
	assert_int_equal(m.count, count);
	while (map_next(&m, &at))
		count--;
	assert_int_equal(count, 0);
	map_free(&m);
	assert_null(map_get(&m, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_like_an_array) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
