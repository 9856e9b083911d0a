/* ClearSilver behind one file: every template parsed at start, data trees, rendering, values of a page. */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cs/cs.h>
#include <util/neo_hdf.h>
#include <util/neo_misc.h>
#include <util/neo_str.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/zone.h"
#include "view/catalogue.h"
#include "view/view.h"

enum { PAGES_MAX = 192, PAGE_NAME = 64, NAME = 128, FILE_CAP = 1 << 20, DAY_LENGTH = 10, TIME_LENGTH = 9 /* "T04:05:06" */ };

enum { EN, ZH, LANGUAGES };

/* A page that is parsed for a language. It is written to while it renders, so it belongs to one thread for that long. */
struct parsed {
	CSPARSE *cs;
	HDF *base;
	const struct page *page;
	int language;
	struct parsed *next;
};

struct page {
	char name[PAGE_NAME];
	struct parsed *idle[LANGUAGES]; /* those that nobody renders: as many as were ever rendered at once */
};

/* Set by view_init, only read afterwards, but for the lists of idle pages. */
static struct {
	char *templates; /* the folder */
	struct catalogue catalogues[LANGUAGES];
	HDF *globals[LANGUAGES]; /* S.* and Static.*: reads of a shared tree do not write */
	struct page pages[PAGES_MAX];
	int page_count;
	pthread_mutex_t lock; /* of the idle pages, and of parsing: ClearSilver's parser counts nodes in a global */
} shared = { .catalogues = { { .language = "en" }, { .language = "zh" } }, .lock = PTHREAD_MUTEX_INITIALIZER };

struct view {
	struct arena *arena;
	HDF *node;
	const char *language, *timezone;
	int64_t now_us;
};

/* Logs a ClearSilver error, frees it, and turns it into a code. */
static enum err failed(NEOERR *e, const char *what, const char *name)
{
	if (e == STATUS_OK)
		return ERR_NONE;
	STRING text;
	string_init(&text);
	nerr_error_string(e, &text);
	log_event(LOG_ERROR, what, LOG_STR("template", name), LOG_STR("error", text.buf ? text.buf : ""));
	string_clear(&text);
	nerr_ignore(&e);
	return ERR_INTERNAL;
}

static int language_index(const char *language)
{
	return language && !strcmp(language, "zh") ? ZH : EN;
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return NULL;
	char *text = malloc(FILE_CAP + 1);
	size_t n = text ? fread(text, 1, FILE_CAP, f) : 0;
	fclose(f);
	if (text)
		text[n] = 0;
	return text;
}

/*
 * "portal.css" becomes Static.portal_css = /static/portal.<first 12 digits of its SHA-256>.css: a name that never means anything
 * else. nginx/generate makes the files of these names.
 */
static void add_static(HDF *to, const char *folder, const char *file)
{
	char path[1024], name[NAME], address[NAME + 32];
	const char *dot = strrchr(file, '.');
	if (!dot)
		return;
	snprintf(path, sizeof path, "%s/%s", folder, file);
	char *text = read_file(path);
	if (!text)
		return;
	unsigned char digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	secret_sha256(text, strlen(text), digest);
	free(text);
	str_hex(digest, sizeof digest, hex);
	snprintf(name, sizeof name, "Static.%s", file);
	for (char *p = name + sizeof "Static"; *p; p++)
		if (*p == '.' || *p == '-')
			*p = '_';
	snprintf(address, sizeof address, "/static/%.*s.%.12s%s", (int)(dot - file), file, hex, dot);
	failed(hdf_set_value(to, name, address), "view_static", file);
}

static void each_file(const char *folder, void (*call)(const char *folder, const char *file))
{
	DIR *d = opendir(folder);
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.' && strlen(e->d_name) < PAGE_NAME)
			call(folder, e->d_name);
	if (d)
		closedir(d);
}

static void note_static(const char *folder, const char *file)
{
	for (int i = 0; i < LANGUAGES; i++)
		add_static(shared.globals[i], folder, file);
}

static void note_page(const char *folder, const char *file)
{
	(void)folder;
	if (!str_ends(file, ".cs") || shared.page_count == PAGES_MAX)
		return;
	snprintf(shared.pages[shared.page_count++].name, PAGE_NAME, "%.*s", (int)strlen(file) - 3, file);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct page *)a)->name, ((const struct page *)b)->name);
}

static enum err add_string(void *globals, const char *name, const char *text)
{
	char path[NAME];
	snprintf(path, sizeof path, "S.%s", name);
	return failed(hdf_set_value(globals, path, text), "view_init", path);
}

