/* Tests of rows as JSON: what each kind of member becomes, and that the description says the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "api/shape.h"
#include "base/arena.h"
#include "base/json.h"
#include "routes.h"

struct part {
	int64_t id;
};
struct row {
	int64_t number, none, seconds, unknown;
	int small, word, count;
	const char *string, *text, *missing, *time;
	bool flag;
	double share;
	struct part inside, *parts;
	const int64_t *ids;
};

static const char *word_of(int x)
{
	return x ? "later" : NULL;
}

SHAPE(shape_part, "Part", struct part, MEMBER("id", SHAPE_INT64, struct part, id));
SHAPE(shape_row, "Row", struct row, MEMBER("number", SHAPE_INT64, struct row, number), MEMBER("none", SHAPE_ID, struct row, none),
      MEMBER("seconds", SHAPE_SECONDS, struct row, seconds), MEMBER("unknown", SHAPE_SECONDS, struct row, unknown),
      MEMBER("small", SHAPE_INT, struct row, small), MEMBER("word", SHAPE_WORD, struct row, word, .word = word_of, .words = 2),
      MEMBER("string", SHAPE_STRING, struct row, string), MEMBER("text", SHAPE_TEXT, struct row, text, .choices = "a|b"),
      MEMBER("missing", SHAPE_TEXT, struct row, missing), MEMBER("time", SHAPE_TIME, struct row, time),
      MEMBER("flag", SHAPE_BOOL, struct row, flag), MEMBER("given", SHAPE_GIVEN, struct row, text),
      MEMBER("share", SHAPE_DOUBLE, struct row, share), MEMBER("inside", SHAPE_ROW, struct row, inside, .of = &shape_part),
      MEMBER("parts", SHAPE_ROWS, struct row, parts, .of = &shape_part, .count_at = AT(struct row, count)),
      MEMBER("ids", SHAPE_IDS, struct row, ids, .count_at = AT(struct row, count)));

static void every_kind_becomes_json(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 20);
	struct part parts[] = { { 1 }, { 2 } };
	int64_t ids[] = { 8, 9 };
	struct row row = { .number = INT64_MAX,
			   .seconds = 0,
			   .unknown = -1,
			   .small = -3,
			   .word = 1,
			   .count = 2,
			   .string = "s",
			   .text = "b",
			   .time = "2026-11-21 04:05:06.123456+00",
			   .flag = true,
			   .share = 0.5,
			   .inside = { 7 },
			   .parts = parts,
			   .ids = ids };
	json_object *o = json_own(a, shape_json(a, &shape_row, &row));
	assert_string_equal(json_object_to_json_string_ext(o, JSON_PLAIN),
			    "{\"number\":9223372036854775807,\"none\":null,\"seconds\":0,\"unknown\":null,\"small\":-3,"
			    "\"word\":\"later\",\"string\":\"s\",\"text\":\"b\",\"missing\":null,"
			    "\"time\":\"2026-11-21T04:05:06.123456Z\",\"flag\":true,\"given\":true,\"share\":0.5,"
			    "\"inside\":{\"id\":7},\"parts\":[{\"id\":1},{\"id\":2}],\"ids\":[8,9]}");
	arena_free(a);
}

static void the_schema_has_the_same_names(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 20);
	json_object *o = json_own(a, shape_schema(&shape_row));
	assert_int_equal(json_len(o, "required"), shape_row.count);
	assert_string_equal(json_text(o, "properties.inside.$ref", ""), "#/components/schemas/Part");
	assert_string_equal(json_text(o, "properties.none.type.1", ""), "null");
	assert_int_equal(json_len(o, "properties.word.enum"), 2);
	assert_int_equal(json_len(o, "properties.text.enum"), 3);
	arena_free(a);
}

/* A shape whose name another one has would hide it in the description. */
static void names_of_shapes_are_different(void **state)
{
	(void)state;
	for (size_t i = 0; i < route_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct shape *x = routes[i].answer, *y = routes[k].answer;
			if (x && y && x != y && x->name && y->name && !strcmp(x->name, y->name))
				fail_msg("two shapes are called %s", x->name);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_becomes_json),
		cmocka_unit_test(the_schema_has_the_same_names),
		cmocka_unit_test(names_of_shapes_are_different),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
