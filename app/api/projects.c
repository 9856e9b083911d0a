/* Projects over the API. */
#include "api/api.h"
#include "base/arena.h"
#include "model/acts.h"
#include "model/settings.h"

SHAPE(shape_project, "Project", struct api_project, MEMBER("id", SHAPE_INT64, struct api_project, row.id),
      MEMBER("name", SHAPE_STRING, struct api_project, row.name),
      MEMBER("student_id", SHAPE_INT64, struct api_project, row.student_id),
      MEMBER("student_name", SHAPE_STRING, struct api_project, row.student_name),
      MEMBER("student_number", SHAPE_STRING, struct api_project, row.student_number),
      MEMBER("course_id", SHAPE_INT64, struct api_project, row.course_id),
      MEMBER("course", SHAPE_STRING, struct api_project, row.course_code),
      MEMBER("cluster_id", SHAPE_ID, struct api_project, row.cluster_id, .about = "where it is placed; null: the default one"),
      MEMBER("cluster", SHAPE_TEXT, struct api_project, row.cluster_name, .about = "where its objects are"),
      MEMBER("app_state", SHAPE_STRING, struct api_project, row.app_state, .choices = APP_STATES),
      MEMBER("app_reason", SHAPE_TEXT, struct api_project, row.app_reason, .choices = DEPLOYMENT_REASONS,
	     .about = "what is wrong with what runs; null: nothing is known"),
      MEMBER("app_message", SHAPE_TEXT, struct api_project, message, .about = "the same in words"),
      MEMBER("app_advice", SHAPE_TEXT, struct api_project, advice, .about = "what to do about it"),
      MEMBER("app_evidence", SHAPE_TEXT, struct api_project, row.app_evidence, .about = "the application's last lines"),
      MEMBER("app_reason_at", SHAPE_TIME, struct api_project, row.app_reason_at),
      MEMBER("ready_replicas", SHAPE_INT, struct api_project, row.app_ready,
	     .about = "copies that answer; also of the version before, where a new one failed"),
      MEMBER("drift", SHAPE_TEXT, struct api_project, drift, .about = "what somebody changed behind the portal's back"),
      MEMBER("drift_since", SHAPE_TIME, struct api_project, row.drift_since),
      MEMBER("drift_error", SHAPE_TEXT, struct api_project, row.drift_error, .about = "why it could not be put right"),
      MEMBER("repair_at", SHAPE_TIME, struct api_project, row.repair_at, .about = "not before; null: at once"),
      MEMBER("address", SHAPE_STRING, struct api_project, address, .about = "where the application answers while it runs"),
      MEMBER("image", SHAPE_TEXT, struct api_project, row.image, .about = "what serves now"),
      MEMBER("commit_sha", SHAPE_TEXT, struct api_project, row.commit_sha),
      MEMBER("container_port", SHAPE_INT, struct api_project, row.container_port),
      MEMBER("health_path", SHAPE_TEXT, struct api_project, row.health_path),
      MEMBER("wanted_deployment_id", SHAPE_ID, struct api_project, row.wanted_deployment_id,
	     .about = "the last act that was asked for"),
      MEMBER("serving_deployment_id", SHAPE_ID, struct api_project, row.serving_deployment_id),
      MEMBER("last_build_id", SHAPE_ID, struct api_project, row.build_id),
      MEMBER("last_build_status", SHAPE_TEXT, struct api_project, row.build_status, .choices = BUILD_STATUSES),
      MEMBER("created_at", SHAPE_TIME, struct api_project, row.created_at),
      MEMBER("version", SHAPE_INT, struct api_project, row.version, .about = "also the ETag: send it as If-Match"));
SHAPE_LIST(shape_projects, "ProjectList", shape_project);

static int answer(struct request *req, struct response *res, int status, int64_t id)
{
	struct api_project p;
	struct settings *settings;
	int refused = api_project(req, res, id, ACTION_VIEW, &p.row);
	if (refused)
		return refused;
	enum err e = model_settings_load(request_db(req), req->arena, &settings);
	if (e)
		return response_err(res, e, NULL);
	p = api_project_of(req, &p.row, settings);
	return api_version(res, status, p.row.version, &shape_project, &p);
}

