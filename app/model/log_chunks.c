/* A build's log while it runs. */
#include "model/log_chunks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "db/db.h"
#include "model/workers.h"

enum err model_log_chunks_place(struct db *db, struct arena *a, int64_t build_id, struct log_place *out)
{
	struct db_rows r, last;
	*out = (struct log_place){ 0 };
	enum err e = db_query(db, a, &r,
			      "SELECT coalesce(max(seq), 0), coalesce(sum(length(data)), 0),"
			      " coalesce(max(seq) FILTER (WHERE left_out > 0), 0), coalesce(max(left_out), 0)"
			      " FROM build_log_chunks WHERE build_id = $1::bigint",
			      DB_INT(build_id));
	if (!e)
		e = db_query(db, a, &last,
			     "SELECT DISTINCT ON (container) container, coalesce(stamp, ''), stamp_lines FROM build_log_chunks"
			     " WHERE build_id = $1::bigint ORDER BY container, seq DESC",
			     DB_INT(build_id));
	if (e)
		return e;
	out->seq = db_int(&r, 0, 0);
	out->bytes = db_int(&r, 0, 1);
	out->cut_seq = db_int(&r, 0, 2);
	out->cut_bytes = db_int(&r, 0, 3);
	for (int i = 0; i < last.count; i++) {
		int64_t c = db_int(&last, i, 0);
		if (c < 0 || c >= LOG_CONTAINERS)
			continue;
		snprintf(out->seams[c].stamp, sizeof out->seams[c].stamp, "%s", db_text(&last, i, 1));
		out->seams[c].lines = (int)db_int(&last, i, 2);
	}
	return ERR_NONE;
}

int64_t log_lines_in(const void *data, size_t len)
{
	int64_t n = 0;
	const char *end = (const char *)data + len;
	for (const char *p = data; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		n++;
	return n;
}

enum err model_log_chunks_add(struct db *db, struct arena *a, const struct lease *l, const struct log_chunk *c)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r,
			 "INSERT INTO build_log_chunks (build_id, seq, container, data, stamp, stamp_lines, lines)"
			 " SELECT b.id, $2::bigint, $3::smallint, $4::bytea, $5, $6::integer, $9::integer FROM builds b"
			 " WHERE b.id = $1::bigint AND b.worker_id = $7::bigint AND b.lease_epoch = $8::bigint"
			 " ON CONFLICT DO NOTHING",
			 DB_INT(c->build_id), DB_INT(c->seq), DB_INT(c->container), DB_BYTES(c->data, c->len), DB_TEXT(c->stamp),
			 DB_INT(c->stamp_lines), DB_INT(l->worker_id), DB_INT(l->epoch), DB_INT(log_lines_in(c->data, c->len)));
	return e ? e : r.affected == 1 ? ERR_NONE : ERR_CONFLICT;
}

enum err model_log_chunks_cut(struct db *db, struct arena *a, const struct lease *l, int64_t build_id, int64_t first,
			      int64_t last, int64_t bytes)
{
	const char *line = arena_printf(a, "%s\n", phrase(a, PHRASE_LOG_LEFT_OUT, arena_printf(a, "%" PRId64, bytes)));
	return db_query(db, a, NULL,
			"WITH mine AS (SELECT id FROM builds WHERE id = $1::bigint AND worker_id = $6::bigint AND lease_epoch = "
			"$7::bigint),"
			" said AS (UPDATE build_log_chunks c SET data = convert_to($5, 'UTF8'), lines = 1, left_out = $4::bigint"
			"  FROM mine WHERE c.build_id = mine.id AND c.seq = $2::bigint),"
			" seams AS (SELECT max(c.seq) AS seq FROM build_log_chunks c, mine WHERE c.build_id = mine.id GROUP BY "
			"c.container),"
			" emptied AS (UPDATE build_log_chunks c SET data = '', lines = 0 FROM mine WHERE c.build_id = mine.id"
			"  AND c.seq > $2::bigint AND c.seq <= $3::bigint AND c.seq IN (SELECT seq FROM seams))"
			" DELETE FROM build_log_chunks c USING mine WHERE c.build_id = mine.id AND c.seq > $2::bigint AND c.seq "
			"<= $3::bigint"
			"  AND c.seq NOT IN (SELECT seq FROM seams)",
			DB_INT(build_id), DB_INT(first), DB_INT(last), DB_INT(bytes), DB_TEXT(line), DB_INT(l->worker_id),
			DB_INT(l->epoch));
}

enum err model_log_chunks_spans(struct db *db, struct arena *a, int64_t build_id, int container, int64_t after,
				struct log_span **out, int *count)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "SELECT seq, length(data) FROM build_log_chunks WHERE build_id = $1::bigint AND seq > $3::bigint"
			      " AND ($2::integer < 0 OR container = $2::integer) ORDER BY seq LIMIT 1000",
			      DB_INT(build_id), DB_INT(container), DB_INT(after));
	if (e)
		return e;
	struct log_span *spans = arena_alloc(a, (size_t)(r.count + 1) * sizeof *spans);
	for (int i = 0; i < r.count; i++)
		spans[i] = (struct log_span){ db_int(&r, i, 0), db_int(&r, i, 1) };
	*out = spans;
	*count = r.count;
	return ERR_NONE;
}

enum err model_log_chunks_data(struct db *db, struct arena *a, int64_t build_id, int64_t seq, const void **data, size_t *len)
{
	struct db_rows r;
	enum err e =
		db_query_bytes(db, a, &r, "SELECT data FROM build_log_chunks WHERE build_id = $1::bigint AND seq = $2::bigint",
			       DB_INT(build_id), DB_INT(seq));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	*data = db_bytes(&r, 0, 0, len);
	return ERR_NONE;
}

enum err model_log_chunks_tail(struct db *db, struct arena *a, int64_t build_id, int container, size_t max, const char **out)
{
	struct db_rows r;
	*out = "";
	enum err e = db_query_bytes(
		db, a, &r,
		"SELECT substr(string_agg(data, ''::bytea ORDER BY seq), greatest(1, sum(length(data))::integer - $3::integer + "
		"1))"
		" FROM (SELECT seq, data FROM build_log_chunks WHERE build_id = $1::bigint AND container = $2::smallint"
		" ORDER BY seq DESC LIMIT 24) t",
		DB_INT(build_id), DB_INT(container), DB_INT(max));
	if (e)
		return e;
	size_t len;
	const void *data = r.count ? db_bytes(&r, 0, 0, &len) : NULL;
	if (data)
		*out = arena_memdup(a, data, len);
	return ERR_NONE;
}

enum err model_log_chunks_notify(struct db *db, struct arena *a, const char *builds)
{
	struct db_rows r;
	return db_query(db, a, &r, "SELECT pg_notify('portal_log', id::text) FROM unnest($1::bigint[]) AS id", DB_TEXT(builds));
}

enum err model_log_chunks_sweep(struct db *db, struct arena *a)
{
	return db_query(db, a, NULL,
			"DELETE FROM build_log_chunks WHERE build_id IN (SELECT b.id FROM (SELECT DISTINCT build_id FROM "
			"build_log_chunks) c"
			" JOIN builds b ON b.id = c.build_id WHERE b.archived_at < now() - interval '10 minutes' LIMIT 20)");
}
