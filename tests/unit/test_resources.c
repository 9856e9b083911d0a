/* Tests of what people see of a cluster's objects: words of a command, names and labels, YAML; and of what they change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/exec.h"
#include "kube/pods.h"
#include "kube/resource_edit.h"
#include "kube/resources.h"

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

/* The words joined by '|'; "(none)" where the line cannot be taken apart. */
static const char *words(const char *line)
{
	int n;
	const char *const *w = kube_exec_words(a, line, &n), *text = "";
	for (int i = 0; w && i < n; i++)
		text = arena_printf(a, "%s%s%s", text, i ? "|" : "", w[i]);
	return w ? text : "(none)";
}

static void a_shell_takes_the_line_whole(void **state)
{
	(void)state;
	int n;
	const char *const *argv = kube_exec_line(a, "echo 'open | $x", true, &n);
	assert_int_equal(n, 3);
	assert_string_equal(argv[0], "/bin/sh");
	assert_string_equal(argv[2], "echo 'open | $x");
	assert_null(kube_exec_line(a, "echo 'open", false, &n));
}

static const char *unstamped(const char *log)
{
	char *copy = arena_strdup(a, log);
	copy[kube_pods_log_unstamp(copy, strlen(copy))] = 0;
	return copy;
}

static void stamps_go_and_nothing_else(void **state)
{
	(void)state;
	assert_string_equal(unstamped("2026-11-26T00:00:00.1Z one two\n2026-11-26T00:00:01Z \n2026-11-26T00:00:02+08:00 last"),
			    "one two\n\nlast");
	assert_string_equal(unstamped("unable to retrieve container logs\n\n2026-11-26 no stamp\n"),
			    "unable to retrieve container logs\n\n2026-11-26 no stamp\n");
	assert_string_equal(unstamped(""), "");
}

static void a_pods_containers_and_limits(void **state)
{
	(void)state;
	const char *names[POD_NAMES];
	json_object *pod =
		json_own(a, json_tokener_parse("{\"spec\": {\"containers\": [{\"name\": \"app\", \"resources\": {\"limits\": "
					       "{\"cpu\": \"500m\", \"memory\": 64}}}, {\"name\": \"two\"}],"
					       " \"initContainers\": [{\"name\": \"first\"}]}}"));
	assert_int_equal(kube_pod_names(pod, names), 3);
	assert_string_equal(names[2], "first");
	assert_true(kube_pod_has(pod, "two"));
	assert_false(kube_pod_has(pod, ""));
	assert_string_equal(kube_pod_limit(pod, "app", "cpu"), "500m");
	assert_string_equal(kube_pod_limit(pod, "app", "memory"), "64");
	assert_null(kube_pod_limit(pod, "two", "cpu"));
	assert_null(kube_pod_limit(pod, "none", "cpu"));
	assert_int_equal(kube_pod_names(NULL, names), 0);
}

static void a_line_becomes_words(void **state)
{
	(void)state;
	assert_string_equal(words("ls -l /app"), "ls|-l|/app");
	assert_string_equal(words("  echo\t'a  b' \"c \\\" $d\" e\\ f "), "echo|a  b|c \" $d|e f");
	assert_string_equal(words("echo 'it'\\''s' ''"), "echo|it's|");
	assert_string_equal(words("printf 'a\\n'"), "printf|a\\n");
	assert_string_equal(words("x\\"), "x\\");
	assert_string_equal(words(""), "(none)");
	assert_string_equal(words(" \t "), "(none)");
	assert_string_equal(words("echo 'open"), "(none)");
	char many[3 * EXEC_WORDS_MAX + 3] = "";
	for (int i = 0; i < EXEC_WORDS_MAX; i++)
		memcpy(many + 2 * i, "a ", 3);
	assert_string_not_equal(words(many), "(none)");
	memcpy(many + 2 * EXEC_WORDS_MAX, "a", 2);
	assert_string_equal(words(many), "(none)");
}

