/* Charts: from numbers to coordinates. A picture is 440 wide whatever the screen: it is scaled, and its words stay readable. */
#include "pages/chart.h"

#include <math.h>
#include <stddef.h>

#include "base/arena.h"

enum { WIDTH = 440, HEIGHT = 200, LEFT = 54, RIGHT = 424, TOP = 10, BASE = 176, TICKS_MAX = 5 };
enum { ROW_HEIGHT = 34, ROW_TEXT = 12, ROW_BAR = 18, ROW_BAR_HEIGHT = 10 };

/* A coordinate with one digit behind the point: finer than a screen. */
static void set_at(struct view *v, const char *name, double at)
{
	view_set(v, name, arena_printf(view_arena(v), "%.1f", at));
}

static double y_of(double value, double top)
{
	return BASE - value / top * (BASE - TOP);
}

/* 1, 2, 5, 10, 20, 50, ...: so that at most TICKS_MAX lines reach over the highest. */
static double count_step(double highest)
{
	static const double shape[] = { 1, 2, 5 };
	for (double scale = 1;; scale *= 10)
		for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
			if (shape[i] * scale * (TICKS_MAX - 1) >= highest)
				return shape[i] * scale;
}

/* Steps that people count time in. */
static double time_step(double highest)
{
	static const double steps[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000, 86400 };
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (steps[i] * (TICKS_MAX - 1) >= highest)
			return steps[i];
	return 86400 * count_step(highest / 86400);
}

static const char *count_word(struct view *v, double value)
{
	return arena_printf(view_arena(v), "%.0f", value);
}

static const char *time_word(struct view *v, double value)
{
	int64_t s = (int64_t)value;
	if (!s)
		return "0";
	const char *unit = view_string(v, s % 3600 == 0 ? "unit.hours" : s % 60 == 0 ? "unit.minutes" : "unit.seconds");
	return arena_printf(view_arena(v), "%lld %s", (long long)(s % 3600 == 0 ? s / 3600 : s % 60 == 0 ? s / 60 : s), unit);
}

/* The plot's edges and its lines across; returns the value at its top. */
static double set_frame(struct view *c, double highest, double step, const char *(*word)(struct view *v, double value))
{
	int lines = (int)(highest / step);
	if (lines * step < highest || !lines)
		lines++;
	view_set_int(c, "width", WIDTH);
	view_set_int(c, "height", HEIGHT);
	view_set_int(c, "left", LEFT);
	view_set_int(c, "right", RIGHT);
	view_set_int(c, "base", BASE);
	for (int i = 0; i <= lines; i++) {
		struct view *tick = view_row(c, "ticks", i);
		set_at(tick, "y", y_of(i, lines));
		view_set(tick, "word", word(tick, i * step));
	}
	return lines * step;
}

/* The middle of place i of n. */
static double x_of(int i, int n)
{
	return LEFT + (i + 0.5) * (RIGHT - LEFT) / n;
}

static void set_label(struct view *c, int *shown, int i, int n, const char *word)
{
	if (!word)
		return;
	struct view *label = view_row(c, "labels", (*shown)++);
	set_at(label, "x", x_of(i, n));
	view_set(label, "word", word);
}

static void set_part(struct view *bar, const char *part, double from, double value, double top)
{
	if (value <= 0)
		return;
	set_at(bar, arena_printf(view_arena(bar), "%s.y", part), y_of(from + value, top));
	set_at(bar, arena_printf(view_arena(bar), "%s.height", part), y_of(from, top) - y_of(from + value, top));
}

void chart_bars(struct view *v, const char *name, const struct chart_bar *bars, int count)
{
	struct view *c = view_row(v, name, 0);
	int64_t highest = 0;
	int shown = 0;
	double width = count ? 0.76 * (RIGHT - LEFT) / count : 0;
	for (int i = 0; i < count; i++)
		if (bars[i].parts[0] + bars[i].parts[1] > highest)
			highest = bars[i].parts[0] + bars[i].parts[1];
	double top = set_frame(c, (double)highest, count_step((double)highest), count_word);
	for (int i = 0; i < count; i++) {
		set_label(c, &shown, i, count, bars[i].label);
		struct view *bar = view_row(c, "bars", i);
		view_set(bar, "title", bars[i].title);
		set_at(bar, "x", x_of(i, count) - width / 2);
		set_at(bar, "width", width);
		set_part(bar, "first", 0, (double)bars[i].parts[0], top);
		set_part(bar, "second", (double)bars[i].parts[0], (double)bars[i].parts[1], top);
	}
}

/* A line through all its moments, begun anew behind each gap. */
static void set_line(struct view *c, int part, const struct chart_point *points, int count, double top)
{
	struct view *line = view_row(c, "lines", part);
	const char *path = "";
	int dots = 0;
	bool drawing = false;
	for (int i = 0; i < count; i++) {
		double seconds = points[i].seconds[part];
		if (isnan(seconds)) {
			drawing = false;
			continue;
		}
		path = arena_printf(view_arena(c), "%s%s%.1f %.1f", path, drawing ? "L" : "M", x_of(i, count),
				    y_of(seconds, top));
		drawing = true;
		struct view *dot = view_row(line, "dots", dots++);
		set_at(dot, "x", x_of(i, count));
		set_at(dot, "y", y_of(seconds, top));
		view_set(dot, "title", points[i].title);
	}
	view_set(line, "path", path);
}

void chart_lines(struct view *v, const char *name, const struct chart_point *points, int count)
{
	struct view *c = view_row(v, name, 0);
	double highest = 0;
	int shown = 0;
	for (int i = 0; i < count; i++)
		for (int part = 0; part < CHART_PARTS; part++)
			if (points[i].seconds[part] > highest) /* false of NAN */
				highest = points[i].seconds[part];
	double top = set_frame(c, highest, time_step(highest), time_word);
	for (int i = 0; i < count; i++)
		set_label(c, &shown, i, count, points[i].label);
	for (int part = 0; part < CHART_PARTS; part++)
		set_line(c, part, points, count, top);
}

void chart_rows(struct view *v, const char *name, const struct chart_row *rows, int count)
{
	struct view *c = view_row(v, name, 0);
	int64_t highest = 1;
	for (int i = 0; i < count; i++)
		if (rows[i].number > highest)
			highest = rows[i].number;
	view_set_int(c, "width", WIDTH);
	view_set_int(c, "height", count * ROW_HEIGHT);
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(c, "rows", i);
		view_set(row, "word", rows[i].word);
		view_set_int(row, "number", rows[i].number);
		view_set_bool(row, "marked", rows[i].marked);
		view_set_int(row, "text_y", i * ROW_HEIGHT + ROW_TEXT);
		view_set_int(row, "y", i * ROW_HEIGHT + ROW_BAR);
		view_set_int(row, "height", ROW_BAR_HEIGHT);
		set_at(row, "width", (double)rows[i].number / (double)highest * (WIDTH - 4));
	}
}
