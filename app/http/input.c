/* Declared input: from query, form or JSON to typed values, or to sentences that say what is wrong. */
#include "http/input.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "http/app.h"
#include "http/router.h"

const struct input_set no_input;

void input_fail_sentence(struct input_errors *errors, const char *field, const char *sentence)
{
	if (errors->count < INPUT_ERRORS_MAX)
		errors->at[errors->count++] = (struct input_error){ field, sentence };
}

static const char *sentence(struct request *req, const char *name)
{
	const char *(*string)(const char *, const char *) = req->app->hooks.string;
	const char *text = string ? string(req->language, name) : NULL;
	return text ? text : name;
}

void input_fail(struct request *req, struct input_errors *errors, const char *field, const char *name)
{
	input_fail_sentence(errors, field, sentence(req, name));
}

const char *input_error_of(const struct input_errors *errors, const char *field)
{
	for (size_t i = 0; i < errors->count; i++)
		if (!strcmp(errors->at[i].field, field))
			return errors->at[i].sentence;
	return NULL;
}

static void fail_kind(struct request *req, struct input_errors *errors, const struct input_field *f)
{
	struct arena *a = req->arena;
	struct input_rule rule = input_rule(f);
	const char *text = sentence(req, rule.error);
	text = str_fill(a, text, "{min}", arena_printf(a, "%" PRId64, rule.min));
	text = str_fill(a, text, "{max}", arena_printf(a, "%" PRId64, rule.max));
	if (f->choices) {
		const char *words = "";
		for (const char *p = f->choices; p; p = *p ? p + 1 : NULL) {
			size_t n = strcspn(p, "|");
			words = arena_printf(a, "%s%s%.*s", words, *words ? ", " : "", (int)n, p);
			p += n;
		}
		text = str_fill(a, text, "{choices}", words);
	}
	input_fail_sentence(errors, f->name, text);
}

/* "\r\n" and lone "\r" become "\n", as text areas send the one and files have the other. */
static const char *with_newlines(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s), *to = copy;
	for (const char *from = copy; *from; from++) {
		if (*from == '\r' && from[1] == '\n')
			continue;
		*to++ = *from == '\r' ? '\n' : *from;
	}
	*to = 0;
	return copy;
}

/* Text of a field that was sent. In a page's form or query an empty one was left empty; a program has made a mistake. */
static void take(struct request *req, const struct input_field *f, const char *text, struct input_value *v,
		 struct input_errors *errors)
{
	bool may_be_empty = (f->kind == IN_TEXT || f->kind == IN_LINES || f->kind == IN_FILE) && f->min <= 0;
	if (!*text && (f->required || (!may_be_empty && !req->wants_json))) {
		if (f->required)
			input_fail(req, errors, f->name, "error.required");
		return;
	}
	if (f->kind == IN_LINES)
		text = with_newlines(req->arena, text);
	if (!input_valid(f, text, v)) {
		fail_kind(req, errors, f);
		return;
	}
	v->present = true;
}

/* A list under construction. */
struct ids {
	int64_t *at;
	size_t count, max;
};

static struct ids ids_begin(struct arena *a, const struct input_field *f, size_t came)
{
	size_t max = (size_t)input_rule(f).max;
	return (struct ids){ .at = arena_alloc(a, sizeof(int64_t) * (came < max ? came + 1 : max)), .max = max };
}

static bool ids_have(const struct ids *ids, int64_t id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (ids->at[i] == id)
			return true;
	return false;
}

/* One more; the same one again is left out. */
static bool ids_add(struct ids *ids, int64_t id)
{
	if (ids_have(ids, id))
		return true;
	if (ids->count == ids->max)
		return false;
	ids->at[ids->count++] = id;
	return true;
}

static const char *ids_text(struct arena *a, const struct ids *ids)
{
	enum { DIGITS = 20 };
	char *text = arena_alloc(a, ids->count * DIGITS + 1), *p = text;
	for (size_t i = 0; i < ids->count; i++)
		p += snprintf(p, DIGITS + 1, "%s%" PRId64, i ? "," : "", ids->at[i]);
	return text;
}

