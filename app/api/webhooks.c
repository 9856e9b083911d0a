/* The webhook: a signed push becomes rows in one transaction, and only then an answer. */
#include <string.h>

#include "api/api.h"
#include "api/push.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"
#include "http/app.h"
#include "http/request.h"
#include "http/response.h"
#include "model/webhooks.h"
#include "routes.h"

/* A push names 5 commits, each of about 10 objects, and all the files that they changed. */
enum { JSON_DEPTH = 16, JSON_CONTAINERS = 10000, JSON_VALUES = 200000 };

/* Not verified: nothing of it is believed, and the answer does not tell an unknown repository from a wrong signature. */
static int reject(struct request *req, struct response *res, const char *repository, const char *reason)
{
	const char *delivery = request_header(req, "HTTP_X_GITEA_DELIVERY");
	enum err e = model_webhooks_reject(request_db(req), req->arena, delivery, req->ip, repository, reason);
	if (e)
		return response_err(res, e, NULL);
	return response_error(res, 401, api_string(req, "webhook.unverified"));
}

static int bad_request(struct request *req, struct response *res, const char *repository, const char *why)
{
	const char *delivery = request_header(req, "HTTP_X_GITEA_DELIVERY");
	enum err e = model_webhooks_reject(request_db(req), req->arena, delivery, req->ip, repository, "malformed");
	return e ? response_err(res, e, NULL) : response_error(res, 400, why);
}

static bool is_json(const char *content_type)
{
	static const char *const json = "application/json";
	size_t n = strlen(json);
	return content_type && !strncasecmp(content_type, json, n) && strchr("; \t", content_type[n]);
}

static bool delivery_id_valid(const char *id)
{
	static const char *const set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
	return strlen(id) <= 100 && str_only(id, set);
}

/* The projects whose own secret signed these bytes. Each candidate is tried, so that the time does not tell which one fitted. */
static int verified(struct request *req, const char *signature, const struct webhook_candidate *c, int count,
		    struct webhook_delivery *out)
{
	int n = 0;
	for (int i = 0; i < count; i++) {
		const char *place = arena_printf(req->arena, "build_configs.webhook_secret.%lld", (long long)c[i].project_id);
		const char *secret = keyring_open(req->app->keyring, req->arena, place, c[i].webhook_secret_sealed);
		if (push_signed(signature, secret, req->body, req->body_len))
			out[n++].project_id = c[i].project_id;
	}
	return n;
}

/* Fills what every delivery of this request has in common. Returns 0, or the status of a refusal that is recorded (422), or 400.
 */
static int describe(struct request *req, struct webhook_delivery *d, int count)
{
	struct push push = { 0 };
	const char *event = request_header(req, "HTTP_X_GITEA_EVENT");
	bool is_push = !strcmp(event, "push");
	enum push_kind kind = is_push ? push_read(req->json, &push) : PUSH_BRANCH;
	static const char *const reasons[] = { [PUSH_TAG] = "tag", [PUSH_DELETION] = "deletion", [PUSH_BAD_REF] = "bad_ref" };
	if (kind == PUSH_INCOMPLETE)
		return 400;
	for (int i = 0; i < count; i++) {
		d[i].delivery_id = request_header(req, "HTTP_X_GITEA_DELIVERY");
		d[i].event = event;
		d[i].ref = is_push ? push.ref : json_text(req->json, "ref", NULL);
		d[i].before_sha = push.before;
		d[i].commit_sha = push.after;
		d[i].pusher = is_push ? push.pusher : json_text(req->json, "sender.login", NULL);
		d[i].outcome = "ignored";
		d[i].reason = is_push ? kind == PUSH_BRANCH ? "other_branch" : reasons[kind] : "event";
		if (is_push && kind == PUSH_BRANCH)
			d[i].want = (struct build_want){ .project_id = d[i].project_id,
							 .branch = push.branch,
							 .commit_sha = push.after,
							 .message = push.message,
							 .author = push.author,
							 .trigger = TRIGGER_PUSH };
	}
	return is_push && kind == PUSH_BAD_REF ? 422 : 0;
}

