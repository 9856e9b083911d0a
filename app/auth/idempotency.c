/* A route that runs once a key: the key, the handler's acts and its answer are one transaction, so a crash leaves all or nothing.
 */
#include <string.h>

#include "auth/session.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "db/db.h"
#include "model/idempotency.h"

enum { BODY_KEPT = 64 << 10 };

/* What makes two requests the same: method, target and body. */
static char *digest(struct request *req)
{
	struct arena *a = req->arena;
	const char *head = arena_printf(a, "%s %s?%s\n", req->method, req->path, req->query_text);
	size_t head_len = strlen(head);
	char *all = arena_alloc(a, head_len + req->body_len + 1);
	memcpy(all, head, head_len);
	memcpy(all + head_len, req->body, req->body_len);
	unsigned char sum[SHA256_SIZE];
	secret_sha256(all, head_len + req->body_len, sum);
	char *hex = arena_alloc(a, 2 * sizeof sum + 1);
	str_hex(sum, sizeof sum, hex);
	return hex;
}

static const char *location_of(const struct response *res)
{
	const char *line = res->headers.len ? strstr(res->headers.data, "Location: ") : NULL;
	if (!line)
		return NULL;
	line += sizeof "Location: " - 1;
	return arena_memdup(res->req->arena, line, strcspn(line, "\r"));
}

static int again(struct response *res, const struct kept_answer *kept)
{
	if (!kept->same_request)
		return response_error(res, 409, response_sentence(res, "error.idempotency_other"));
	response_header(res, "Idempotency-Replayed", "true");
	if (kept->location)
		response_header(res, "Location", kept->location);
	if (kept->body)
		buf_puts(&res->body, kept->body);
	if (res->req->wants_json)
		res->content_type = kept->status < 400 ? "application/json" : "application/problem+json";
	return kept->status;
}

static const char *body_of(const struct response *res)
{
	return res->body.len && res->body.len <= BODY_KEPT ? res->body.data : NULL;
}

/* Ends the handler's part and keeps its answer. What failed half-way is undone; its answer is an error already. */
static int finish(struct request *req, struct response *res, int status)
{
	bool kept = db_commit(req->db) == ERR_NONE;
	if (!kept)
		db_rollback(req->db);
	if (status >= 500) {
		db_rollback(req->db); /* the same key may be tried again */
		return status;
	}
	enum err e = model_idempotency_keep(req->db, req->arena, req->actor.id, req->idempotency_key, status, location_of(res),
					    body_of(res));
	if (e == ERR_NONE)
		e = db_commit(req->db);
	else
		db_rollback(req->db);
	if (status >= 400 || (kept && e == ERR_NONE))
		return status;
	response_begin_again(res);
	return response_err(res, ERR_UNAVAILABLE, NULL);
}

int idempotency_run(struct request *req, struct response *res, const struct route *route)
{
	if (!req->actor.id)
		return route->handler(req, res);
	struct kept_answer kept;
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e == ERR_NONE)
		e = model_idempotency_take(db, req->arena, req->actor.id, req->idempotency_key, digest(req), &kept);
	if (e == ERR_NONE && !kept.found)
		e = db_begin(db); /* a savepoint: what the handler breaks does not take the key away */
	if (e != ERR_NONE || kept.found)
		db_rollback(db);
	if (e == ERR_TIMEOUT)
		return response_error(res, 409, response_sentence(res, "error.idempotency_busy"));
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	if (kept.found)
		return again(res, &kept);
	return finish(req, res, route->handler(req, res));
}
