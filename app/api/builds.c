/* Builds over the API: lists, one, trigger, cancel. Logs are in logs.c. */
#include "api/api.h"
#include "base/arena.h"
#include "model/acts.h"

static const char *status_word(int x)
{
	return build_status_name((enum build_status)x);
}

static const char *reason_word(int x)
{
	return build_reason_name((enum build_reason)x);
}

static const char *trigger_word(int x)
{
	return build_trigger_name((enum build_trigger)x);
}

static const char *phase_word(int x)
{
	return build_phase_name((enum build_phase)x);
}

#define BUILD_MEMBERS                                                                                                            \
	MEMBER("id", SHAPE_INT64, struct build, id), MEMBER("student_id", SHAPE_INT64, struct build, student_id),                \
		MEMBER("project_id", SHAPE_INT64, struct build, project_id),                                                     \
		MEMBER("commit_sha", SHAPE_STRING, struct build, commit_sha),                                                    \
		MEMBER("branch", SHAPE_STRING, struct build, branch),                                                            \
		MEMBER("image_tag", SHAPE_STRING, struct build, image_tag),                                                      \
		MEMBER("digest", SHAPE_TEXT, struct build, digest, .about = "of the image in the registry, once it is there"),   \
		MEMBER("status", SHAPE_WORD, struct build, status, .word = status_word, .words = BUILD_STATUS__MAX),             \
		MEMBER("reason", SHAPE_WORD, struct build, reason, .about = "why it failed or was cancelled",                    \
		       .word = reason_word, .words = BUILD_REASON__MAX),                                                         \
		MEMBER("message", SHAPE_TEXT, struct build, message, .about = "one sentence with the particulars"),              \
		MEMBER("log_object_key", SHAPE_TEXT, struct build, log_object_key),                                              \
		MEMBER("job_name", SHAPE_TEXT, struct build, job_name),                                                          \
		MEMBER("trigger", SHAPE_WORD, struct build, trigger, .word = trigger_word, .words = BUILD_TRIGGER__MAX),         \
		MEMBER("created_at", SHAPE_TIME, struct build, created_at),                                                      \
		MEMBER("started_at", SHAPE_TIME, struct build, started_at),                                                      \
		MEMBER("finished_at", SHAPE_TIME, struct build, finished_at),                                                    \
		MEMBER("duration", SHAPE_SECONDS, struct build, duration, .about = "seconds"),                                   \
		MEMBER("phase", SHAPE_WORD, struct build, phase, .word = phase_word, .words = BUILD_PHASE__MAX),                 \
		MEMBER("waiting_for", SHAPE_TEXT, struct build, waiting_for, .about = "why nothing moves just now"),             \
		MEMBER("image_repo", SHAPE_STRING, struct build, image_repo),                                                    \
		MEMBER("commit_message", SHAPE_TEXT, struct build, commit_message),                                              \
		MEMBER("commit_author", SHAPE_TEXT, struct build, commit_author),                                                \
		MEMBER("cancel_requested", SHAPE_GIVEN, struct build, cancel_requested_at),                                      \
		MEMBER("superseded_by", SHAPE_ID, struct build, superseded_by, .about = "the build that took its place")

SHAPE(shape_build, "Build", struct build, BUILD_MEMBERS);
SHAPE(shape_build_one, "BuildDetail", struct build, BUILD_MEMBERS,
      MEMBER("evidence", SHAPE_TEXT, struct build, evidence, .about = "the lines or the condition that the reason was read from"),
      MEMBER("repo_url", SHAPE_TEXT, struct build, repo_url), MEMBER("builder", SHAPE_TEXT, struct build, builder));
SHAPE_LIST(shape_builds, "BuildList", shape_build);

enum { STUDENT, PROJECT, COURSE, STATUS, BRANCH, CURSOR, LIMIT, LIST_FIELDS };
INPUT_SET(query_api_builds, [STUDENT] = { .name = "student_id", .kind = IN_ID },
	  [PROJECT] = { .name = "project_id", .kind = IN_ID }, [COURSE] = { .name = "course_id", .kind = IN_ID },
	  [STATUS] = { .name = "status", .kind = IN_ENUM, .choices = BUILD_STATUSES },
	  [BRANCH] = { .name = "branch", .kind = IN_BRANCH }, [CURSOR] = API_CURSOR, [LIMIT] = API_LIMIT_FIELD);

