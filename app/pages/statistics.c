/* The statistics' page: numbers of a period, drawn and as tables. The tables as CSV are in statistics_csv.c. */
#include "pages/statistics.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/courses.h"
#include "model/failures.h"
#include "model/settings.h"
#include "pages/chart.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { WEEKLY_FROM = 180, LABELS_MAX = 7, HOURS_A_LABEL = 3 };

INPUT_SET(query_statistics, STATISTICS_INPUT);

struct statistics_filter statistics_ask(const struct input_value *in)
{
	const struct input_value *days = &in[STATISTICS_DAYS_FIELD];
	return (struct statistics_filter){ .days = days->present ? (int)strtol(days->text, NULL, 10) : STATISTICS_DAYS_USUAL,
					   .course_id = in[STATISTICS_COURSE_FIELD].number };
}

static void set_numbers(struct view *v, const struct statistics_numbers *n)
{
	view_set_int(v, "builds", n->builds);
	view_set_int(v, "success", n->success);
	view_set_int(v, "failed", n->failed);
	view_set_int(v, "cancelled", n->cancelled);
	view_set(v, "rate", frame_percent(v, n->success_rate));
	view_set(v, "p50", frame_seconds(v, n->duration_p50));
	view_set(v, "p95", frame_seconds(v, n->duration_p95));
	view_set(v, "wait_p50", frame_seconds(v, n->wait_p50));
	view_set(v, "wait_p95", frame_seconds(v, n->wait_p95));
}

/* "2026-11-21: 12 success, 3 failed" */
static const char *counts_title(struct view *v, const char *what, const struct statistics_numbers *n)
{
	return arena_printf(view_arena(v), "%s: %lld %s, %lld %s", what, (long long)n->success, view_string(v, "status.success"),
			    (long long)n->failed, view_string(v, "status.failed"));
}

/* "2026-11-21: median 1 min 20 s, p95 4 min"; nothing where nothing took time. */
static struct chart_point times_point(struct view *v, const char *label, const char *what, const struct statistics_numbers *n)
{
	const char *p50 = frame_seconds(v, n->duration_p50), *title = "";
	if (p50)
		title = arena_printf(view_arena(v), "%s: %s %s, %s %s", what, view_string(v, "statistics.p50"), p50,
				     view_string(v, "statistics.p95"), frame_seconds(v, n->duration_p95));
	return (struct chart_point){ label, title, { n->duration_p50, n->duration_p95 } };
}

/* "11-21" below so many days that the words do not touch; the newest is named. */
static const char *day_label(const struct statistics *s, int i)
{
	int every = (s->days + LABELS_MAX - 1) / LABELS_MAX;
	return (s->days - 1 - i) % every ? NULL : s->day[i].day + strlen("2026-");
}

static void show_days(struct view *v, const struct statistics *s)
{
	struct arena *a = view_arena(v);
	struct chart_bar *bars = arena_alloc(a, sizeof *bars * (size_t)(s->days + 1));
	struct chart_point *points = arena_alloc(a, sizeof *points * (size_t)(s->days + 1));
	for (int i = 0; i < s->days; i++) {
		const struct statistics_day *d = &s->day[i];
		struct view *row = view_row(v, "ByDay", i);
		view_set(row, "day", d->day);
		set_numbers(row, &d->n);
		const char *label = day_label(s, i);
		bars[i] = (struct chart_bar){ label, counts_title(v, d->day, &d->n), { d->n.success, d->n.failed } };
		points[i] = times_point(v, label, d->day, &d->n);
	}
	chart_bars(v, "DaysChart", bars, s->days);
	chart_lines(v, "TimesChart", points, s->days);
}

static void show_hours(struct view *v, const struct statistics *s)
{
	struct chart_bar bars[sizeof s->hour / sizeof *s->hour];
	struct chart_point points[sizeof s->hour / sizeof *s->hour];
	for (int h = 0; h < s->hours; h++) {
		const struct statistics_hour *hour = &s->hour[h];
		struct view *row = view_row(v, "ByHour", h);
		const char *word = arena_printf(view_arena(v), "%02d:00", hour->hour);
		view_set(row, "hour", word);
		set_numbers(row, &hour->n);
		const char *label = h % HOURS_A_LABEL ? NULL : frame_number(view_arena(v), h);
		bars[h] = (struct chart_bar){ label, counts_title(v, word, &hour->n), { hour->n.success, hour->n.failed } };
		points[h] = times_point(v, label, word, &hour->n);
	}
	chart_bars(v, "HoursChart", bars, s->hours);
	chart_lines(v, "HourTimesChart", points, s->hours);
}

