/* The rows of the table of routes, and what must hold for each of them. */
#include "routes.h"

#include <stdio.h>

#include "base/json.h"

/* Exactly one of the four says who may come in; nothing but a signature may stand in for a session's token. */
#define ONE_OF(g) (((g)&PUBLIC ? 1 : 0) + ((g)&NEED_LOGIN ? 1 : 0) + ((g)&NEED_TEACHER ? 1 : 0) + ((g)&NEED_ADMIN ? 1 : 0) == 1)
#define PAGE(method, pattern, handler, guards, summary, query, body)                                                             \
	_Static_assert(sizeof(summary) > 4, pattern ": says what it does");                                                      \
	_Static_assert(ONE_OF(guards), pattern ": exactly one of PUBLIC, NEED_LOGIN, NEED_TEACHER, NEED_ADMIN");                 \
	_Static_assert(!((guards)&KNOW_USER) || (guards)&PUBLIC, pattern ": KNOW_USER goes with PUBLIC");                        \
	_Static_assert(!((guards)&NO_CSRF) || (guards)&PUBLIC, pattern ": NO_CSRF is for PUBLIC alone");
#define API(method, pattern, handler, guards, summary, query, body, status, answer)                                              \
	PAGE(method, pattern, handler, guards, summary, query, body)                                                             \
	_Static_assert((status) >= 200 && (status) < 300, pattern ": the status when all is well");
#include "routes.def"
#undef PAGE
#undef API

#define PAGE(method, pattern, handler, guards, summary, query, body)                                                             \
	{ method, pattern, handler, guards, summary, &query, &body, 0, NULL },
#define API(method, pattern, handler, guards, summary, query, body, status, answer)                                              \
	{ method, pattern, handler, guards, summary, &query, &body, status, &answer },
const struct route routes[] = {
#include "routes.def"
};
#undef PAGE
#undef API

const size_t route_count = sizeof routes / sizeof *routes;

/* The guards of each row in the words of the table. */
#define PAGE(method, pattern, handler, guards, summary, query, body) #guards,
#define API(method, pattern, handler, guards, summary, query, body, status, answer) #guards,
static const char *const guard_words[] = {
#include "routes.def"
};
#undef PAGE
#undef API

static json_object *field_json(const struct input_field *field)
{
	struct input_rule rule = input_rule(field);
	json_object *o = json_object_new_object();
	json_add_text(o, "name", field->name);
	json_add_text(o, "kind", rule.kind);
	json_add_bool(o, "required", field->required);
	json_add_int(o, "min", rule.min);
	json_add_int(o, "max", rule.max);
	json_add_text(o, "choices", field->choices);
	json_add_text(o, "pattern", field->pattern);
	json_add_text(o, "error", rule.error);
	return o;
}

static json_object *fields_json(const struct input_set *set)
{
	json_object *list = json_object_new_array();
	for (size_t i = 0; i < set->count; i++)
		json_object_array_add(list, field_json(&set->fields[i]));
	return list;
}

void routes_print(void)
{
	json_object *list = json_object_new_array();
	for (size_t i = 0; i < route_count; i++) {
		json_object *o = json_object_new_object();
		json_add_text(o, "method", routes[i].method);
		json_add_text(o, "pattern", routes[i].pattern);
		json_add_text(o, "guards", guard_words[i]);
		json_add_int(o, "status", routes[i].status);
		json_add(o, "query", fields_json(routes[i].query));
		json_add(o, "body", fields_json(routes[i].body));
		json_object_array_add(list, o);
	}
	puts(json_object_to_json_string_ext(list, JSON_PLAIN));
	json_object_put(list);
}
