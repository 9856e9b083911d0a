/* The worker's hand on builds: how one ends, and what is left to do behind it. */
#include <inttypes.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/log.h"
#include "db/db.h"
#include "model/build_drive.h"
#include "model/deployments.h"
#include "model/settings.h"
#include "model/workers.h"

/* The fence of every write below. */
#define MINE "id = $1::bigint AND worker_id = $2::bigint AND lease_epoch = $3::bigint"

static enum err end_row(struct db *db, struct arena *a, const struct lease *l, int64_t id, const struct build_end *end,
			struct db_rows *r)
{
	return db_query(
		db, a, r,
		"WITH ended AS (UPDATE builds SET status = $4, phase = 'archiving', reason = $5, message = $6, evidence = $7,"
		"  message_words = $10::jsonb, waiting_words = NULL,"
		"  digest = $8, log_complete = $9::boolean, finished_at = now(), waiting_for = NULL, status_retry_at = now()"
		"  WHERE " MINE " AND status = 'running' RETURNING id, project_id, retry_of),"
		" event AS (INSERT INTO build_events (build_id, kind, value, message)"
		"  SELECT id, 'status', $4, coalesce($5 || ': ', '') || coalesce($6, '') FROM ended)"
		" SELECT project_id, retry_of FROM ended",
		DB_INT(id), DB_INT(l->worker_id), DB_INT(l->epoch), DB_TEXT(build_status_name(end->status)),
		DB_TEXT(build_reason_name(end->reason)), DB_TEXT(build_words_message(a, &end->words)), DB_TEXT(end->evidence),
		DB_TEXT(end->digest), DB_BOOL(end->log_complete), DB_TEXT(build_words_json(a, &end->words)));
}

/* A retry is a help, not a duty: when it cannot be made, the end of the build stands all the same. */
static enum err retry(struct db *db, struct arena *a, const struct settings *s, int64_t id, struct build_ended *out)
{
	struct build_trigger_ask ask = { .project_id = out->project_id, .trigger = TRIGGER_RETRY, .retry_of = id };
	bool created = false;
	enum err e = db_script(db, "SAVEPOINT retry");
	if (e)
		return e;
	e = model_builds_trigger(db, a, s, &ask, &out->retry_id, &created);
	if (!e)
		return ERR_NONE;
	out->retry_id = 0;
	log_event(LOG_INFO, "build_retry_not_made", LOG_NUM("build", id), LOG_STR("error", err_name(e)));
	return e == ERR_UNAVAILABLE ? e : db_script(db, "ROLLBACK TO SAVEPOINT retry");
}

static enum err finish(struct db *db, struct arena *a, const struct lease *l, const struct settings *s, int64_t id,
		       const struct build_end *end, struct build_ended *out)
{
	struct db_rows r;
	enum err e = end_row(db, a, l, id, end, &r);
	if (e)
		return e;
	if (!r.count)
		return ERR_CONFLICT;
	out->project_id = db_int(&r, 0, 0);
	if (end->status == BUILD_SUCCESS)
		return model_deployments_auto(db, a, s, id, &out->deployment_id);
	if (end->retry && db_is_null(&r, 0, 1))
		return retry(db, a, s, id, out);
	return ERR_NONE;
}

enum err model_build_drive_finish(struct db *db, struct arena *a, const struct lease *l, const struct settings *s, int64_t id,
				  const struct build_end *end, struct build_ended *out)
{
	*out = (struct build_ended){ 0 };
	enum err e = db_begin(db);
	if (!e)
		e = finish(db, a, l, s, id, end, out);
	if (!e)
		e = db_commit(db);
	if (e) {
		db_rollback(db);
		return e;
	}
	model_build_drive_notify(db, a, "build", id);
	model_build_drive_notify(db, a, "project", out->project_id);
	model_builds_notify(db, a);
	return ERR_NONE;
}

static enum err touched(enum err e, const struct db_rows *r)
{
	return e ? e : r->count == 1 ? ERR_NONE : ERR_CONFLICT;
}

enum err model_build_drive_archived(struct db *db, struct arena *a, const struct lease *l, int64_t id,
				    const struct log_archived *log)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "WITH kept AS (UPDATE builds SET log_object_key = $4, log_bytes = $5::bigint, log_sha256 = $6, "
			      "archived_at = now(), log_lines = $7::bigint, log_part_bytes = $8::bigint[],"
			      "  phase = 'done', waiting_for = NULL, waiting_words = NULL WHERE " MINE
			      " AND archived_at IS NULL RETURNING id),"
			      " event AS (INSERT INTO build_events (build_id, kind, value, message)"
			      "  SELECT id, 'note', 'archived', $4 FROM kept)"
			      " SELECT id FROM kept",
			      DB_INT(id), DB_INT(l->worker_id), DB_INT(l->epoch), DB_TEXT(log->key), DB_INT(log->bytes),
			      DB_TEXT(log->sha256), DB_INT(log->lines),
			      DB_TEXT(arena_printf(a, "{%lld,%lld,%lld}", (long long)log->part_bytes[0],
						   (long long)log->part_bytes[1], (long long)log->part_bytes[2])));
	e = touched(e, &r);
	if (!e)
		model_build_drive_notify(db, a, "build", id);
	return e;
}

enum err model_build_drive_archive_failed(struct db *db, struct arena *a, const struct lease *l, int64_t id, int64_t *again_us)
{
	const struct build_words words = { .says = SAYS_WAITS_ARCHIVE };
	struct db_rows r;
	/* 2 s, 4 s, 8 s, ... at most half a minute: the store's return is noticed within a minute. */
	enum err e =
		db_query(db, a, &r,
			 "UPDATE builds SET archive_attempts = archive_attempts + 1, waiting_for = $4, waiting_words = $5::jsonb,"
			 " archive_retry_at = now() + make_interval(secs => least(30, 2 ^ least(archive_attempts + 1, 5)))"
			 " WHERE " MINE " RETURNING (extract(epoch FROM archive_retry_at - now()) * 1000000)::bigint",
			 DB_INT(id), DB_INT(l->worker_id), DB_INT(l->epoch), DB_TEXT(build_words_text(a, &words)),
			 DB_TEXT(build_words_json(a, &words)));
	e = touched(e, &r);
	if (!e)
		*again_us = db_int(&r, 0, 0);
	return e;
}

enum err model_build_drive_job_deleted(struct db *db, struct arena *a, const struct lease *l, int64_t id)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "UPDATE builds SET job_deleted_at = now() WHERE " MINE " RETURNING id", DB_INT(id),
			      DB_INT(l->worker_id), DB_INT(l->epoch));
	return touched(e, &r);
}
