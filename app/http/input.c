/* Declared input: from text or JSON to typed values, or to sentences that say what is wrong. */
#include "http/input.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/gitref.h"
#include "base/json.h"
#include "base/str.h"
#include "http/app.h"

enum { SLUG_MAX = 63, TEXT_MAX = 200, LINES_MAX = 16384, PASSWORD_BYTES = 512, URL_MAX = 2000 };

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool has_control(const char *s, const char *allowed)
{
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 || *s == 0x7f) && !strchr(allowed, *s))
			return true;
	return false;
}

static int64_t characters(const char *s)
{
	int64_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static bool within(const struct input_field *f, int64_t n, int64_t otherwise_min, int64_t otherwise_max)
{
	bool given = f->min || f->max;
	return n >= (given ? f->min : otherwise_min) && n <= (given ? f->max : otherwise_max);
}

static bool take_text(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)out;
	return !has_control(s, "") && str_is_utf8(s, strlen(s)) && within(f, characters(s), 0, TEXT_MAX);
}

static bool take_lines(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)out;
	size_t len = strlen(s);
	return !has_control(s, "\t\r\n") && str_is_utf8(s, len) && within(f, (int64_t)len, 0, LINES_MAX);
}

static bool take_int(const struct input_field *f, const char *s, struct input_value *out)
{
	bool given = f->min || f->max;
	return str_to_int(s, given ? f->min : 0, given ? f->max : INT64_MAX, &out->number);
}

static bool take_id(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f;
	return str_to_int(s, 1, INT64_MAX, &out->number);
}

static bool take_port(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f;
	return str_to_int(s, 1, 65535, &out->number);
}

static bool take_bool(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f;
	out->flag = !strcmp(s, "1") || !strcmp(s, "on") || !strcmp(s, "true");
	return out->flag || !strcmp(s, "0") || !strcmp(s, "false");
}

static bool take_enum(const struct input_field *f, const char *s, struct input_value *out)
{
	size_t len = strlen(s);
	out->number = 0;
	for (const char *word = f->choices; word; out->number++) {
		size_t n = strcspn(word, "|");
		if (n == len && !memcmp(word, s, n))
			return true;
		word = word[n] ? word + n + 1 : NULL;
	}
	return false;
}

static bool take_slug(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)out;
	return str_only(s, LOWER DIGITS "-") && *s != '-' && within(f, (int64_t)strlen(s), 1, SLUG_MAX);
}

static bool take_login(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	return strlen(s) <= SLUG_MAX && str_only(s, LOWER DIGITS "._-") && !strchr("._-", *s);
}

static bool take_password(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	size_t len = strlen(s);
	return len <= PASSWORD_BYTES && str_is_utf8(s, len);
}

static bool take_path(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	return git_path_valid(s);
}

static bool take_branch(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	return git_branch_valid(s);
}

static bool take_sha(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	return git_sha_valid(s);
}

static bool take_url(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	if (strlen(s) > URL_MAX || !str_is_utf8(s, strlen(s)) || has_control(s, "") || strpbrk(s, " \\\"<>`"))
		return false;
	const char *host = str_starts(s, "http://") ? s + 7 : str_starts(s, "https://") ? s + 8 : "";
	size_t len = strcspn(host, "/?#");
	return len && !memchr(host, '@', len) && !strchr(":", *host);
}

static bool take_name(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	return strlen(s) <= 64 && str_only(s, UPPER LOWER DIGITS "_") && !strchr(DIGITS, *s);
}

static bool take_json(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)s, (void)out;
	return false; /* never from text */
}

/* In the order of enum input_kind. `error` names the catalogue's sentence. */
static const struct kind {
	bool (*take)(const struct input_field *f, const char *s, struct input_value *out);
	const char *error;
	int64_t min, max; /* for the sentence, where the field says nothing */
} kinds[INPUT_KIND__MAX] = {
	[IN_TEXT] = { take_text, "error.text", 0, TEXT_MAX }, [IN_LINES] = { take_lines, "error.lines", 0, LINES_MAX },
	[IN_INT] = { take_int, "error.int", 0, INT64_MAX },   [IN_ID] = { take_id, "error.id", 1, INT64_MAX },
	[IN_PORT] = { take_port, "error.int", 1, 65535 },     [IN_BOOL] = { take_bool, "error.bool", 0, 0 },
	[IN_ENUM] = { take_enum, "error.enum", 0, 0 },	      [IN_SLUG] = { take_slug, "error.slug", 1, SLUG_MAX },
	[IN_LOGIN] = { take_login, "error.login", 0, 0 },     [IN_PASSWORD] = { take_password, "error.password", 0, 0 },
	[IN_PATH] = { take_path, "error.path", 0, 0 },	      [IN_BRANCH] = { take_branch, "error.branch", 0, 0 },
	[IN_SHA] = { take_sha, "error.sha", 0, 0 },	      [IN_URL] = { take_url, "error.url", 0, 0 },
	[IN_NAME] = { take_name, "error.name", 0, 0 },	      [IN_JSON] = { take_json, "error.type", 0, 0 },
};

