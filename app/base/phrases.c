/* What the portal says where the text itself is handed on, as English text and back. */
#include "base/phrases.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

static const struct {
	const char *code, *act, *text; /* act: NULL of a phrase for everywhere */
} phrases[PHRASE__MAX] = {
#define PHRASE(code, text) [PHRASE_##code] = { #code, NULL, text },
#define ACT_PHRASE(code, act, text) [PHRASE_##code] = { #code, act, text },
#include "base/phrases.def"
#undef PHRASE
};

const char *phrase_code(enum phrase p)
{
	return phrases[p].code;
}

const char *phrase_text(enum phrase p)
{
	return phrases[p].text;
}

const char *phrase_act(enum phrase p)
{
	return phrases[p].act;
}

const char *phrase(struct arena *a, enum phrase p, ...)
{
	const char *said = "", *at = phrases[p].text;
	va_list values;
	va_start(values, p);
	for (const char *place; (place = strchr(at, '{')); at = strchr(place, '}') + 1) {
		const char *value = va_arg(values, const char *);
		said = arena_printf(a, "%s%.*s%s", said, (int)(place - at), at, value ? value : "");
	}
	va_end(values);
	return arena_printf(a, "%s%s", said, at);
}

/* Where the text between two places stands: the last one at the end, so that values may hold it. NULL: nowhere. */
static const char *next(const char *text, const char *between, size_t len, bool last)
{
	size_t n = strlen(text);
	if (last)
		return n >= len && !memcmp(text + n - len, between, len) ? text + n - len : NULL;
	return memmem(text, n, between, len);
}

/* Where names and values stand. Nothing is copied: most phrases do not fit. */
struct places {
	const char *names[PHRASE_PLACES], *values[PHRASE_PLACES];
	size_t name_len[PHRASE_PLACES], value_len[PHRASE_PLACES], count;
};

static bool fits(const char *at, const char *text, struct places *out)
{
	size_t len = strcspn(at, "{");
	out->count = 0;
	if (strncmp(text, at, len) != 0)
		return false;
	text += len;
	at += len;
	while (*at && out->count < PHRASE_PLACES) {
		size_t i = out->count++;
		len = strcspn(at, "}");
		out->names[i] = at + 1;
		out->name_len[i] = len - 1;
		at += len + 1;
		len = strcspn(at, "{");
		const char *end = next(text, at, len, !at[len]);
		if (!end)
			return false;
		out->values[i] = text;
		out->value_len[i] = (size_t)(end - text);
		text = end + len;
		at += len;
	}
	return !*at && !*text;
}

/* Whether it is worth a try: a list asks for each phrase in each of its rows. */
static inline bool begins(const char *with, const char *text)
{
	return *with == *text || *with == '{';
}

static enum phrase_place kind_of(const char *name)
{
	static const char *const say[] = { "why", "step", "said", "role", "next_role" };
	for (size_t i = 0; i < sizeof say / sizeof *say; i++)
		if (!strcmp(say[i], name))
			return PHRASE_PLACE_SAYS;
	return strcmp(name, "what") ? PHRASE_PLACE_NAME : PHRASE_PLACE_REST;
}

static void copy(struct arena *a, enum phrase p, const struct places *places, struct phrase_found *out)
{
	*out = (struct phrase_found){ .code = phrases[p].code, .of_act = phrases[p].act != NULL, .count = places->count };
	for (size_t i = 0; i < places->count; i++) {
		out->names[i] = arena_memdup(a, places->names[i], places->name_len[i]);
		out->values[i] = arena_memdup(a, places->values[i], places->value_len[i]);
		out->kinds[i] = kind_of(out->names[i]);
	}
}

bool phrase_find(struct arena *a, const char *text, struct phrase_found *out)
{
	struct places places;
	for (int p = 0; p < PHRASE__MAX; p++)
		if (!phrases[p].act && begins(phrases[p].text, text) && fits(phrases[p].text, text, &places)) {
			copy(a, (enum phrase)p, &places, out);
			return true;
		}
	return false;
}

static bool is_of(enum phrase p, const char *act)
{
	const char *begin = phrases[p].act;
	return begin && (!*begin || (*begin == *act && str_starts(act, begin)));
}

bool phrase_find_act(struct arena *a, const char *act, const char *text, struct phrase_found *out)
{
	struct places places;
	for (int p = 0; p < PHRASE__MAX; p++)
		if (begins(phrases[p].text, text) && is_of((enum phrase)p, act) && fits(phrases[p].text, text, &places)) {
			copy(a, (enum phrase)p, &places, out);
			return true;
		}
	return phrase_find(a, text, out);
}