static void names_and_labels_are_what_the_cluster_takes(void **state)
{
	(void)state;
	assert_true(kube_name_valid("prj-7-6d5f.18eb7e"));
	static const char *const bad[] = { "", ".", "..", "-a", "A", "a/b", "a b", "a?b", "a%2f" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(kube_name_valid(bad[i]));
	assert_true(kube_label_valid("app"));
	assert_true(kube_label_valid("app.kubernetes.io/name=x_1.y"));
	assert_true(kube_label_valid("app="));
	static const char *const wrong[] = { "", "=x", "a=b,c=d", "a in (b)", "!a", "a=b c", "a==b", "a=b/c" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(kube_label_valid(wrong[i]));
}

static void yaml_says_what_the_object_has(void **state)
{
	(void)state;
	struct resource r = { .object = json_build(a, "{'name':'x','port':'8000','yes':'yes','n':3,'flag':true,'none':null,"
						      "'lines':'a\\nb\\n','list':[{'k':'v'}],'empty':{},'colon':'a: b'}") };
	const char *text = kube_resource_yaml(a, &r);
	static const char *const lines[] = { "name: x\n",    "port: \"8000\"\n", "\"yes\": \"yes\"\n",	 "n: 3\n",
					     "flag: true\n", "none: null\n",	 "lines: |\n  a\n  b\n", "list:\n- k: v\n",
					     "empty: {}\n",  "colon: 'a: b'\n" };
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (!strstr(text, lines[i]))
			fail_msg("%s is not in\n%s", lines[i], text);
}

/* --- what people change of an object -------------------------------------------------------------------------------------------
 */

static json_object *json(const char *text)
{
	const char *why;
	json_object *o = json_parse(a, text, strlen(text), 16, &why);
	if (!o)
		fail_msg("%s: %s", text, why);
	return o;
}

static struct resource object(void)
{
	json_object *o = json(
		"{\"metadata\":{\"name\":\"m\",\"labels\":{\"app.kubernetes.io/managed-by\":\"hydrosim-portal\",\"x\":\"1\"}},"
		"\"data\":{\"a\":\"1\",\"b\":\"2\"},\"status\":{\"n\":1}}");
	return (struct resource){ .name = "m", .ns = "apps", .uid = "u", .managed = true, .object = o };
}

/* A wish of one map; NULL: as JSON null is. */
static struct resource_wish wish(enum resource_map map, const char *text)
{
	struct resource_wish w = { 0 };
	w.maps[map] = json(text);
	return w;
}

static const char *changed(const char *kind, enum resource_map map, const char *text, struct resource_edit *edit)
{
	struct resource now = object();
	struct resource_wish w = wish(map, text);
	return resource_edit_change(a, resource_kind_of(kind), &now, &w, edit)
		       ? arena_strdup(a, json_object_to_json_string_ext(edit->body, JSON_PLAIN))
	       : edit->same ? "same"
			    : edit->wrong;
}

static void a_change_is_sent_as_what_differs(void **state)
{
	(void)state;
	struct resource_edit e;
	assert_string_equal(changed("configmaps", RESOURCE_DATA, "{\"a\":\"1\",\"b\":null,\"c\":\"\",\"none\":null}", &e),
			    "{\"metadata\":{},\"data\":{\"b\":null,\"c\":\"\"}}");
	assert_string_equal(e.fields, "data.b, data.c");
	assert_string_equal(changed("deployments", RESOURCE_LABELS, "{\"x\":null,\"example.com/y\":\"z\"}", &e),
			    "{\"metadata\":{\"labels\":{\"x\":null,\"example.com/y\":\"z\"}}}");
	assert_string_equal(changed("services", RESOURCE_ANNOTATIONS, "{\"note\":\"any text:\\n中\"}", &e),
			    "{\"metadata\":{\"annotations\":{\"note\":\"any text:\\n中\"}}}");
	assert_string_equal(changed("configmaps", RESOURCE_DATA, "{\"a\":\"1\",\"none\":null}", &e), "same");
	assert_string_equal(changed("configmaps", RESOURCE_LABELS, "{\"app.kubernetes.io/managed-by\":\"hydrosim-portal\"}", &e),
			    "same");
	/* However many there are, their names stay short. */
	const char *many = "{";
	for (int i = 0; i < 200; i++)
		many = arena_printf(a, "%s%s\"key-%d\":\"x\"", many, i ? "," : "", i);
	changed("configmaps", RESOURCE_DATA, arena_printf(a, "%s}", many), &e);
	assert_true(strlen(e.fields) <= 300 && str_ends(e.fields, ", …"));
}

static void what_a_change_may_not_be(void **state)
{
	(void)state;
	static const struct {
		enum resource_map map;
		const char *text, *wrong;
	} bad[] = {
		{ RESOURCE_DATA, "[]", "resource_edit.text" },
		{ RESOURCE_DATA, "\"x\"", "resource_edit.text" },
		{ RESOURCE_DATA, "{\"a\":1}", "resource_edit.text" },
		{ RESOURCE_DATA, "{\"a\":{}}", "resource_edit.text" },
		{ RESOURCE_DATA, "{\"\":\"x\"}", "resource_edit.key" },
		{ RESOURCE_DATA, "{\"..\":\"x\"}", "resource_edit.key" },
		{ RESOURCE_DATA, "{\"a/b\":\"x\"}", "resource_edit.key" },
		{ RESOURCE_LABELS, "{\"a b\":\"x\"}", "resource_edit.key" },
		{ RESOURCE_LABELS, "{\"/b\":\"x\"}", "resource_edit.key" },
		{ RESOURCE_LABELS, "{\"a/\":\"x\"}", "resource_edit.key" },
		{ RESOURCE_LABELS, "{\"a/b/c\":\"x\"}", "resource_edit.key" },
		{ RESOURCE_LABELS, "{\"-b\":\"x\"}", "resource_edit.key" },
		{ RESOURCE_LABELS, "{\"A.b/c\":\"x\"}", "resource_edit.key" },
		{ RESOURCE_LABELS, "{\"b\":\"x y\"}", "resource_edit.value" },
		{ RESOURCE_LABELS, "{\"b\":\"x-\"}", "resource_edit.value" },
		{ RESOURCE_LABELS, "{\"app.kubernetes.io/managed-by\":null}", "resource_edit.own" },
		{ RESOURCE_LABELS, "{\"app.kubernetes.io/managed-by\":\"me\"}", "resource_edit.own" },
		{ RESOURCE_LABELS, "{\"hydrosim/project-id\":\"7\"}", "resource_edit.own" },
		{ RESOURCE_ANNOTATIONS, "{\"hydrosim/deployment-id\":\"7\"}", "resource_edit.own" },
		{ RESOURCE_ANNOTATIONS, "{\"a\":true}", "resource_edit.text" },
	};
	struct resource_edit e;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_string_equal(changed("configmaps", bad[i].map, bad[i].text, &e), bad[i].wrong);
		assert_int_equal(e.map, bad[i].map);
	}
	assert_string_equal(changed("deployments", RESOURCE_DATA, "{\"a\":\"b\"}", &e), "resource_edit.no_data");
	const char *long_name = arena_printf(a, "%064d", 7);
	assert_string_equal(changed("configmaps", RESOURCE_LABELS, arena_printf(a, "{\"%s\":\"x\"}", long_name), &e),
			    "resource_edit.key");
	assert_string_equal(changed("configmaps", RESOURCE_LABELS, arena_printf(a, "{\"x\":\"%s\"}", long_name), &e),
			    "resource_edit.value");
}

static void a_version_is_that_of_the_maps(void **state)
{
	(void)state;
	struct resource r = object(), other = object();
	const char *version = resource_edit_version(a, &r);
	assert_int_equal(strlen(version), RESOURCE_VERSION);
	json_object_object_del(r.object, "status");
	assert_string_equal(resource_edit_version(a, &r), version);
	/* A key is not taken for one of another map. */
	json_object_object_add(json_at(other.object, "metadata"), "annotations", json_object_get(json_at(other.object, "data")));
	json_object_object_del(other.object, "data");
	assert_string_not_equal(resource_edit_version(a, &other), version);
	/* Whatever shape it has. */
	struct resource odd = { .object = json("{\"metadata\":[1],\"data\":\"x\"}") };
	struct resource_entry *entries;
	assert_int_equal(strlen(resource_edit_version(a, &odd)), RESOURCE_VERSION);
	assert_int_equal(resource_entries(a, &odd, RESOURCE_DATA, &entries), 0);
	assert_int_equal(resource_entries(a, &r, RESOURCE_LABELS, &entries), 2);
	assert_true(entries[0].own && !entries[1].own);
	assert_string_equal(entries[1].value, "1");
}

static void a_new_object_is_the_portals(void **state)
{
	(void)state;
	const struct resource_kind *maps = resource_kind_of("configmaps");
	struct resource_edit e;
	struct resource_wish w = wish(RESOURCE_DATA, "{\"k\":\"v\",\"none\":null}");
	assert_true(resource_edit_new(a, maps, "apps", "shared", &w, &e));
	assert_string_equal(json_object_to_json_string_ext(e.body, JSON_PLAIN),
			    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"shared\",\"namespace\":"
			    "\"apps\",\"labels\":{"
			    "\"app.kubernetes.io/managed-by\":\"hydrosim-portal\"}},\"data\":{\"k\":\"v\"}}");
	static const char *const bad[][2] = { { "prj-7", "resource_edit.app_name" },
					      { "student-7", "resource_edit.app_name" },
					      { "A_b", "resource_edit.bad_name" },
					      { "", "resource_edit.bad_name" },
					      { "../x", "resource_edit.bad_name" } };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(resource_edit_new(a, maps, "apps", bad[i][0], &w, &e));
		assert_string_equal(e.wrong, bad[i][1]);
		assert_string_equal(e.field, "name");
	}
	w = wish(RESOURCE_LABELS, "{\"hydrosim/project-id\":\"1\"}");
	assert_false(resource_edit_new(a, maps, "apps", "shared", &w, &e));
	assert_string_equal(e.wrong, "resource_edit.own");
	/* What runs is never written by hand. */
	for (int i = 0; i < resource_kind_count; i++)
		assert_int_equal(resource_kinds[i].acts[RESOURCE_CREATE], &resource_kinds[i] == maps);
}

