/* Webhook deliveries: the verified ones are rows, the others are counted and kept in a bounded ring. */
#ifndef MODEL_WEBHOOKS_H
#define MODEL_WEBHOOKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/builds.h"

struct arena;
struct db;
struct settings;

/* A project that a delivery may be meant for. */
struct webhook_candidate {
	int64_t project_id;
	const char *webhook_secret_sealed; /* place "build_configs.webhook_secret.<project id>" */
	const char *branch;
	bool auto_build;
};
enum { WEBHOOK_CANDIDATES = 64 };

/* The projects of a repository, by "owner/name" in lower case or by Gitea's id (0: not said), in the order of their ids. */
enum err model_webhooks_candidates(struct db *db, struct arena *a, const char *repo_path, int64_t gitea_repo_id,
				   struct webhook_candidate **out, int *count) MUST_CHECK;

/* A verified delivery for one project. Texts are valid UTF-8; NULL: not said. */
struct webhook_delivery {
	int64_t id;
	const char *delivery_id; /* at most 100 bytes */
	int64_t project_id;
	const char *event, *ref, *before_sha, *commit_sha, *pusher;
	const char *outcome, *reason; /* see migrations: webhook_deliveries */
	int64_t build_id;
	const char *received_at;
	/* Not stored: what to build; commit_sha NULL: this one is only recorded with its outcome and reason. */
	struct build_want want;
};

/*
 * Records verified deliveries of one request and does what they want, all in ONE transaction that is committed on ERR_NONE. A
 * delivery that is already recorded for its project gets outcome "duplicate" and the build_id of the first time. Fills outcome,
 * reason and build_id.
 */
enum err model_webhooks_accept(struct db *db, struct arena *a, const struct settings *s, struct webhook_delivery *d,
			       int count) MUST_CHECK;

/* Counts one that could not be verified and keeps it in the ring. Texts are cut to 200 bytes; invalid UTF-8 is left out. */
enum err model_webhooks_reject(struct db *db, struct arena *a, const char *delivery_id, const char *ip, const char *repository,
			       const char *reason) MUST_CHECK;

/* Deliveries of a project before that one (0: all), newest first; limit 1..200. *more: others came before them. */
enum err model_webhooks_list(struct db *db, struct arena *a, int64_t project_id, int64_t before, int limit,
			     struct webhook_delivery **out, int *count, bool *more) MUST_CHECK;

#endif