bool input_valid(const struct input_field *field, const char *text, struct input_value *out)
{
	*out = (struct input_value){ .text = text };
	return kinds[field->kind].take(field, text, out);
}

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

/* Puts a value in the place of "{min}" and the like. */
static const char *fill(struct arena *a, const char *text, const char *place, const char *value)
{
	const char *at = strstr(text, place);
	if (!at)
		return text;
	return arena_printf(a, "%.*s%s%s", (int)(at - text), text, value, at + strlen(place));
}

static void fail_kind(struct request *req, struct input_errors *errors, const struct input_field *f)
{
	struct arena *a = req->arena;
	const struct kind *k = &kinds[f->kind];
	bool given = (f->min || f->max) && (f->kind <= IN_INT || f->kind == IN_SLUG);
	const char *text = sentence(req, k->error);
	text = fill(a, text, "{min}", arena_printf(a, "%" PRId64, given ? f->min : k->min));
	text = fill(a, text, "{max}", arena_printf(a, "%" PRId64, given ? f->max : k->max));
	if (f->choices) {
		const char *words = "";
		for (const char *p = f->choices; p; p = *p ? p + 1 : NULL) {
			size_t n = strcspn(p, "|");
			words = arena_printf(a, "%s%s%.*s", words, *words ? ", " : "", (int)n, p);
			p += n;
		}
		text = fill(a, text, "{choices}", words);
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

/* Text of a field that was sent. */
static void take(struct request *req, const struct input_field *f, const char *text, struct input_value *v,
		 struct input_errors *errors)
{
	bool may_be_empty = (f->kind == IN_TEXT || f->kind == IN_LINES) && f->min <= 0;
	if (!*text && (f->required || !may_be_empty)) {
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

/* JSON's own types must fit: "8000" is no number, 1 is no text. NULL: it does not. */
static const char *json_as_text(struct arena *a, const struct input_field *f, json_object *o)
{
	switch (json_object_get_type(o)) {
	case json_type_string:
		return f->kind == IN_INT || f->kind == IN_ID || f->kind == IN_PORT || f->kind == IN_BOOL
			       ? NULL
			       : json_object_get_string(o);
	case json_type_int:
		if (f->kind != IN_INT && f->kind != IN_ID && f->kind != IN_PORT)
			return NULL;
		return arena_printf(a, "%" PRId64, json_object_get_int64(o));
	case json_type_boolean:
		return f->kind != IN_BOOL ? NULL : json_object_get_boolean(o) ? "true" : "false";
	case json_type_null:
	case json_type_double:
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

static bool declared(const struct input_field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(fields[i].name, name))
			return true;
	return false;
}

static void refuse_unknown(struct request *req, const struct input_field *fields, size_t count, struct input_errors *errors)
{
	static const char *const carried[] = { "csrf", "idempotency_key", "next" };
	if (req->json) {
		json_object_object_foreach (req->json, name, value) {
			(void)value;
			if (!declared(fields, count, name))
				input_fail(req, errors, name, "error.unknown");
		}
		return;
	}
	for (size_t i = 0; i < req->form.count; i++) {
		const char *name = req->form.at[i].name;
		bool known = declared(fields, count, name);
		for (size_t k = 0; k < sizeof carried / sizeof *carried; k++)
			known = known || !strcmp(name, carried[k]);
		if (!known)
			input_fail(req, errors, name, "error.unknown");
	}
}

bool input_read(struct request *req, enum input_source source, const struct input_field *fields, size_t count,
		struct input_value *values, struct input_errors *errors)
{
	errors->count = 0;
	bool json = source == INPUT_BODY && (req->json || (req->wants_json && !req->form.count));
	const struct pairs *pairs = source == INPUT_BODY ? &req->form : &req->query;
	for (size_t i = 0; i < count; i++) {
		values[i] = (struct input_value){ .text = "" };
		if (json)
			take_from_json(req, &fields[i], &values[i], errors);
		else
			take_from_pairs(req, pairs, &fields[i], &values[i], errors);
	}
	if (source == INPUT_BODY)
		refuse_unknown(req, fields, count, errors);
	return !errors->count;
}

int input_refuse(struct response *res, const struct input_errors *errors)
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
	return response_problem(res, 422, all, list);
}

int input_check(struct request *req, struct response *res, enum input_source source, const struct input_field *fields,
		size_t count, struct input_value *values)
{
	struct input_errors errors;
	return input_read(req, source, fields, count, values, &errors) ? 0 : input_refuse(res, &errors);
}
