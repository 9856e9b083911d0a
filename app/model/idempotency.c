/* Keys under which a request runs once. */
#include "model/idempotency.h"

#include "db/db.h"

enum err model_idempotency_take(struct db *db, struct arena *a, int64_t user_id, const char *key, const char *request,
				struct kept_answer *out)
{
	struct db_rows rows;
	*out = (struct kept_answer){ 0 };
	/* The insert waits for a transaction that holds the same key; a snapshot from before would not see its row. */
	enum err e = db_query(db, a, &rows,
			      "INSERT INTO idempotency_keys (user_id, key, request) VALUES ($1, $2, $3) "
			      "ON CONFLICT (user_id, key) DO NOTHING",
			      DB_INT(user_id), DB_TEXT(key), DB_TEXT(request));
	if (e != ERR_NONE || rows.affected)
		return e;
	e = db_query(db, a, &rows, "SELECT request, status, location, body FROM idempotency_keys WHERE user_id = $1 AND key = $2",
		     DB_INT(user_id), DB_TEXT(key));
	if (e != ERR_NONE)
		return e;
	if (!rows.count)
		return ERR_UNAVAILABLE; /* deleted in between: as good as no answer */
	*out = (struct kept_answer){
		.found = true,
		.request = db_text(&rows, 0, 0),
		.status = (int)db_int(&rows, 0, 1),
		.location = db_text(&rows, 0, 2),
		.body = db_text(&rows, 0, 3),
	};
	return ERR_NONE;
}

enum err model_idempotency_forget(struct db *db, struct arena *a, int64_t user_id, const char *key)
{
	return db_query(db, a, NULL, "DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2", DB_INT(user_id),
			DB_TEXT(key));
}

enum err model_idempotency_keep(struct db *db, struct arena *a, int64_t user_id, const char *key, int status,
				const char *location, const char *body)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows,
			      "UPDATE idempotency_keys SET status = $3, location = $4, body = $5 WHERE user_id = $1 AND key = $2",
			      DB_INT(user_id), DB_TEXT(key), DB_INT(status), DB_TEXT(location), DB_TEXT(body));
	return e == ERR_NONE && !rows.affected ? ERR_NOT_FOUND : e;
}