static enum err load_language(int i, const char *data_dir)
{
	char path[512];
	struct catalogue *c = &shared.catalogues[i];
	snprintf(path, sizeof path, "%s/templates/strings.%s", data_dir, c->language);
	enum err e = catalogue_load(c, path);
	if (e == ERR_NONE)
		e = failed(hdf_init(&shared.globals[i]), "view_init", path);
	return e == ERR_NONE ? catalogue_each(c, add_string, shared.globals[i]) : e;
}

const char *view_catalogue(const char *language, const char *name)
{
	return catalogue_find(&shared.catalogues[language_index(language)], name);
}

const char *view_day(struct arena *a, const char *zone, const char *date, int days)
{
	char text[32];
	clock_format(zone_day(zone, date, days) * 1000000, text);
	return arena_strdup(a, text);
}

const char *const *view_zones(void)
{
	return zone_names();
}

/*
 * The template with the language's strings in place of "<?cs var:S.name ?>": they are the same in each answer, and a list has
 * some in every row. NULL: out of memory.
 */
static char *with_strings(const char *template, int language)
{
	static const char begin[] = "<?cs var:S.", end[] = " ?>";
	struct buf out = { 0 };
	for (const char *at = template, *next;; at = next) {
		const char *found = strstr(at, begin), *name = found ? found + sizeof begin - 1 : NULL;
		const char *last = name ? strstr(name, end) : NULL;
		char key[NAME];
		next = last ? last + sizeof end - 1 : at + strlen(at);
		if (!last || last - name >= NAME) {
			buf_add(&out, at, (size_t)(next - at));
			if (!*next)
				break;
			continue;
		}
		snprintf(key, sizeof key, "%.*s", (int)(last - name), name);
		const char *text = catalogue_find(&shared.catalogues[language], key);
		buf_add(&out, at, (size_t)((text ? found : next) - at));
		if (text)
			buf_html(&out, text, strlen(text));
	}
	buf_puts(&out, "");
	return out.failed ? NULL : out.data;
}

/* The parser asks here for files: "page.cs" is the page that is being parsed, the rest is relative to templates/. */
static NEOERR *load_template(void *context, HDF *hdf, const char *file, char **text)
{
	(void)hdf;
	const struct parsed *p = context;
	char path[512];
	if (!strcmp(file, "page.cs"))
		snprintf(path, sizeof path, "%s/pages/%s.cs", shared.templates, p->page->name);
	else
		snprintf(path, sizeof path, "%s/%s", shared.templates, file);
	char *raw = strstr(file, "..") ? NULL : read_file(path);
	*text = raw ? with_strings(raw, p->language) : NULL;
	free(raw);
	return *text ? STATUS_OK : nerr_raise(NERR_NOT_FOUND, "template %s cannot be read", file);
}

static NEOERR *escape_html(const char *in, char **out)
{
	return neos_html_escape(in, (int)strlen(in), out);
}

static NEOERR *escape_url(const char *in, char **out)
{
	return neos_url_escape(in, out, NULL);
}

/* ClearSilver takes names that it could write to. */
static struct {
	char name[16];
	CSSTRFUNC call;
} filters[] = { { "html_escape", escape_html },
		{ "url_escape", escape_url },
		{ "js_escape", neos_js_escape },
		{ "url_validate", neos_url_validate } };

static NEOERR *parse_into(struct parsed *p)
{
	NEOERR *e = hdf_init(&p->base);
	if (e == STATUS_OK)
		e = hdf_set_value(p->base, "Config.VarEscapeMode", "html");
	if (e == STATUS_OK)
		e = cs_init(&p->cs, p->base);
	if (e != STATUS_OK)
		return nerr_pass(e);
	cs_register_fileload(p->cs, p, load_template);
	for (size_t f = 0; f < sizeof filters / sizeof *filters && e == STATUS_OK; f++)
		e = cs_register_esc_strfunc(p->cs, filters[f].name, filters[f].call);
	if (e == STATUS_OK)
		e = cs_parse_file(p->cs, "layout.cs");
	return nerr_pass(e);
}

static void free_parsed(struct parsed *p)
{
	if (p && p->cs)
		cs_destroy(&p->cs);
	if (p)
		hdf_destroy(&p->base);
	free(p);
}

/* Under the lock. NULL: the template is broken, which the log says. */
static struct parsed *parse_page(const struct page *page, int language)
{
	struct parsed *p = calloc(1, sizeof *p);
	if (p) {
		p->page = page;
		p->language = language;
		if (failed(parse_into(p), "template_broken", page->name) == ERR_NONE)
			return p;
	}
	free_parsed(p);
	return NULL;
}

/* A parsed page for this thread alone, until it is given back. */
static struct parsed *take_page(struct page *page, int language)
{
	pthread_mutex_lock(&shared.lock);
	struct parsed *p = page->idle[language];
	if (p)
		page->idle[language] = p->next;
	else
		p = parse_page(page, language);
	pthread_mutex_unlock(&shared.lock);
	return p;
}

