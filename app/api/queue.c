/* The build queue over the API. */
#include "model/queue.h"

#include "api/api.h"
#include "model/settings.h"

static const char *status_word(int x)
{
	return build_status_name((enum build_status)x);
}

static const char *hold_word(int x)
{
	return queue_hold_name((enum queue_hold)x);
}

static const char *source_word(int x)
{
	return queue_source_name((enum queue_source)x);
}

SHAPE(shape_queued, "QueuedBuild", struct queued, MEMBER("id", SHAPE_INT64, struct queued, build.id),
      MEMBER("project_id", SHAPE_INT64, struct queued, build.project_id),
      MEMBER("project", SHAPE_STRING, struct queued, build.project_name),
      MEMBER("student_id", SHAPE_INT64, struct queued, build.student_id),
      MEMBER("student", SHAPE_STRING, struct queued, build.student_name),
      MEMBER("course_id", SHAPE_INT64, struct queued, build.course_id),
      MEMBER("course", SHAPE_STRING, struct queued, build.course_code),
      MEMBER("status", SHAPE_WORD, struct queued, build.status, .word = status_word, .words = BUILD_STATUS__MAX),
      MEMBER("commit_sha", SHAPE_STRING, struct queued, build.commit_sha),
      MEMBER("branch", SHAPE_STRING, struct queued, build.branch),
      MEMBER("created_at", SHAPE_TIME, struct queued, build.created_at),
      MEMBER("started_at", SHAPE_TIME, struct queued, build.started_at),
      MEMBER("position", SHAPE_INT, struct queued, position, .about = "1 is next; 0: it runs"),
      MEMBER("waits_for", SHAPE_WORD, struct queued, hold, .word = hold_word, .words = QUEUE_HOLD__MAX,
	     .about = "turn: it begins at once; limit: a free place; project: the project's own build that runs; cluster, "
		      "worker: they "
		      "are away"),
      MEMBER("expected_wait", SHAPE_SECONDS, struct queued, expected_wait,
	     .about = "seconds until it begins; null: it runs, or nobody can say"),
      MEMBER("usual_duration", SHAPE_SECONDS, struct queued, usual_duration, .about = "seconds that such a build takes"),
      MEMBER("usual_from", SHAPE_WORD, struct queued, usual_source, .word = source_word, .words = QUEUE_SOURCE__MAX,
	     .about = "what that was learned from: the project's last builds, its course's, all; nothing: 60 s"));
SHAPE(shape_queue, "Queue", struct queue, MEMBER("places", SHAPE_INT, struct queue, places, .about = "how many run at once"),
      MEMBER("running", SHAPE_INT, struct queue, running), MEMBER("waiting", SHAPE_INT, struct queue, waiting),
      MEMBER("items", SHAPE_ROWS, struct queue, rows, .of = &shape_queued, .count_at = AT(struct queue, count),
	     .about = "running first, then waiting in the order of their turn; at most 200"));

/* GET /api/v1/queue */
int api_queue_list(struct request *req, struct response *res)
{
	struct queue q;
	struct settings *s;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (!e)
		e = model_queue_read(request_db(req), req->arena, (int)settings_int(s, SETTING_BUILD_LIMIT), &q);
	return e ? response_err(res, e, NULL) : api_row(res, 200, &shape_queue, &q);
}