static void ids_end(struct request *req, const struct input_field *f, const struct ids *ids, bool good, struct input_value *v,
		    struct input_errors *errors)
{
	if (!good)
		fail_kind(req, errors, f);
	else if (!ids->count && f->required)
		input_fail(req, errors, f->name, "error.required");
	*v = (struct input_value){
		.present = good && ids->count, .text = ids_text(req->arena, ids), .ids = ids->at, .len = good ? ids->count : 0
	};
}

static void take_ids_from_pairs(struct request *req, const struct pairs *pairs, const struct input_field *f,
				struct input_value *v, struct input_errors *errors)
{
	struct ids ids = ids_begin(req->arena, f, pairs->count);
	bool good = true;
	for (size_t i = 0; i < pairs->count && good; i++) {
		int64_t id;
		if (!strcmp(pairs->at[i].name, f->name))
			good = str_to_int(pairs->at[i].value, 1, INT64_MAX, &id) && ids_add(&ids, id);
	}
	ids_end(req, f, &ids, good, v, errors);
}

/* A whole number, also one that is written 8000.0: to JSON Schema both are the same. */
static bool json_whole(json_object *o, int64_t *out)
{
	enum { EXACT_BITS = 53 };
	if (json_object_is_type(o, json_type_int)) {
		*out = json_object_get_int64(o);
		return true;
	}
	double number = json_object_is_type(o, json_type_double) ? json_object_get_double(o) : 0.5;
	double most = (double)((int64_t)1 << EXACT_BITS);
	if (!(number >= -most && number <= most))
		return false;
	*out = (int64_t)number;
	return !((double)*out < number) && !((double)*out > number);
}

static void take_ids_from_json(struct request *req, json_object *list, const struct input_field *f, struct input_value *v,
			       struct input_errors *errors)
{
	bool good = json_object_is_type(list, json_type_array);
	size_t count = good ? json_object_array_length(list) : 0;
	struct ids ids = ids_begin(req->arena, f, count);
	for (size_t i = 0; i < count && good; i++) {
		int64_t id;
		good = json_whole(json_object_array_get_idx(list, i), &id) && id > 0 && ids_add(&ids, id);
	}
	ids_end(req, f, &ids, good, v, errors);
}

/* JSON's own types must fit: "8000" is no number, 1 is no text. NULL: it does not. */
static const char *json_as_text(struct arena *a, const struct input_field *f, json_object *o)
{
	bool numeric = f->kind == IN_INT || f->kind == IN_ID || f->kind == IN_PORT;
	int64_t number;
	switch (json_object_get_type(o)) {
	case json_type_string:
		return numeric || f->kind == IN_BOOL ? NULL : json_object_get_string(o);
	case json_type_int:
	case json_type_double:
		return numeric && json_whole(o, &number) ? arena_printf(a, "%" PRId64, number) : NULL;
	case json_type_boolean:
		return f->kind != IN_BOOL ? NULL : json_object_get_boolean(o) ? "true" : "false";
	case json_type_null:
	case json_type_object:
	case json_type_array:
		break;
	}
	return NULL;
}

static void take_from_json(struct request *req, const struct input_field *f, struct input_value *v, struct input_errors *errors)
{
	json_object *o = NULL;
	if (req->json)
		json_object_object_get_ex(req->json, f->name, &o);
	if (!o) {
		if (f->required)
			input_fail(req, errors, f->name, "error.required");
		return;
	}
	if (f->kind == IN_JSON) {
		v->json = o;
		v->present = true;
		return;
	}
	if (f->kind == IN_IDS) {
		take_ids_from_json(req, o, f, v, errors);
		return;
	}
	const char *text = json_as_text(req->arena, f, o);
	if (text)
		take(req, f, text, v, errors);
	else
		fail_kind(req, errors, f);
}

