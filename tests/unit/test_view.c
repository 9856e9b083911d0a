/* Every template with hostile text in every value that it prints: nothing may come out raw. And what view.h promises. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants setjmp, stdarg, stddef and stdint above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/zone.h"
#include "view/view.h"

#define HOSTILE "<'\">&"
#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_."

enum { FILE_CAP = 256 << 10, ALIASES = 32 };

static struct arena *a;
static const char *data_dir;

/* A loop's variable and the list that it stands for. */
static struct {
	char *name, *list;
} aliases[ALIASES];
static int alias_count;

static int start(void **state)
{
	(void)state;
	const char *srcdir = getenv("srcdir");
	data_dir = srcdir ? srcdir : ".";
	a = arena_new(64 << 20);
	return !a || view_init(data_dir);
}

static int stop(void **state)
{
	(void)state;
	view_free();
	arena_free(a);
	return 0;
}

static char *load(const char *folder, const char *file)
{
	char path[1024], *text = arena_alloc(a, FILE_CAP);
	snprintf(path, sizeof path, "%s/templates/%s%s", data_dir, folder, file);
	FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("%s cannot be read", path);
	text[fread(text, 1, FILE_CAP - 1, f)] = 0;
	fclose(f);
	return text;
}

/* "b.commit.id" with b an alias of Builds is "Builds.0.commit.id". */
static const char *resolve(const char *name)
{
	for (int depth = 0; depth < 4; depth++) {
		size_t first = strcspn(name, ".");
		for (int i = 0; i < alias_count; i++)
			if (strlen(aliases[i].name) == first && !strncmp(aliases[i].name, name, first)) {
				name = arena_printf(a, "%s.0%s", aliases[i].list, name + first);
				break;
			}
	}
	return name;
}

static char *word_at(const char *p)
{
	return arena_memdup(a, p, strspn(p, NAME_CHARACTERS));
}

static void find_aliases(const char *text)
{
	alias_count = 0;
	for (const char *p = text; (p = strstr(p, "each:")) && alias_count < ALIASES; p++) {
		aliases[alias_count].name = word_at(p + 5);
		const char *equals = p + 5 + strlen(aliases[alias_count].name);
		equals += strspn(equals, " =");
		aliases[alias_count++].list = word_at(equals);
	}
}

/* Sets every name that stands between the template's marks. What is a parent of another name keeps no value of its own. */
static void set_names(struct view *v, const char *text, const char *value)
{
	for (const char *p = text; (p = strstr(p, "<?cs "));) {
		const char *end = strstr(p, "?>");
		p += 5;
		if (!end || str_starts(p, "#") || str_starts(p, "include") || str_starts(p, "def:"))
			continue;
		while (p < end) {
			size_t n = strspn(p, NAME_CHARACTERS);
			if (*p == '"')
				p += 1 + strcspn(p + 1, "\"");
			char *word = arena_memdup(a, p, n);
			bool is_name = n && p < end && (strchr(word, '.') || (*word >= 'A' && *word <= 'Z'));
			if (is_name && !str_starts(word, "S.") && !str_starts(word, "Static.") && !str_ends(word, ".") &&
			    !str_ends(word, ".html") && p[n] != ':')
				view_set(v, resolve(word), value);
			p += n ? n : 1;
		}
	}
}

static void check_page(const char *page, const char *language, const char *value)
{
	struct view *v = view_new(a, language, "Asia/Shanghai");
	char *text = load("pages/", page), name[128];
	find_aliases(text);
	set_names(v, load("", "layout.cs"), value);
	set_names(v, text, value);
	struct buf out = { 0 };
	snprintf(name, sizeof name, "%.*s", (int)strlen(page) - 3, page);
	assert_int_equal(view_render(v, name, &out), ERR_NONE);
	if (!out.data || !strstr(out.data, "</html>"))
		fail_msg("%s is not whole", page);
	const char *raw = strstr(out.data, "<'");
	raw = raw ? raw : strstr(out.data, "'\">");
	if (raw)
		fail_msg("%s: raw text in %.80s", page, raw - (raw - out.data > 40 ? 40 : 0));
	buf_free(&out);
	arena_reset(a);
}

static void nothing_comes_out_raw(void **state)
{
	(void)state;
	char path[1024];
	int pages = 0;
	snprintf(path, sizeof path, "%s/templates/pages", data_dir);
	DIR *d = opendir(path);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		if (!str_ends(e->d_name, ".cs"))
			continue;
		pages++;
		check_page(e->d_name, "en", HOSTILE);
		check_page(e->d_name, "zh", HOSTILE);
		check_page(e->d_name, "en", "1"); /* the other side of its conditions */
	}
	closedir(d);
	assert_true(pages > 0);
}