static void give_page(struct page *page, struct parsed *p)
{
	pthread_mutex_lock(&shared.lock);
	p->next = page->idle[p->language];
	page->idle[p->language] = p;
	pthread_mutex_unlock(&shared.lock);
}

enum err view_init(const char *data_dir)
{
	char path[512];
	enum err e = failed(nerr_init(), "view_init", data_dir);
	for (int i = 0; e == ERR_NONE && i < LANGUAGES; i++)
		e = load_language(i, data_dir);
	if (e != ERR_NONE)
		return e;
	snprintf(path, sizeof path, "%s/static", data_dir);
	each_file(path, note_static);
	snprintf(path, sizeof path, "%s/templates", data_dir);
	shared.templates = strdup(path);
	snprintf(path, sizeof path, "%s/templates/pages", data_dir);
	each_file(path, note_page);
	qsort(shared.pages, (size_t)shared.page_count, sizeof *shared.pages, by_name);
	for (int i = 0; shared.templates && i < shared.page_count; i++) {
		struct parsed *p = take_page(&shared.pages[i], EN); /* in the other language when somebody wants it */
		if (!p)
			return ERR_INTERNAL;
		give_page(&shared.pages[i], p);
	}
	return shared.templates && shared.page_count ? ERR_NONE : ERR_INTERNAL;
}

void view_free(void)
{
	for (int i = 0; i < LANGUAGES; i++) {
		catalogue_free(&shared.catalogues[i]);
		hdf_destroy(&shared.globals[i]);
	}
	for (int i = 0; i < shared.page_count * LANGUAGES; i++)
		for (struct parsed *p = shared.pages[i / LANGUAGES].idle[i % LANGUAGES], *next; p; p = next) {
			next = p->next;
			free_parsed(p);
		}
	memset(shared.pages, 0, sizeof shared.pages);
	free(shared.templates);
	shared.templates = NULL;
	shared.page_count = 0;
}

static void free_tree(void *hdf)
{
	HDF *h = hdf;
	hdf_destroy(&h);
}

struct view *view_new(struct arena *a, const char *language, const char *timezone)
{
	struct view *v = arena_alloc(a, sizeof(*v));
	*v = (struct view){ .arena = a,
			    .language = language_index(language) == ZH ? "zh" : "en",
			    .timezone = timezone,
			    .now_us = clock_now_us() };
	if (failed(hdf_init(&v->node), "view_new", "") != ERR_NONE)
		abort(); /* out of memory: the supervisor starts a new process */
	arena_defer(a, free_tree, v->node);
	return v;
}

void view_set(struct view *v, const char *name, const char *value)
{
	if (value)
		failed(hdf_set_value(v->node, name, value), "view_set", name);
}

void view_set_html(struct view *v, const char *name, const struct buf *html)
{
	if (!str_ends(name, "html"))
		abort(); /* a name that a template would escape: our own bug */
	view_set(v, name, html->data ? html->data : "");
}

void view_set_int(struct view *v, const char *name, int64_t value)
{
	char room[24];
	view_set(v, name, str_from_int(value, room));
}

void view_set_bool(struct view *v, const char *name, bool value)
{
	view_set(v, name, value ? "1" : NULL);
}

/* "2026-11-21 04:05:06.123456+00", as the database writes in UTC, or RFC 3339. */
static bool parse_timestamp(const char *text, int64_t *us)
{
	char copy[48];
	size_t n = strlen(text);
	if (n < 19 || n >= sizeof copy - 1)
		return false;
	memcpy(copy, text, n + 1);
	copy[10] = 'T';
	if (str_ends(copy, "+00")) {
		copy[n - 3] = 'Z';
		copy[n - 2] = 0;
	}
	return clock_parse(copy, us);
}

/* "5 min ago", "in 3 d": how far from now, in the view's language. Far away it is said by the date alone. */
static const char *distance(struct view *v, int64_t us)
{
	static const struct {
		int64_t below, unit;
		const char *past, *future;
	} steps[] = {
		{ 60, 1, "time.seconds_ago", "time.in_seconds" },
		{ 3600, 60, "time.minutes_ago", "time.in_minutes" },
		{ 86400, 3600, "time.hours_ago", "time.in_hours" },
		{ 7 * 86400, 86400, "time.days_ago", "time.in_days" },
	};
	int64_t s = (v->now_us - us) / 1000000, far = s < 0 ? -s : s;
	if (far < 2)
		return view_string(v, "time.now");
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (far < steps[i].below)
			return view_fill(v, s > 0 ? steps[i].past : steps[i].future, "n",
					 arena_printf(v->arena, "%lld", (long long)(far / steps[i].unit)));
	return NULL;
}

