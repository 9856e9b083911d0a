/* Tests of what guards the applications' namespace: the services that applications may reach, and the objects made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/json.h"
#include "model/app_services.h"
#include "model/clusters.h"
#include "model/settings.h"
#include "worker/guards.h"

static struct arena *a;

static int begin(void **state)
{
	(void)state;
	a = arena_new(16 << 20);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void services_keep_rules(void **state)
{
	(void)state;
	static const char *const good[] = {
		"", "10.0.5.3:5432", "0.0.0.0/0:443", "database:5432", "\n db-1:1 \r\n\n10.0.0.0/8:65535\n", "8.8.0.0/16:53"
	};
	static const char *const bad[] = { "10.0.5.3",
					   "10.0.5.3:0",
					   "10.0.5.3:65536",
					   "10.0.0.1/8:80",
					   "10.0.0.0/33:80",
					   "169.254.169.254:80",
					   "169.254.0.0/16:80",
					   "127.0.0.1:80",
					   "kube-system:443",
					   "UPPER:80",
					   "-db:80",
					   "db-:80",
					   ":80",
					   "1.2.3:80",
					   "a b:80",
					   "db:80,81",
					   "db:80\n\nx",
					   "[::1]:80",
					   "db:http",
					   "10.0.0.0/:80" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(app_services_valid(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (app_services_valid(bad[i]))
			fail_msg("%s is taken", bad[i]);
}

static const char *text_of(json_object *o)
{
	return json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
}

static void a_wide_range_leaves_private_addresses_out(void **state)
{
	(void)state;
	setenv("APP_SERVICES", "0.0.0.0/0:443\nportal:5432\nstudents:80\ndatabase:5432", 1);
	json_object *o = guard_policy(a, settings_defaults(a), "students", "portal");
	assert_int_equal(json_len(o, "spec.egress"), 3); /* DNS, the range, the database: not the portal, not each other */
	assert_string_equal(text_of(json_at(o, "spec.egress.1.to.0.ipBlock")),
			    "{\"cidr\":\"0.0.0.0\\/0\",\"except\":[\"10.0.0.0\\/8\",\"172.16.0.0\\/12\",\"192.168.0.0\\/16\","
			    "\"100.64.0.0\\/10\",\"169.254.0.0\\/16\",\"127.0.0.0\\/8\"]}");
	assert_null(strstr(text_of(o), "students"));
	assert_non_null(strstr(text_of(json_at(o, "spec.egress.2")), "\"database\""));
	assert_int_equal(json_len(o, "spec.policyTypes"), 2);
	unsetenv("APP_SERVICES");
}

static void quotas_leave_room_for_a_roll_out(void **state)
{
	(void)state;
	struct cluster c = { .quota_apps = "3", .quota_cpu = "1.5", .quota_memory = "1Gi" };
	assert_string_equal(text_of(json_at(guard_quota(a, settings_defaults(a), &c), "spec.hard")),
			    "{\"pods\":\"6\",\"limits.cpu\":\"3000m\",\"limits.memory\":\"2147483648\"}");
	c = (struct cluster){ .quota_apps = "0" };
	assert_string_equal(text_of(json_at(guard_quota(a, settings_defaults(a), &c), "spec.hard")), "{}");
	json_object *limits = json_at(guard_limits(a, settings_defaults(a)), "spec.limits.0");
	assert_string_equal(text_of(json_at(limits, "default")),
			    "{\"cpu\":\"500m\",\"memory\":\"512Mi\",\"ephemeral-storage\":\"1Gi\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(services_keep_rules, begin, end),
		cmocka_unit_test_setup_teardown(a_wide_range_leaves_private_addresses_out, begin, end),
		cmocka_unit_test_setup_teardown(quotas_leave_room_for_a_roll_out, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
