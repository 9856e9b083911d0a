/* What lines of the audit trail are about: every kind has its words, and is found again in the text that is stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants setjmp, stdarg, stddef and stdint above first */
#include <cmocka.h>

#include "base/arena.h"
#include "kube/resources.h"
#include "model/audit.h"
#include "view/view.h"

#include "catalogues.h"

static void found(const char *text, enum audit_kind kind, const char *name)
{
	const char *rest;
	assert_int_equal(audit_kind_of(text, &rest), kind);
	assert_string_equal(rest, name);
}

static void every_kind_is_in_both_languages(void **state)
{
	(void)state;
	for (int k = 0; k < AUDIT_KIND__MAX; k++) {
		const char *name = arena_printf(a, "object.%s", audit_kind_word((enum audit_kind)k));
		const char *en = view_catalogue("en", name), *zh = view_catalogue("zh", name);
		if (!en || !zh)
			fail_msg("%s is not in both catalogues", name);
		assert_string_not_equal(zh, audit_kind_word((enum audit_kind)k));
	}
}

static void every_kind_is_found_again(void **state)
{
	(void)state;
	for (int k = 0; k < AUDIT_KIND__MAX; k++) {
		enum audit_kind kind = (enum audit_kind)k;
		found(audit_object(a, kind, "x y/z").text, kind, "x y/z");
		found(audit_object_id(a, kind, 7).text, kind, "7");
		found(audit_object(a, kind, NULL).text, kind, "");
		found(audit_object_id(a, kind, 0).text, kind, "");
	}
	found("projects 7", AUDIT_KIND__MAX, "7");
	found("proj 7", AUDIT_KIND__MAX, "7");
	found("", AUDIT_KIND__MAX, "");
}

/* The acts on a cluster's objects write the kind by its own word. */
static void every_kind_of_a_cluster_with_an_act_is_one(void **state)
{
	(void)state;
	for (int i = 0; i < resource_kind_count; i++) {
		const struct resource_kind *kind = &resource_kinds[i];
		const char *text = audit_object_in(a, kind->word, "apps", "hydro-1").text, *name;
		bool acts = false;
		for (int act = 0; act < RESOURCE_ACT__MAX; act++)
			acts = acts || kind->acts[act];
		if (acts && audit_kind_of(text, &name) == AUDIT_KIND__MAX)
			fail_msg("%s is not in audit_objects.def", kind->word);
		if (acts)
			assert_string_equal(audit_page(a, text, 7), "/projects/7");
	}
}

static void each_leads_to_where_it_is_shown(void **state)
{
	(void)state;
	static const struct {
		const char *object;
		int64_t project_id;
		const char *page;
	} lines[] = {
		{ "project 7", 7, "/projects/7" },
		{ "user 3", 0, "/admin/users/3" },
		{ "user", 0, "" },
		{ "cluster 2", 0, "/admin/clusters/2" },
		{ "student 5", 0, "/students/5" },
		{ "setting build_limit", 0, "/admin/settings#f-build_limit" },
		{ "token 4", 0, "" },
		{ "pod apps/hydro-1", 7, "/projects/7" },
		{ "pods builds/build-1", 0, "" },
		{ "database", 0, "" },
		{ "nonsense 7", 7, "" },
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		assert_string_equal(audit_page(a, lines[i].object, lines[i].project_id), lines[i].page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_in_both_languages),
		cmocka_unit_test(every_kind_is_found_again),
		cmocka_unit_test(every_kind_of_a_cluster_with_an_act_is_one),
		cmocka_unit_test(each_leads_to_where_it_is_shown),
	};
	return cmocka_run_group_tests(tests, catalogues_start, catalogues_stop);
}