/* "2026-11-21 12:30:05" in the user's zone. */
static void write_moment(const struct view *v, int64_t us, char text[32])
{
	int offset = 0;
	if (v->timezone)
		zone_offset(v->timezone, us / 1000000, &offset);
	clock_format(us + (int64_t)offset * 1000000, text);
	text[DAY_LENGTH] = ' ';
	text[DAY_LENGTH + TIME_LENGTH] = 0;
}

void view_set_moment(struct view *v, const char *name, const char *timestamp)
{
	int64_t us;
	char text[32];
	if (!timestamp || !parse_timestamp(timestamp, &us))
		return;
	write_moment(v, us, text);
	view_set(v, name, text);
}

void view_set_time(struct view *v, const char *name, const char *timestamp)
{
	int64_t us;
	char text[32];
	struct view moment = *v;
	if (!timestamp || !parse_timestamp(timestamp, &us))
		return;
	if (failed(hdf_get_node(v->node, name, &moment.node), "view_set_time", name) != ERR_NONE)
		abort(); /* out of memory: the supervisor starts a new process */
	clock_format(us, text);
	memcpy(text + DAY_LENGTH + TIME_LENGTH, "Z", 2);
	view_set(&moment, "iso", text);
	write_moment(v, us, text);
	view_set(&moment, "text", text);
	const char *ago = distance(v, us);
	text[DAY_LENGTH] = 0;
	view_set(&moment, "ago", ago ? ago : text);
}

int64_t view_seconds_between(const char *from, const char *to)
{
	int64_t a, b;
	if (!from || !to || !parse_timestamp(from, &a) || !parse_timestamp(to, &b) || b < a)
		return -1;
	return (b - a) / 1000000;
}

const char *view_get(const struct view *v, const char *name)
{
	return hdf_get_value(v->node, name, NULL);
}

struct view *view_row(struct view *v, const char *list, int n)
{
	char number[24];
	HDF *rows;
	struct view *row = arena_alloc(v->arena, sizeof(*row));
	*row = *v;
	NEOERR *e = hdf_get_node(v->node, list, &rows);
	if (e == STATUS_OK)
		e = hdf_get_node(rows, str_from_int(n, number), &row->node);
	if (failed(e, "view_row", list) != ERR_NONE)
		abort(); /* out of memory: the supervisor starts a new process */
	return row;
}

struct view *view_next(struct view *v, const char *list)
{
	int n = 0;
	for (HDF *row = hdf_get_child(v->node, list); row; row = hdf_obj_next(row))
		n++;
	return view_row(v, list, n);
}

struct arena *view_arena(const struct view *v)
{
	return v->arena;
}

const char *view_string(const struct view *v, const char *name)
{
	const char *text = view_catalogue(v->language, name);
	if (text)
		return text;
	log_event(LOG_ERROR, "string_missing", LOG_STR("name", name), LOG_STR("language", v->language));
	return name;
}

const char *view_language(const struct view *v)
{
	return v->language;
}

const char *view_fill(const struct view *v, const char *name, const char *place, const char *value)
{
	const char *text = view_string(v, name), *at = text;
	size_t len = strlen(place);
	while ((at = strchr(at, '{')) && (strncmp(at + 1, place, len) || at[1 + len] != '}'))
		at++;
	return at ? arena_printf(v->arena, "%.*s%s%s", (int)(at - text), text, value, at + len + 2) : text;
}

static NEOERR *append(void *context, char *text)
{
	struct buf *out = context;
	buf_puts(out, text);
	return out->failed ? nerr_raise(NERR_NOMEM, "the page is too large") : STATUS_OK;
}

/* The macros' definitions leave empty lines before the document. */
static void drop_leading_space(struct buf *out)
{
	if (out->len)
		buf_consume(out, strspn(out->data, " \t\r\n"));
}

enum err view_render(struct view *v, const char *name, struct buf *out)
{
	struct page key = { 0 };
	snprintf(key.name, sizeof key.name, "%s", name);
	struct page *page = bsearch(&key, shared.pages, (size_t)shared.page_count, sizeof key, by_name);
	int language = language_index(v->language);
	struct parsed *p = page ? take_page(page, language) : NULL;
	if (!p) {
		log_event(LOG_ERROR, "template_missing", LOG_STR("template", name));
		return ERR_INTERNAL;
	}
	p->cs->hdf = v->node;
	p->cs->global_hdf = shared.globals[language];
	enum err e = failed(cs_render(p->cs, out, append), "template_failed", name);
	p->cs->hdf = p->base;
	give_page(page, p);
	drop_leading_space(out);
	return e;
}
