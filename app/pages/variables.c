/* What an application is started with: its variables, its port, its health path. */
#include <string.h>

#include "auth/authorize.h"
#include "base/arena.h"
#include "model/acts.h"
#include "model/projects.h"
#include "model/settings.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { NAME, VALUE, SECRET, VARIABLE_FIELDS };
INPUT_SET(
	body_variable, [NAME] = { .name = "name", .kind = IN_NAME, .required = true },
	[VALUE] = { .name = "value", .kind = IN_LINES, .max = VARIABLE_BYTES }, [SECRET] = { .name = "secret", .kind = IN_BOOL });
INPUT_SET(body_variable_remove, { .name = "name", .kind = IN_NAME, .required = true });

enum { PORT, HEALTH, VERSION, SERVING_FIELDS };
INPUT_SET(body_serving, [PORT] = { .name = "port", .kind = IN_PORT, .required = true },
	  [HEALTH] = { .name = "health_path", .kind = IN_TEXT, .max = 200 },
	  [VERSION] = { .name = "version", .kind = IN_INT, .required = true, .min = 1, .max = INT32_MAX });

/* A form that was refused, to be shown again; set NULL: none was. */
struct again {
	const struct input_set *set;
	const struct input_value *in;
	const struct input_errors *errors;
};

static void show_shared(struct view *v, const struct settings *s)
{
	int n = 0;
	for (const char *line = settings_text(s, SETTING_SHARED_ENV); *line;) {
		size_t len = strcspn(line, "\r\n");
		const char *equals = memchr(line, '=', len);
		if (equals && equals > line)
			view_set(view_row(v, "Shared", n++), "name", arena_memdup(view_arena(v), line, (size_t)(equals - line)));
		line += len;
		line += strspn(line, "\r\n");
	}
}

static int show(struct request *req, struct response *res, const struct project *p, const struct again *again)
{
	struct variable *variables;
	struct settings *s;
	int count;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (!e)
		e = model_variables_list(request_db(req), req->arena, p->id, &variables, &count);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	struct project_head head = project_head(p);
	part_project_frame(v, req, &head, TAB_VARIABLES);
	view_set(v, "Form.port", frame_number(req->arena, p->container_port));
	view_set(v, "Form.health_path", p->health_path);
	view_set_int(v, "Form.version", p->version);
	if (again->set)
		frame_form(v, again->set, again->in, again->errors);
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Variables", i);
		view_set(row, "name", variables[i].name);
		view_set(row, "value", variables[i].value);
		view_set_bool(row, "secret", variables[i].secret);
	}
	show_shared(v, s);
	view_set_bool(v, "Full", count >= VARIABLES_MAX);
	view_set_bool(v, "Deployed", strcmp(p->app_state, "none") && strcmp(p->app_state, "stopped"));
	view_set_bool(v, "May.configure", authorized(&req->actor, ACTION_CONFIGURE, object_project(p->student_user_id)));
	return page_answer(res, again->set ? 422 : 200, v, "variables_show");
}

int page_variables_show(struct request *req, struct response *res)
{
	struct project p;
	int refused = part_load_project(req, res, ACTION_VIEW, &p);
	return refused ? refused : show(req, res, &p, &(struct again){ 0 });
}

static int done(struct request *req, struct response *res, const struct project *p, const char *notice)
{
	return page_redirect_notice(res, arena_printf(req->arena, "/projects/%lld/variables", (long long)p->id), notice);
}

/* An empty field may stand for an empty value, but never makes a secret one readable. */
static enum err set_variable(struct request *req, const struct project *p, const struct input_value *in)
{
	struct variable *all;
	int count, version = VARIABLE_ANY;
	bool keep = false;
	enum err e = model_variables_list(request_db(req), req->arena, p->id, &all, &count);
	for (int i = 0; !e && !*in[VALUE].text && i < count; i++)
		keep = keep || (!strcmp(all[i].name, in[NAME].text) && (all[i].secret || in[SECRET].flag));
	return e ? e : model_act_set_variable(req, p, in[NAME].text, keep ? NULL : in[VALUE].text, in[SECRET].flag, &version);
}

int page_variables_set(struct request *req, struct response *res)
{
	struct project p;
	struct input_value in[VARIABLE_FIELDS];
	struct input_errors errors;
	int refused = part_load_project(req, res, ACTION_CONFIGURE, &p);
	if (refused)
		return refused;
	enum err e = ERR_NONE;
	if (input_read(req, INPUT_BODY, in, &errors))
		e = set_variable(req, &p, in);
	if (e == ERR_TOO_MANY)
		input_fail(req, &errors, "name", "variables.full");
	else if (e == ERR_INVALID)
		input_fail(req, &errors, "value", "variables.needs_value");
	else if (e == ERR_CONFLICT)
		input_fail(req, &errors, "name", "variables.given");
	else if (e)
		return response_err(res, e, NULL);
	if (errors.count) {
		if (in[SECRET].flag)
			in[VALUE].text = ""; /* never back in a page */
		return show(req, res, &p, &(struct again){ &body_variable, in, &errors });
	}
	return done(req, res, &p, "notice.variable");
}

int page_variables_remove(struct request *req, struct response *res)
{
	struct project p;
	struct input_value in[1];
	int refused = part_load_project(req, res, ACTION_CONFIGURE, &p);
	if (!refused)
		refused = input_check(req, res, INPUT_BODY, in);
	if (refused)
		return refused;
	enum err e = model_act_remove_variable(req, &p, in[0].text);
	return e ? response_err(res, e, NULL) : done(req, res, &p, "notice.variable_removed");
}

int page_serving_save(struct request *req, struct response *res)
{
	struct project p;
	struct input_value in[SERVING_FIELDS];
	struct input_errors errors;
	int refused = part_load_project(req, res, ACTION_CONFIGURE, &p);
	if (refused)
		return refused;
	bool read = input_read(req, INPUT_BODY, in, &errors);
	const char *path = *in[HEALTH].text ? in[HEALTH].text : NULL;
	if (read && path && !project_health_path_valid(path))
		input_fail(req, &errors, "health_path", "error.health_path");
	enum err e =
		errors.count ? ERR_NONE : model_act_set_serving(req, &p, (int)in[PORT].number, path, (int)in[VERSION].number);
	if (e == ERR_CONFLICT)
		input_fail(req, &errors, "", "error.changed_meanwhile");
	else if (e)
		return response_err(res, e, NULL);
	if (errors.count)
		return show(req, res, &p, &(struct again){ &body_serving, in, &errors });
	return done(req, res, &p, "notice.serving");
}
