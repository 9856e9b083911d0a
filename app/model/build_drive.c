/* The worker's hand on builds: claim by turn, take over, and the writes while one runs. */
#include "model/build_drive.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "db/db.h"
#include "model/workers.h"

/* In the order that read_row reads them. Microseconds relative to the database's clock: workers' clocks do not matter. */
#define COLUMNS                                                                                                                  \
	"b.id, b.project_id, b.status = 'running', b.phase, b.cancel_requested_at IS NOT NULL, coalesce(b.job_uid, ''),"         \
	" coalesce((extract(epoch FROM now() - b.started_at) * 1000000)::bigint, 0), b.deadline_at IS NOT NULL,"                 \
	" coalesce((extract(epoch FROM b.deadline_at - now()) * 1000000)::bigint, 0),"                                           \
	" coalesce((extract(epoch FROM b.archive_retry_at - now()) * 1000000)::bigint, 0), b.claims,"                            \
	" b.archived_at IS NOT NULL, b.job_deleted_at IS NOT NULL"

static enum build_phase parse_phase(const char *word)
{
	for (int p = 0; p < BUILD_PHASE__MAX; p++)
		if (!strcmp(word, build_phase_name((enum build_phase)p)))
			return (enum build_phase)p;
	return PHASE_PREPARING;
}

static void read_row(const struct db_rows *r, int i, struct build_drive *b)
{
	*b = (struct build_drive){
		.id = db_int(r, i, 0),
		.project_id = db_int(r, i, 1),
		.running = db_bool(r, i, 2),
		.phase = parse_phase(db_text(r, i, 3)),
		.cancel_requested = db_bool(r, i, 4),
		.claimed_ago_us = db_int(r, i, 6),
		.has_deadline = db_bool(r, i, 7),
		.deadline_in_us = db_int(r, i, 8),
		.archive_in_us = db_int(r, i, 9),
		.claims = (int)db_int(r, i, 10),
		.archived = db_bool(r, i, 11),
		.job_deleted = db_bool(r, i, 12),
	};
	snprintf(b->job_uid, sizeof b->job_uid, "%s", db_text(r, i, 5));
}

void model_build_drive_notify(struct db *db, struct arena *a, const char *what, int64_t id)
{
	struct db_rows r;
	if (db_query(db, a, &r, "SELECT pg_notify('portal_state', $1)", DB_TEXT(arena_printf(a, "%s %" PRId64, what, id))))
		log_event(LOG_WARN, "notify_failed", LOG_STR("what", what), LOG_NUM("id", id));
}

/* The first waiting build of each course, then the course that waited longest. */
static enum err next_in_turn(struct db *db, struct arena *a, int limit, const char *checked, const char *waiting,
			     struct db_rows *r)
{
	return db_query(db, a, r,
			"SELECT q.id, q.project_id, q.course_id, q.trigger IN ('manual', 'retry')"
			" OR q.created_at > now() - interval '5 seconds' OR q.id = ANY($2::bigint[])"
			" FROM courses c CROSS JOIN LATERAL"
			"  (SELECT b.id, b.project_id, b.course_id, b.trigger, b.created_at FROM builds b"
			"   WHERE b.course_id = c.id AND b.status = 'pending' AND b.cancel_requested_at IS NULL"
			"   AND b.id <> ALL($3::bigint[])"
			"   AND (b.trigger <> 'retry' OR b.created_at < now() - interval '15 seconds')"
			"   AND NOT EXISTS (SELECT 1 FROM builds r WHERE r.project_id = b.project_id AND r.status = 'running')"
			"   ORDER BY b.created_at, b.id LIMIT 1) q"
			" WHERE (SELECT count(*) FROM builds r WHERE r.status = 'running') < $1::integer"
			" ORDER BY c.build_turn_at NULLS FIRST, q.created_at, q.id LIMIT 1",
			DB_INT(limit), DB_TEXT(checked), DB_TEXT(waiting));
}

/* started_at is of after the count: what had ended by then has ended before. */
static enum err take(struct db *db, struct arena *a, const struct lease *l, int64_t id, int64_t course_id, struct db_rows *r)
{
	return db_query(db, a, r,
			"WITH taken AS (UPDATE builds b SET status = 'running', phase = 'preparing', worker_id = $2::bigint,"
			"  lease_epoch = $3::bigint, claims = 1, started_at = clock_timestamp(), waiting_for = NULL,"
			"  waiting_words = NULL, job_name = 'build-' || b.id,"
			"  status_retry_at = now() WHERE b.id = $1::bigint AND b.status = 'pending' RETURNING " COLUMNS "),"
			" event AS (INSERT INTO build_events (build_id, kind, value) SELECT id, 'status', 'running' FROM taken),"
			" turn AS (UPDATE courses SET build_turn_at = clock_timestamp() WHERE id = $4::bigint)"
			" SELECT * FROM taken",
			DB_INT(id), DB_INT(l->worker_id), DB_INT(l->epoch), DB_INT(course_id));
}

