/* JSON from outside through one strict gate, and typed access that cannot be confused. */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/phrases.h"
#include "base/str.h"

static void put(void *o)
{
	json_object_put(o);
}

json_object *json_own(struct arena *a, json_object *o)
{
	if (o)
		arena_defer(a, put, o);
	return o;
}

/*
 * json-c accepts duplicate names (the last one wins), \u0000, and clamps large numbers in silence. This walk over text that
 * json-c found well-formed refuses them; it needs no stack of its own because the depth is already bounded.
 */
struct scan {
	const char *p, *end;
	const char *why;
};

static void scan_value(struct scan *s);

static void skip_space(struct scan *s)
{
	while (s->p < s->end && strchr(" \t\r\n", *s->p) && *s->p)
		s->p++;
}

/* The value of the four hex digits behind \u at p, or -1 where p does not begin an escape of that form. */
static int unicode_escape(const struct scan *s, const char *p)
{
	char digits[5] = { 0 };
	unsigned char two[2];
	if (s->end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	memcpy(digits, p + 2, 4);
	return str_unhex(digits, two, 2) ? two[0] << 8 | two[1] : -1;
}

static void scan_string(struct scan *s)
{
	for (s->p++; s->p < s->end && *s->p != '"'; s->p++) {
		if ((unsigned char)*s->p < 0x20)
			s->why = "a string holds a control character";
		if (*s->p != '\\')
			continue;
		int code = unicode_escape(s, s->p);
		if (!code)
			s->why = "a string holds the character NUL";
		if (code >= 0xdc00 && code < 0xe000)
			s->why = "a string holds half a character";
		if (code >= 0xd800 && code < 0xdc00) {
			int low = unicode_escape(s, s->p + 6);
			if (low < 0xdc00 || low >= 0xe000)
				s->why = "a string holds half a character";
			s->p += 6;
		}
		s->p++;
	}
	s->p++;
}

static void scan_number(struct scan *s)
{
	char digits[64];
	size_t n = 0;
	while (s->p + n < s->end && s->p[n] && strchr("+-0123456789.eE", s->p[n]))
		n++;
	if (!n || n >= sizeof digits) {
		s->why = n ? "a number is too long" : "a value is not JSON";
		return;
	}
	memcpy(digits, s->p, n);
	digits[n] = 0;
	int64_t whole;
	if (!strpbrk(digits, ".eE") && !str_to_int(digits, INT64_MIN, INT64_MAX, &whole))
		s->why = "a number is out of range";
	else if (!isfinite(strtod(digits, NULL)))
		s->why = "a number is out of range";
	s->p += n;
}

static void scan_literal(struct scan *s)
{
	static const char *const words[] = { "true", "false", "null" };
	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(words[i]);
		if ((size_t)(s->end - s->p) >= n && !strncmp(s->p, words[i], n)) {
			s->p += n;
			return;
		}
	}
	scan_number(s);
}

static void scan_members(struct scan *s, char close)
{
	s->p++;
	skip_space(s);
	while (s->p < s->end && *s->p != close && !s->why) {
		if (close == '}') {
			if (*s->p != '"') {
				s->why = "a name does not stand in double quotes";
				return;
			}
			scan_string(s);
			skip_space(s);
			s->p++; /* ':' */
		}
		scan_value(s);
		skip_space(s);
		if (s->p < s->end && *s->p == ',') {
			s->p++;
			skip_space(s);
		}
	}
	s->p++;
}

static void scan_value(struct scan *s)
{
	skip_space(s);
	if (s->p >= s->end || s->why)
		return;
	if (*s->p == '{')
		scan_members(s, '}');
	else if (*s->p == '[')
		scan_members(s, ']');
	else if (*s->p == '"')
		scan_string(s);
	else
		scan_literal(s);
}

/* Names as json-c stored them: as many as the text has, or one was there twice. */
static size_t count_names(json_object *o)
{
	size_t n = 0;
	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach (o, key, value) {
			(void)key;
			n += 1 + count_names(value);
		}
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += count_names(json_object_array_get_idx(o, i));
	}
	return n;
}

/* What stands outside of strings: containers that open, commas, and colons. */
struct marks {
	size_t containers, commas, colons;
};

static struct marks count_marks(const char *p, const char *end)
{
	struct marks n = { 0 };
	for (bool inside = false; p < end; p++) {
		if (inside) {
			if (*p == '\\')
				p++;
			else
				inside = *p != '"';
			continue;
		}
		inside = *p == '"';
		n.containers += *p == '{' || *p == '[';
		n.commas += *p == ',';
		n.colons += *p == ':';
	}
	return n;
}

bool json_is_modest(const char *text, size_t len, size_t containers, size_t values)
{
	struct marks n = count_marks(text, text + len);
	return n.containers <= containers && n.containers + n.commas <= values;
}

/*
 * Writes each pair of escapes that is one character (\ud83d\ude00) as that character: json-c 0.16 makes a replacement character
 * of those whose lower half of the number looks like half a pair, such as U+2DD94. The text itself where there is none.
 */
static const char *without_pairs(struct arena *a, const char *text, size_t *len)
{
	const struct scan s = { .end = text + *len };
	char *out = NULL, *to = NULL;
	for (const char *p = text; p < s.end;) {
		int high = unicode_escape(&s, p), low = high < 0 ? -1 : unicode_escape(&s, p + 6);
		if (high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
			if (!out) {
				out = arena_alloc(a, *len + 1);
				to = mempcpy(out, text, (size_t)(p - text));
			}
			unsigned c = 0x10000 + (((unsigned)high & 0x3ff) << 10) + ((unsigned)low & 0x3ff);
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
			*to++ = (char)(0x80 | (c >> 6 & 0x3f));
			*to++ = (char)(0x80 | (c & 0x3f));
			p += 12;
			continue;
		}
		size_t n = *p == '\\' && s.end - p > 1 ? 2 : 1; /* an escaped backslash begins no escape */
		to = out ? mempcpy(to, p, n) : NULL;
		p += n;
	}
	if (!out)
		return text;
	*to = 0;
	*len = (size_t)(to - out);
	return out;
}

