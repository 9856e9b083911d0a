/* A person's YAML as a JSON value. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/phrases.h"
#include "base/yaml.h"

enum { DEPTH = 64, CONTAINERS_MAX = 10000 };

/* One reading. */
struct reading {
	struct arena *a;
	yaml_parser_t parser;
	int containers;
	const char *why; /* the first thing that is wrong */
};

static bool fail(struct reading *r, const char *what, size_t line)
{
	if (!r->why)
		r->why = phrase(r->a, PHRASE_YAML_WRONG, what, arena_printf(r->a, "%zu", line + 1));
	return false;
}

static bool fail_at(struct reading *r, enum phrase what, const yaml_event_t *e)
{
	return fail(r, phrase_text(what), e->start_mark.line);
}

static bool next(struct reading *r, yaml_event_t *e)
{
	if (yaml_parser_parse(&r->parser, e))
		return true;
	memset(e, 0, sizeof *e);
	const char *problem = r->parser.problem ? r->parser.problem : phrase_text(PHRASE_KUBE_BREAKS_OFF);
	return fail(r, problem, r->parser.problem_mark.line);
}

static bool is_word(const char *s, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(s, words[i]))
			return true;
	return false;
}
#define IS_WORD(s, ...)                                                                                                          \
	is_word((s), (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* 12, -0x1f, 0644, 0o644, 0b101: as Go's ParseInt with base 0 takes them. */
static bool is_whole(const char *s, int64_t *out)
{
	const char *digits = s + (*s == '-' || *s == '+');
	int base = 10;
	if (digits[0] == '0' && digits[1]) {
		char mark = digits[1];
		base = mark == 'x' || mark == 'X' ? 16 : mark == 'b' || mark == 'B' ? 2 : 8;
		digits += mark == 'o' || mark == 'O' || base != 8 ? 2 : 1;
	}
	char *end;
	if (!strchr("0123456789abcdefABCDEF", *digits) || !*digits)
		return false;
	errno = 0;
	long long n = strtoll(digits, &end, base);
	if (*end || errno)
		return false;
	*out = *s == '-' ? -n : n;
	return true;
}

static bool is_decimal(const char *s, double *out)
{
	const char *p = s + (*s == '-' || *s == '+');
	size_t before = strspn(p, "0123456789"), after = 0;
	p += before;
	if (*p == '.') {
		after = strspn(++p, "0123456789");
		p += after;
	}
	if (!before && !after)
		return false;
	if (*p == 'e' || *p == 'E') {
		p += 1 + (p[1] == '-' || p[1] == '+');
		size_t power = strspn(p, "0123456789");
		if (!power)
			return false;
		p += power;
	}
	*out = strtod(s, NULL);
	return !*p && isfinite(*out);
}

/* A scalar without quotes; NULL is null. */
static json_object *plain(const char *s, size_t len)
{
	static const double exact = 9007199254740992.0; /* beyond it doubles have gaps */
	int64_t whole;
	double decimal;
	if (IS_WORD(s, "", "~", "null", "Null", "NULL"))
		return NULL;
	if (IS_WORD(s, "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"))
		return json_object_new_boolean(1);
	if (IS_WORD(s, "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"))
		return json_object_new_boolean(0);
	if (is_whole(s, &whole))
		return json_object_new_int64(whole);
	if (!is_decimal(s, &decimal))
		return json_object_new_string_len(s, (int)len);
	bool is_int = fabs(decimal) < exact && decimal == floor(decimal); /* 1e3 is 1000 */
	return is_int ? json_object_new_int64((int64_t)decimal) : json_object_new_double(decimal);
}

static bool text_of(struct reading *r, const yaml_event_t *e, const char **out, bool *quoted)
{
	static const char str[] = "tag:yaml.org,2002:str";
	const char *tag = (const char *)e->data.scalar.tag;
	bool is_text = tag && (!strcmp(tag, "!") || !strcmp(tag, str));
	*out = (const char *)e->data.scalar.value;
	*quoted = is_text || e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (e->data.scalar.anchor)
		return fail_at(r, PHRASE_YAML_ANCHOR, e);
	if (tag && !is_text)
		return fail_at(r, PHRASE_YAML_TAG, e);
	if (strlen(*out) != e->data.scalar.length)
		return fail_at(r, PHRASE_YAML_NUL, e);
	return true;
}

static bool value(struct reading *r, const yaml_event_t *e, int depth, json_object **out);

static bool list(struct reading *r, json_object *o, int depth)
{
	for (;;) {
		yaml_event_t e;
		json_object *item = NULL;
		bool ok = next(r, &e), end = e.type == YAML_SEQUENCE_END_EVENT;
		if (ok && !end && (ok = value(r, &e, depth, &item)))
			json_object_array_add(o, item);
		yaml_event_delete(&e);
		if (!ok || end)
			return ok;
	}
}

static bool name_of(struct reading *r, const yaml_event_t *e, json_object *map, const char **name)
{
	bool quoted;
	if (e->type == YAML_ALIAS_EVENT)
		return fail_at(r, PHRASE_YAML_ANCHOR, e);
	if (e->type != YAML_SCALAR_EVENT)
		return fail_at(r, PHRASE_YAML_NAME, e);
	if (!text_of(r, e, name, &quoted))
		return false;
	if (!quoted && IS_WORD(*name, "", "<<"))
		return fail_at(r, PHRASE_YAML_NAME, e);
	if (json_object_object_get_ex(map, *name, NULL))
		return fail_at(r, PHRASE_YAML_TWICE, e);
	return true;
}

static bool map(struct reading *r, json_object *o, int depth)
{
	for (;;) {
		yaml_event_t key, e = { 0 };
		const char *name;
		json_object *member = NULL;
		bool ok = next(r, &key), end = key.type == YAML_MAPPING_END_EVENT;
		if (ok && !end) {
			ok = name_of(r, &key, o, &name) && next(r, &e) && value(r, &e, depth, &member);
			if (ok)
				json_object_object_add(o, name, member);
		}
		yaml_event_delete(&key);
		yaml_event_delete(&e);
		if (!ok || end)
			return ok;
	}
}

/* On failure nothing is left in *out. */
static bool container(struct reading *r, const yaml_event_t *e, int depth, json_object **out)
{
	bool is_map = e->type == YAML_MAPPING_START_EVENT;
	if (is_map ? e->data.mapping_start.anchor != NULL : e->data.sequence_start.anchor != NULL)
		return fail_at(r, PHRASE_YAML_ANCHOR, e);
	if (is_map ? e->data.mapping_start.tag != NULL : e->data.sequence_start.tag != NULL)
		return fail_at(r, PHRASE_YAML_TAG, e);
	if (depth >= DEPTH || ++r->containers > CONTAINERS_MAX)
		return fail_at(r, PHRASE_YAML_DEEP, e);
	json_object *o = is_map ? json_object_new_object() : json_object_new_array();
	if (!(is_map ? map(r, o, depth + 1) : list(r, o, depth + 1))) {
		json_object_put(o);
		return false;
	}
	*out = o;
	return true;
}

static bool value(struct reading *r, const yaml_event_t *e, int depth, json_object **out)
{
	const char *text;
	bool quoted;
	*out = NULL;
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		if (!text_of(r, e, &text, &quoted))
			return false;
		*out = quoted ? json_object_new_string_len(text, (int)e->data.scalar.length) : plain(text, e->data.scalar.length);
		return true;
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return container(r, e, depth, out);
	default:
		return fail_at(r, PHRASE_YAML_ANCHOR, e);
	}
}

/* Stream and document begin, the value, and both end. */
static bool document(struct reading *r, json_object **out)
{
	yaml_event_t e = { 0 };
	bool ok = true, seen = false;
	*out = NULL;
	while (ok && e.type != YAML_STREAM_END_EVENT) {
		yaml_event_delete(&e);
		ok = next(r, &e);
		if (!ok || e.type == YAML_STREAM_START_EVENT || e.type == YAML_STREAM_END_EVENT ||
		    e.type == YAML_DOCUMENT_END_EVENT)
			continue;
		if (e.type != YAML_DOCUMENT_START_EVENT)
			ok = value(r, &e, 0, out);
		else if (seen)
			ok = fail_at(r, PHRASE_YAML_MORE, &e);
		seen = true;
	}
	yaml_event_delete(&e);
	return ok;
}

json_object *yaml_read(struct arena *a, const char *text, size_t len, const char **why)
{
	struct reading r = { .a = a };
	json_object *o = NULL;
	*why = NULL;
	if (!yaml_parser_initialize(&r.parser)) {
		*why = phrase_text(PHRASE_KUBE_BREAKS_OFF);
		return NULL;
	}
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
	bool ok = document(&r, &o);
	yaml_parser_delete(&r.parser);
	if (!ok) {
		json_object_put(o);
		*why = r.why;
		return NULL;
	}
	return o ? json_own(a, o) : NULL;
}
