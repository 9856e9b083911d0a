/* Label and field selectors, and the check of objects against their schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kubesim/selector.h"

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

static void labels_match(void **state)
{
	static const struct {
		const char *text;
		bool fits;
	} rows[] = {
		{ "", true },
		{ "a=1", true },
		{ "a==1,b/c=x.y", true },
		{ "a=2", false },
		{ "a!=2", true },
		{ "none!=2", true },
		{ "a in (1, 2)", true },
		{ "a notin (1,2)", false },
		{ "none notin (1)", true },
		{ "a", true },
		{ "none", false },
		{ "!none", true },
		{ "!a", false },
		{ "empty=", true },
		{ " a = 1 , empty ", true },
	};
	json_object *labels = json_build(arena, "{'a':'1','b/c':'x.y','empty':''}");
	const char *why;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct selector s = { .label_count = 0 };
		assert_true(selector_labels(arena, &s, rows[i].text, &why));
		assert_int_equal(selector_match_labels(&s, labels), rows[i].fits);
	}
}

static void broken_selectors_are_refused(void **state)
{
	static const char *const bad[] = { "=", "a=1,", "a in", "a in (1", "a ~ 1", "!", ",", "a=1=2" };
	struct selector s;
	const char *why;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(selector_labels(arena, &s, bad[i], &why));
	assert_true(selector_fields(arena, &s, SIM_POD, "metadata.name=x,status.phase!=Running", &why));
	assert_false(selector_fields(arena, &s, SIM_POD, "spec.nothing=x", &why));
	assert_false(selector_fields(arena, &s, SIM_POD, "metadata.name in (x)", &why));
	assert_false(selector_fields(arena, &s, SIM_JOB, "status.phase=x", &why));
}

static void workload_selectors_match(void **state)
{
	json_object *labels = json_build(arena, "{'a':'1','b':'2'}");
	(void)state;
	assert_true(selector_match_spec(json_build(arena, "{'matchLabels':{'a':'1'}}"), labels));
	assert_false(selector_match_spec(json_build(arena, "{'matchLabels':{'a':'1','c':'1'}}"), labels));
	assert_true(selector_match_spec(json_build(arena, "{'matchExpressions':[{'key':'a','operator':'In','values':['1']}]}"),
					labels));
	assert_false(selector_match_spec(
		json_build(arena, "{'matchLabels':{'a':'1'},'matchExpressions':[{'key':'b','operator':'DoesNotExist'}]}"),
		labels));
	assert_false(selector_match_map(json_build(arena, "{}"), labels));
	assert_false(selector_match_map(NULL, labels));
}

static void schema_finds_faults(void **state)
{
	static const struct {
		const char *text, *wrong, *unknown;
	} rows[] = {
		{ "{'spec':{'containers':[{'name':'a','resources':{'limits':{'cpu':'500m','memory':1}}}]}}", NULL, "" },
		{ "{'spec':{'nothing':1,'containers':[{'name':'a','odd':{}}]},'x':1}", NULL,
		  "unknown field \"spec.nothing\", unknown field \"spec.containers[0].odd\", unknown field \"x\"" },
		{ "{'spec':{'containers':{}}}",
		  "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type Container", NULL },
		{ "{'metadata':{'labels':{'a':1}}}",
		  "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string", NULL },
		{ "{'spec':{'containers':[1]}}",
		  "json: cannot unmarshal number into Go struct field PodSpec.spec.containers[0] of type Container", NULL },
		{ "{'spec':{'containers':[{'resources':{'limits':{'cpu':'fast'}}}]}}", "quantities must match", NULL },
		{ "{'spec':null}", NULL, "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf wrong = { 0 }, unknown = { 0 };
		json_object *o = json_build(arena, rows[i].text);
		bool fine = schema_check(&schema_pod, o, &wrong, &unknown);
		assert_int_equal(fine, !rows[i].wrong);
		if (rows[i].wrong)
			assert_non_null(strstr(wrong.data, rows[i].wrong));
		else
			assert_string_equal(unknown.data ? unknown.data : "", rows[i].unknown);
		buf_free(&wrong);
		buf_free(&unknown);
	}
	json_object *o = json_build(arena, "{'spec':{'nothing':1,'hostname':null,'subdomain':'s'}}");
	struct buf wrong = { 0 }, unknown = { 0 };
	assert_true(schema_check(&schema_pod, o, &wrong, &unknown));
	assert_string_equal(json_object_to_json_string_ext(o, JSON_PLAIN), "{\"spec\":{\"subdomain\":\"s\"}}");
	buf_free(&unknown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(labels_match, setup, teardown),
		cmocka_unit_test_setup_teardown(broken_selectors_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(workload_selectors_match, setup, teardown),
		cmocka_unit_test_setup_teardown(schema_finds_faults, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
