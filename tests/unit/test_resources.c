/* Tests of what people see of a cluster's objects: words of a command, names and labels, YAML. */
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
#include "kube/exec.h"
#include "kube/pods.h"
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
		cmocka_unit_test_setup_teardown(each_kind_has_columns, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
