/* Tests of the table of rights: it says what k8s/rbac.yaml says, and what is missing becomes the Role to apply. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/buf.h"
#include "kube/kube.h"
#include "kube/rights.h"

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

static yaml_node_t *member(yaml_document_t *doc, yaml_node_t *map, const char *name)
{
	for (yaml_node_pair_t *p = map && map->type == YAML_MAPPING_NODE ? map->data.mapping.pairs.start : NULL;
	     p && p < map->data.mapping.pairs.top; p++) {
		yaml_node_t *key = yaml_document_get_node(doc, p->key);
		if (!strcmp((char *)key->data.scalar.value, name))
			return yaml_document_get_node(doc, p->value);
	}
	return NULL;
}

static const char *scalar(yaml_document_t *doc, yaml_node_t *map, const char *name)
{
	yaml_node_t *n = member(doc, map, name);
	return n && n->type == YAML_SCALAR_NODE ? (char *)n->data.scalar.value : "";
}

/* The texts of a sequence, joined by '|'. */
static const char *joined(yaml_document_t *doc, yaml_node_t *list)
{
	const char *text = NULL;
	for (yaml_node_item_t *i = list->data.sequence.items.start; i < list->data.sequence.items.top; i++) {
		const char *one = (char *)yaml_document_get_node(doc, *i)->data.scalar.value;
		text = text ? arena_printf(a, "%s|%s", text, one) : arena_strdup(a, one);
	}
	return text ? text : "";
}

/* One line a right, "role namespace group resource verbs", of every Role of a file. */
static void add_roles(FILE *f, struct buf *out)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	assert_true(yaml_parser_initialize(&parser));
	yaml_parser_set_input_file(&parser, f);
	for (yaml_node_t *root = NULL; yaml_parser_load(&parser, &doc); yaml_document_delete(&doc)) {
		root = yaml_document_get_root_node(&doc);
		if (!root) {
			yaml_document_delete(&doc);
			break;
		}
		yaml_node_t *meta = member(&doc, root, "metadata"), *rules = member(&doc, root, "rules");
		if (strcmp(scalar(&doc, root, "kind"), "Role"))
			continue;
		for (yaml_node_item_t *i = rules->data.sequence.items.start; i < rules->data.sequence.items.top; i++) {
			yaml_node_t *rule = yaml_document_get_node(&doc, *i), *resources = member(&doc, rule, "resources");
			for (yaml_node_item_t *k = resources->data.sequence.items.start; k < resources->data.sequence.items.top;
			     k++)
				buf_printf(out, "%s %s '%s' %s %s\n", scalar(&doc, meta, "name"), scalar(&doc, meta, "namespace"),
					   joined(&doc, member(&doc, rule, "apiGroups")),
					   (char *)yaml_document_get_node(&doc, *k)->data.scalar.value,
					   joined(&doc, member(&doc, rule, "verbs")));
		}
	}
	yaml_parser_delete(&parser);
}

static int by_text(const void *x, const void *y)
{
	return strcmp(*(char *const *)x, *(char *const *)y);
}

/* The lines in order: where they stand in the file does not matter. */
static const char *sorted(struct buf *b)
{
	char *lines[200], *text = arena_memdup(a, b->data, b->len), *rest = text;
	size_t count = 0;
	while (*rest && count < 200)
		lines[count++] = strsep(&rest, "\n");
	qsort(lines, count, sizeof *lines, by_text);
	const char *out = "";
	for (size_t i = 0; i < count; i++)
		out = arena_printf(a, "%s%s\n", out, lines[i]);
	return out;
}

static void the_table_is_the_manifest(void **state)
{
	(void)state;
	struct buf file = { .cap = 1 << 20 }, table = { .cap = 1 << 20 };
	const char *srcdir = getenv("srcdir");
	FILE *f = fopen(arena_printf(a, "%s/k8s/rbac.yaml", srcdir ? srcdir : "."), "r");
	assert_non_null(f);
	add_roles(f, &file);
	fclose(f);
	for (size_t i = 0; i < kube_right_count; i++)
		buf_printf(&table, "%s %s '%s' %s %s\n", kube_rights[i].role,
			   kube_rights[i].place == KUBE_APPLICATIONS ? "hydrosim-students" : "hydrosim-builds",
			   kube_rights[i].group, kube_rights[i].resource, kube_rights[i].verbs);
	assert_string_equal(sorted(&table), sorted(&file));
	buf_free(&file);
	buf_free(&table);
}

static void what_is_missing_becomes_roles(void **state)
{
	(void)state;
	struct kube_right_seen rights[40];
	struct kube_test t = { .identity = "system:serviceaccount:hydrosim-system:portal-backend-sa", .rights = rights };
	for (size_t i = 0; i < kube_right_count; i++)
		rights[t.count++] = (struct kube_right_seen){ .right = &kube_rights[i], .ns = "apps", .asked = true };
	assert_null(kube_roles_text(a, &t));
	rights[1].missing = "create";
	const char *text = kube_roles_text(a, &t);
	assert_non_null(strstr(text, "kind: Role\nmetadata:\n  name: student-project-manager\n  namespace: apps\nrules:\n"));
	/* The whole Role, or applying it would take the other rights away. */
	assert_non_null(strstr(text, "resources: [\"deployments\"]\n    verbs: [\"get\", \"list\""));
	assert_non_null(strstr(text, "apiGroups: [\"networking.k8s.io\"]"));
	assert_null(strstr(text, "student-build-manager"));
	assert_non_null(strstr(text, "  - kind: ServiceAccount\n    name: portal-backend-sa\n    namespace: hydrosim-system\n"));
	t.identity = "teacher@example.edu";
	assert_non_null(strstr(kube_roles_text(a, &t),
			       "  - kind: User\n    apiGroup: rbac.authorization.k8s.io\n    name: \"teacher@example.edu\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_table_is_the_manifest, begin, end),
		cmocka_unit_test_setup_teardown(what_is_missing_becomes_roles, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
