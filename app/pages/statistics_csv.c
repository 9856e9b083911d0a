/* The tables of the statistics as CSV. */
#include "base/arena.h"
#include "base/csv.h"
#include "model/courses.h"
#include "model/settings.h"
#include "pages/page.h"
#include "pages/statistics.h"

enum { TABLE = STATISTICS_FIELDS, CSV_FIELDS };
#define TABLES "days|courses|hours|reasons"
INPUT_SET(query_statistics_csv,
	  STATISTICS_INPUT, [TABLE] = { .name = "table", .kind = IN_ENUM, .required = true, .choices = TABLES });

static void head(struct csv *c, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		csv_text(c, names[i]);
	csv_end_row(c);
}
#define HEAD(c, ...)                                                                                                             \
	head((c), (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))
#define COUNTS "builds", "success", "failed", "cancelled"
#define DURATIONS "success_rate", "duration_p50_s", "duration_p95_s"

static void counts(struct csv *c, const struct statistics_numbers *n)
{
	csv_number(c, n->builds);
	csv_number(c, n->success);
	csv_number(c, n->failed);
	csv_number(c, n->cancelled);
}

static void durations(struct csv *c, const struct statistics_numbers *n)
{
	csv_decimal(c, n->success_rate);
	csv_decimal(c, n->duration_p50);
	csv_decimal(c, n->duration_p95);
}

static void write_days(struct csv *c, const struct statistics *s)
{
	HEAD(c, "day", COUNTS, DURATIONS);
	for (int i = 0; i < s->days; i++) {
		csv_text(c, s->day[i].day);
		counts(c, &s->day[i].n);
		durations(c, &s->day[i].n);
		csv_end_row(c);
	}
}

static void write_courses(struct csv *c, const struct statistics *s)
{
	HEAD(c, "course", "name", COUNTS, DURATIONS, "wait_p50_s", "wait_p95_s");
	for (int i = 0; i < s->courses; i++) {
		csv_text(c, s->course[i].code);
		csv_text(c, s->course[i].name);
		counts(c, &s->course[i].n);
		durations(c, &s->course[i].n);
		csv_decimal(c, s->course[i].n.wait_p50);
		csv_decimal(c, s->course[i].n.wait_p95);
		csv_end_row(c);
	}
}

static void write_hours(struct csv *c, const struct statistics *s)
{
	HEAD(c, "hour", COUNTS, DURATIONS);
	for (int i = 0; i < s->hours; i++) {
		csv_number(c, s->hour[i].hour);
		counts(c, &s->hour[i].n);
		durations(c, &s->hour[i].n);
		csv_end_row(c);
	}
}

static void write_reasons(struct csv *c, const struct statistics *s)
{
	HEAD(c, "reason", "side", "builds");
	for (int i = 0; i < s->reasons; i++) {
		csv_text(c, build_reason_name(s->reason[i].reason));
		csv_text(c, build_side_name(build_reason_side(s->reason[i].reason)));
		csv_number(c, s->reason[i].builds);
		csv_end_row(c);
	}
}

/* GET /statistics.csv */
int page_statistics_csv(struct request *req, struct response *res)
{
	static void (*const writers[])(struct csv * c, const struct statistics *s) = { write_days, write_courses, write_hours,
										       write_reasons };
	struct input_value in[CSV_FIELDS];
	struct settings *settings;
	struct course *courses;
	struct statistics s;
	int count, refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	struct statistics_filter f = statistics_ask(in);
	enum err e = model_courses_names(request_db(req), req->arena, f.course_id, &courses, &count);
	if (!e)
		e = model_settings_load(request_db(req), req->arena, &settings);
	if (e)
		return response_err(res, e, NULL);
	f.zone = settings_text(settings, SETTING_STATISTICS_ZONE);
	e = model_statistics_read(request_db(req), req->arena, &f, &s);
	if (e)
		return response_err(res, e, NULL);
	struct csv c = csv_begin(&res->body);
	writers[in[TABLE].number](&c, &s);
	if (res->body.failed)
		return response_error(res, 500, NULL);
	res->content_type = "text/csv; charset=utf-8";
	response_header(res, "Content-Disposition",
			arena_printf(req->arena, "attachment; filename=\"statistics-%s-%s-%s.csv\"", in[TABLE].text, s.first_day,
				     s.last_day));
	return 200;
}
