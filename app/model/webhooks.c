/* Webhook deliveries: who may be meant, the accepted ones with what they want, the refused ones in their ring. */
#include "model/webhooks.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "db/db.h"
#include "model/list.h"

enum { KEPT_MAX = 200, REF_MAX = 300 };

enum err model_webhooks_candidates(struct db *db, struct arena *a, const char *repo_path, int64_t gitea_repo_id,
				   struct webhook_candidate **out, int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e = db_query(db, a, &r,
			      "SELECT project_id, webhook_secret_sealed, branch, auto_build FROM build_configs"
			      " WHERE repo_path = $1 OR gitea_repo_id = $2 ORDER BY project_id LIMIT 64",
			      DB_TEXT(repo_path), DB_ID(gitea_repo_id));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(r.count + 1));
	for (int i = 0; i < r.count; i++)
		(*out)[i] = (struct webhook_candidate){ .project_id = db_int(&r, i, 0),
							.webhook_secret_sealed = db_text(&r, i, 1),
							.branch = db_text(&r, i, 2),
							.auto_build = db_bool(&r, i, 3) };
	*count = r.count;
	return ERR_NONE;
}

/* What is stored of a decision: outcome and reason. */
static const struct {
	const char *outcome, *reason;
} words[BUILD_OUTCOME__MAX] = {
	[WANT_BUILD_CREATED] = { "accepted", "build_created" },
	[WANT_REDEPLOYED] = { "accepted", "redeployed" },
	[WANT_ALREADY_BUILT] = { "accepted", "already_built" },
	[WANT_IN_PROGRESS] = { "duplicate", "in_progress" },
	[WANT_DUPLICATE] = { "duplicate", "already_wanted" },
	[WANT_OTHER_BRANCH] = { "ignored", "other_branch" },
	[WANT_OFF] = { "ignored", "auto_build_off" },
	[WANT_SKIPPED] = { "ignored", "skip_ci" },
	[WANT_MOVED] = { "ignored", "moved" },
};

static const char *cut(struct arena *a, const char *text, size_t max)
{
	size_t len = text ? strlen(text) : 0;
	return len <= max ? text : arena_memdup(a, text, str_utf8_cut(text, len, max));
}

static enum err want(struct db *db, struct arena *a, const struct settings *s, struct webhook_delivery *d)
{
	struct build_wanted wanted;
	d->want.delivery_id = d->delivery_id;
	enum err e = model_builds_want(db, a, s, &d->want, &wanted);
	/* Without a registry nothing can be built; the delivery is genuine all the same. */
	if (e == ERR_INVALID) {
		d->outcome = "ignored";
		d->reason = "no_registry";
		return ERR_NONE;
	}
	if (e)
		return e;
	d->outcome = words[wanted.outcome].outcome;
	d->reason = wanted.superseded_id && wanted.outcome == WANT_BUILD_CREATED ? "superseded_pending"
										 : words[wanted.outcome].reason;
	d->build_id = wanted.build_id;
	return ERR_NONE;
}

static enum err store(struct db *db, struct arena *a, struct webhook_delivery *d)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r,
			 "INSERT INTO webhook_deliveries (delivery_id, project_id, event, ref, before_sha, commit_sha, pusher,"
			 " outcome, reason, build_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
			 " ON CONFLICT (delivery_id, project_id) DO NOTHING RETURNING id",
			 DB_TEXT(d->delivery_id), DB_INT(d->project_id), DB_TEXT(cut(a, d->event, KEPT_MAX)),
			 DB_TEXT(cut(a, d->ref, REF_MAX)), DB_TEXT(cut(a, d->before_sha, KEPT_MAX)),
			 DB_TEXT(cut(a, d->commit_sha, KEPT_MAX)), DB_TEXT(cut(a, d->pusher, KEPT_MAX)), DB_TEXT(d->outcome),
			 DB_TEXT(d->reason), DB_ID(d->build_id));
	if (e || r.count)
		return e;
	e = db_query(db, a, &r, "SELECT id, build_id FROM webhook_deliveries WHERE delivery_id = $1 AND project_id = $2",
		     DB_TEXT(d->delivery_id), DB_INT(d->project_id));
	if (!e && r.count) {
		d->id = db_int(&r, 0, 0);
		d->build_id = db_int(&r, 0, 1);
	}
	d->outcome = "duplicate";
	d->reason = "same_delivery";
	return e;
}

enum err model_webhooks_accept(struct db *db, struct arena *a, const struct settings *s, struct webhook_delivery *d, int count)
{
	enum err e = db_begin(db);
	for (int i = 0; i < count && !e; i++) {
		if (d[i].want.commit_sha)
			e = want(db, a, s, &d[i]);
		if (!e)
			e = store(db, a, &d[i]);
	}
	return db_end(db, e);
}

/* Text of anybody: what is not UTF-8 is left out. */
static const char *harmless(struct arena *a, const char *text)
{
	size_t len = text ? strlen(text) : 0;
	return len && str_is_utf8(text, len) ? cut(a, text, KEPT_MAX) : NULL;
}

enum err model_webhooks_reject(struct db *db, struct arena *a, const char *delivery_id, const char *ip, const char *repository,
			       const char *reason)
{
	return db_query(db, a, NULL,
			"WITH r AS (INSERT INTO webhook_rejects (slot, delivery_id, ip, repository, reason)"
			" VALUES (nextval('webhook_reject_slot'), $1, $2, $3, $4) ON CONFLICT (slot) DO UPDATE SET"
			" delivery_id = excluded.delivery_id, ip = excluded.ip, repository = excluded.repository,"
			" reason = excluded.reason, received_at = now())"
			" INSERT INTO counters (name, value) VALUES ('webhook_rejected_' || $4, 1)"
			" ON CONFLICT (name) DO UPDATE SET value = counters.value + 1",
			DB_TEXT(harmless(a, delivery_id)), DB_TEXT(ip), DB_TEXT(harmless(a, repository)), DB_TEXT(reason));
}

#define LIST(limit)                                                                                                              \
	"SELECT id, delivery_id, event, ref, before_sha, commit_sha, pusher, outcome, reason, build_id, received_at"             \
	" FROM webhook_deliveries WHERE project_id = $1 AND id < $2 ORDER BY id DESC LIMIT " limit

enum err model_webhooks_list(struct db *db, struct arena *a, int64_t project_id, int64_t before, int limit,
			     struct webhook_delivery **out, int *count, bool *more)
{
	struct db_rows r;
	*count = 0;
	enum err e = list_query(db, a, &r, limit, LIST, DB_INT(project_id), DB_INT(before ? before : INT64_MAX));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(r.count + 1));
	*more = r.count > limit;
	*count = *more ? limit : r.count;
	for (int i = 0; i < *count; i++)
		(*out)[i] = (struct webhook_delivery){ .id = db_int(&r, i, 0),
						       .delivery_id = db_text(&r, i, 1),
						       .project_id = project_id,
						       .event = db_text(&r, i, 2),
						       .ref = db_text(&r, i, 3),
						       .before_sha = db_text(&r, i, 4),
						       .commit_sha = db_text(&r, i, 5),
						       .pusher = db_text(&r, i, 6),
						       .outcome = db_text(&r, i, 7),
						       .reason = db_text(&r, i, 8),
						       .build_id = db_int(&r, i, 9),
						       .received_at = db_text(&r, i, 10) };
	return ERR_NONE;
}
