/* Statistics of builds over the API. */
#include "model/statistics.h"

#include <stdlib.h>

#include "api/api.h"
#include "model/courses.h"
#include "model/settings.h"

static const char *reason_word(int x)
{
	return build_reason_name((enum build_reason)x);
}

/* Of a struct whose numbers are in its `n`. */
#define COUNTS(row)                                                                                                              \
	MEMBER("builds", SHAPE_INT64, row, n.builds, .about = "that ended"), MEMBER("success", SHAPE_INT64, row, n.success),     \
		MEMBER("failed", SHAPE_INT64, row, n.failed), MEMBER("cancelled", SHAPE_INT64, row, n.cancelled)
#define DURATIONS(row)                                                                                                           \
	MEMBER("success_rate", SHAPE_DOUBLE, row, n.success_rate, .about = "of those that succeeded or failed, 0 to 1"),         \
		MEMBER("duration_p50", SHAPE_DOUBLE, row, n.duration_p50, .about = "seconds, within 5 %"),                       \
		MEMBER("duration_p95", SHAPE_DOUBLE, row, n.duration_p95)
#define WAITS(row)                                                                                                               \
	MEMBER("wait_p50", SHAPE_DOUBLE, row, n.wait_p50, .about = "seconds from asked for to started, within 5 %"),             \
		MEMBER("wait_p95", SHAPE_DOUBLE, row, n.wait_p95)

SHAPE(shape_statistics_day, "StatisticsDay", struct statistics_day, MEMBER("day", SHAPE_STRING, struct statistics_day, day),
      COUNTS(struct statistics_day), DURATIONS(struct statistics_day));
SHAPE(shape_statistics_course, "StatisticsCourse", struct statistics_course,
      MEMBER("course_id", SHAPE_INT64, struct statistics_course, id),
      MEMBER("code", SHAPE_STRING, struct statistics_course, code), MEMBER("name", SHAPE_STRING, struct statistics_course, name),
      COUNTS(struct statistics_course), DURATIONS(struct statistics_course), WAITS(struct statistics_course));
SHAPE(shape_statistics_hour, "StatisticsHour", struct statistics_hour, MEMBER("hour", SHAPE_INT, struct statistics_hour, hour),
      COUNTS(struct statistics_hour), DURATIONS(struct statistics_hour));
SHAPE(shape_statistics_reason, "StatisticsReason", struct statistics_reason,
      MEMBER("reason", SHAPE_WORD, struct statistics_reason, reason, .word = reason_word, .words = BUILD_REASON__MAX),
      MEMBER("builds", SHAPE_INT64, struct statistics_reason, builds, .about = "that failed for it"));

/* The total as a row of its own kind, and the hours behind a pointer, as rows are described. */
struct api_statistics {
	struct statistics s;
	struct api_total {
		struct statistics_numbers n;
	} total;
	const struct statistics_hour *hour;
};
SHAPE(shape_statistics_total, "StatisticsTotal", struct api_total, COUNTS(struct api_total), DURATIONS(struct api_total),
      WAITS(struct api_total));
SHAPE(shape_statistics, "Statistics", struct api_statistics,
      MEMBER("since", SHAPE_TIME, struct api_statistics, s.since, .about = "the beginning of the first day"),
      MEMBER("first_day", SHAPE_STRING, struct api_statistics, s.first_day),
      MEMBER("last_day", SHAPE_STRING, struct api_statistics, s.last_day),
      MEMBER("zone", SHAPE_STRING, struct api_statistics, s.zone, .about = "whose days and hours these are"),
      MEMBER("complete", SHAPE_BOOL, struct api_statistics, s.complete,
	     .about = "false: builds are still being counted for the first time, or anew"),
      MEMBER("total", SHAPE_ROW, struct api_statistics, total, .of = &shape_statistics_total),
      MEMBER("by_day", SHAPE_ROWS, struct api_statistics, s.day, .of = &shape_statistics_day,
	     .count_at = AT(struct api_statistics, s.days)),
      MEMBER("by_course", SHAPE_ROWS, struct api_statistics, s.course, .of = &shape_statistics_course,
	     .count_at = AT(struct api_statistics, s.courses)),
      MEMBER("by_hour", SHAPE_ROWS, struct api_statistics, hour, .of = &shape_statistics_hour,
	     .count_at = AT(struct api_statistics, s.hours)),
      MEMBER("by_reason", SHAPE_ROWS, struct api_statistics, s.reason, .of = &shape_statistics_reason,
	     .count_at = AT(struct api_statistics, s.reasons), .about = "the most frequent first"));

enum { DAYS, COURSE, FIELDS };
INPUT_SET(query_api_statistics,
	  [DAYS] = { .name = "days",
		     .kind = IN_ENUM,
		     .choices = STATISTICS_DAYS,
		     .about = "today and the days before it; 30 unless said" },
	  [COURSE] = { .name = "course_id", .kind = IN_ID });

/* GET /api/v1/statistics */
int api_statistics_show(struct request *req, struct response *res)
{
	struct input_value v[FIELDS];
	struct settings *settings;
	struct course *courses;
	struct api_statistics out;
	int count, status = input_check(req, res, INPUT_QUERY, v);
	if (status)
		return status;
	enum err e = model_courses_names(request_db(req), req->arena, v[COURSE].number, &courses, &count);
	if (!e)
		e = model_settings_load(request_db(req), req->arena, &settings);
	if (e)
		return response_err(res, e, NULL);
	struct statistics_filter f = { .days = v[DAYS].present ? (int)strtol(v[DAYS].text, NULL, 10) : STATISTICS_DAYS_USUAL,
				       .course_id = v[COURSE].number,
				       .zone = settings_text(settings, SETTING_STATISTICS_ZONE) };
	e = model_statistics_read(request_db(req), req->arena, &f, &out.s);
	if (e)
		return response_err(res, e, NULL);
	out.total.n = out.s.total;
	out.hour = out.s.hour;
	return api_row(res, 200, &shape_statistics, &out);
}