/* GET /api/v1/builds: a student's list holds his own builds only, whatever he asks for. */
int api_builds_list(struct request *req, struct response *res)
{
	struct input_value v[LIST_FIELDS];
	int status = input_check(req, res, INPUT_QUERY, v);
	if (status)
		return status;
	bool all = authorized(&req->actor, ACTION_LIST_ALL, object_portal());
	struct build_filter f = { .student_id = v[STUDENT].number,
				  .project_id = v[PROJECT].number,
				  .course_id = v[COURSE].number,
				  .user_id = all ? 0 : req->actor.id,
				  .status = v[STATUS].present ? v[STATUS].text : NULL,
				  .branch = v[BRANCH].present ? v[BRANCH].text : NULL,
				  .before = v[CURSOR].number,
				  .limit = api_limit(&v[LIMIT]) };
	struct build_list list;
	enum err e = model_builds_list(request_db(req), req->arena, &f, &list);
	if (e)
		return response_err(res, e, NULL);
	return api_rows(res, list.rows, list.count, api_cursor(req, list.more ? list.rows[list.count - 1].id : 0));
}

/* GET /api/v1/builds/:id */
int api_builds_show(struct request *req, struct response *res)
{
	struct build b;
	int status = api_build(req, res, request_id_param(req, "id"), ACTION_VIEW, &b);
	return status ? status : api_row(res, 200, &shape_build_one, &b);
}

/* The project that a body names by itself or by its student (whose first one is meant). 0 in *id: none. */
static enum err named_project(struct request *req, const struct input_value *project, const struct input_value *student,
			      int64_t *id)
{
	*id = project->number;
	if (project->present)
		return ERR_NONE;
	return model_projects_first_of_student(request_db(req), req->arena, student->number, id);
}

enum { FOR_STUDENT, FOR_PROJECT, ON_BRANCH, OF_COMMIT, TRIGGER_FIELDS };
INPUT_SET(body_api_trigger, [FOR_STUDENT] = { .name = "student_id", .kind = IN_ID, .about = "this, or project_id" },
	  [FOR_PROJECT] = { .name = "project_id", .kind = IN_ID },
	  [ON_BRANCH] = { .name = "branch", .kind = IN_BRANCH, .about = "the configured one unless said" },
	  [OF_COMMIT] = { .name = "commit_sha", .kind = IN_SHA, .about = "the branch's head unless said" });

/* The build that an act is about, as it is now. */
static int answer(struct request *req, struct response *res, int64_t id)
{
	struct build b;
	int status = api_build(req, res, id, ACTION_VIEW, &b);
	return status ? status : api_row(res, 202, &shape_build, &b);
}

/* POST /api/v1/builds/trigger {student_id | project_id, branch?, commit_sha?} */
int api_builds_trigger(struct request *req, struct response *res)
{
	struct input_value v[TRIGGER_FIELDS];
	struct input_errors errors = { 0 };
	int status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	if (v[FOR_STUDENT].present == v[FOR_PROJECT].present) {
		input_fail(req, &errors, "project_id", "error.one_of_ids");
		return input_conflict(res, &errors);
	}
	int64_t id, build_id;
	struct project p;
	enum err e = named_project(req, &v[FOR_PROJECT], &v[FOR_STUDENT], &id);
	if (e)
		return response_err(res, e, NULL);
	status = api_project(req, res, id, ACTION_BUILD, &p);
	if (status)
		return status;
	bool created;
	const char *why;
	e = model_act_build(req, &p, v[ON_BRANCH].present ? v[ON_BRANCH].text : NULL,
			    v[OF_COMMIT].present ? v[OF_COMMIT].text : NULL, &build_id, &created, &why);
	if (e == ERR_NOT_FOUND || e == ERR_INVALID)
		return response_error(res, 409,
				      arena_printf(req->arena, "%s %s", api_string(req, model_act_build_refusal(e)), why));
	return e ? response_err(res, e, NULL) : answer(req, res, build_id);
}

/* POST /api/v1/builds/:id/cancel */
int api_builds_cancel(struct request *req, struct response *res)
{
	struct build b;
	int status = api_build(req, res, request_id_param(req, "id"), ACTION_BUILD, &b);
	if (!status)
		status = input_none(req, res);
	if (status)
		return status;
	enum err e = model_act_cancel(req, &b);
	if (e)
		return response_err(res, e, e == ERR_CONFLICT ? api_string(req, "refused.build_ended") : NULL);
	return answer(req, res, b.id);
}