json_object *json_parse(struct arena *a, const char *text, size_t len, int depth, const char **why)
{
	const char *ignored;
	if (!why)
		why = &ignored;
	*why = phrase_text(PHRASE_JSON_NOT_ONE);
	if (len > INT32_MAX || !str_is_utf8(text, len)) {
		*why = phrase_text(PHRASE_JSON_NOT_UTF8);
		return NULL;
	}
	text = without_pairs(a, text, &len);
	struct json_tokener *tok = json_tokener_new_ex(depth);
	if (!tok)
		return NULL;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	json_object *o = json_tokener_parse_ex(tok, text, (int)len);
	enum json_tokener_error e = json_tokener_get_error(tok);
	size_t parsed = json_tokener_get_parse_end(tok);
	if (e == json_tokener_continue && !o) { /* a bare number ends only with the text */
		o = json_tokener_parse_ex(tok, "\n", 1);
		e = json_tokener_get_error(tok);
		parsed = len;
	}
	json_tokener_free(tok);
	if (e == json_tokener_error_depth)
		*why = phrase_text(PHRASE_JSON_DEEP);
	if (e != json_tokener_success) {
		json_object_put(o);
		return NULL;
	}
	json_own(a, o);
	struct scan s = { .p = text, .end = text + len };
	if (parsed < len)
		for (const char *p = text + parsed; p < s.end; p++)
			if (!strchr(" \t\r\n", *p))
				return NULL;
	scan_value(&s);
	if (s.why) {
		*why = s.why;
		return NULL;
	}
	if (count_names(o) != count_marks(text, s.end).colons) {
		*why = "a name stands twice in one object";
		return NULL;
	}
	*why = NULL;
	return o;
}

json_object *json_at(json_object *o, const char *path)
{
	while (o && *path) {
		char step[128];
		size_t n = strcspn(path, ".");
		if (n >= sizeof step)
			return NULL;
		memcpy(step, path, n);
		step[n] = 0;
		path += path[n] ? n + 1 : n;
		int64_t index;
		if (json_object_is_type(o, json_type_array))
			o = str_to_int(step, 0, INT32_MAX, &index) ? json_object_array_get_idx(o, (size_t)index) : NULL;
		else if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, step, &o))
			return NULL;
	}
	return o;
}

const char *json_text(json_object *o, const char *path, const char *otherwise)
{
	json_object *v = json_at(o, path);
	return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : otherwise;
}

const char *json_member(json_object *o, const char *path, const char *name)
{
	json_object *map = json_at(o, path), *value;
	if (!map || !json_object_is_type(map, json_type_object) || !json_object_object_get_ex(map, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

int64_t json_int(json_object *o, const char *path, int64_t otherwise)
{
	json_object *v = json_at(o, path);
	return json_object_is_type(v, json_type_int) ? json_object_get_int64(v) : otherwise;
}

bool json_flag(json_object *o, const char *path, bool otherwise)
{
	json_object *v = json_at(o, path);
	return json_object_is_type(v, json_type_boolean) ? json_object_get_boolean(v) : otherwise;
}

size_t json_len(json_object *o, const char *path)
{
	json_object *v = json_at(o, path);
	return json_object_is_type(v, json_type_array) ? json_object_array_length(v) : 0;
}

void json_add(json_object *o, const char *name, json_object *value)
{
	json_object_object_add(o, name, value);
}

void json_add_text(json_object *o, const char *name, const char *value)
{
	json_add(o, name, value ? json_object_new_string(value) : NULL);
}

void json_add_int(json_object *o, const char *name, int64_t value)
{
	json_add(o, name, json_object_new_int64(value));
}

void json_add_bool(json_object *o, const char *name, bool value)
{
	json_add(o, name, json_object_new_boolean(value));
}

static void put_json(struct buf *b, json_object *o)
{
	buf_puts(b, json_object_to_json_string_ext(o, JSON_PLAIN));
	json_object_put(o);
}

json_object *json_build(struct arena *a, const char *pattern, ...)
{
	struct buf text = { 0 };
	va_list args;
	va_start(args, pattern);
	for (const char *p = pattern; *p; p++) {
		const char *s;
		char quote = '"';
		if (*p == '\'') {
			buf_add(&text, &quote, 1);
		} else if (*p != '%') {
			buf_add(&text, p, 1);
		} else if (*++p == 's') {
			s = va_arg(args, const char *);
			put_json(&text, s ? json_object_new_string(s) : NULL);
		} else if (*p == 'd') {
			buf_printf(&text, "%" PRId64, va_arg(args, int64_t));
		} else if (*p == 'b') {
			buf_puts(&text, va_arg(args, int) ? "true" : "false");
		} else if (*p == 'o') {
			put_json(&text, va_arg(args, json_object *));
		} else {
			break;
		}
	}
	va_end(args);
	json_object *o = text.data ? json_tokener_parse(text.data) : NULL;
	if (!o) {
		log_event(LOG_ERROR, "json_pattern_broken", LOG_STR("pattern", pattern));
		abort();
	}
	buf_free(&text);
	return json_own(a, o);
}
