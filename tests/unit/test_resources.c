/* Tests of what people see of a cluster's objects and write of them: words of a command, names and labels, changes. */
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
#include "base/yaml.h"
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

/* --- objects that a person writes ----------------------------------------------------------------------------------------------
 */

static const struct resource_kind *maps(void)
{
	return resource_kind_of("configmaps");
}

static struct resource object_of(const char *data)
{
	const char *why,
		*text = arena_printf(
			a,
			"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m\",\"namespace\":\"apps\","
			"\"uid\":\"u\","
			"\"resourceVersion\":\"7\",\"creationTimestamp\":\"2026-11-26T00:00:00Z\",\"finalizers\":[\"f\"],"
			"\"labels\":{\"app.kubernetes.io/"
			"managed-by\":\"hydrosim-portal\",\"x\":\"1\"}},\"data\":%s,\"status\":{\"n\":1}}",
			data);
	json_object *o = json_parse(a, text, strlen(text), 64, &why);
	assert_non_null(o);
	return (struct resource){ .name = "m", .ns = "apps", .uid = "u", .managed = true, .object = o };
}

static const char *sent(const struct resource_edit *e)
{
	return arena_strdup(a, json_object_to_json_string_ext(e->body, JSON_PLAIN));
}

static void what_is_shown_for_changing_is_no_change(void **state)
{
	(void)state;
	struct resource r = object_of("{\"k\":\"yes\",\"port\":\"0644\",\"lines\":\"a\\n b\\n\"}");
	struct resource_edit e;
	const char *text = resource_edit_text(a, &r);
	assert_non_null(text);
	assert_null(strstr(text, "resourceVersion"));
	assert_null(strstr(text, "status"));
	assert_false(resource_edit_change(a, maps(), &r, text, &e));
	assert_true(e.same);
	assert_string_equal(e.wrong, "resource_edit.same");
	/* Nor is what the cluster wrote into it, and its version is that of what can be changed. */
	const char *whole = yaml_write(a, r.object, RESOURCE_TEXT_MAX), *version = resource_edit_version(a, &r);
	assert_false(resource_edit_change(a, maps(), &r, whole, &e));
	assert_true(e.same);
	assert_int_equal(strlen(version), RESOURCE_VERSION);
	json_object_object_add(r.object, "status", NULL);
	assert_string_equal(resource_edit_version(a, &r), version);
	struct resource other = object_of("{\"k\":\"no\"}");
	assert_string_not_equal(resource_edit_version(a, &other), version);
}

static void a_change_is_sent_as_what_differs(void **state)
{
	(void)state;
	struct resource r = object_of("{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"}");
	struct resource_edit e;
	static const char text[] = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\n  finalizers: [f]\n  labels:\n"
				   "    app.kubernetes.io/managed-by: hydrosim-portal\ndata:\n  a: \"1\"\n  b: two\n  d: \"4\"\n";
	assert_true(resource_edit_change(a, maps(), &r, text, &e));
	assert_string_equal(sent(&e), "{\"metadata\":{\"labels\":{\"x\":null}},\"data\":{\"c\":null,\"b\":\"two\",\"d\":\"4\"}}");
	assert_string_equal(e.fields, "metadata.labels.x, data.c, data.b, data.d");
	/* However many there are, their names stay short. */
	const char *many = arena_strdup(a, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\n  finalizers: [f]\n  labels:\n"
					   "    app.kubernetes.io/managed-by: hydrosim-portal\ndata:\n");
	for (int i = 0; i < 200; i++)
		many = arena_printf(a, "%s  key-%d: x\n", many, i);
	assert_true(resource_edit_change(a, maps(), &r, many, &e));
	assert_true(strlen(e.fields) <= 300 && strstr(e.fields, ", …"));
}

#define HEAD                                                                                                                     \
	"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, finalizers: [f], labels: {app.kubernetes.io/managed-by: "          \
	"hydrosim-portal, x: '1'"