/* The first project's result at the top, all of them below: a repository mostly belongs to one project. */
struct delivered {
	struct webhook_delivery first, *all;
	int count;
};
#define OUTCOME "accepted|ignored|duplicate"
SHAPE(shape_delivery, "DeliveryResult", struct webhook_delivery,
      MEMBER("project_id", SHAPE_INT64, struct webhook_delivery, project_id),
      MEMBER("outcome", SHAPE_STRING, struct webhook_delivery, outcome, .choices = OUTCOME),
      MEMBER("reason", SHAPE_STRING, struct webhook_delivery, reason, .about = "why: build_created, other_branch, skip_ci, ..."),
      MEMBER("build_id", SHAPE_ID, struct webhook_delivery, build_id));
SHAPE(shape_delivered, "Delivery", struct delivered, MEMBER("project_id", SHAPE_INT64, struct delivered, first.project_id),
      MEMBER("outcome", SHAPE_STRING, struct delivered, first.outcome, .choices = OUTCOME),
      MEMBER("reason", SHAPE_STRING, struct delivered, first.reason),
      MEMBER("build_id", SHAPE_ID, struct delivered, first.build_id),
      MEMBER("projects", SHAPE_ROWS, struct delivered, all, .about = "one a project of the repository", .of = &shape_delivery,
	     .count_at = AT(struct delivered, count)));

static int answer(struct request *req, struct response *res, struct webhook_delivery *d, int count)
{
	struct delivered all = { d[0], d, count };
	bool replay = true, work = false;
	for (int i = 0; i < count; i++) {
		replay = replay && !strcmp(d[i].reason, "same_delivery");
		work = work || !strcmp(d[i].outcome, "accepted");
	}
	if (work)
		model_builds_notify(request_db(req), req->arena);
	return api_row(res, replay ? 200 : 202, &shape_delivered, &all);
}

int api_webhooks_gitea(struct request *req, struct response *res)
{
	const char *why, *path;
	int64_t repo_id;
	struct webhook_candidate *candidates;
	int count;
	const char *signature = request_header(req, "HTTP_X_GITEA_SIGNATURE");
	if (!is_json(req->content_type) || *request_header(req, "HTTP_CONTENT_ENCODING"))
		return response_error(res, 415, api_string(req, "webhook.type"));
	if (strlen(signature) != 2 * SHA256_SIZE)
		return reject(req, res, NULL, "signature");
	if (!json_is_modest(req->body, req->body_len, JSON_CONTAINERS, JSON_VALUES))
		return bad_request(req, res, NULL, api_string(req, "error.json_large"));
	req->json = json_parse(req->arena, req->body, req->body_len, JSON_DEPTH, &why);
	if (!req->json)
		return bad_request(req, res, NULL, why);
	if (!push_repository(req->arena, req->json, &path, &repo_id))
		return bad_request(req, res, NULL, api_string(req, "webhook.incomplete"));
	enum err e = model_webhooks_candidates(request_db(req), req->arena, path, repo_id, &candidates, &count);
	if (e)
		return response_err(res, e, NULL);
	struct webhook_delivery *d = arena_alloc(req->arena, sizeof(*d) * WEBHOOK_CANDIDATES);
	int meant = verified(req, signature, candidates, count, d);
	if (!meant)
		return reject(req, res, path, count ? "signature" : "repository");
	int status = delivery_id_valid(request_header(req, "HTTP_X_GITEA_DELIVERY")) ? describe(req, d, meant) : 400;
	if (status == 400)
		return response_error(res, 400, api_string(req, "webhook.incomplete"));
	e = model_webhooks_accept(request_db(req), req->arena, NULL, d, meant);
	if (e)
		return response_err(res, e, NULL);
	return status ? response_error(res, status, api_string(req, "webhook.bad_ref")) : answer(req, res, d, meant);
}
