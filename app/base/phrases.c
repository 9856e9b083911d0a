/* What the portal says where the text itself is handed on, as English text and back. */
#include "base/phrases.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"

static const struct {
	const char *code, *text;
} phrases[PHRASE__MAX] = {
#define PHRASE(code, text) [PHRASE_##code] = { #code, text },
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

static bool fits(struct arena *a, enum phrase p, const char *text, struct phrase_found *out)
{
	const char *at = phrases[p].text;
	size_t len = strcspn(at, "{");
	*out = (struct phrase_found){ .code = phrases[p].code };
	if (strncmp(text, at, len) != 0)
		return false;
	text += len;
	at += len;
	while (*at && out->count < PHRASE_PLACES) {
		len = strcspn(at, "}");
		out->names[out->count] = arena_memdup(a, at + 1, len - 1);
		at += len + 1;
		len = strcspn(at, "{");
		const char *end = next(text, at, len, !at[len]);
		if (!end)
			return false;
		out->values[out->count++] = arena_memdup(a, text, (size_t)(end - text));
		text = end + len;
		at += len;
	}
	return !*at && !*text;
}

bool phrase_find(struct arena *a, const char *text, struct phrase_found *out)
{
	for (int p = 0; p < PHRASE__MAX; p++)
		if (fits(a, (enum phrase)p, text, out))
			return true;
	return false;
}
