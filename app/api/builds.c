/* Builds over the API: lists, one, trigger, cancel. Logs are in logs.c. */
#include "api/api.h"
#include "base/arena.h"
#include "model/acts.h"
#include "model/queue.h"
#include "model/quotas.h"

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

static const char *hold_word(int x)
{
	return queue_hold_name((enum queue_hold)x);
}

static const char *phase_word(int x)
{
	return build_phase_name((enum build_phase)x);
}

#define BUILD_MEMBERS(S, IN)                                                                                                     \
	MEMBER("id", SHAPE_INT64, S, IN id), MEMBER("student_id", SHAPE_INT64, S, IN student_id),                                \
		MEMBER("project_id", SHAPE_INT64, S, IN project_id), MEMBER("commit_sha", SHAPE_STRING, S, IN commit_sha),       \
		MEMBER("branch", SHAPE_STRING, S, IN branch), MEMBER("image_tag", SHAPE_STRING, S, IN image_tag),                \
		MEMBER("digest", SHAPE_TEXT, S, IN digest, .about = "of the image in the registry, once it is there"),           \
		MEMBER("status", SHAPE_WORD, S, IN status, .word = status_word, .words = BUILD_STATUS__MAX),                     \
		MEMBER("reason", SHAPE_WORD, S, IN reason, .about = "why it failed or was cancelled", .word = reason_word,       \
		       .words = BUILD_REASON__MAX),                                                                              \
		MEMBER("message", SHAPE_TEXT, S, IN message, .about = "one sentence with the particulars"),                      \
		MEMBER("log_object_key", SHAPE_TEXT, S, IN log_object_key), MEMBER("job_name", SHAPE_TEXT, S, IN job_name),      \
		MEMBER("trigger", SHAPE_WORD, S, IN trigger, .word = trigger_word, .words = BUILD_TRIGGER__MAX),                 \
		MEMBER("created_at", SHAPE_TIME, S, IN created_at), MEMBER("started_at", SHAPE_TIME, S, IN started_at),          \
		MEMBER("finished_at", SHAPE_TIME, S, IN finished_at),                                                            \
		MEMBER("duration", SHAPE_SECONDS, S, IN duration, .about = "seconds"),                                           \
		MEMBER("phase", SHAPE_WORD, S, IN phase, .word = phase_word, .words = BUILD_PHASE__MAX),                         \
		MEMBER("waiting_for", SHAPE_TEXT, S, IN waiting_for, .about = "why nothing moves just now"),                     \
		MEMBER("image_repo", SHAPE_STRING, S, IN image_repo),                                                            \
		MEMBER("commit_message", SHAPE_TEXT, S, IN commit_message),                                                      \
		MEMBER("commit_author", SHAPE_TEXT, S, IN commit_author),                                                        \
		MEMBER("cancel_requested", SHAPE_GIVEN, S, IN cancel_requested_at),                                              \
		MEMBER("superseded_by", SHAPE_ID, S, IN superseded_by, .about = "the build that took its place")

/* One build with what its page says beside it. */
struct build_one {
	struct build row;
	int64_t position, expected_wait;
	enum queue_hold hold;
	const char *kept_back;
};
SHAPE(shape_build, "Build", struct build, BUILD_MEMBERS(struct build, ));
SHAPE(shape_build_one, "BuildDetail", struct build_one, BUILD_MEMBERS(struct build_one, row.),
      MEMBER("evidence", SHAPE_TEXT, struct build_one, row.evidence,
	     .about = "the lines or the condition that the reason was read from"),
      MEMBER("repo_url", SHAPE_TEXT, struct build_one, row.repo_url),
      MEMBER("builder", SHAPE_TEXT, struct build_one, row.builder),
      MEMBER("position", SHAPE_ID, struct build_one, position, .about = "in the queue, 1 is next; null: it does not wait"),
      MEMBER("expected_wait", SHAPE_SECONDS, struct build_one, expected_wait,
	     .about = "seconds until it begins; null: nobody can say"),
      MEMBER("waits_for", SHAPE_WORD, struct build_one, hold, .word = hold_word, .words = QUEUE_HOLD__MAX,
	     .about = "as in the queue"),
      MEMBER("kept_back_by", SHAPE_TEXT, struct build_one, kept_back,
	     .about = "the quota that kept it from being deployed by itself; null: none"));
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

/* Where it stands in the queue, if it waits. */
static enum err find_place(struct request *req, struct build_one *b)
{
	struct settings *s;
	struct queued place;
	int waiting;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (!e)
		e = model_queue_place(request_db(req), req->arena, (int)settings_int(s, SETTING_BUILD_LIMIT), b->row.id, &place,
				      &waiting);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	b->position = place.position;
	b->expected_wait = place.expected_wait;
	b->hold = place.hold;
	return ERR_NONE;
}

/* GET /api/v1/builds/:id */
int api_builds_show(struct request *req, struct response *res)
{
	struct build_one b = { .expected_wait = -1 };
	enum err e = ERR_NONE;
	int status = api_build(req, res, request_id_param(req, "id"), ACTION_VIEW, &b.row);
	if (status)
		return status;
	if (b.row.status == BUILD_PENDING)
		e = find_place(req, &b);
	else if (b.row.status == BUILD_SUCCESS)
		e = model_quotas_kept_back(request_db(req), req->arena, b.row.id, &b.kept_back);
	return e ? response_err(res, e, NULL) : api_row(res, 200, &shape_build_one, &b);
}

SHAPE(shape_build_event, "BuildEvent", struct build_event, MEMBER("at", SHAPE_TIME, struct build_event, at),
      MEMBER("kind", SHAPE_STRING, struct build_event, kind), MEMBER("value", SHAPE_TEXT, struct build_event, value),
      MEMBER("message", SHAPE_TEXT, struct build_event, message));
SHAPE_LIST(shape_build_events, "BuildEventList", shape_build_event);

/* GET /api/v1/builds/:id/events: what happened to it, oldest first */
int api_builds_events(struct request *req, struct response *res)
{
	struct build b;
	struct build_event *rows;
	int count, status = api_build(req, res, request_id_param(req, "id"), ACTION_VIEW, &b);
	if (status)
		return status;
	enum err e = model_builds_events(request_db(req), req->arena, b.id, &rows, &count);
	return e ? response_err(res, e, NULL) : api_rows(res, rows, count, NULL);
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
