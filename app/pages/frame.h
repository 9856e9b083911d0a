/* How pages are put together, whatever they show: the path that the reader came by, tabs, links of lists, forms. */
#ifndef PAGES_FRAME_H
#define PAGES_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/input.h"
#include "http/request.h"
#include "http/response.h"
#include "view/view.h"

/* A string of the catalogue by a prefix and a word of the database: frame_word(v, "status", "success"). */
const char *frame_word(const struct view *v, const char *prefix, const char *word);

/* One more step of the path that the reader came by; href NULL: this page. */
void frame_crumb(struct view *v, const char *href, const char *text);

/* One more tab of a thing's pages; `now`: the one that is shown. Rows Tabs.N. */
void frame_tab(struct view *v, const char *href, const char *word, bool now);

/*
 * This page's address with what its query said (`in`: as the route's row declares it), but for one field of another value; NULL:
 * without that field. In the arena.
 */
const char *frame_link(struct request *req, const struct input_value *in, const char *field, const char *value);
/* The same for a form's hidden fields and for showing what was chosen: Filter.NAME of every field of the query. */
void frame_filter(struct view *v, struct request *req, const struct input_value *in);

/*
 * Older and Newer of a list that is paged by the field `cursor`: `last` is the key of the last row, NULL: no more follow. Newer
 * leads to the list's beginning. Sets Filtered where any field of the query was given.
 */
void frame_pager(struct view *v, struct request *req, const struct input_value *in, const char *cursor, const char *last);

/* Sort.KEY.{href, now} for each of the keys "a|b|c" of the query's field "sort"; a key with '-' before it sorts downwards. */
void frame_sort(struct view *v, struct request *req, const struct input_value *in, const char *keys, const char *chosen);

/*
 * Form.NAME and Errors.NAME of every field of the route's body, and Wrong. A form is shown for the first time with errors NULL
 * and values from the stored row. Values of kind IN_PASSWORD are never shown. Errors.whole says what is wrong with none of the
 * fields that people type. frame_wrong: Wrong and Errors.whole alone.
 */
void frame_wrong(struct view *v, const struct input_set *set, const struct input_errors *errors);
void frame_form(struct view *v, const struct input_set *set, const struct input_value *in, const struct input_errors *errors);

/* Seconds as "12 s", "3 min 05 s", "1 h 02 min" in the view's language, in its arena; NULL where they are negative. */
const char *frame_duration(const struct view *v, int64_t seconds);

/* About how long, as people say it: "less than a minute", "about 3 min", "about 1.5 h"; NULL where seconds are negative. */
const char *frame_about(const struct view *v, int64_t seconds);

/* The same as frame_duration of seconds with a fraction; NULL of NAN. */
const char *frame_seconds(const struct view *v, double seconds);

/* A share from 0 to 1 as "93.4%", in the view's arena; NULL of NAN. */
const char *frame_percent(const struct view *v, double share);

/* A number as text in the arena. */
const char *frame_number(struct arena *a, int64_t n);

#endif
