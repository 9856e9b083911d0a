/* Failed builds over the API: the reasons of a period, and the builds of one reason. */
#include "model/failures.h"

#include <stdlib.h>

#include "api/api.h"
#include "model/courses.h"
#include "model/settings.h"

static const char *reason_word(int x)
{
	return build_reason_name((enum build_reason)x);
}

static const char *side_word(int x)
{
	return build_side_name((enum build_side)x);
}

#define REASON_MEMBER(row) MEMBER("reason", SHAPE_WORD, row, reason, .word = reason_word, .words = BUILD_REASON__MAX)

SHAPE(shape_failure_group, "FailureGroup", struct failure_group, REASON_MEMBER(struct failure_group),
      MEMBER("side", SHAPE_WORD, struct failure_group, side, .word = side_word, .words = BUILD_SIDE__MAX,
	     .about = "whose matter it is"),
      MEMBER("builds", SHAPE_INT64, struct failure_group, builds),
      MEMBER("students", SHAPE_INT64, struct failure_group, students, .about = "different ones"));
SHAPE(shape_failure, "Failure", struct failure, MEMBER("id", SHAPE_INT64, struct failure, id, .about = "of the build"),
      MEMBER("project_id", SHAPE_INT64, struct failure, project_id),
      MEMBER("project", SHAPE_STRING, struct failure, project_name),
      MEMBER("student_id", SHAPE_INT64, struct failure, student_id),
      MEMBER("student", SHAPE_STRING, struct failure, student_name), MEMBER("course_id", SHAPE_INT64, struct failure, course_id),
      MEMBER("course", SHAPE_STRING, struct failure, course_code), REASON_MEMBER(struct failure),
      MEMBER("message", SHAPE_TEXT, struct failure, message), MEMBER("evidence", SHAPE_TEXT, struct failure, evidence),
      MEMBER("commit_sha", SHAPE_STRING, struct failure, commit_sha), MEMBER("branch", SHAPE_STRING, struct failure, branch),
      MEMBER("commit_message", SHAPE_TEXT, struct failure, commit_message),
      MEMBER("finished_at", SHAPE_TIME, struct failure, finished_at));

/* What was found, and how to read on. */
struct api_failures {
	struct failures found;
	const char *cursor;
};
SHAPE(shape_failures, "Failures", struct api_failures,
      MEMBER("since", SHAPE_TIME, struct api_failures, found.since, .about = "the beginning of the period"),
      MEMBER("platform_suspected", SHAPE_BOOL, struct api_failures, found.platform,
	     .about = "in the last hour many students failed for the platform's reasons: at least 3, and more than a third"),
      MEMBER("students_hit", SHAPE_INT64, struct api_failures, found.hit, .about = "in the last hour, by the platform's reasons"),
      MEMBER("students_built", SHAPE_INT64, struct api_failures, found.built, .about = "in the last hour"),
      MEMBER("groups", SHAPE_ROWS, struct api_failures, found.groups, .of = &shape_failure_group,
	     .count_at = AT(struct api_failures, found.group_count), .about = "the most frequent first"),
      MEMBER("reason", SHAPE_WORD, struct api_failures, found.reason, .word = reason_word, .words = BUILD_REASON__MAX,
	     .about = "of the items"),
      MEMBER("items", SHAPE_ROWS, struct api_failures, found.rows, .of = &shape_failure,
	     .count_at = AT(struct api_failures, found.count), .about = "the last that ended first"),
      MEMBER("next_cursor", SHAPE_TEXT, struct api_failures, cursor,
	     .about = "Send it as `cursor` to read on; null: this was the last page."));

enum { DAYS, COURSE, REASON, CURSOR, LIMIT, FIELDS };
INPUT_SET(
	query_api_failures,
	[DAYS] = { .name = "days",
		   .kind = IN_ENUM,
		   .choices = FAILURE_DAYS,
		   .about = "today and the days before it; 7 unless said" },
	[COURSE] = { .name = "course_id", .kind = IN_ID },
	[REASON] = { .name = "reason", .kind = IN_ENUM, .choices = BUILD_FAILURES, .about = "the most frequent one unless said" },
	[CURSOR] = API_CURSOR, [LIMIT] = API_LIMIT_FIELD);

/* GET /api/v1/failures */
int api_failures_list(struct request *req, struct response *res)
{
	struct input_value v[FIELDS];
	struct settings *s;
	struct course *courses;
	struct api_failures out = { 0 };
	int count, status = input_check(req, res, INPUT_QUERY, v);
	if (status)
		return status;
	enum err e = model_courses_names(request_db(req), req->arena, v[COURSE].number, &courses, &count);
	if (!e)
		e = model_settings_load(request_db(req), req->arena, &s);
	if (e)
		return response_err(res, e, NULL);
	struct failure_filter f = { .days = v[DAYS].present ? (int)strtol(v[DAYS].text, NULL, 10) : FAILURE_DAYS_USUAL,
				    .course_id = v[COURSE].number,
				    .reason = v[REASON].present ? build_reason_of(v[REASON].text) : REASON_NONE,
				    .before = v[CURSOR].number,
				    .limit = api_limit(&v[LIMIT]),
				    .zone = settings_text(s, SETTING_STATISTICS_ZONE) };
	e = model_failures_read(request_db(req), req->arena, &f, &out.found);
	if (e)
		return response_err(res, e, NULL);
	out.cursor = api_cursor(req, out.found.more ? out.found.rows[out.found.count - 1].id : 0);
	return api_row(res, 200, &shape_failures, &out);
}