static enum err claim(struct db *db, struct arena *a, const struct lease *l, int limit, const char *checked, const char *waiting,
		      struct build_claim *out)
{
	struct db_rows lock, r;
	/* One claimer at a time: the limit in all is a count, which no row lock guards. */
	enum err e = db_query(db, a, &lock, "SELECT pg_advisory_xact_lock(7203001)");
	if (!e)
		e = next_in_turn(db, a, limit, checked, waiting, &r);
	if (e || !r.count)
		return e;
	out->id = db_int(&r, 0, 0);
	out->project_id = db_int(&r, 0, 1);
	out->kind = CLAIM_CHECK;
	if (!db_bool(&r, 0, 3))
		return ERR_NONE;
	e = take(db, a, l, out->id, db_int(&r, 0, 2), &r);
	if (e)
		return e;
	out->kind = r.count ? CLAIM_TAKEN : CLAIM_NONE;
	if (r.count)
		read_row(&r, 0, &out->build);
	return ERR_NONE;
}

enum err model_build_drive_claim(struct db *db, struct arena *a, const struct lease *l, int limit, const char *checked,
				 const char *waiting, struct build_claim *out)
{
	*out = (struct build_claim){ .kind = CLAIM_NONE };
	enum err e = db_begin(db);
	if (!e)
		e = claim(db, a, l, limit, checked, waiting, out);
	if (!e)
		e = db_commit(db);
	if (e) {
		db_rollback(db);
		out->kind = CLAIM_NONE;
	}
	return e;
}

enum err model_build_drive_adopt(struct db *db, struct arena *a, const struct lease *l, const char *runs,
				 struct build_drive **out, int *count)
{
	struct db_rows r;
	/* A worker that stopped in order, and we ourselves, are no crashes: they do not count against the build. */
	enum err e = db_query(
		db, a, &r,
		"WITH free AS (SELECT b.id, b.claims, w.id IS DISTINCT FROM $1::bigint AND w.stopped_at IS NULL AS crash"
		"  FROM builds b LEFT JOIN workers w ON w.id = b.worker_id"
		"  WHERE (b.status = 'running' OR (b.status IN ('success', 'failed', 'cancelled') AND b.job_name IS NOT NULL"
		"   AND b.job_deleted_at IS NULL))"
		"  AND (w.id IS NULL OR w.id = $1::bigint OR w.stopped_at IS NOT NULL OR b.lease_epoch IS DISTINCT FROM w.epoch"
		"   OR w.heartbeat_at < now() - make_interval(secs => $3::integer)) AND b.id <> ALL($4::bigint[])"
		"  ORDER BY b.claims, b.id LIMIT 1000 FOR UPDATE OF b SKIP LOCKED),"
		" chosen AS (SELECT id, crash FROM free WHERE claims < 2 OR NOT crash OR id = (SELECT id FROM free WHERE claims "
		">= 2"
		"  AND NOT EXISTS (SELECT 1 FROM builds p WHERE p.worker_id = $1::bigint AND p.lease_epoch = $2::bigint"
		"   AND p.claims > 2 AND p.status = 'running') ORDER BY claims, id LIMIT 1))"
		" UPDATE builds b SET worker_id = $1::bigint, lease_epoch = $2::bigint, claims = b.claims + chosen.crash::integer"
		" FROM chosen WHERE b.id = chosen.id RETURNING " COLUMNS,
		DB_INT(l->worker_id), DB_INT(l->epoch), DB_INT(LEASE_SECONDS), DB_TEXT(runs));
	if (e)
		return e;
	*out = arena_alloc(a, (size_t)(r.count + 1) * sizeof **out);
	*count = r.count;
	for (int i = 0; i < r.count; i++)
		read_row(&r, i, &(*out)[i]);
	return ERR_NONE;
}

enum err model_build_drive_cancels(struct db *db, struct arena *a, const struct lease *l, int64_t **out, int *count)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r,
			 "SELECT id FROM builds WHERE worker_id = $1::bigint AND lease_epoch = $2::bigint AND status = 'running'"
			 " AND cancel_requested_at IS NOT NULL LIMIT 500",
			 DB_INT(l->worker_id), DB_INT(l->epoch));
	if (e)
		return e;
	*out = arena_alloc(a, (size_t)(r.count + 1) * sizeof **out);
	*count = r.count;
	for (int i = 0; i < r.count; i++)
		(*out)[i] = db_int(&r, i, 0);
	return ERR_NONE;
}