static void take_from_pairs(struct request *req, const struct pairs *pairs, const struct input_field *f, struct input_value *v,
			    struct input_errors *errors)
{
	const char *text = NULL;
	for (size_t i = 0; i < pairs->count; i++) {
		if (strcmp(pairs->at[i].name, f->name))
			continue;
		if (text) {
			input_fail(req, errors, f->name, "error.twice");
			return;
		}
		text = pairs->at[i].value;
	}
	if (text) {
		take(req, f, text, v, errors);
		if (!v->present)
			v->text = text; /* shown again */
	} else if (f->required) {
		input_fail(req, errors, f->name, "error.required");
	}
}

static const struct input_field *declared(const struct input_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (!strcmp(set->fields[i].name, name))
			return &set->fields[i];
	return NULL;
}

static void refuse_unknown(struct request *req, const struct input_set *set, struct input_errors *errors)
{
	static const char *const carried[] = { "csrf", "idempotency_key", "next" };
	if (req->json) {
		json_object_object_foreach (req->json, name, value) {
			(void)value;
			if (!declared(set, name))
				input_fail(req, errors, name, "error.unknown");
		}
		return;
	}
	for (size_t i = 0; i < req->form.count; i++) {
		const char *name = req->form.at[i].name;
		bool known = declared(set, name);
		for (size_t k = 0; k < sizeof carried / sizeof *carried; k++)
			known = known || !strcmp(name, carried[k]);
		if (!known)
			input_fail(req, errors, name, "error.unknown");
	}
}

bool input_read_(struct request *req, enum input_source source, struct input_value *values, size_t count,
		 struct input_errors *errors)
{
	const struct input_set *set = source == INPUT_BODY ? req->route->body : req->route->query;
	bool json = source == INPUT_BODY && (req->json || (req->wants_json && !req->form.count));
	const struct pairs *pairs = source == INPUT_BODY ? &req->form : &req->query;
	assert(set->count == count); /* the table of routes names another set than the handler reads */
	errors->count = 0;
	for (size_t i = 0; i < count; i++) {
		values[i] = (struct input_value){ .text = "" };
		if (json)
			take_from_json(req, &set->fields[i], &values[i], errors);
		else if (set->fields[i].kind == IN_IDS)
			take_ids_from_pairs(req, pairs, &set->fields[i], &values[i], errors);
		else
			take_from_pairs(req, pairs, &set->fields[i], &values[i], errors);
	}
	if (source == INPUT_BODY)
		refuse_unknown(req, set, errors);
	return !errors->count;
}

static int refuse(struct response *res, int status, const struct input_errors *errors)
{
	struct request *req = res->req;
	json_object *list = json_object_new_array();
	const char *all = NULL;
	for (size_t i = 0; i < errors->count; i++) {
		const struct input_error *e = &errors->at[i];
		json_object *o = json_object_new_object();
		json_add_text(o, "field", e->field);
		json_add_text(o, "detail", e->sentence);
		json_object_array_add(list, o);
		const char *line = *e->field ? arena_printf(req->arena, "%s: %s", e->field, e->sentence) : e->sentence;
		all = all ? arena_printf(req->arena, "%s %s", all, line) : line;
	}
	if (!req->wants_json) {
		json_object_put(list);
		list = NULL;
	}
	return response_problem(res, status, all, list);
}

int input_refuse(struct response *res, const struct input_errors *errors)
{
	return refuse(res, 422, errors);
}

int input_conflict(struct response *res, const struct input_errors *errors)
{
	return refuse(res, 409, errors);
}

int input_check_(struct request *req, struct response *res, enum input_source source, struct input_value *values, size_t count)
{
	struct input_errors errors;
	return input_read_(req, source, values, count, &errors) ? 0 : input_refuse(res, &errors);
}

int input_none(struct request *req, struct response *res)
{
	struct input_errors errors = { .count = 0 };
	refuse_unknown(req, &no_input, &errors);
	return errors.count ? input_refuse(res, &errors) : 0;
}
