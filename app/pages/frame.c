/* How pages are put together, whatever they show. */
#include "pages/frame.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "http/router.h"

const char *frame_word(const struct view *v, const char *prefix, const char *word)
{
	return view_string(v, arena_join(view_arena(v), prefix, ".", word));
}

void frame_crumb(struct view *v, const char *href, const char *text)
{
	struct view *row = view_next(v, "Crumbs");
	view_set(row, "href", href);
	view_set(row, "text", text);
}

void frame_tab(struct view *v, const char *href, const char *word, bool now)
{
	struct view *row = view_next(v, "Tabs");
	view_set(row, "href", href);
	view_set(row, "word", word);
	view_set_bool(row, "now", now);
}

const char *frame_link(struct request *req, const struct input_value *in, const char *field, const char *value)
{
	struct arena *a = req->arena;
	const struct input_set *set = req->route->query;
	const char *link = req->path, *separator = "?";
	for (size_t i = 0; i < set->count; i++) {
		bool other = !strcmp(set->fields[i].name, field);
		const char *text = other ? value : in[i].text;
		if (!text || !*text)
			continue;
		link = arena_printf(a, "%s%s%s=%s", link, separator, set->fields[i].name, str_url_encode(a, text, false));
		separator = "&";
	}
	return link;
}

void frame_filter(struct view *v, struct request *req, const struct input_value *in)
{
	const struct input_set *set = req->route->query;
	bool any = false;
	for (size_t i = 0; i < set->count; i++) {
		view_set(v, arena_printf(req->arena, "Filter.%s", set->fields[i].name), in[i].text);
		any = any || *in[i].text;
	}
	view_set_bool(v, "Filtered", any);
	view_set(v, "Self", req->path);
}

void frame_pager(struct view *v, struct request *req, const struct input_value *in, const char *cursor, const char *last)
{
	const struct input_set *set = req->route->query;
	if (last)
		view_set(v, "Older", frame_link(req, in, cursor, last));
	for (size_t i = 0; i < set->count; i++)
		if (!strcmp(set->fields[i].name, cursor) && *in[i].text)
			view_set(v, "Newer", frame_link(req, in, cursor, NULL));
}

void frame_sort(struct view *v, struct request *req, const struct input_value *in, const char *keys, const char *chosen)
{
	bool down = *chosen == '-';
	for (const char *p = keys; *p;) {
		size_t n = strcspn(p, "|");
		const char *key = arena_memdup(req->arena, p, n);
		bool now = !strcmp(chosen + down, key);
		const char *next = now && !down ? arena_printf(req->arena, "-%s", key) : key;
		view_set(v, arena_printf(req->arena, "Sort.%s.href", key), frame_link(req, in, "sort", next));
		if (now)
			view_set(v, arena_printf(req->arena, "Sort.%s.now", key), down ? "descending" : "ascending");
		p += n + (p[n] == '|');
	}
}

/* A control for people, with a place for its sentence: not a box that is ticked or not, nor a version that the form carries. */
static bool is_typed(const struct input_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (!strcmp(set->fields[i].name, name))
			return set->fields[i].kind != IN_BOOL && strcmp(name, "version") != 0;
	return false;
}

/* What is wrong with the form but with nothing that anybody typed; NULL: nothing. */
static const char *wrong_as_a_whole(struct arena *a, const struct input_set *set, const struct input_errors *errors)
{
	const char *all = NULL;
	for (size_t i = 0; i < errors->count; i++) {
		const struct input_error *e = &errors->at[i];
		if (is_typed(set, e->field))
			continue;
		const char *line = *e->field ? arena_printf(a, "%s: %s", e->field, e->sentence) : e->sentence;
		all = all ? arena_printf(a, "%s %s", all, line) : line;
	}
	return all;
}

void frame_wrong(struct view *v, const struct input_set *set, const struct input_errors *errors)
{
	view_set_bool(v, "Wrong", errors && errors->count);
	if (errors)
		view_set(v, "Errors.whole", wrong_as_a_whole(view_arena(v), set, errors));
}

void frame_form(struct view *v, const struct input_set *set, const struct input_value *in, const struct input_errors *errors)
{
	struct arena *a = view_arena(v);
	for (size_t i = 0; i < set->count; i++) {
		const struct input_field *f = &set->fields[i];
		const char *text = f->kind == IN_BOOL ? in[i].flag ? "1" : "0" : in[i].text ? in[i].text : "";
		/* Control characters came by a paste: sent again without them it is right. */
		if (f->kind != IN_PASSWORD && f->kind != IN_FILE)
			view_set(v, arena_printf(a, "Form.%s", f->name), text ? str_utf8_clean(a, text, strlen(text)) : NULL);
		if (errors)
			view_set(v, arena_printf(a, "Errors.%s", f->name), input_error_of(errors, f->name));
	}
	frame_wrong(v, set, errors);
}

const char *frame_duration(const struct view *v, int64_t seconds)
{
	struct arena *a = view_arena(v);
	const char *s = view_string(v, "unit.seconds"), *min = view_string(v, "unit.minutes"), *h = view_string(v, "unit.hours");
	if (seconds < 0)
		return NULL;
	if (seconds < 60)
		return arena_printf(a, "%d %s", (int)seconds, s);
	if (seconds < 3600)
		return arena_printf(a, "%d %s %02d %s", (int)(seconds / 60), min, (int)(seconds % 60), s);
	return arena_printf(a, "%lld %s %02d %s", (long long)(seconds / 3600), h, (int)(seconds / 60 % 60), min);
}

const char *frame_about(const struct view *v, int64_t seconds)
{
	int64_t minutes = (seconds + 30) / 60, half_hours = (minutes + 15) / 30;
	if (seconds < 0)
		return NULL;
	if (minutes < 1)
		return view_string(v, "about.less_than_minute");
	if (half_hours < 2)
		return view_fill(v, "about.minutes", "n", frame_number(view_arena(v), minutes));
	return view_fill(v, "about.hours", "n",
			 arena_printf(view_arena(v), "%lld%s", (long long)half_hours / 2, half_hours % 2 ? ".5" : ""));
}

const char *frame_seconds(const struct view *v, double seconds)
{
	return isnan(seconds) ? NULL : frame_duration(v, (int64_t)(seconds + 0.5));
}

const char *frame_percent(const struct view *v, double share)
{
	return isnan(share) ? NULL : arena_printf(view_arena(v), "%.1f%%", share * 100);
}

const char *frame_number(struct arena *a, int64_t n)
{
	char room[24];
	return arena_strdup(a, str_from_int(n, room));
}
