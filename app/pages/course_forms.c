/* Courses: the forms for a new one and for changing one. */
#include "base/arena.h"
#include "model/course_acts.h"
#include "model/courses.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { CODE, NAME, NEW_FIELDS, ARCHIVED = NEW_FIELDS, VERSION, FIELDS };
#define COURSE_INPUT                                                                                                             \
	[CODE] = { .name = "code", .kind = IN_TEXT, .required = true, .min = 1, .max = 40 }, [NAME] = {                          \
		.name = "name", .kind = IN_TEXT, .required = true, .min = 1, .max = 100                                          \
	}
INPUT_SET(body_course_new, COURSE_INPUT);
INPUT_SET(body_course, COURSE_INPUT, [ARCHIVED] = { .name = "archived", .kind = IN_BOOL },
	  [VERSION] = { .name = "version", .kind = IN_INT, .required = true, .min = 1, .max = INT32_MAX });

/* c NULL: a new one. */
static int show(struct request *req, struct response *res, const struct course *c, const struct input_value *in,
		const struct input_errors *errors)
{
	struct view *v = page_view(req);
	const char *title = view_string(v, c ? "courses.edit" : "courses.new");
	if (c) {
		part_course_frame(v, req, c, title);
		view_set(v, "Back", arena_printf(req->arena, "/courses/%lld", (long long)c->id));
	} else {
		frame_crumb(v, "/courses", view_string(v, "courses.title"));
		frame_crumb(v, NULL, title);
		view_set(v, "Page.title", title);
		view_set(v, "Back", "/courses");
	}
	view_set(v, "Title", title);
	frame_form(v, c ? &body_course : &body_course_new, in, errors);
	return page_answer(res, errors && errors->count ? 422 : 200, v, "courses_edit");
}

int page_courses_new(struct request *req, struct response *res)
{
	struct input_value in[NEW_FIELDS] = { [CODE].text = "", [NAME].text = "" };
	return show(req, res, NULL, in, NULL);
}

/* What the model says against it, at its field; true: something was said. */
static bool explain(struct request *req, enum err e, bool taken, struct input_errors *errors)
{
	if (e == ERR_INVALID)
		input_fail(req, errors, "code", "error.course_code");
	else if (e == ERR_CONFLICT)
		input_fail(req, errors, taken ? "code" : "", taken ? "error.taken" : "error.changed_meanwhile");
	return e == ERR_INVALID || e == ERR_CONFLICT;
}

int page_courses_create(struct request *req, struct response *res)
{
	struct input_value in[NEW_FIELDS];
	struct input_errors errors;
	int64_t id;
	if (!input_read(req, INPUT_BODY, in, &errors))
		return show(req, res, NULL, in, &errors);
	enum err e = model_act_course_create(req, in[CODE].text, in[NAME].text, &id);
	if (explain(req, e, true, &errors))
		return show(req, res, NULL, in, &errors);
	if (e)
		return response_err(res, e, NULL);
	return page_redirect_notice(res, arena_printf(req->arena, "/courses/%lld", (long long)id), "notice.course");
}

static int load(struct request *req, struct response *res, struct course *c)
{
	enum err e = model_courses_get(request_db(req), req->arena, request_id_param(req, "id"), c);
	return e ? response_err(res, e, NULL) : 0;
}

int page_courses_edit(struct request *req, struct response *res)
{
	struct course c;
	int refused = load(req, res, &c);
	if (refused)
		return refused;
	struct input_value in[FIELDS] = { [CODE].text = c.code,
					  [NAME].text = c.name,
					  [ARCHIVED].flag = c.archived_at != NULL,
					  [VERSION].text = frame_number(req->arena, c.version) };
	return show(req, res, &c, in, NULL);
}

int page_courses_change(struct request *req, struct response *res)
{
	struct course c;
	struct input_value in[FIELDS];
	struct input_errors errors;
	bool taken;
	int refused = load(req, res, &c);
	if (refused)
		return refused;
	if (!input_read(req, INPUT_BODY, in, &errors))
		return show(req, res, &c, in, &errors);
	enum err e = model_act_course_change(req, &c, in[CODE].text, in[NAME].text, in[ARCHIVED].flag, (int)in[VERSION].number,
					     &taken);
	if (explain(req, e, taken, &errors))
		return show(req, res, &c, in, &errors);
	if (e)
		return response_err(res, e, NULL);
	return page_redirect_notice(res, arena_printf(req->arena, "/courses/%lld", (long long)c.id), "notice.course");
}
