/* Builds: their words, one row, lists, history, and the request to stop. What makes them is in builds_want.c, the queue in
 * queue.c. */
#include "model/builds.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/list.h"

static const char *const statuses[BUILD_STATUS__MAX] = { "pending", "running", "success", "failed", "cancelled" };
static const char *const phases[BUILD_PHASE__MAX] = {
	"queued", "preparing", "cloning", "building", "pushing", "archiving", "done"
};
/* Each reason's word, and whose matter it is. */
static const struct {
	const char *name;
	enum build_side side;
} reasons[BUILD_REASON__MAX] = {
	[REASON_GIT_AUTH] = { "GIT_AUTH", SIDE_PLATFORM }, /* the deploy key is set up by staff, or by the portal itself */
	[REASON_GIT_REF] = { "GIT_REF", SIDE_STUDENT },
	[REASON_DOCKERFILE] = { "DOCKERFILE", SIDE_STUDENT },
	[REASON_BUILD_STEP] = { "BUILD_STEP", SIDE_STUDENT },
	[REASON_PUSH_AUTH] = { "PUSH_AUTH", SIDE_PLATFORM },
	[REASON_IMAGE_PULL] = { "IMAGE_PULL", SIDE_STUDENT },
	[REASON_OUT_OF_MEMORY] = { "OUT_OF_MEMORY", SIDE_STUDENT },
	[REASON_OUT_OF_DISK] = { "OUT_OF_DISK", SIDE_STUDENT },
	[REASON_EVICTED] = { "EVICTED", SIDE_PLATFORM },
	[REASON_UNSCHEDULABLE] = { "UNSCHEDULABLE", SIDE_PLATFORM },
	[REASON_QUOTA] = { "QUOTA", SIDE_PLATFORM },
	[REASON_TIMEOUT] = { "TIMEOUT", SIDE_STUDENT },
	[REASON_LOST] = { "LOST", SIDE_PLATFORM },
	[REASON_SUPERSEDED] = { "SUPERSEDED", SIDE_NOBODY },
	[REASON_CANCELLED] = { "CANCELLED", SIDE_NOBODY },
	[REASON_PLATFORM] = { "PLATFORM", SIDE_PLATFORM },
};
static const char *const sides[BUILD_SIDE__MAX] = { NULL, "student", "platform" };
static const char *const triggers[BUILD_TRIGGER__MAX] = { "push", "poll", "manual", "retry" };

const char *build_status_name(enum build_status s)
{
	return statuses[s];
}

const char *build_phase_name(enum build_phase p)
{
	return phases[p];
}

const char *build_reason_name(enum build_reason r)
{
	return reasons[r].name;
}

enum build_reason build_reason_of(const char *name)
{
	for (int r = REASON_NONE + 1; name && r < BUILD_REASON__MAX; r++)
		if (!strcmp(reasons[r].name, name))
			return (enum build_reason)r;
	return REASON_NONE;
}

enum build_side build_reason_side(enum build_reason r)
{
	return reasons[r].side;
}

const char *build_side_name(enum build_side s)
{
	return sides[s];
}

const char *build_trigger_name(enum build_trigger t)
{
	return triggers[t];
}

/* The word's place in a table; `otherwise` for NULL and for words that a newer release wrote. */
static int word(const char *const *table, int count, const char *text, int otherwise)
{
	for (int i = 0; text && i < count; i++)
		if (table[i] && !strcmp(table[i], text))
			return i;
	return otherwise;
}

/* In the order that read_build reads them. */
#define COLUMNS                                                                                                                  \
	"b.id, b.project_id, b.student_id, b.course_id, b.commit_sha, b.branch, b.commit_message, b.commit_author, "             \
	"b.image_repo,"                                                                                                          \
	" b.image_tag, b.digest, b.status, b.phase, b.reason, b.trigger, b.message, b.waiting_for, b.job_name,"                  \
	" b.log_object_key, b.log_bytes, b.created_at, b.started_at, b.finished_at, b.duration, b.cancel_requested_at,"          \
	" b.superseded_by, b.waiting_words"
enum { COLUMN_COUNT = 27 };

