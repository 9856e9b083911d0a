/* A route that runs once a key: the key, the handler's acts and its answer are one transaction, so a crash leaves all or nothing.
 */
#include <string.h>

#include "auth/session.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/secret.h"
#include "db/db.h"
#include "model/idempotency.h"

#define PLACE "idempotency_keys.request"

/* What makes two requests the same: method, target and body. */
struct sent {
	char *data;
	size_t len;
};

static struct sent sent(struct request *req)
{
	struct arena *a = req->arena;
	const char *head = arena_printf(a, "%s %s?%s\n", req->method, req->path, req->query_text);
	size_t head_len = strlen(head);
	struct sent all = { arena_alloc(a, head_len + req->body_len + 1), head_len + req->body_len };
	memcpy(all.data, head, head_len);
	memcpy(all.data + head_len, req->body, req->body_len);
	return all;
}

static const char *location_of(const struct response *res)
{
	const char *line = res->headers.len ? strstr(res->headers.data, "Location: ") : NULL;
	if (!line)
		return NULL;
	line += sizeof "Location: " - 1;
	return arena_memdup(res->req->arena, line, strcspn(line, "\r"));
}

/* The secret is in no table: the caller learns what there is now, and what to do. */
static int shown(struct response *res, const char *location)
{
	int (*page)(struct response *, const char *) = res->req->app->hooks.shown_before;
	if (!res->req->route->status && page)
		return page(res, location);
	if (location)
		response_header(res, "Location", location);
	return response_problem_with(res, 409, response_sentence(res, "error.idempotency_shown"), "made",
				     json_own(res->req->arena, location ? json_object_new_string(location) : NULL));
}

static int again(struct response *res, const struct kept_answer *kept)
{
	response_header(res, "Idempotency-Replayed", "true");
	if (kept->status < 400 && res->req->route->guards & SHOWN_ONCE)
		return shown(res, kept->location);
	if (kept->location)
		response_header(res, "Location", kept->location);
	if (kept->body)
		buf_puts(&res->body, kept->body);
	if (res->req->wants_json)
		res->content_type = kept->status < 400 ? "application/json" : "application/problem+json";
	return kept->status;
}

static const char *body_of(const struct response *res, int status)
{
	bool secret = status < 400 && res->req->route->guards & SHOWN_ONCE;
	return res->body.len && !secret ? res->body.data : NULL;
}

/*
 * Ends the handler's part and keeps its answer. What failed half-way is undone; its answer is an error already. A form that is
 * shown again may hold a secret that was typed, so it is not kept: the same request would be refused in the same way. Nor is
 * "not now".
 */
static int finish(struct request *req, struct response *res, int status)
{
	bool kept = db_commit(req->db) == ERR_NONE;
	if (!kept)
		db_rollback(req->db);
	if (status >= 500) {
		db_rollback(req->db); /* the same key may be tried again */
		return status;
	}
	bool form_again = status >= 400 && !req->route->status, later = status == 429;
	enum err e = form_again || later ? model_idempotency_forget(req->db, req->arena, req->actor.id, req->idempotency_key)
					 : model_idempotency_keep(req->db, req->arena, req->actor.id, req->idempotency_key,
								  status, location_of(res), body_of(res, status));
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
	struct kept_answer kept = { 0 };
	struct db *db = request_db(req);
	struct keyring *k = req->app->keyring;
	const struct sent s = sent(req);
	const char *print = keyring_mac(k, req->arena, PLACE, s.data, s.len);
	enum err e = db_begin(db);
	if (e == ERR_NONE)
		e = model_idempotency_take(db, req->arena, req->actor.id, req->idempotency_key, print, &kept);
	if (e == ERR_NONE && !kept.found)
		e = db_begin(db); /* a savepoint: what the handler breaks does not take the key away */
	if (e != ERR_NONE || kept.found)
		db_rollback(db);
	if (e == ERR_TIMEOUT)
		return response_error(res, 409, response_sentence(res, "error.idempotency_busy"));
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	if (kept.found && !keyring_mac_is(k, req->arena, PLACE, s.data, s.len, kept.request))
		return response_error(res, 409, response_sentence(res, "error.idempotency_other"));
	if (kept.found)
		return again(res, &kept);
	return finish(req, res, route->handler(req, res));
}
