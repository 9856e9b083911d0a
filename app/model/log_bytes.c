/* A build's log by bytes while it lies in chunks. */
#include "model/log_bytes.h"

#include "db/db.h"

enum err model_log_bytes_sizes(struct db *db, struct arena *a, int64_t build_id, struct log_sizes *out)
{
	struct db_rows r;
	*out = (struct log_sizes){ 0 };
	enum err e = db_query(
		db, a, &r,
		"SELECT container, sum(octet_length(data)), max(seq), sum(lines) FROM build_log_chunks WHERE build_id = $1"
		" GROUP BY container",
		DB_INT(build_id));
	if (e)
		return e;
	for (int i = 0; i < r.count; i++) {
		int64_t container = db_int(&r, i, 0), bytes = db_int(&r, i, 1), seq = db_int(&r, i, 2);
		if (container < 0 || container >= LOG_PARTS)
			continue;
		out->part[container] = bytes;
		out->total += bytes;
		out->lines += db_int(&r, i, 3);
		if (seq > out->last_seq)
			out->last_seq = seq;
	}
	return ERR_NONE;
}

enum err model_log_bytes_range(struct db *db, struct arena *a, int64_t build_id, int64_t from, size_t len, const char **bytes,
			       size_t *got)
{
	struct db_rows r;
	*got = 0;
	*bytes = "";
	/* The lengths are known without the data: only the chunks that the range touches are read. */
	enum err e = db_query_bytes(
		db, a, &r,
		"SELECT substring(string_agg(c.data, ''::bytea ORDER BY c.container, c.seq)"
		" FROM ($2::bigint - min(o.start) + 1)::int FOR $3::int)"
		" FROM (SELECT seq, octet_length(data) AS len, sum(octet_length(data)) OVER (ORDER BY container, seq)"
		" - octet_length(data) AS start FROM build_log_chunks WHERE build_id = $1) o"
		" JOIN build_log_chunks c ON c.build_id = $1 AND c.seq = o.seq"
		" WHERE o.start < $2::bigint + $3::int AND o.start + o.len > $2::bigint",
		DB_INT(build_id), DB_INT(from), DB_INT(len));
	if (!e && r.count)
		*bytes = db_bytes(&r, 0, 0, got);
	return e;
}