static void read_build(const struct db_rows *r, int i, int c, struct build *b)
{
	*b = (struct build){ .id = db_int(r, i, c) };
	b->project_id = db_int(r, i, c + 1);
	b->student_id = db_int(r, i, c + 2);
	b->course_id = db_int(r, i, c + 3);
	b->commit_sha = db_text(r, i, c + 4);
	b->branch = db_text(r, i, c + 5);
	b->commit_message = db_text(r, i, c + 6);
	b->commit_author = db_text(r, i, c + 7);
	b->image_repo = db_text(r, i, c + 8);
	b->image_tag = db_text(r, i, c + 9);
	b->digest = db_text(r, i, c + 10);
	b->status = (enum build_status)word(statuses, BUILD_STATUS__MAX, db_text(r, i, c + 11), BUILD_FAILED);
	b->phase = (enum build_phase)word(phases, BUILD_PHASE__MAX, db_text(r, i, c + 12), PHASE_DONE);
	b->reason = build_reason_of(db_text(r, i, c + 13));
	b->trigger = (enum build_trigger)word(triggers, BUILD_TRIGGER__MAX, db_text(r, i, c + 14), TRIGGER_MANUAL);
	b->message = db_text(r, i, c + 15);
	b->waiting_for = db_text(r, i, c + 16);
	b->job_name = db_text(r, i, c + 17);
	b->log_object_key = db_text(r, i, c + 18);
	b->log_bytes = db_int(r, i, c + 19);
	b->created_at = db_text(r, i, c + 20);
	b->started_at = db_text(r, i, c + 21);
	b->finished_at = db_text(r, i, c + 22);
	b->duration = db_is_null(r, i, c + 23) ? -1 : db_int(r, i, c + 23);
	b->cancel_requested_at = db_text(r, i, c + 24);
	b->superseded_by = db_int(r, i, c + 25);
	b->waiting_words = db_text(r, i, c + 26);
}

static void read_names(const struct db_rows *r, int i, int c, struct build *b)
{
	b->project_name = db_text(r, i, c);
	b->student_name = db_text(r, i, c + 1);
	b->course_code = db_text(r, i, c + 2);
	b->student_user_id = db_int(r, i, c + 3);
}

enum err model_builds_get(struct db *db, struct arena *a, int64_t id, struct build *out)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT " COLUMNS ", p.name, s.name, c.code, s.user_id, b.evidence, b.config->>'repo_url',"
		" b.config->>'dockerfile_path', b.config->>'context_path', b.config->>'builder',"
		" b.config->>'extra_tag', b.config->>'registry_id', b.config_digest, b.created_by, b.cancelled_by,"
		" b.retry_of, b.log_complete, b.archived_at, u.name, b.log_lines, b.log_part_bytes[1], b.log_part_bytes[2],"
		" b.log_part_bytes[3], b.message_words"
		" FROM builds b JOIN projects p ON p.id = b.project_id JOIN students s ON s.id = b.student_id"
		" JOIN courses c ON c.id = b.course_id LEFT JOIN users u ON u.id = b.created_by WHERE b.id = $1",
		DB_INT(id));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	read_build(&r, 0, 0, out);
	read_names(&r, 0, COLUMN_COUNT, out);
	int c = COLUMN_COUNT + 4;
	out->evidence = db_text(&r, 0, c);
	out->repo_url = db_text(&r, 0, c + 1);
	out->dockerfile_path = db_text(&r, 0, c + 2);
	out->context_path = db_text(&r, 0, c + 3);
	out->builder = db_text(&r, 0, c + 4);
	out->extra_tag = db_text(&r, 0, c + 5);
	out->registry_id = db_int(&r, 0, c + 6);
	out->config_digest = db_text(&r, 0, c + 7);
	out->created_by = db_int(&r, 0, c + 8);
	out->cancelled_by = db_int(&r, 0, c + 9);
	out->retry_of = db_int(&r, 0, c + 10);
	out->log_complete = db_bool(&r, 0, c + 11);
	out->archived_at = db_text(&r, 0, c + 12);
	out->created_by_name = db_text(&r, 0, c + 13);
	out->log_lines = db_int(&r, 0, c + 14);
	for (int i = 0; i < 3; i++)
		out->log_part_bytes[i] = db_int(&r, 0, c + 15 + i);
	out->message_words = db_text(&r, 0, c + 18);
	return ERR_NONE;
}