/* GET /api/v1/projects/:id */
int api_projects_show(struct request *req, struct response *res)
{
	return answer(req, res, 200, request_id_param(req, "id"));
}

/* POST /api/v1/projects/:id/repair */
int api_projects_repair(struct request *req, struct response *res)
{
	struct project p;
	int status = api_project(req, res, request_id_param(req, "id"), ACTION_DEPLOY, &p);
	if (!status)
		status = input_none(req, res);
	if (status)
		return status;
	enum err e = model_act_repair(req, &p);
	if (e == ERR_CONFLICT)
		return response_error(res, 409, api_string(req, "refused.no_drift"));
	return e ? response_err(res, e, NULL) : answer(req, res, 202, p.id);
}

enum { STUDENT, NAME, REPOSITORY, NEW_FIELDS };
INPUT_SET(body_api_project_new, [STUDENT] = { .name = "student_id", .kind = IN_ID, .required = true },
	  [NAME] = { .name = "name", .kind = IN_SLUG, .required = true, .min = 1, .max = 40 },
	  [REPOSITORY] = { .name = "repo_url", .kind = IN_TEXT, .required = true, .min = 1, .max = 500 });

/* POST /api/v1/projects */
int api_projects_create(struct request *req, struct response *res)
{
	struct input_value v[NEW_FIELDS];
	struct input_errors errors = { 0 };
	const char *why;
	int64_t id;
	int status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	enum err e = model_act_project_create(req, v[STUDENT].number, v[NAME].text, v[REPOSITORY].text, &id, &why);
	if (e == ERR_INVALID || e == ERR_CONFLICT) {
		input_fail(req, &errors, e == ERR_INVALID ? "repo_url" : "name",
			   e == ERR_INVALID ? "error.repo_url" : "error.taken");
		return input_conflict(res, &errors);
	}
	return e ? response_err(res, e, NULL) : answer(req, res, 201, id);
}

enum { SEARCH, STATE, OF_STUDENT, CURSOR, LIMIT, LIST_FIELDS };
INPUT_SET(query_api_projects, [SEARCH] = { .name = "q", .kind = IN_TEXT, .max = 100, .about = "a part of a name or number" },
	  [STATE] = { .name = "state", .kind = IN_ENUM, .choices = APP_STATES },
	  [OF_STUDENT] = { .name = "student_id", .kind = IN_ID, .about = "all of one entry of the roster, whatever q says" },
	  [CURSOR] = API_CURSOR, [LIMIT] = API_LIMIT_FIELD);

/* Of a list by a student's id somebody else sees nothing. */
static void keep_visible(const struct request *req, struct project_list *list)
{
	int n = 0;
	for (int i = 0; i < list->count; i++)
		if (authorized(&req->actor, ACTION_VIEW, object_project(list->rows[i].student_user_id)))
			list->rows[n++] = list->rows[i];
	list->more = list->more && n == list->count;
	list->count = n;
}

/* GET /api/v1/projects, /api/v1/admin/projects: all of them for teachers and admins, own ones for students */
int api_projects_list(struct request *req, struct response *res)
{
	struct input_value v[LIST_FIELDS];
	struct settings *settings;
	struct project_list list;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (status)
		return status;
	struct project_filter f = { .search = *v[SEARCH].text ? v[SEARCH].text : NULL,
				    .state = v[STATE].present ? v[STATE].text : NULL,
				    .user_id = authorized(&req->actor, ACTION_LIST_ALL, object_portal()) ? 0 : req->actor.id,
				    .student_id = v[OF_STUDENT].number,
				    .before = v[CURSOR].number,
				    .limit = api_limit(&v[LIMIT]) };
	enum err e = model_settings_load(request_db(req), req->arena, &settings);
	if (!e)
		e = model_projects_list(request_db(req), req->arena, &f, &list);
	if (e)
		return response_err(res, e, NULL);
	keep_visible(req, &list);
	struct api_project *rows = arena_alloc(req->arena, sizeof *rows * (size_t)(list.count + 1));
	for (int i = 0; i < list.count; i++)
		rows[i] = api_project_of(req, &list.rows[i], settings);
	return api_rows(res, rows, list.count, api_cursor(req, list.more ? list.rows[list.count - 1].id : 0));
}
