/* Pages: data in, HTML out. The only room that includes ClearSilver. */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct buf;
struct view; /* the data of one page, a tree of names; values are escaped when they are printed */

/*
 * Loads the two catalogues (data_dir/templates/strings.{en,zh}, lines "name = text") and parses data_dir/templates/pages/NAME.cs;
 * a broken one is named in the log and is an error. Each page stands within templates/layout.cs, which puts it in place by
 * `include!"page.cs"`; other includes are relative to templates/. In templates S.name is the catalogue's string,
 * Static.portal_css the versioned address of static/portal.css. Once, before threads; view_free at the end.
 */
enum err view_init(const char *data_dir) MUST_CHECK;
void view_free(void);

/* A new, empty tree for one page in "en" or "zh"; ends with the arena. */
struct view *view_new(struct arena *a, const char *language, const char *timezone);

/* Sets a value; NULL text is not set at all. Names are literals such as "Build.id", never from outside. */
void view_set(struct view *v, const char *name, const char *value);
/* The one way to hand markup to a template: html comes from this room's own writers (loglines), the name ends in "html", and only
 * such a name may stand behind `uvar:`. */
void view_set_html(struct view *v, const char *name, const struct buf *html);
void view_set_int(struct view *v, const char *name, int64_t value);
/* "1", or where it is false nothing at all: a list has many that are false in each row. */
void view_set_bool(struct view *v, const char *name, bool value);
/* Sets name.iso (exact), name.text (in the user's zone, "2026-11-21 12:30:05") and name.ago ("5 min ago" of the last and the next
 * week, else the date) from database text of a timestamptz; NULL sets nothing. */
void view_set_time(struct view *v, const char *name, const char *timestamp);
/* Sets name itself to the text, where nothing else of the moment is shown. */
void view_set_moment(struct view *v, const char *name, const char *timestamp);

/* Whole seconds from one timestamp of the database to another; -1: one of them is none. Pure. */
int64_t view_seconds_between(const char *from, const char *to);

/*
 * Sets name.html to the options of "a|b|c" for the macro `choice`, with words of the catalogue under prefix (NULL: the values
 * themselves), and one selected (NULL: none). What comes from the database are rows NAME.N.{value, word} instead.
 */
void view_options(struct view *v, const char *name, const char *choices, const char *prefix, const char *selected);

/* What was set under that name, or NULL. Valid until it is set again. */
const char *view_get(const struct view *v, const char *name);

/*
 * Sets values in row n (from 0) of a list: view_row(v, "Builds", 3) then view_set(row, "id", ..) sets Builds.3.id.
 * The row is valid until the arena's reset.
 */
struct view *view_row(struct view *v, const char *list, int n);
/* The same for the row behind the last one that is there. */
struct view *view_next(struct view *v, const char *list);

/* The arena that the tree belongs to. */
struct arena *view_arena(const struct view *v);

/* A string of the catalogue of "en" or "zh"; NULL when there is none of that name. Any thread. */
const char *view_catalogue(const char *language, const char *name);

/* The moment at which a day ("2026-11-21") plus so many days begins in a zone (NULL or unknown: UTC), as RFC 3339. In the arena.
 * Any thread. */
const char *view_day(struct arena *a, const char *zone, const char *date, int days);

/* The names of the zones that people live in, in order; the array ends in NULL. Any thread. */
const char *const *view_zones(void);

/* "en" or "zh". */
const char *view_language(const struct view *v);

/* A string of the catalogue in the view's language; the name itself (and a log line) when it is missing. */
const char *view_string(const struct view *v, const char *name);

/* The string with `value` in the place "{place}", in the arena; without such a place the string itself. */
const char *view_fill(const struct view *v, const char *name, const char *place, const char *value);

/* Renders "pages/NAME.cs" within the layout, appending to out. */
enum err view_render(struct view *v, const char *name, struct buf *out) MUST_CHECK;

#endif