#define LIST(which, limit) "SELECT " COLUMNS " FROM builds b WHERE b.id < $1" which " ORDER BY b.id DESC LIMIT " limit
#define ALL(limit) LIST("", limit)
#define OF_PROJECT(limit) LIST(" AND b.project_id = $2", limit)
#define OF_STUDENT(limit) LIST(" AND b.student_id = $2", limit)
#define OF_USER(limit) LIST(" AND b.student_id IN (SELECT id FROM students WHERE user_id = $2)", limit)
#define OF_COURSE(limit) LIST(" AND b.course_id = $2", limit)
#define OF_STATUS(limit) LIST(" AND b.status = $2", limit)
#define OF_BRANCH(limit) LIST(" AND b.branch = $2", limit)
/* Any of several at once. */
#define FILTERS                                                                                                                  \
	" AND ($2::bigint IS NULL OR b.project_id = $2) AND ($3::bigint IS NULL OR b.student_id = $3)"                           \
	" AND ($4::bigint IS NULL OR b.course_id = $4) AND ($5::text IS NULL OR b.status = $5)"                                  \
	" AND ($6::text IS NULL OR b.branch = $6)"
#define FILTERED(limit) LIST(FILTERS, limit)
#define OF_USER_FILTERED(limit) LIST(FILTERS " AND b.student_id IN (SELECT id FROM students WHERE user_id = $7)", limit)

static enum err query_list(struct db *db, struct arena *a, const struct build_filter *f, struct db_rows *r)
{
	struct db_param before = DB_INT(f->before ? f->before : INT64_MAX);
	int filters = !!f->project_id + !!f->student_id + !!f->user_id + !!f->course_id + !!f->status + !!f->branch;
	/* How often something is there decides the index: PostgreSQL is to see the values. */
	if (filters > 1 && f->user_id)
		return list_query_anew(db, a, r, f->limit, OF_USER_FILTERED, before, DB_ID(f->project_id), DB_ID(f->student_id),
				       DB_ID(f->course_id), DB_TEXT(f->status), DB_TEXT(f->branch), DB_INT(f->user_id));
	if (filters > 1)
		return list_query_anew(db, a, r, f->limit, FILTERED, before, DB_ID(f->project_id), DB_ID(f->student_id),
				       DB_ID(f->course_id), DB_TEXT(f->status), DB_TEXT(f->branch));
	if (f->project_id)
		return list_query(db, a, r, f->limit, OF_PROJECT, before, DB_INT(f->project_id));
	if (f->student_id)
		return list_query(db, a, r, f->limit, OF_STUDENT, before, DB_INT(f->student_id));
	if (f->user_id)
		return list_query(db, a, r, f->limit, OF_USER, before, DB_INT(f->user_id));
	if (f->course_id)
		return list_query(db, a, r, f->limit, OF_COURSE, before, DB_INT(f->course_id));
	if (f->status)
		return list_query_anew(db, a, r, f->limit, OF_STATUS, before, DB_TEXT(f->status));
	if (f->branch)
		return list_query_anew(db, a, r, f->limit, OF_BRANCH, before, DB_TEXT(f->branch));
	return list_query(db, a, r, f->limit, ALL, before);
}

static void take_list(struct arena *a, const struct db_rows *r, int first, int limit, struct build_list *out)
{
	*out = (struct build_list){ .rows = arena_alloc(a, sizeof(struct build) * (size_t)(r->count + 1)),
				    .count = r->count > limit ? limit : r->count,
				    .more = r->count > limit };
	for (int i = 0; i < out->count; i++)
		read_build(r, i, first, &out->rows[i]);
}

enum err model_builds_list(struct db *db, struct arena *a, const struct build_filter *f, struct build_list *out)
{
	struct db_rows r;
	enum err e = query_list(db, a, f, &r);
	if (!e)
		take_list(a, &r, 0, f->limit, out);
	return e;
}

enum err model_builds_named(struct db *db, struct arena *a, const char *ids, struct build_list *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "SELECT " COLUMNS ", p.name, s.name, c.code, s.user_id"
			      " FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, place) JOIN builds b ON b.id = asked.id"
			      " JOIN projects p ON p.id = b.project_id JOIN students s ON s.id = b.student_id"
			      " JOIN courses c ON c.id = b.course_id ORDER BY asked.place",
			      DB_TEXT(ids));
	if (e)
		return e;
	take_list(a, &r, 0, r.count, out);
	for (int i = 0; i < out->count; i++)
		read_names(&r, i, COLUMN_COUNT, &out->rows[i]);
	return ERR_NONE;
}

#define HISTORY(which, limit)                                                                                                    \
	"SELECT p.id, p.student_id, s.user_id, p.name, s.name, c.code, p.app_state, s.course_id, " COLUMNS                       \
	" FROM projects p JOIN students s ON s.id = p.student_id JOIN courses c ON c.id = s.course_id"                           \
	" LEFT JOIN LATERAL (SELECT " COLUMNS " FROM builds b WHERE b.project_id = p.id AND b.id < $2" which                     \
	" ORDER BY b.id DESC LIMIT " limit ") b ON true WHERE p.id = $1 ORDER BY b.id DESC"
