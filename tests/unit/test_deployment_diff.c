/* Tests of what changed between two deployments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "model/deployment_diff.h"

static struct arena *a;

static int start(void **state)
{
	(void)state;
	a = arena_new(1 << 20);
	return !a;
}

static int stop(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

/* "field[.variable]=before>after" of each, joined by spaces. */
static const char *diff(const char *before, const char *after)
{
	struct deployment_change *c;
	int count;
	const char *all = "";
	if (deployment_diff(a, before, after, &c, &count))
		return "invalid";
	for (int i = 0; i < count; i++)
		all = arena_printf(a, "%s%s%s%s%s=%s>%s", all, *all ? " " : "", c[i].field, c[i].variable ? "." : "",
				   c[i].variable ? c[i].variable : "", c[i].before ? c[i].before : "-",
				   c[i].after ? c[i].after : "-");
	return all;
}

static void the_same_plan_has_no_changes(void **state)
{
	(void)state;
	const char *plan = "{\"port\":8000,\"image\":\"x\",\"env\":[{\"name\":\"A\",\"value\":\"1\"}],\"deployment_id\":4}";
	assert_string_equal(diff(plan, plan), "");
	assert_string_equal(
		diff(plan, "{\"deployment_id\":5,\"env\":[{\"value\":\"1\",\"name\":\"A\"}],\"image\":\"x\",\"port\":8000}"), "");
	assert_string_equal(diff(NULL, NULL), "");
}

static void fields_are_compared(void **state)
{
	(void)state;
	assert_string_equal(
		diff("{\"port\":8000,\"image\":\"x\",\"memory\":\"512Mi\",\"health_path\":null}",
		     "{\"port\":80,\"image\":\"y\",\"memory\":\"512Mi\",\"health_path\":\"/health\",\"ingress_class\":\"\"}"),
		"image=x>y port=8000>80 health_path=->/health");
	assert_string_equal(diff(NULL, "{\"port\":8000,\"replicas\":1}"), "replicas=->1 port=->8000");
}

static void variables_are_compared_by_name(void **state)
{
	(void)state;
	const char *before = "{\"env\":[{\"name\":\"SAME\",\"value\":\"1\"},{\"name\":\"OLD\",\"value\":\"2\"},{\"name\":\"X\","
			     "\"value\":\"3\"}]}";
	const char *after =
		"{\"env\":[{\"name\":\"X\",\"value\":\"0\"},{\"name\":\"X\",\"value\":\"4\"},{\"name\":\"NEW\",\"value\":\"\"},"
		"{\"name\":\"SAME\",\"value\":\"1\"}]}";
	assert_string_equal(diff(before, after), "env.X=3>4 env.NEW=-> env.OLD=2>-");
}

static void what_is_no_plan_is_refused(void **state)
{
	(void)state;
	assert_string_equal(diff("[]", "{}"), "invalid");
	assert_string_equal(diff("{}", "{"), "invalid");
	assert_string_equal(diff("{}", "1"), "invalid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_plan_has_no_changes),
		cmocka_unit_test(fields_are_compared),
		cmocka_unit_test(variables_are_compared_by_name),
		cmocka_unit_test(what_is_no_plan_is_refused),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
