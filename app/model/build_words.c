/* What the portal says of a build, as English text and as JSON. */
#include "model/build_words.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"

enum { DETAIL_BYTES = 400 };

static const struct {
	const char *code, *text;
} sentences[BUILD_SENTENCE__MAX] = {
#define SENTENCE(code, text) [SAYS_##code] = { #code, text },
#include "model/build_words.def"
#undef SENTENCE
};

const char *build_sentence_name(enum build_sentence s)
{
	return sentences[s].code;
}

static const char *detail_of(struct arena *a, const struct build_words *w)
{
	return w->detail && *w->detail ? arena_memdup(a, w->detail, str_utf8_cut(w->detail, strlen(w->detail), DETAIL_BYTES))
				       : NULL;
}

/* With `stop` behind a sentence that no detail follows. */
static const char *text_of(struct arena *a, const struct build_words *w, const char *stop)
{
	static const char place[] = "{what}";
	const char *text = sentences[w->says].text, *detail = detail_of(a, w);
	const char *at = text ? strstr(text, place) : NULL;
	if (!text)
		return detail;
	if (at)
		text = arena_printf(a, "%.*s%s%s", (int)(at - text), text, w->what, at + sizeof place - 1);
	return detail ? arena_printf(a, "%s: %s", text, detail) : arena_printf(a, "%s%s", text, stop);
}

const char *build_words_text(struct arena *a, const struct build_words *w)
{
	return text_of(a, w, "");
}

const char *build_words_message(struct arena *a, const struct build_words *w)
{
	return text_of(a, w, ".");
}

const char *build_words_json(struct arena *a, const struct build_words *w)
{
	if (!w->says)
		return NULL;
	json_object *o = json_own(a, json_object_new_object());
	json_add_text(o, "code", sentences[w->says].code);
	if (w->what)
		json_add_text(o, "what", w->what);
	const char *detail = detail_of(a, w);
	if (detail)
		json_add_text(o, "detail", detail);
	return arena_strdup(a, json_object_to_json_string_ext(o, JSON_PLAIN));
}