static void what_a_change_may_not_say(void **state)
{
	(void)state;
	static const struct {
		const char *text, *wrong, *why;
	} bad[] = {
		{ "", "resource_edit.kind", "apiVersion: v1, kind: ConfigMap" },
		{ "a: [", "resource_edit.yaml", NULL },
		{ "- a", "resource_edit.kind", NULL },
		{ "apiVersion: v1\nkind: Secret\nmetadata: {name: m}", "resource_edit.kind", NULL },
		{ "apiVersion: v1\nkind: ConfigMap", "resource_edit.no_name", "" },
		{ "apiVersion: v1\nkind: ConfigMap\nmetadata: m", "resource_edit.no_name", "" },
		{ "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}", "resource_edit.other_name", "m" },
		{ "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: kube-system}", "resource_edit.namespace",
		  "apps" },
		{ "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}", "resource_edit.own", NULL },
		{ "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, labels: none}", "resource_edit.own", NULL },
		{ "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, labels: {app.kubernetes.io/managed-by: me}}",
		  "resource_edit.own", NULL },
		{ HEAD ", hydrosim/project-id: '7'}}", "resource_edit.own", NULL },
		{ HEAD "}, annotations: {hydrosim/deployment-id: '7'}}", "resource_edit.own", NULL },
		{ HEAD "}, ownerReferences: []}", "resource_edit.metadata", "ownerReferences" },
		{ "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, labels: {app.kubernetes.io/managed-by: hydrosim-portal, "
		  "x: '1'}}",
		  "resource_edit.metadata", "finalizers" },
	};
	struct resource r = object_of("{}");
	struct resource_edit e;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(resource_edit_change(a, maps(), &r, bad[i].text, &e));
		assert_string_equal(e.wrong, bad[i].wrong);
		if (bad[i].why)
			assert_string_equal(e.why, bad[i].why);
	}
}

static void a_new_object_is_the_portals(void **state)
{
	(void)state;
	struct resource_edit e;
	static const char *const made[] = { "deployments", "services", "ingresses", "configmaps" };
	for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
		const struct resource_kind *kind = resource_kind_of(made[i]);
		assert_true(kind->acts[RESOURCE_CREATE] && kind->acts[RESOURCE_CHANGE]);
		assert_true(resource_edit_new(a, kind, "apps", resource_edit_starter(a, kind), &e));
		assert_string_equal(e.name, "my-object");
		assert_string_equal(json_text(e.body, "metadata.namespace", ""), "apps");
		assert_string_equal(json_member(e.body, "metadata.labels", "app.kubernetes.io/managed-by"), "hydrosim-portal");
	}
	assert_null(resource_edit_starter(a, resource_kind_of("pods")));
	static const struct {
		const char *meta, *wrong;
	} bad[] = {
		{ "{name: prj-7}", "resource_edit.app_name" },
		{ "{name: student-7}", "resource_edit.app_name" },
		{ "{name: A_b}", "resource_edit.bad_name" },
		{ "{name: ''}", "resource_edit.no_name" },
		{ "{name: m, namespace: kube-system}", "resource_edit.namespace" },
		{ "{name: m, labels: 3}", "resource_edit.labels" },
		{ "{name: m, labels: {app.kubernetes.io/managed-by: x}}", "resource_edit.own" },
		{ "{name: m, labels: {hydrosim/project-id: '1'}}", "resource_edit.own" },
		{ "{name: m, annotations: {hydrosim/x: '1'}}", "resource_edit.own" },
		{ "{name: m, generateName: x}", "resource_edit.metadata" },
		{ "{name: m, ownerReferences: []}", "resource_edit.metadata" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *text = arena_printf(a, "apiVersion: v1\nkind: ConfigMap\nmetadata: %s\n", bad[i].meta);
		assert_false(resource_edit_new(a, maps(), "apps", text, &e));
		assert_string_equal(e.wrong, bad[i].wrong);
	}
	/* What kubectl shows of another one can be pasted. */
	assert_true(resource_edit_new(
		a, maps(), "apps",
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, uid: u, resourceVersion: '9', creationTimestamp: null}\n"
		"status: {}\n",
		&e));
	assert_null(json_at(e.body, "metadata.uid"));
	assert_null(json_at(e.body, "status"));
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
		cmocka_unit_test_setup_teardown(what_is_shown_for_changing_is_no_change, begin, end),
		cmocka_unit_test_setup_teardown(a_change_is_sent_as_what_differs, begin, end),
		cmocka_unit_test_setup_teardown(what_a_change_may_not_say, begin, end),
		cmocka_unit_test_setup_teardown(a_new_object_is_the_portals, begin, end),
		cmocka_unit_test_setup_teardown(each_kind_has_columns, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