enum err model_build_drive_hold(struct db *db, struct arena *a, const char *trouble)
{
	const struct build_words words = { trouble ? SAYS_AWAY : SAYS_NOTHING, NULL, trouble };
	return db_query(db, a, NULL,
			"UPDATE builds SET waiting_for = $1::text, waiting_words = $2::jsonb WHERE status = 'pending'"
			" AND waiting_for IS DISTINCT FROM $1::text",
			DB_TEXT(build_words_text(a, &words)), DB_TEXT(build_words_json(a, &words)));
}

enum err model_build_drive_cancel_waiting(struct db *db, struct arena *a)
{
	const struct build_words words = { .says = SAYS_CANCELLED };
	struct db_rows r;
	return db_query(db, a, &r,
			"WITH ended AS (UPDATE builds SET status = 'cancelled', phase = 'done', reason = 'CANCELLED', "
			"finished_at = now(),"
			"  waiting_for = NULL, waiting_words = NULL, message = $1, message_words = $2::jsonb"
			"  WHERE status = 'pending' AND cancel_requested_at IS NOT NULL RETURNING id),"
			" event AS (INSERT INTO build_events (build_id, kind, value) SELECT id, 'status', 'cancelled' FROM ended)"
			" SELECT pg_notify('portal_state', 'build ' || id) FROM ended",
			DB_TEXT(build_words_message(a, &words)), DB_TEXT(build_words_json(a, &words)));
}

/* The fence of every write below. */
#define MINE "id = $1::bigint AND worker_id = $2::bigint AND lease_epoch = $3::bigint"

static enum err touched(enum err e, const struct db_rows *r)
{
	return e ? e : r->count == 1 ? ERR_NONE : ERR_CONFLICT;
}

enum err model_build_drive_settle(struct db *db, struct arena *a, const struct lease *l, const char *ids)
{
	return db_query(db, a, NULL,
			"UPDATE builds SET claims = 1 WHERE id = ANY($1::bigint[]) AND worker_id = $2::bigint AND lease_epoch = "
			"$3::bigint",
			DB_TEXT(ids), DB_INT(l->worker_id), DB_INT(l->epoch));
}

enum err model_build_drive_phase(struct db *db, struct arena *a, const struct lease *l, int64_t id, enum build_phase phase)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"WITH moved AS (UPDATE builds SET phase = $4, waiting_for = NULL, waiting_words = NULL, claims = 1 WHERE " MINE
		"  AND status = 'running' AND phase <> $4 RETURNING id),"
		" event AS (INSERT INTO build_events (build_id, kind, value) SELECT id, 'phase', $4 FROM moved)"
		" SELECT id FROM moved",
		DB_INT(id), DB_INT(l->worker_id), DB_INT(l->epoch), DB_TEXT(build_phase_name(phase)));
	e = touched(e, &r);
	if (!e)
		model_build_drive_notify(db, a, "build", id);
	return e;
}

enum err model_build_drive_job(struct db *db, struct arena *a, const struct lease *l, int64_t id, const char *job_uid,
			       int64_t timeout_seconds)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"WITH made AS (UPDATE builds SET job_uid = $4, deadline_at = now() + make_interval(secs => $5::bigint),"
		"  waiting_for = NULL, waiting_words = NULL WHERE " MINE " AND status = 'running' RETURNING id, job_name),"
		" event AS (INSERT INTO build_events (build_id, kind, value, message)"
		"  SELECT id, 'note', 'job_created', job_name FROM made)"
		" SELECT id FROM made",
		DB_INT(id), DB_INT(l->worker_id), DB_INT(l->epoch), DB_TEXT(job_uid), DB_INT(timeout_seconds));
	return touched(e, &r);
}

enum err model_build_drive_waiting(struct db *db, struct arena *a, const struct lease *l, int64_t id,
				   const struct build_words *words)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r, "UPDATE builds SET waiting_for = $4, waiting_words = $5::jsonb WHERE " MINE " RETURNING id",
			 DB_INT(id), DB_INT(l->worker_id), DB_INT(l->epoch), DB_TEXT(build_words_text(a, words)),
			 DB_TEXT(build_words_json(a, words)));
	e = touched(e, &r);
	if (!e)
		model_build_drive_notify(db, a, "build", id);
	return e;
}
