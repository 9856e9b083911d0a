/* The worker's hand on builds: claim by turn, take over, and every write of a driver, each fenced by its lease. */
#ifndef MODEL_BUILD_DRIVE_H
#define MODEL_BUILD_DRIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/build_words.h"
#include "model/builds.h"

struct arena;
struct db;
struct lease;
struct settings;

/* What a driver remembers of a build. Times are how many microseconds ago (claimed) or ahead (the others) they are. */
struct build_drive {
	int64_t id, project_id;
	bool running;
	enum build_phase phase;
	bool cancel_requested;
	char job_uid[64]; /* "": no Job was made yet */
	int64_t claimed_ago_us;
	bool has_deadline;
	int64_t deadline_in_us;
	int64_t archive_in_us;
	int claims;
	bool archived, job_deleted;
};

/* What a claim found. */
struct build_claim {
	enum build_claim_kind { CLAIM_NONE, CLAIM_CHECK, CLAIM_TAKEN } kind;
	struct build_drive build; /* CLAIM_TAKEN */
	int64_t id, project_id;	  /* CLAIM_CHECK: whose branch head should be read before it is taken */
};

/*
 * Takes the next build whose turn it is: fewer than `limit` run in all, none of its project, its course waited longest. The ids
 * of `checked` and `waiting` are arrays in text ("{1,2}"): those are taken without, or not at all. A build that was asked for by
 * a push or poll more than five seconds ago is only named (CLAIM_CHECK). Serialised over all workers.
 */
enum err model_build_drive_claim(struct db *db, struct arena *a, const struct lease *l, int limit, const char *checked,
				 const char *waiting, struct build_claim *out) MUST_CHECK;

/*
 * Takes over what nobody drives: of workers that ended or were not heard of in time, and our own, of whatever epoch, that is not
 * among `runs` (ids as an array in text): what this process remembers, be it of a lost lease, is left until it is forgotten.
 * Those that were taken over twice after a crash come one at a time, so that a build that kills workers does not take others with
 * it. In the arena, at most 1,000.
 */
enum err model_build_drive_adopt(struct db *db, struct arena *a, const struct lease *l, const char *runs,
				 struct build_drive **out, int *count) MUST_CHECK;

/* The builds of this lease that somebody asked to cancel, as ids in the arena; at most 500. */
enum err model_build_drive_cancels(struct db *db, struct arena *a, const struct lease *l, int64_t **out, int *count) MUST_CHECK;

/* Says of every waiting build that the cluster does not answer, with its words; NULL: it does again. */
enum err model_build_drive_hold(struct db *db, struct arena *a, const char *trouble) MUST_CHECK;

/* Waiting builds that somebody asked to cancel end here, whoever is asked first. */
enum err model_build_drive_cancel_waiting(struct db *db, struct arena *a) MUST_CHECK;

/* All below: ERR_CONFLICT when the lease does not hold the build any more. Each is one statement with its event. */

/* The builds survived their driver's crash: three more may follow. `ids` is an array in text. */
enum err model_build_drive_settle(struct db *db, struct arena *a, const struct lease *l, const char *ids) MUST_CHECK;
enum err model_build_drive_phase(struct db *db, struct arena *a, const struct lease *l, int64_t id,
				 enum build_phase phase) MUST_CHECK;
/* The Job was made: its uid, and the deadline from now. */
enum err model_build_drive_job(struct db *db, struct arena *a, const struct lease *l, int64_t id, const char *job_uid,
			       int64_t timeout_seconds) MUST_CHECK;
/* SAYS_NOTHING: it moves. */
enum err model_build_drive_waiting(struct db *db, struct arena *a, const struct lease *l, int64_t id,
				   const struct build_words *words) MUST_CHECK;

struct build_end {
	enum build_status status; /* success, failed or cancelled */
	enum build_reason reason;
	struct build_words words;
	const char *evidence, *digest; /* may be NULL */
	bool retry;		       /* lost by the platform: one automatic retry, unless this one is one */
	bool log_complete;
};
/* What followed in the same transaction; 0: nothing. */
struct build_ended {
	int64_t project_id, deployment_id, retry_id;
};
/*
 * Ends a running build in one transaction: the row, its event, the deployment that follows a success, the retry that follows a
 * loss. Notifies portal_state and portal_work after the commit.
 */
enum err model_build_drive_finish(struct db *db, struct arena *a, const struct lease *l, const struct settings *s, int64_t id,
				  const struct build_end *end, struct build_ended *out) MUST_CHECK;

/* A log as it lies in the archive. */
struct log_archived {
	const char *key;
	int64_t bytes, lines, part_bytes[3]; /* of all; of clone, build, push */
	char sha256[65];
};
enum err model_build_drive_archived(struct db *db, struct arena *a, const struct lease *l, int64_t id,
				    const struct log_archived *log) MUST_CHECK;
/* It could not be put there: the row says so, *again_us is the pause before the next try. */
enum err model_build_drive_archive_failed(struct db *db, struct arena *a, const struct lease *l, int64_t id,
					  int64_t *again_us) MUST_CHECK;
/* Job and Secrets are gone: the last thing that is done for a build. */
enum err model_build_drive_job_deleted(struct db *db, struct arena *a, const struct lease *l, int64_t id) MUST_CHECK;

/* Tells pages that a row changed ("build 7"). A failure is only logged. */
void model_build_drive_notify(struct db *db, struct arena *a, const char *what, int64_t id);

#endif
