/* Sentences of the catalogues whose places are filled from a row's JSON. */
#include "view/words.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/phrases.h"
#include "view/view.h"

enum { DEPTH = 8, TEXT_MAX = 16 << 10, CHANGES_MAX = 16, PHRASE_DEPTH = 4 };

static json_object *parse(struct arena *a, const char *text)
{
	const char *why;
	return text ? json_parse(a, text, strlen(text), DEPTH, &why) : NULL;
}

static const char *value_of(struct arena *a, json_object *values, const char *name)
{
	json_object *v = NULL;
	if (!values || !json_object_is_type(values, json_type_object) || !json_object_object_get_ex(values, name, &v) || !v)
		return NULL;
	return arena_strdup(a, json_object_get_string(v));
}

/* What fills the place of that name; NULL and "": nothing. */
typedef const char *value_fn(struct arena *a, const void *values, const char *name);

static const char *fill_by(struct arena *a, const char *text, value_fn *value_by, const void *values)
{
	struct buf out = { .cap = TEXT_MAX };
	const char *at = text, *place, *end;
	while ((place = strchr(at, '{')) && (end = strchr(place, '}'))) {
		const char *value = value_by(a, values, arena_memdup(a, place + 1, (size_t)(end - place) - 1));
		buf_add(&out, at, (size_t)(place - at));
		buf_puts(&out, value && *value ? value : "–");
		at = end + 1;
	}
	buf_puts(&out, at);
	const char *filled = arena_memdup(a, out.data ? out.data : "", out.len);
	buf_free(&out);
	return filled;
}

static const char *json_value(struct arena *a, const void *values, const char *name)
{
	return value_of(a, (json_object *)values, name);
}

static const char *fill(struct arena *a, const char *text, json_object *values)
{
	return fill_by(a, text, json_value, values);
}

const char *view_words(struct arena *a, const char *language, const char *name, const char *values)
{
	const char *text = view_catalogue(language, name);
	return text ? fill(a, text, parse(a, values)) : NULL;
}

static const char *found_value(struct arena *a, const void *values, const char *name)
{
	const struct phrase_found *found = values;
	(void)a;
	for (size_t i = 0; i < found->count; i++)
		if (!strcmp(found->names[i], name))
			return found->values[i];
	return NULL;
}

/* What the portal itself says in a place is a phrase, too, and may hold one. */
static const char *translated(struct arena *a, const char *language, const char *act, const char *text, int depth)
{
	struct phrase_found found;
	if (!text || !depth || !(act ? phrase_find_act(a, act, text, &found) : phrase_find(a, text, &found)))
		return NULL;
	for (size_t i = 0; i < found.count; i++) {
		bool same = found.kinds[i] == PHRASE_PLACE_REST && found.of_act;
		const char *own = found.kinds[i] == PHRASE_PLACE_NAME
					  ? NULL
					  : translated(a, language, same ? act : NULL, found.values[i], depth - 1);
		found.values[i] = own ? own : found.values[i];
	}
	const char *form = view_catalogue(language, arena_join(a, "phrase.", found.code));
	return form ? fill_by(a, form, found_value, &found) : NULL;
}

const char *view_phrase(struct arena *a, const char *language, const char *text)
{
	return translated(a, language, NULL, text, PHRASE_DEPTH);
}

const char *view_act(struct arena *a, const char *language, const char *act, const char *text)
{
	return strcmp(language, "en") ? translated(a, language, act, text, PHRASE_DEPTH) : text;
}

const char *view_build_words(struct arena *a, const char *language, const char *words, bool whole)
{
	json_object *o = parse(a, words);
	const char *detail = json_text(o, "detail", NULL);
	const char *text = view_catalogue(language, arena_printf(a, "bsays.%s", json_text(o, "code", "")));
	if (!text)
		return NULL;
	text = fill(a, text, o);
	const char *own = view_phrase(a, language, detail);
	const char *frame = detail ? "build.says_detail" : whole ? "build.says_whole" : NULL;
	const char *around = frame ? view_catalogue(language, frame) : NULL;
	return around ? fill(a, around, json_build(a, "{'says':%s,'detail':%s}", text, own ? own : detail)) : text;
}

const char *view_value(struct arena *a, const char *values, const char *name)
{
	return value_of(a, parse(a, values), name);
}

static const char *change_of(struct arena *a, const char *language, json_object *row)
{
	const char *what = json_text(row, "what", ""), *variable = json_text(row, "variable", NULL);
	const char *word = view_catalogue(language, arena_printf(a, "drift.%s", what));
	bool gone = json_flag(row, "gone", false), said = json_text(row, "is", NULL) != NULL;
	word = variable ? arena_printf(a, "%s %s", word ? word : what, variable) : word ? word : what;
	json_object *values =
		json_build(a, "{'what':%s,'was':%s,'is':%s}", word, json_text(row, "was", NULL), json_text(row, "is", NULL));
	const char *text = view_catalogue(language, gone ? "drift_is.gone" : said ? "drift_is.other" : "drift_is.changed");
	return fill(a, text ? text : "{what}", values);
}

int view_changes(struct arena *a, const char *language, const char *rows, const char **sentences, int max)
{
	json_object *list = parse(a, rows);
	int count = 0;
	if (rows && *rows && !list && max > 0) {
		sentences[0] = arena_strdup(a, rows);
		return 1;
	}
	for (size_t i = 0; i < json_len(list, "") && count < max; i++)
		sentences[count++] = change_of(a, language, json_object_array_get_idx(list, i));
	return count;
}

const char *view_changes_text(struct arena *a, const char *language, const char *rows)
{
	const char *sentences[CHANGES_MAX], *text = "";
	int count = rows ? view_changes(a, language, rows, sentences, CHANGES_MAX) : 0;
	for (int i = 0; i < count; i++)
		text = arena_printf(a, "%s%s%s", text, i ? "; " : "", sentences[i]);
	return rows ? text : NULL;
}
