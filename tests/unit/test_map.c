/* Things by id: puts, takes and walks against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
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

static void test_keys_as_text(void **state)
{
	static char value;
	struct map m = { 0 };
	struct arena *a = arena_new(1 << 20);
	(void)state;
	assert_string_equal(map_keys(&m, a), "{}");
	map_put(&m, 4294967297, &value);
	assert_string_equal(map_keys(&m, a), "{4294967297}");
	map_put(&m, 7, &value);
	const char *both = map_keys(&m, a);
	assert_true(!strcmp(both, "{7,4294967297}") || !strcmp(both, "{4294967297,7}"));
	map_take(&m, 7);
	map_take(&m, 4294967297);
	assert_string_equal(map_keys(&m, a), "{}");
	map_free(&m);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_like_an_array), cmocka_unit_test(test_keys_as_text) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
