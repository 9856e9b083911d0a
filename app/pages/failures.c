/* The page of failed builds: reasons of a period, and the builds of one reason. */
#include "model/failures.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "model/courses.h"
#include "model/settings.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { FAILURE_ROWS = 50, EVIDENCE_BYTES = 300 };
enum { DAYS, COURSE, REASON, CURSOR, FIELDS };
INPUT_SET(query_failures, [DAYS] = { .name = "days", .kind = IN_ENUM, .choices = FAILURE_DAYS },
	  [COURSE] = { .name = "course_id", .kind = IN_ID },
	  [REASON] = { .name = "reason", .kind = IN_ENUM, .choices = BUILD_FAILURES },
	  [CURSOR] = { .name = "before", .kind = IN_ID });

static struct failure_filter filter(const struct input_value *in, const struct settings *s)
{
	return (struct failure_filter){ .days = in[DAYS].present ? (int)strtol(in[DAYS].text, NULL, 10) : FAILURE_DAYS_USUAL,
					.course_id = in[COURSE].number,
					.reason = in[REASON].present ? build_reason_of(in[REASON].text) : REASON_NONE,
					.before = in[CURSOR].number,
					.limit = FAILURE_ROWS,
					.zone = settings_text(s, SETTING_STATISTICS_ZONE) };
}

static const char *reason_word(struct view *v, enum build_reason reason, const char *which)
{
	return frame_word(v, arena_printf(view_arena(v), "reason.%s", build_reason_name(reason)), which);
}

static void show_groups(struct view *v, struct request *req, const struct input_value *in, const struct failures *found)
{
	struct input_value first_page[FIELDS];
	memcpy(first_page, in, sizeof first_page);
	first_page[CURSOR].text = "";
	for (int i = 0; i < found->group_count; i++) {
		const struct failure_group *g = &found->groups[i];
		struct view *row = view_row(v, "Groups", i);
		view_set(row, "reason", build_reason_name(g->reason));
		view_set(row, "title", reason_word(v, g->reason, "title"));
		view_set(row, "side", build_side_name(g->side));
		view_set(row, "side_word", frame_word(v, "side", build_side_name(g->side)));
		view_set_int(row, "builds", g->builds);
		view_set_int(row, "students", g->students);
		view_set(row, "href", frame_link(req, first_page, "reason", build_reason_name(g->reason)));
		view_set_bool(row, "now", g->reason == found->reason);
	}
}

/* Of several lines the last one that the message does not repeat: it quotes one behind its first colon, or is one. */
static const char *telling_line(struct arena *a, const char *text, const char *message)
{
	const char *quoted = message ? strstr(message, ": ") : NULL;
	size_t len = text ? strlen(text) : 0;
	while (len) {
		size_t from = len;
		while (from && text[from - 1] != '\n')
			from--;
		const char *line = arena_memdup(a, text + from, str_utf8_cut(text + from, len - from, EVIDENCE_BYTES));
		bool repeated = (quoted && strstr(line, quoted + 2)) || (message && !strcmp(line, message));
		if (line[strspn(line, " \t\r")] && !repeated)
			return line;
		len = from ? from - 1 : 0;
	}
	return NULL;
}

static void show_row(struct view *v, const struct failure *f)
{
	view_set_int(v, "id", f->id);
	view_set_int(v, "project_id", f->project_id);
	view_set(v, "project", f->project_name);
	view_set(v, "student", f->student_name);
	view_set(v, "course", f->course_code);
	view_set(v, "commit", f->commit_sha);
	view_set(v, "commit_message", f->commit_message);
	part_words(v, "message", f->message_words, f->message, true);
	const char *line = telling_line(view_arena(v), f->evidence, f->message);
	view_set(v, "evidence", line ? part_log_lines(v, line) : NULL);
	view_set_time(v, "finished", f->finished_at);
}

static void show(struct view *v, struct request *req, const struct input_value *in, const struct failures *found)
{
	show_groups(v, req, in, found);
	view_set(v, "First", found->first_day);
	view_set(v, "Last", found->last_day);
	view_set_bool(v, "Platform", found->platform);
	view_set_int(v, "Hit", found->hit);
	view_set_int(v, "Built", found->built);
	if (!found->reason)
		return;
	view_set(v, "Reason.code", build_reason_name(found->reason));
	view_set(v, "Reason.title", reason_word(v, found->reason, "title"));
	view_set(v, "Reason.advice", reason_word(v, found->reason, "advice"));
	for (int i = 0; i < found->count; i++)
		show_row(view_row(v, "Builds", i), &found->rows[i]);
}

/* GET /failures */
int page_failures_list(struct request *req, struct response *res)
{
	struct input_value in[FIELDS];
	struct course *courses;
	struct settings *s;
	struct failures found;
	int count, refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	enum err e = model_courses_names(request_db(req), req->arena, in[COURSE].number, &courses, &count);
	if (!e)
		e = model_settings_load(request_db(req), req->arena, &s);
	if (e)
		return response_err(res, e, NULL);
	struct failure_filter f = filter(in, s);
	e = model_failures_read(request_db(req), req->arena, &f, &found);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	view_set(v, "Page.title", view_string(v, "failures.title"));
	frame_filter(v, req, in);
	view_set_int(v, "Filter.days", f.days);
	view_set(v, "Zone", f.zone);
	view_options(v, "Periods", FAILURE_DAYS, "failures.days", view_get(v, "Filter.days"));
	part_course_choice(v, courses, count);
	show(v, req, in, &found);
	frame_pager(v, req, in, "before", found.more ? frame_number(req->arena, found.rows[found.count - 1].id) : NULL);
	return page_answer(res, 200, v, "failures_list");
}