static void values_are_escaped(void **state)
{
	(void)state;
	struct view *v = view_new(a, "en", NULL);
	struct buf out = { 0 };
	view_set(v, "Error.title", HOSTILE);
	assert_int_equal(view_render(v, "error", &out), ERR_NONE);
	assert_non_null(strstr(out.data, "&lt;&#39;&quot;&gt;&amp;"));
	assert_int_equal(view_render(v, "no_such_page", &out), ERR_INTERNAL);
	buf_free(&out);
	arena_reset(a);
}

static void options_are_escaped_and_one_is_selected(void **state)
{
	(void)state;
	struct view *v = view_new(a, "en", NULL);
	view_options(v, "Own", "a|" HOSTILE "|c", NULL, HOSTILE);
	assert_string_equal(view_get(v, "Own.html"),
			    "<option value=\"a\">a</option>"
			    "<option value=\"&lt;&#39;&quot;&gt;&amp;\" selected>&lt;&#39;&quot;&gt;&amp;</option>"
			    "<option value=\"c\">c</option>");
	view_options(v, "Own", "a", NULL, "");
	assert_string_equal(view_get(v, "Own.html"), "<option value=\"a\">a</option>");
	view_options(v, "Own", "", NULL, NULL);
	assert_string_equal(view_get(v, "Own.html"), "");

	struct buf out = { 0 };
	view_options(v, "States", "running|failed", "app", "failed");
	view_set(v, "Filtered", "1");
	assert_int_equal(view_render(v, "projects_list", &out), ERR_NONE);
	const char *expected =
		arena_printf(a, "<option value=\"running\">%s</option><option value=\"failed\" selected>%s</option></select>",
			     view_string(v, "app.running"), view_string(v, "app.failed"));
	assert_non_null(strstr(out.data, expected));
	buf_free(&out);
	arena_reset(a);
}

static void what_is_false_is_not_set(void **state)
{
	(void)state;
	struct view *v = view_new(a, "en", NULL);
	view_set_bool(v, "Yes", true);
	view_set_bool(v, "No", false);
	assert_string_equal(view_get(v, "Yes"), "1");
	assert_null(view_get(v, "No"));
	arena_reset(a);
}

static void catalogues_speak_both_languages(void **state)
{
	(void)state;
	char *text = load("", "strings.en");
	for (char *line = text, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		if (*line == '#' || !*line)
			continue;
		char *name = arena_memdup(a, line, strcspn(line, " ="));
		if (!view_catalogue("zh", name))
			fail_msg("%s has no Chinese text", name);
		if (!view_catalogue("en", name))
			fail_msg("%s has no English text", name);
	}
	assert_null(view_catalogue("en", "no.such.name"));
	arena_reset(a);
}

static void time_is_the_users(void **state)
{
	(void)state;
	static const struct {
		const char *zone, *text;
	} table[] = {
		{ "Asia/Shanghai", "2026-07-01 12:30:05" },
		{ "Europe/Berlin", "2026-07-01 06:30:05" },
		{ NULL, "2026-07-01 04:30:05" },
		{ "../../etc/passwd", "2026-07-01 04:30:05" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct view *v = view_new(a, "en", table[i].zone);
		struct buf out = { 0 };
		view_set_time(v, "Error.at", "2026-07-01 04:30:05.123456+00");
		view_set_time(v, "Error.none", NULL);
		view_set(v, "Error.title", view_get(v, "Error.at.text"));
		view_set(v, "Error.detail", view_get(v, "Error.at.iso"));
		assert_int_equal(view_render(v, "error", &out), ERR_NONE);
		assert_non_null(strstr(out.data, table[i].text));
		assert_non_null(strstr(out.data, "2026-07-01T04:30:05Z"));
		buf_free(&out);
	}
	assert_true(zone_known("America/New_York"));
	assert_false(zone_known("Mars/Olympus"));
	assert_false(zone_known("/etc/localtime"));
	assert_string_equal(view_day(a, "Asia/Shanghai", "2026-11-21", 0), "2026-11-20T16:00:00.000000Z");
	assert_string_equal(view_day(a, "Asia/Shanghai", "2026-12-31", 1), "2026-12-31T16:00:00.000000Z");
	assert_string_equal(view_day(a, "America/New_York", "2026-03-08", 0), "2026-03-08T05:00:00.000000Z");
	assert_string_equal(view_day(a, "America/New_York", "2026-03-08", 1), "2026-03-09T04:00:00.000000Z");
	assert_string_equal(view_day(a, "Mars/Olympus", "2026-03-08", 0), "2026-03-08T00:00:00.000000Z");
	assert_string_equal(view_day(a, NULL, "1970-01-01", 0), "1970-01-01T00:00:00.000000Z");
	int zones = 0;
	for (const char *const *zone = view_zones(); *zone; zone++, zones++)
		assert_true(zone_known(*zone));
	assert_true(zones > 100);
	arena_reset(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_comes_out_raw),
		cmocka_unit_test(values_are_escaped),
		cmocka_unit_test(options_are_escaped_and_one_is_selected),
		cmocka_unit_test(what_is_false_is_not_set),
		cmocka_unit_test(catalogues_speak_both_languages),
		cmocka_unit_test(time_is_the_users),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
