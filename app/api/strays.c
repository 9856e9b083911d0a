/* What is left over on a cluster, over the API: a list is a rehearsal, and what it showed can be deleted. */
#include "model/strays.h"

#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "model/clusters.h"
#include "model/stray_acts.h"

struct left {
	struct stray row;
	const char *kind;
};
SHAPE(shape_stray, "LeftOver", struct left, MEMBER("kind", SHAPE_STRING, struct left, kind),
      MEMBER("name", SHAPE_STRING, struct left, row.object.name), MEMBER("namespace", SHAPE_STRING, struct left, row.object.ns),
      MEMBER("project_id", SHAPE_ID, struct left, row.project_id, .about = "that is no more"),
      MEMBER("build_id", SHAPE_ID, struct left, row.build_id, .about = "that is no more"),
      MEMBER("created_at", SHAPE_TIME, struct left, row.object.created_at));

struct left_over {
	struct left *rows;
	int count;
	bool more;
	const char *hidden;
	const char *seen;
	struct cleanup last;
	int64_t last_deleted; /* -1: there was none */
};
SHAPE(shape_strays, "LeftOvers", struct left_over,
      MEMBER("items", SHAPE_ROWS, struct left_over, rows, .of = &shape_stray, .count_at = offsetof(struct left_over, count)),
      MEMBER("more", SHAPE_BOOL, struct left_over, more, .about = "there were more objects than are looked at in one go"),
      MEMBER("hidden", SHAPE_TEXT, struct left_over, hidden,
	     .about = "kinds that the portal may not list there; they are left alone"),
      MEMBER("seen", SHAPE_STRING, struct left_over, seen,
	     .about = "of these items: DELETE with it deletes them and nothing else"),
      MEMBER("last_at", SHAPE_TIME, struct left_over, last.finished_at, .about = "of the last clean-up by the schedule"),
      MEMBER("last_deleted", SHAPE_SECONDS, struct left_over, last_deleted),
      MEMBER("last_message", SHAPE_TEXT, struct left_over, last.message, .about = "why it did not go well"));

struct deleted {
	int count;
};
SHAPE(shape_strays_deleted, "LeftOversDeleted", struct deleted, MEMBER("deleted", SHAPE_INT, struct deleted, count));

/* The cluster of the path, and what is left there: 0, or the answered status. */
static int load(struct request *req, struct response *res, struct stray_look *l)
{
	enum err e = model_strays_look(req, request_id_param(req, "id"), l);
	if (e)
		return response_err(res, e, NULL);
	return l->e ? api_cluster_trouble(res, l->e, l->why) : 0;
}

/* GET /api/v1/kubernetes/clusters/:id/strays */
int api_strays_list(struct request *req, struct response *res)
{
	struct stray_look l;
	int status = load(req, res, &l);
	if (status)
		return status;
	struct left_over answer = { .more = l.found.more,
				    .hidden = l.found.hidden,
				    .seen = strays_fingerprint(req->arena, &l.found),
				    .last_deleted = -1 };
	enum err e = model_cleanups_get(request_db(req), req->arena, l.cluster.id, &answer.last);
	if (e && e != ERR_NOT_FOUND)
		return response_err(res, e, NULL);
	if (!e)
		answer.last_deleted = answer.last.deleted;
	answer.rows = arena_alloc(req->arena, sizeof *answer.rows * (size_t)(l.found.count + 1));
	for (int i = 0; i < l.found.count; i++)
		answer.rows[answer.count++] = (struct left){ l.found.at[i], l.found.at[i].kind->word };
	return api_row(res, 200, &shape_strays, &answer);
}

INPUT_SET(query_api_strays, { .name = "seen",
			      .kind = IN_TEXT,
			      .required = true,
			      .min = STRAYS_SEEN,
			      .max = STRAYS_SEEN,
			      .about = "of the list that was looked at" });

/* DELETE /api/v1/kubernetes/clusters/:id/strays */
int api_strays_delete(struct request *req, struct response *res)
{
	struct input_value v[1];
	struct stray_look l;
	struct deleted done;
	const char *why;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (!status)
		status = input_none(req, res);
	if (!status)
		status = load(req, res, &l);
	if (status)
		return status;
	if (strcmp(v[0].text, strays_fingerprint(req->arena, &l.found)))
		return response_error(res, 409, api_string(req, "strays.changed"));
	enum err e = model_act_strays(req, &l.cluster, l.kube, &l.found, &done.count, &why);
	if (e == ERR_FORBIDDEN)
		return api_cluster_trouble(res, e, why);
	return e ? response_err(res, e, api_string(req, "strays.part")) : api_row(res, 200, &shape_strays_deleted, &done);
}