#define HISTORY_ALL(limit) HISTORY("", limit)
#define HISTORY_FILTERED(limit) HISTORY(" AND ($3::text IS NULL OR b.status = $3) AND ($4::text IS NULL OR b.branch = $4)", limit)

static enum err query_history(struct db *db, struct arena *a, const struct build_filter *f, struct db_rows *r)
{
	int64_t before = f->before ? f->before : INT64_MAX;
	if (!f->status && !f->branch)
		return list_query(db, a, r, f->limit, HISTORY_ALL, DB_INT(f->project_id), DB_INT(before));
	return list_query(db, a, r, f->limit, HISTORY_FILTERED, DB_INT(f->project_id), DB_INT(before), DB_TEXT(f->status),
			  DB_TEXT(f->branch));
}

enum err model_builds_history(struct db *db, struct arena *a, const struct build_filter *f, struct build_project *project,
			      struct build_list *out)
{
	struct db_rows r;
	enum err e = query_history(db, a, f, &r);
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	*project = (struct build_project){ .id = db_int(&r, 0, 0),
					   .student_id = db_int(&r, 0, 1),
					   .student_user_id = db_int(&r, 0, 2),
					   .name = db_text(&r, 0, 3),
					   .student_name = db_text(&r, 0, 4),
					   .course_code = db_text(&r, 0, 5),
					   .app_state = db_text(&r, 0, 6),
					   .course_id = db_int(&r, 0, 7) };
	if (db_is_null(&r, 0, 8)) /* the project alone: no build matches */
		r.count = 0;
	take_list(a, &r, 8, f->limit, out);
	return ERR_NONE;
}

enum err model_builds_events(struct db *db, struct arena *a, int64_t id, struct build_event **out, int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e =
		db_query(db, a, &r, "SELECT at, kind, value, message FROM build_events WHERE build_id = $1 ORDER BY id LIMIT 200",
			 DB_INT(id));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(r.count + 1));
	for (int i = 0; i < r.count; i++)
		(*out)[i] = (struct build_event){ .at = db_text(&r, i, 0),
						  .kind = db_text(&r, i, 1),
						  .value = db_text(&r, i, 2),
						  .message = db_text(&r, i, 3) };
	*count = r.count;
	return ERR_NONE;
}

enum err model_builds_cancel(struct db *db, struct arena *a, int64_t id, int64_t user_id)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "WITH b AS (UPDATE builds SET status = 'cancelled', phase = 'done', reason = 'CANCELLED', "
			      "waiting_for = NULL, waiting_words = NULL, status_retry_at = now(),"
			      " cancelled_by = $2, cancel_requested_at = now(), finished_at = now()"
			      " WHERE id = $1 AND status = 'pending' RETURNING id),"
			      " e AS (INSERT INTO build_events (build_id, kind, value, message)"
			      " SELECT id, 'status', 'cancelled', 'CANCELLED' FROM b) SELECT id FROM b",
			      DB_INT(id), DB_ID(user_id));
	if (e || r.count)
		return e;
	e = db_query(db, a, &r,
		     "WITH b AS (UPDATE builds SET cancel_requested_at = now(), cancelled_by = $2"
		     " WHERE id = $1 AND status = 'running' AND cancel_requested_at IS NULL RETURNING id),"
		     " e AS (INSERT INTO build_events (build_id, kind, value) SELECT id, 'cancel', 'requested' FROM b)"
		     " SELECT id FROM b UNION SELECT id FROM builds WHERE id = $1 AND status = 'running'",
		     DB_INT(id), DB_ID(user_id));
	if (e || r.count)
		return e;
	e = db_query(db, a, &r, "SELECT 1 FROM builds WHERE id = $1", DB_INT(id));
	return e ? e : r.count ? ERR_CONFLICT : ERR_NOT_FOUND;
}

enum { HINT_PAUSE_MS = 100 };

void model_builds_notify(struct db *db, struct arena *a)
{
	/*
	 * Only a hint, and the workers look by themselves every second: in a burst one stands for all. It is not worth a wait for
	 * the disk either, which would hold the lock of all notifications. db_query has logged a failure.
	 */
	if (!db_hint_due(db, HINT_PAUSE_MS))
		return;
	enum err e = db_query(db, a, NULL, "SELECT set_config('synchronous_commit', 'off', true), pg_notify('portal_work', '')");
	(void)e;
}
