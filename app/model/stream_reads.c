/* What portal-stream reads: log chunks behind a place, and the state of many builds and projects at once. */
#include "model/stream_reads.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"

/* A time as RFC 3339, which every browser reads. */
#define RFC3339(column) "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

enum err model_stream_chunks(struct db *db, struct arena *a, int64_t build_id, int64_t after, size_t max_bytes, bool prime,
			     struct stream_chunks *out)
{
	struct db_rows rows;
	*out = (struct stream_chunks){ 0 };
	/* Numbers as text: the answer comes in binary form for the bytes' sake. */
	enum err e =
		db_query_bytes(db, a, &rows,
			       "SELECT seq::text, container::text, data FROM ("
			       " SELECT seq, container, data, sum(CASE WHEN seq > $2::bigint THEN length(data) ELSE 0 END)"
			       "  OVER (ORDER BY seq) - length(data) AS before FROM ("
			       "  SELECT seq, container, data FROM build_log_chunks WHERE build_id = $1::bigint"
			       "  AND seq >= $2::bigint + CASE WHEN $4::boolean THEN 0 ELSE 1 END ORDER BY seq LIMIT 256) AS near"
			       ") AS counted WHERE before < $3::bigint ORDER BY counted.seq",
			       DB_INT(build_id), DB_INT(after), DB_INT(max_bytes), DB_BOOL(prime));
	if (e)
		return e;
	out->count = (size_t)rows.count;
	out->at = arena_alloc(a, sizeof(*out->at) * (out->count + 1));
	for (int i = 0; i < rows.count; i++) {
		struct stream_chunk *c = &out->at[i];
		c->seq = db_int(&rows, i, 0);
		c->container = (int)db_int(&rows, i, 1);
		c->data = db_bytes(&rows, i, 2, &c->len);
	}
	return ERR_NONE;
}

static bool is(const char *text, const char *one, const char *other, const char *third)
{
	return !strcmp(text, one) || !strcmp(text, other) || !strcmp(text, third);
}

static void read_build(const struct db_rows *rows, int i, struct stream_build *b)
{
	*b = (struct stream_build){
		.id = db_int(rows, i, 0),
		.project_id = db_int(rows, i, 1),
		.status = db_text(rows, i, 2),
		.phase = db_text(rows, i, 3),
		.reason = db_text(rows, i, 4),
		.message = db_text(rows, i, 5),
		.waiting_for = db_text(rows, i, 6),
		.image_tag = db_text(rows, i, 7),
		.digest = db_text(rows, i, 8),
		.started_at = db_text(rows, i, 9),
		.finished_at = db_text(rows, i, 10),
		.duration = db_is_null(rows, i, 11) ? -1 : db_int(rows, i, 11),
		.archived = db_bool(rows, i, 12),
		.last_seq = db_int(rows, i, 13),
	};
	b->ended = is(b->status, "success", "failed", "cancelled");
}

enum err model_stream_builds(struct db *db, struct arena *a, const char *ids, struct stream_build **out, size_t *count)
{
	struct db_rows rows;
	*count = 0;
	enum err e = db_query(
		db, a, &rows,
		"SELECT b.id, b.project_id, b.status, b.phase, b.reason, b.message, b.waiting_for, b.image_tag, "
		"b.digest, " RFC3339("b.started_at") ", " RFC3339(
			"b.finished_at") ", b.duration, b.archived_at IS NOT NULL,"
					 " coalesce((SELECT max(c.seq) FROM build_log_chunks c WHERE c.build_id = b.id), 0)"
					 " FROM builds b WHERE b.id = ANY ($1::bigint[])",
		DB_TEXT(ids));
	if (e)
		return e;
	*count = (size_t)rows.count;
	*out = arena_alloc(a, sizeof(**out) * (*count + 1));
	for (int i = 0; i < rows.count; i++)
		read_build(&rows, i, *out + i);
	return ERR_NONE;
}

static void read_project(const struct db_rows *rows, int i, struct stream_project *p)
{
	*p = (struct stream_project){
		.id = db_int(rows, i, 0),
		.app_state = db_text(rows, i, 1),
		.app_reason = db_text(rows, i, 2),
		.app_ready = db_int(rows, i, 3),
		.deployment_id = db_int(rows, i, 4),
		.action = db_text(rows, i, 5),
		.state = db_text(rows, i, 6),
		.reason = db_text(rows, i, 7),
		.message = db_text(rows, i, 8),
		.progress_code = db_text(rows, i, 9),
		.progress_values = db_text(rows, i, 10),
		.drift = db_text(rows, i, 11),
		.drift_error = db_text(rows, i, 12),
		.build_id = db_int(rows, i, 13),
		.build_status = db_text(rows, i, 14),
		.build_phase = db_text(rows, i, 15),
	};
	bool deploying = is(p->app_state, "pending", "deploying", "");
	bool acting = p->state && is(p->state, "pending", "deploying", "");
	bool building = p->build_status && is(p->build_status, "pending", "running", "");
	p->settled = !deploying && !acting && !building;
}

enum err model_stream_projects(struct db *db, struct arena *a, const char *ids, struct stream_project **out, size_t *count)
{
	struct db_rows rows;
	*count = 0;
	enum err e = db_query(
		db, a, &rows,
		"SELECT p.id, p.app_state, p.app_reason, p.app_ready, d.id, d.action, d.state, d.reason, d.message,"
		" d.progress_code, d.progress_values, p.drift, p.drift_error, b.id, b.status, b.phase FROM projects p"
		" LEFT JOIN deployments d ON d.id = p.wanted_deployment_id"
		" LEFT JOIN LATERAL (SELECT id, status, phase FROM builds WHERE project_id = p.id ORDER BY id DESC LIMIT 1)"
		"  AS b ON true WHERE p.id = ANY ($1::bigint[])",
		DB_TEXT(ids));
	if (e)
		return e;
	*count = (size_t)rows.count;
	*out = arena_alloc(a, sizeof(**out) * (*count + 1));
	for (int i = 0; i < rows.count; i++)
		read_project(&rows, i, *out + i);
	return ERR_NONE;
}

/* The idle time is left out: a page that is read live is in use. */
enum err model_stream_gone(struct db *db, struct arena *a, const char *holders, const char ***out, size_t *count)
{
	struct db_rows rows;
	*count = 0;
	enum err e = db_query(
		db, a, &rows,
		"SELECT h.holder FROM (SELECT DISTINCT holder, split_part(holder, ':', 1) AS role, split_part(holder, ':', 2) AS "
		"digest"
		" FROM unnest($1::text[]) AS holder) h"
		" WHERE NOT EXISTS (SELECT 1 FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id_hash = h.digest"
		"  AND s.expires_at > now() AND u.disabled_at IS NULL AND u.role = h.role)"
		" AND NOT EXISTS (SELECT 1 FROM api_tokens t JOIN users u ON u.id = t.user_id WHERE t.token_hash = h.digest"
		"  AND t.revoked_at IS NULL AND t.expires_at > now() AND u.disabled_at IS NULL AND u.role = h.role)"
		" LIMIT 256",
		DB_TEXT(holders));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(rows.count + 1));
	for (int i = 0; i < rows.count; i++)
		(*out)[(*count)++] = db_text(&rows, i, 0);
	return ERR_NONE;
}
