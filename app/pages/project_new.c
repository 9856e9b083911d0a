/* A new project of a student: its name and its repository; all else has defaults. */
#include "base/arena.h"
#include "model/acts.h"
#include "model/courses.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { NAME, REPOSITORY, FIELDS };
INPUT_SET(body_project_new, [NAME] = { .name = "name", .kind = IN_SLUG, .required = true, .min = 1, .max = 40 },
	  [REPOSITORY] = { .name = "repo_url", .kind = IN_TEXT, .required = true, .min = 1, .max = 500 });

static int show(struct request *req, struct response *res, const struct student *s, const struct input_value *in,
		const struct input_errors *errors)
{
	struct view *v = page_view(req);
	part_student_frame(v, req, s, "project_new.title");
	frame_form(v, &body_project_new, in, errors);
	return page_answer(res, errors && errors->count ? 422 : 200, v, "project_new");
}

int page_project_new(struct request *req, struct response *res)
{
	struct student s;
	struct input_value in[FIELDS] = { [NAME].text = "", [REPOSITORY].text = "" };
	int refused = part_load_student(req, res, &s);
	return refused ? refused : show(req, res, &s, in, NULL);
}

int page_project_create(struct request *req, struct response *res)
{
	struct student s;
	struct input_value in[FIELDS];
	struct input_errors errors;
	const char *why;
	int64_t id;
	int refused = part_load_student(req, res, &s);
	if (refused)
		return refused;
	if (!input_read(req, INPUT_BODY, in, &errors))
		return show(req, res, &s, in, &errors);
	enum err e = model_act_project_create(req, s.id, in[NAME].text, in[REPOSITORY].text, &id, &why);
	if (e == ERR_INVALID)
		input_fail(req, &errors, "repo_url", "error.repo_url");
	else if (e == ERR_CONFLICT)
		input_fail(req, &errors, "name", "error.taken");
	if (errors.count)
		return show(req, res, &s, in, &errors);
	if (e)
		return response_err(res, e, NULL);
	return page_redirect_notice(res, arena_printf(req->arena, "/projects/%lld/access", (long long)id), "notice.project");
}