static void each_kind_has_columns(void **state)
{
	(void)state;
	json_object *nothing = json_build(a, "{'metadata':{'name':'x'},'spec':null,'status':'odd','data':['odd']}");
	for (int i = 0; i < resource_kind_count; i++) {
		const struct resource_kind *k = &resource_kinds[i];
		assert_ptr_equal(resource_kind_of(k->word), k);
		assert_true(k->places);
		/* An object of an odd shape does no harm. */
		for (int c = 0; c < RESOURCE_COLUMNS && k->columns[c].word; c++)
			k->columns[c].cell(a, nothing);
	}
	assert_null(resource_kind_of("nodes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_becomes_words, begin, end),
		cmocka_unit_test_setup_teardown(a_shell_takes_the_line_whole, begin, end),
		cmocka_unit_test_setup_teardown(stamps_go_and_nothing_else, begin, end),
		cmocka_unit_test_setup_teardown(a_pods_containers_and_limits, begin, end),
		cmocka_unit_test_setup_teardown(names_and_labels_are_what_the_cluster_takes, begin, end),
		cmocka_unit_test_setup_teardown(yaml_says_what_the_object_has, begin, end),
		cmocka_unit_test_setup_teardown(a_change_is_sent_as_what_differs, begin, end),
		cmocka_unit_test_setup_teardown(what_a_change_may_not_be, begin, end),
		cmocka_unit_test_setup_teardown(a_version_is_that_of_the_maps, begin, end),
		cmocka_unit_test_setup_teardown(a_new_object_is_the_portals, begin, end),
		cmocka_unit_test_setup_teardown(each_kind_has_columns, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
