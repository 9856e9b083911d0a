/* A course's roster from a spreadsheet: upload or paste, a preview line by line, then doing it. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "config.h"
#include "model/course_acts.h"
#include "model/courses.h"
#include "model/roster.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { FILE_FIELD, TEXT, ACCOUNTS, PROJECT, REPOSITORY, CONFIRMED, FIELDS };
enum { TEXT_MAX = 500 << 10 };

/* The file counts where one was chosen, else the text. */
INPUT_SET(body_roster, [FILE_FIELD] = { .name = "file", .kind = IN_FILE, .max = TEXT_MAX },
	  [TEXT] = { .name = "text", .kind = IN_LINES, .max = TEXT_MAX }, [ACCOUNTS] = { .name = "accounts", .kind = IN_BOOL },
	  [PROJECT] = { .name = "project", .kind = IN_SLUG, .max = 40 },
	  [REPOSITORY] = { .name = "repo_url", .kind = IN_TEXT, .max = 500 },
	  [CONFIRMED] = { .name = "confirmed", .kind = IN_BOOL });

static int load(struct request *req, struct response *res, struct course *c)
{
	enum err e = model_courses_get(request_db(req), req->arena, request_id_param(req, "id"), c);
	return e ? response_err(res, e, NULL) : 0;
}

static struct view *draw(struct request *req, const struct course *c, const struct input_value *in,
			 const struct input_errors *errors)
{
	struct view *v = page_view(req);
	part_course_frame(v, req, c, view_string(v, "roster.title"));
	frame_form(v, &body_roster, in, errors);
	return v;
}

int page_roster_form(struct request *req, struct response *res)
{
	struct course c;
	struct input_value in[FIELDS] = {
		[FILE_FIELD].text = "", [TEXT].text = "", [ACCOUNTS].flag = true, [PROJECT].text = "", [REPOSITORY].text = ""
	};
	int refused = load(req, res, &c);
	return refused ? refused : page_answer(res, 200, draw(req, &c, in, NULL), "roster_import");
}

static void show_line(struct view *row, const struct roster_line *l)
{
	view_set_int(row, "line", l->number);
	view_set(row, "number", l->student_number);
	view_set(row, "name", l->name);
	view_set(row, "login", l->login);
	view_set(row, "repo_url", l->repo_url);
	view_set(row, "change", frame_word(row, "roster", roster_change_name(l->change)));
	view_set(row, "badge",
		 l->fault							  ? "failed"
		 : l->change == ROSTER_SAME && !l->new_account && !l->new_project ? "none"
										  : "success");
	view_set_bool(row, "account", l->new_account && !l->fault);
	view_set_bool(row, "project", l->new_project && !l->fault);
	if (l->fault)
		view_set(row, "fault", view_string(row, l->fault));
	if (l->student_id)
		view_set_int(row, "student_id", l->student_id);
}

static int show_lines(struct request *req, struct response *res, const struct course *c, const struct input_value *in,
		      const struct roster *r, const char *text, bool done)
{
	struct view *v = draw(req, c, in, NULL);
	for (int i = 0; i < r->count; i++)
		show_line(view_row(v, "Lines", i), &r->lines[i]);
	view_set_int(v, "Count", r->count);
	view_set_int(v, "Faults", r->wrong);
	view_set_int(v, "Changes", r->changes);
	view_set_bool(v, "Done", done);
	view_set(v, "Text", text);
	return page_answer(res, 200, v, "roster_preview");
}

/*
 * The table again as CSV in UTF-8, for the confirmation: what was previewed is what is done. Each record begins on the line where
 * it did, so that both name the lines of the person's own file; above the first one there are the columns' names where there is
 * room.
 */
static const char *as_text(struct arena *a, const struct roster *r, const struct roster_options *o)
{
	struct buf out = { .cap = 4 * TEXT_MAX };
	int line = 1;
	if (r->lines[0].number > 1)
		buf_puts(&out, "number,name,login,repository");
	for (int i = 0; i < r->count; i++) {
		const struct roster_line *l = &r->lines[i];
		for (; line < l->number; line++)
			buf_puts(&out, "\n");
		const char *const cells[] = { l->student_number, l->name, l->login, o->project ? l->repo_url : "" };
		for (int k = 0; k < 4; k++) {
			buf_puts(&out, k ? ",\"" : "\"");
			for (const char *p = cells[k]; *p; p++) {
				buf_add(&out, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
				line += *p == '\n' || (*p == '\r' && p[1] != '\n');
			}
			buf_puts(&out, "\"");
		}
	}
	char *text = arena_memdup(a, out.data, out.len);
	buf_free(&out);
	return text;
}

/* POST /courses/:id/import: without `confirmed` a preview. */
int page_roster_import(struct request *req, struct response *res)
{
	struct course c;
	struct input_value in[FIELDS];
	struct input_errors errors;
	struct roster r;
	const char *why;
	int refused = load(req, res, &c);
	if (refused)
		return refused;
	bool read = input_read(req, INPUT_BODY, in, &errors);
	struct roster_options o = { .accounts = in[ACCOUNTS].flag,
				    .project = in[PROJECT].present ? in[PROJECT].text : NULL,
				    .repo_url = in[REPOSITORY].text,
				    .repo_schemes = req->app->config->repo_schemes };
	const struct input_value *source = *in[FILE_FIELD].text ? &in[FILE_FIELD] : &in[TEXT];
	enum err e = ERR_NONE;
	if (read)
		e = model_roster_read(request_db(req), req->arena, c.id, source->text, strlen(source->text), &o, &r, &why);
	if (e == ERR_INVALID || e == ERR_TOO_LARGE)
		input_fail(req, &errors, "file", why);
	else if (e)
		return response_err(res, e, NULL);
	if (errors.count)
		return page_answer(res, 422, draw(req, &c, in, &errors), "roster_import");
	const char *text = as_text(req->arena, &r, &o);
	if (in[CONFIRMED].flag)
		e = model_act_roster_import(req, &c, &o, &r, &why);
	if (e == ERR_INVALID || e == ERR_CONFLICT)
		return response_error(res, 409, part_phrase(req, why));
	return e ? response_err(res, e, NULL) : show_lines(req, res, &c, in, &r, text, in[CONFIRMED].flag);
}
