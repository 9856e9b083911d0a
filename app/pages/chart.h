/* Charts: from numbers to the coordinates that templates/chart.cs draws as SVG. */
#ifndef PAGES_CHART_H
#define PAGES_CHART_H

#include <stdbool.h>
#include <stdint.h>

#include "view/view.h"

enum { CHART_PARTS = 2 };

/* One bar of up to two parts, the first at the bottom. Texts need to live as long as the view. */
struct chart_bar {
	const char *label; /* below it; NULL: none. About eight fit */
	const char *title; /* all of it in words, shown by pointing at it */
	int64_t parts[CHART_PARTS];
};

/*
 * Bars side by side. Sets in NAME.0: width, height, left, right, base (of the plot), ticks.N.{y,word}, labels.N.{x,word},
 * bars.N.{title,x,width}, bars.N.first.{y,height} and bars.N.second.{y,height} of parts that are not 0.
 */
void chart_bars(struct view *v, const char *name, const struct chart_bar *bars, int count);

/* One moment of up to two lines of seconds; NAN: the line has a gap there. */
struct chart_point {
	const char *label, *title;
	double seconds[CHART_PARTS];
};

/* Lines. Sets the same frame, and lines.N.{path} with lines.N.dots.N.{x,y,title}. */
void chart_lines(struct view *v, const char *name, const struct chart_point *points, int count);

/* One bar that lies, with its words above it. */
struct chart_row {
	const char *word;
	int64_t number;
	bool marked; /* drawn in another pattern */
};

/* Bars one below the other. Sets in NAME.0: width, height, rows.N.{word,number,marked,text_y,y,height,width}. */
void chart_rows(struct view *v, const char *name, const struct chart_row *rows, int count);

#endif
