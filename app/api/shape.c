/* Rows as JSON, and the schema of that JSON, from one table a noun. */
#include "api/shape.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/json.h"

const struct shape no_shape;

static const char *text_at(const char *at)
{
	return *(const char *const *)(const void *)at;
}

static int64_t int64_at(const char *at)
{
	return *(const int64_t *)(const void *)at;
}

static int int_at(const char *at)
{
	return *(const int *)(const void *)at;
}

static json_object *string(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static json_object *rows_json(struct arena *a, const struct shape_member *m, const char *row)
{
	json_object *list = json_object_new_array();
	const char *first = text_at(row + m->at);
	for (int i = 0; i < int_at(row + m->count_at); i++)
		json_object_array_add(list, m->kind == SHAPE_IDS
						    ? json_object_new_int64(int64_at(first + (size_t)i * sizeof(int64_t)))
						    : shape_json(a, m->of, first + (size_t)i * m->of->size));
	return list;
}

static json_object *member_json(struct arena *a, const struct shape_member *m, const char *row)
{
	const char *at = row + m->at;
	switch (m->kind) {
	case SHAPE_INT64:
		return json_object_new_int64(int64_at(at));
	case SHAPE_INT:
		return json_object_new_int(int_at(at));
	case SHAPE_ID:
		return int64_at(at) ? json_object_new_int64(int64_at(at)) : NULL;
	case SHAPE_STRING:
	case SHAPE_TEXT:
		return string(text_at(at));
	case SHAPE_TIME:
		return string(api_time(a, text_at(at)));
	case SHAPE_BOOL:
		return json_object_new_boolean(*(const bool *)at);
	case SHAPE_GIVEN:
		return json_object_new_boolean(text_at(at) != NULL);
	case SHAPE_SECONDS:
		return int64_at(at) < 0 ? NULL : json_object_new_int64(int64_at(at));
	case SHAPE_WORD:
		return string(m->word(int_at(at)));
	case SHAPE_ROW:
		return shape_json(a, m->of, at);
	case SHAPE_ROWS:
	case SHAPE_IDS:
		return rows_json(a, m, row);
	case SHAPE_DOUBLE: {
		double number = *(const double *)(const void *)at;
		if (isnan(number))
			return NULL;
		json_object *o = json_object_new_double(number);
		/* 17 digits, as json-c writes them, turn 163.9 into 163.90000000000001 */
		json_object_set_serializer(o, json_object_double_to_json_string, (void *)(uintptr_t) "%.15g", NULL);
		return o;
	}
	}
	return NULL;
}

json_object *shape_json(struct arena *a, const struct shape *s, const void *row)
{
	json_object *o = json_object_new_object();
	for (size_t i = 0; i < s->count; i++) /* names are literals, each there once: nothing to copy, nothing to look for */
		json_object_object_add_ex(o, s->members[i].name, member_json(a, &s->members[i], row),
					  JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_KEY_IS_CONSTANT);
	return o;
}

/* {"type": "integer"} or, where it may be null, {"type": ["integer", "null"]} */
static json_object *typed(const char *type, bool nullable)
{
	json_object *o = json_object_new_object();
	if (!nullable) {
		json_add_text(o, "type", type);
		return o;
	}
	json_object *types = json_object_new_array();
	json_object_array_add(types, json_object_new_string(type));
	json_object_array_add(types, json_object_new_string("null"));
	json_add(o, "type", types);
	return o;
}

static json_object *formatted(const char *type, bool nullable, const char *format)
{
	json_object *o = typed(type, nullable);
	json_add_text(o, "format", format);
	return o;
}

json_object *shape_reference(const char *name)
{
	char path[128] = "#/components/schemas/";
	json_object *o = json_object_new_object();
	strncat(path, name, sizeof path - strlen(path) - 1);
	json_add_text(o, "$ref", path);
	return o;
}

static json_object *list_of(json_object *items)
{
	json_object *o = typed("array", false);
	json_add(o, "items", items);
	return o;
}

static json_object *words_schema(const struct shape_member *m)
{
	bool nullable = false;
	json_object *words = json_object_new_array();
	for (int i = 0; i < m->words; i++) {
		json_object_array_add(words, string(m->word(i)));
		nullable = nullable || !m->word(i);
	}
	json_object *o = typed("string", nullable);
	json_add(o, "enum", words);
	return o;
}

static json_object *choices_schema(const struct shape_member *m)
{
	json_object *o = typed("string", m->kind == SHAPE_TEXT), *words = json_object_new_array();
	for (const char *p = m->choices; *p;) {
		size_t n = strcspn(p, "|");
		json_object_array_add(words, json_object_new_string_len(p, (int)n));
		p += n + (p[n] == '|');
	}
	if (m->kind == SHAPE_TEXT)
		json_object_array_add(words, NULL);
	json_add(o, "enum", words);
	return o;
}

static json_object *member_schema(const struct shape_member *m)
{
	switch (m->kind) {
	case SHAPE_INT64:
		return formatted("integer", false, "int64");
	case SHAPE_INT:
		return formatted("integer", false, "int32");
	case SHAPE_ID:
	case SHAPE_SECONDS:
		return formatted("integer", true, "int64");
	case SHAPE_STRING:
	case SHAPE_TEXT:
		return m->choices ? choices_schema(m) : typed("string", m->kind == SHAPE_TEXT);
	case SHAPE_TIME:
		return formatted("string", true, "date-time");
	case SHAPE_BOOL:
	case SHAPE_GIVEN:
		return typed("boolean", false);
	case SHAPE_WORD:
		return words_schema(m);
	case SHAPE_ROW:
		return shape_reference(m->of->name);
	case SHAPE_ROWS:
		return list_of(shape_reference(m->of->name));
	case SHAPE_IDS:
		return list_of(formatted("integer", false, "int64"));
	case SHAPE_DOUBLE:
		return typed("number", true);
	}
	return NULL;
}

static json_object *list_schema(const struct shape *s)
{
	json_object *o = typed("object", false), *properties = json_object_new_object(), *required = json_object_new_array();
	json_object *cursor = typed("string", true);
	json_add_text(cursor, "description", "Send it as `cursor` to read on; null: this was the last page.");
	json_add(properties, "items", list_of(shape_reference(s->of->name)));
	json_add(properties, "next_cursor", cursor);
	json_object_array_add(required, json_object_new_string("items"));
	json_object_array_add(required, json_object_new_string("next_cursor"));
	json_add(o, "properties", properties);
	json_add(o, "required", required);
	return o;
}

json_object *shape_schema(const struct shape *s)
{
	if (s->of)
		return list_schema(s);
	json_object *o = typed("object", false), *properties = json_object_new_object(), *required = json_object_new_array();
	for (size_t i = 0; i < s->count; i++) {
		const struct shape_member *m = &s->members[i];
		json_object *schema = member_schema(m);
		if (m->about && m->kind != SHAPE_ROW)
			json_add_text(schema, "description", m->about);
		json_add(properties, m->name, schema);
		json_object_array_add(required, json_object_new_string(m->name));
	}
	json_add(o, "properties", properties);
	json_add(o, "required", required);
	return o;
}
