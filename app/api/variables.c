/* What an application is started with, over the API: its variables, its port and health path. */
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "model/acts.h"

SHAPE(shape_variable, "Variable", struct variable, MEMBER("name", SHAPE_STRING, struct variable, name),
      MEMBER("value", SHAPE_TEXT, struct variable, value, .about = "null: secret, and never shown again"),
      MEMBER("secret", SHAPE_BOOL, struct variable, secret),
      MEMBER("version", SHAPE_INT, struct variable, version, .about = "also the ETag: send it as If-Match"));
SHAPE_LIST(shape_variables, "VariableList", shape_variable);

/* GET /api/v1/projects/:id/variables */
int api_variables_list(struct request *req, struct response *res)
{
	struct project p;
	struct variable *rows;
	int count, status = api_project(req, res, request_id_param(req, "id"), ACTION_VIEW, &p);
	if (status)
		return status;
	enum err e = model_variables_list(request_db(req), req->arena, p.id, &rows, &count);
	return e ? response_err(res, e, NULL) : api_rows(res, rows, count, NULL);
}

/* The project, and the name in the path: 0, or the answered status. */
static int named(struct request *req, struct response *res, struct project *p, const char **name)
{
	static const struct input_field rule = { .name = "name", .kind = IN_NAME, .required = true };
	struct input_value v;
	*name = request_param(req, "name");
	int status = api_project(req, res, request_id_param(req, "id"), ACTION_CONFIGURE, p);
	return status ? status : input_valid(&rule, *name, &v) ? 0 : response_error(res, 404, NULL);
}

enum { VALUE, SECRET, VARIABLE_FIELDS };
INPUT_SET(
	body_api_variable,
	[VALUE] = { .name = "value",
		    .kind = IN_LINES,
		    .max = VARIABLE_BYTES,
		    .about = "counts from the next deployment on; with secret it may be left out: a readable one keeps its own" },
	[SECRET] = { .name = "secret",
		     .kind = IN_BOOL,
		     .about = "kept in a Secret, and never shown again; a secret one becomes readable by a new value only" });

/* If-Match: the version that is there; If-None-Match: * - none is; else whatever there is. 0, or the answered status. */
static int match(struct request *req, struct response *res, const struct project *p, struct variable *row)
{
	struct variable *all;
	int count;
	row->version = !strcmp(request_header(req, "HTTP_IF_NONE_MATCH"), "*") ? VARIABLE_NEW : VARIABLE_ANY;
	if (!request_has_header(req, "HTTP_IF_MATCH"))
		return 0;
	enum err e = model_variables_list(request_db(req), req->arena, p->id, &all, &count);
	if (e)
		return response_err(res, e, NULL);
	for (int i = 0; i < count; i++)
		if (!strcmp(all[i].name, row->name)) {
			row->version = all[i].version;
			return api_match(req, res, &row->version);
		}
	return api_changed(req, res);
}

/* PUT /api/v1/projects/:id/variables/:name */
int api_variables_set(struct request *req, struct response *res)
{
	struct project p;
	struct input_value v[VARIABLE_FIELDS];
	struct variable row;
	int status = named(req, res, &p, &row.name);
	if (!status)
		status = match(req, res, &p, &row);
	if (!status)
		status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	row.secret = v[SECRET].flag;
	row.value = row.secret ? NULL : v[VALUE].text;
	enum err e = model_act_set_variable(req, &p, row.name, v[VALUE].present ? v[VALUE].text : NULL, row.secret, &row.version);
	if (e == ERR_GONE)
		return api_changed(req, res);
	if (e == ERR_TOO_MANY)
		return response_error(res, 409, api_string(req, "variables.full"));
	if (e == ERR_INVALID) /* it depends on what is stored */
		return response_error(res, 409, api_string(req, "variables.needs_value"));
	if (e == ERR_CONFLICT)
		return response_error(res, 409, api_string(req, "variables.given"));
	return e ? response_err(res, e, NULL) : api_version(res, 200, row.version, &shape_variable, &row);
}

/* DELETE /api/v1/projects/:id/variables/:name */
int api_variables_remove(struct request *req, struct response *res)
{
	struct project p;
	const char *name;
	int status = named(req, res, &p, &name);
	if (!status)
		status = input_none(req, res);
	if (status)
		return status;
	enum err e = model_act_remove_variable(req, &p, name);
	return e ? response_err(res, e, NULL) : 204;
}

enum { PORT, HEALTH, SERVING_FIELDS };
INPUT_SET(body_api_project, [PORT] = { .name = "container_port", .kind = IN_PORT },
	  [HEALTH] = { .name = "health_path",
		       .kind = IN_TEXT,
		       .max = 200,
		       .pattern = "^(/[A-Za-z0-9._~/-]*)?$",
		       .about = "empty: none" });

/* PUT /api/v1/projects/:id; a field that was not sent stays as it is */
int api_projects_change(struct request *req, struct response *res)
{
	struct project p;
	struct input_value v[SERVING_FIELDS];
	struct input_errors errors = { 0 };
	int status = api_project(req, res, request_id_param(req, "id"), ACTION_CONFIGURE, &p);
	int version = status ? 0 : p.version;
	if (!status)
		status = api_match(req, res, &version);
	if (!status)
		status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	const char *path = !v[HEALTH].present ? p.health_path : *v[HEALTH].text ? v[HEALTH].text : NULL;
	if (path && !project_health_path_valid(path)) {
		input_fail(req, &errors, "health_path", "error.health_path");
		return input_refuse(res, &errors);
	}
	enum err e = model_act_set_serving(req, &p, v[PORT].present ? (int)v[PORT].number : p.container_port, path, version);
	if (e == ERR_CONFLICT)
		return api_changed(req, res);
	return e ? response_err(res, e, NULL) : api_projects_show(req, res);
}
