/* Merge patch (examples of RFC 7386), strategic merge patch, JSON patch, server-side apply. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "kubesim/apply.h"
#include "kubesim/patch.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static json_object *parse(const char *text)
{
	const char *why;
	json_object *o = json_parse(arena, text, strlen(text), 32, &why);
	assert_non_null(o);
	return o;
}

static void same(json_object *got, const char *wanted)
{
	if (!json_object_equal(got, parse(wanted)))
		fail_msg("got %s, wanted %s", json_object_to_json_string(got), wanted);
}

static void merges(void **state)
{
	static const char *const rows[][3] = {
		{ "{'a':'b'}", "{'a':'c'}", "{'a':'c'}" },
		{ "{'a':'b'}", "{'b':'c'}", "{'a':'b','b':'c'}" },
		{ "{'a':'b','b':'c'}", "{'a':null}", "{'b':'c'}" },
		{ "{'a':['b']}", "{'a':'c'}", "{'a':'c'}" },
		{ "{'a':{'b':'c'}}", "{'a':{'b':'d','c':null}}", "{'a':{'b':'d'}}" },
		{ "{'a':[{'b':'c'}]}", "{'a':[1]}", "{'a':[1]}" },
		{ "{'a':'x'}", "{'a':{'bb':{'ccc':null}}}", "{'a':{'bb':{}}}" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_object *o = json_build(arena, rows[i][0]);
		patch_merge(o, json_build(arena, rows[i][1]));
		same(o, json_object_to_json_string(json_build(arena, rows[i][2])));
	}
}

#define POD                                                                                                                      \
	"{'spec':{'containers':[{'name':'a','image':'1','env':[{'name':'X','value':'1'}]},{'name':'b','image':'1'}],'"           \
	"nodeSelector':{'k':'v'}}}"

static void merges_lists_by_key(void **state)
{
	static const char *const rows[][2] = {
		{ "{'spec':{'containers':[{'name':'b','image':'2'},{'name':'c','image':'3'}]}}",
		  "{'spec':{'containers':[{'name':'a','image':'1','env':[{'name':'X','value':'1'}]},{'name':'b','image':'2'},"
		  "{'name':'c','image':'3'}],'nodeSelector':{'k':'v'}}}" },
		{ "{'spec':{'containers':[{'name':'a','env':[{'name':'Y','value':'2'}]},{'name':'b','$patch':'delete'}],'"
		  "nodeSelector':null}}",
		  "{'spec':{'containers':[{'name':'a','image':'1','env':[{'name':'X','value':'1'},{'name':'Y','value':'2'}]}]}"
		  "}" },
		{ "{'spec':{'containers':[{'$patch':'replace'},{'name':'z'}]}}",
		  "{'spec':{'containers':[{},{'name':'z'}],'nodeSelector':{'k':'v'}}}" },
		{ "{'spec':{'nodeSelector':{'$retainKeys':['j'],'j':'w'}}}",
		  "{'spec':{'containers':[{'name':'a','image':'1','env':[{'name':'X','value':'1'}]},{'name':'b','image':'1'}],"
		  "'nodeSelector':{'j':'w'}}}" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_object *o = json_build(arena, POD);
		patch_strategic(&schema_pod, o, json_build(arena, rows[i][0]));
		same(o, json_object_to_json_string(json_build(arena, rows[i][1])));
	}
}

static void patches_by_operations(void **state)
{
	const char *why;
	json_object *o = json_build(arena, "{'a':[1,2],'b':{'c/d':'x'}}");
	(void)state;
	assert_true(patch_json(arena, o,
			       json_build(arena,
					  "[{'op':'add','path':'/a/1','value':9},{'op':'add','path':'/a/-','value':3},"
					  "{'op':'replace','path':'/b/c~1d','value':'y'},{'op':'test','path':'/a/0','value':1},"
					  "{'op':'remove','path':'/a/0'}]"),
			       &why));
	same(o, "{\"a\":[9,2,3],\"b\":{\"c/d\":\"y\"}}");
	static const char *const bad[] = { "[{'op':'test','path':'/a/0','value':5}]",
					   "[{'op':'remove','path':'/x'}]",
					   "[{'op':'add','path':'/a/9','value':1}]",
					   "[{'op':'add','path':'/x/y','value':1}]",
					   "[{'op':'fly','path':'/a'}]",
					   "{}" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(patch_json(arena, o, json_build(arena, bad[i]), &why));
}

static bool apply(json_object *managers, json_object *live, const char *manager, bool force, const char *config,
		  size_t *conflicts)
{
	struct apply p = { .arena = arena, .schema = &schema_pod, .manager = manager, .force = force, .managers = managers };
	bool fine = apply_configuration(&p, live, json_build(arena, config));
	if (conflicts)
		*conflicts = p.conflict_count;
	return fine;
}

static void applies_and_gives_up(void **state)
{
	json_object *managers = json_build(arena, "{}"), *live = json_build(arena, "{'spec':{'containers':[]}}");
	size_t conflicts;
	(void)state;
	assert_true(apply(managers, live, "one", false,
			  "{'spec':{'hostname':'h','containers':[{'name':'a','image':'1','env':[{'name':'X','value':'1'}]}]}}",
			  NULL));
	patch_strategic(&schema_pod, live, json_build(arena, "{'spec':{'subdomain':'s'}}")); /* somebody else's: stays */
	assert_true(apply(managers, live, "one", false, "{'spec':{'containers':[{'name':'a','image':'2'}]}}", NULL));
	same(live, "{\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"2\"}],\"subdomain\":\"s\"}}");
	assert_false(apply(managers, live, "two", false, "{'spec':{'containers':[{'name':'a','image':'3'}]}}", &conflicts));
	assert_int_equal(conflicts, 1);
	assert_true(apply(managers, live, "two", false, "{'spec':{'containers':[{'name':'a','image':'2'}]}}",
			  NULL)); /* agreed: both own it */
	assert_true(apply(managers, live, "one", false, "{'spec':{'containers':[{'name':'b','image':'1'}]}}", NULL));
	same(live, "{\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"2\"},{\"name\":\"b\",\"image\":\"1\"}],\"subdomain\":"
		   "\"s\"}}");
	assert_true(apply(managers, live, "two", true, "{'spec':{'containers':[{'name':'b','image':'9'}]}}", NULL));
	same(live, "{\"spec\":{\"containers\":[{\"name\":\"b\",\"image\":\"9\"}],\"subdomain\":\"s\"}}");
}

static void updates_own_what_they_change(void **state)
{
	json_object *managers = json_build(arena, "{}"), *before = json_build(arena, POD), *after = json_build(arena, POD);
	size_t conflicts;
	(void)state;
	patch_strategic(&schema_pod, after, json_build(arena, "{'spec':{'containers':[{'name':'a','image':'7'}]}}"));
	apply_record_update(managers, "hand", &schema_pod, before, after);
	same(managers, "{\"hand\":{\"spec\":{\"containers\":[{\"image\":\"7\",\"name\":\"a\"}]}}}");
	assert_false(apply(managers, after, "one", false, "{'spec':{'containers':[{'name':'a','image':'8'}]}}", &conflicts));
	assert_true(apply(managers, after, "one", false, "{'spec':{'containers':[{'name':'b','image':'8'}]}}", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(merges, setup, teardown),
		cmocka_unit_test_setup_teardown(merges_lists_by_key, setup, teardown),
		cmocka_unit_test_setup_teardown(patches_by_operations, setup, teardown),
		cmocka_unit_test_setup_teardown(applies_and_gives_up, setup, teardown),
		cmocka_unit_test_setup_teardown(updates_own_what_they_change, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
