/* Reading a live log for a page: its last chunks. */
#include "model/log_reads.h"

#include "base/arena.h"
#include "db/db.h"

enum err model_log_reads_tail(struct db *db, struct arena *a, int64_t build_id, size_t max_bytes, struct log_piece **out,
			      int *count, bool *whole)
{
	struct db_rows rows;
	/* The lengths come from the rows' heads: no chunk is read for them. */
	enum err e = db_query(
		db, a, &rows,
		"SELECT seq, container, seq = (SELECT min(seq) FROM build_log_chunks WHERE build_id = $1) FROM "
		"(SELECT seq, container, octet_length(data) AS bytes, sum(octet_length(data)) OVER (ORDER BY seq DESC) AS behind "
		"FROM build_log_chunks WHERE build_id = $1 ORDER BY seq DESC LIMIT 512) s "
		"WHERE behind - bytes < $2::bigint ORDER BY seq",
		DB_INT(build_id), DB_INT(max_bytes));
	if (e != ERR_NONE)
		return e;
	*count = rows.count;
	*whole = !rows.count || db_bool(&rows, 0, 2);
	*out = arena_alloc(a, sizeof(**out) * (size_t)(rows.count + 1));
	for (int i = 0; i < rows.count; i++)
		(*out)[i] = (struct log_piece){ .seq = db_int(&rows, i, 0), .container = (int)db_int(&rows, i, 1) };
	return ERR_NONE;
}