/* Where the failed builds of the period are; NULL where their page does not go back as far: it would show others than were
 * counted. */
static const char *failures_href(struct view *v, const struct statistics_filter *f)
{
	struct arena *a = view_arena(v);
	struct input_field periods = { .kind = IN_ENUM, .choices = FAILURE_DAYS };
	struct input_value period;
	if (!input_valid(&periods, frame_number(a, f->days), &period))
		return NULL;
	const char *course = f->course_id ? arena_printf(a, "&course_id=%lld", (long long)f->course_id) : "";
	return arena_printf(a, "/failures?days=%d%s", f->days, course);
}

static void show_reasons(struct view *v, const struct statistics *s, const struct statistics_filter *f)
{
	struct arena *a = view_arena(v);
	struct chart_row *rows = arena_alloc(a, sizeof *rows * (size_t)(s->reasons + 1));
	const char *href = failures_href(v, f);
	for (int i = 0; i < s->reasons; i++) {
		const struct statistics_reason *r = &s->reason[i];
		const char *name = build_reason_name(r->reason), *side = build_side_name(build_reason_side(r->reason));
		struct view *row = view_row(v, "ByReason", i);
		view_set(row, "title", frame_word(v, arena_printf(a, "reason.%s", name), "title"));
		view_set(row, "reason", name);
		view_set(row, "side", frame_word(v, "side", side));
		view_set_int(row, "builds", r->builds);
		view_set(row, "share", frame_percent(v, (double)r->builds / (double)s->total.failed));
		view_set(row, "href", href ? arena_printf(a, "%s&reason=%s", href, name) : NULL);
		rows[i] = (struct chart_row){ view_get(row, "title"), r->builds, build_reason_side(r->reason) == SIDE_PLATFORM };
	}
	chart_rows(v, "ReasonsChart", rows, s->reasons);
}

static void show_courses(struct view *v, const struct statistics *s)
{
	for (int i = 0; i < s->courses; i++) {
		struct view *row = view_row(v, "ByCourse", i);
		view_set_int(row, "id", s->course[i].id);
		view_set(row, "code", s->course[i].code);
		view_set(row, "name", s->course[i].name);
		set_numbers(row, &s->course[i].n);
	}
}

/* Csv.TABLE: the address of each table, of the same period and course. */
static void set_downloads(struct view *v, const struct statistics_filter *f)
{
	static const char *const tables[] = { "days", "courses", "hours", "reasons" };
	struct arena *a = view_arena(v);
	const char *course = f->course_id ? arena_printf(a, "&course_id=%lld", (long long)f->course_id) : "";
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		view_set(v, arena_printf(a, "Csv.%s", tables[i]),
			 arena_printf(a, "/statistics.csv?table=%s&days=%d%s", tables[i], f->days, course));
}

static void show(struct view *v, const struct statistics *s, const struct statistics_filter *f)
{
	view_set(v, "First", s->first_day);
	view_set(v, "Last", s->last_day);
	view_set(v, "Zone", s->zone);
	view_set_bool(v, "Complete", s->complete);
	view_set_bool(v, "Weekly", f->weekly);
	set_numbers(view_row(v, "Total", 0), &s->total);
	show_days(v, s);
	show_hours(v, s);
	show_reasons(v, s, f);
	show_courses(v, s);
	set_downloads(v, f);
	view_set(v, "Failures", failures_href(v, f));
}

/* GET /statistics */
int page_statistics_show(struct request *req, struct response *res)
{
	struct input_value in[STATISTICS_FIELDS];
	struct course *courses;
	struct settings *settings;
	struct statistics s;
	int count, refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	struct statistics_filter f = statistics_ask(in);
	f.weekly = f.days >= WEEKLY_FROM;
	enum err e = model_courses_names(request_db(req), req->arena, f.course_id, &courses, &count);
	if (!e)
		e = model_settings_load(request_db(req), req->arena, &settings);
	if (e)
		return response_err(res, e, NULL);
	f.zone = settings_text(settings, SETTING_STATISTICS_ZONE);
	e = model_statistics_read(request_db(req), req->arena, &f, &s);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	view_set(v, "Page.title", view_string(v, "statistics.title"));
	frame_filter(v, req, in);
	view_set_int(v, "Filter.days", f.days);
	view_options(v, "Periods", STATISTICS_DAYS, "statistics.days", view_get(v, "Filter.days"));
	part_course_choice(v, courses, count);
	show(v, &s, &f);
	return page_answer(res, 200, v, "statistics_show");
}
