/* Builds: what is wanted of them, their lists, and the acts of people. The worker's own writes are in model/build_drive.h. */
#ifndef MODEL_BUILDS_H
#define MODEL_BUILDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;
struct settings;

enum build_status { BUILD_PENDING, BUILD_RUNNING, BUILD_SUCCESS, BUILD_FAILED, BUILD_CANCELLED, BUILD_STATUS__MAX };

enum build_phase {
	PHASE_QUEUED,
	PHASE_PREPARING,
	PHASE_CLONING,
	PHASE_BUILDING,
	PHASE_PUSHING,
	PHASE_ARCHIVING,
	PHASE_DONE,
	BUILD_PHASE__MAX
};

enum build_reason {
	REASON_NONE,
	REASON_GIT_AUTH,
	REASON_GIT_REF,
	REASON_DOCKERFILE,
	REASON_BUILD_STEP,
	REASON_PUSH_AUTH,
	REASON_IMAGE_PULL,
	REASON_OUT_OF_MEMORY,
	REASON_OUT_OF_DISK,
	REASON_EVICTED,
	REASON_UNSCHEDULABLE,
	REASON_QUOTA,
	REASON_TIMEOUT,
	REASON_LOST,
	REASON_SUPERSEDED,
	REASON_CANCELLED,
	REASON_PLATFORM,
	BUILD_REASON__MAX
};

/* Whose matter a reason is: who can do something about it. */
enum build_side { SIDE_NOBODY, SIDE_STUDENT, SIDE_PLATFORM, BUILD_SIDE__MAX };

/* The reasons that a build fails for, for filters; the others end it without a failure. */
#define BUILD_FAILURES                                                                                                           \
	"GIT_AUTH|GIT_REF|DOCKERFILE|BUILD_STEP|PUSH_AUTH|IMAGE_PULL|OUT_OF_MEMORY|OUT_OF_DISK|EVICTED|UNSCHEDULABLE|QUOTA|"     \
	"TIMEOUT|LOST|PLATFORM"

enum build_trigger { TRIGGER_PUSH, TRIGGER_POLL, TRIGGER_MANUAL, TRIGGER_RETRY, BUILD_TRIGGER__MAX };

/* All of them, for filters. */
#define BUILD_STATUSES "pending|running|success|failed|cancelled"

/* The words of the database and of JSON ("pending", "GIT_AUTH"); REASON_NONE is NULL. Any thread. */
const char *build_status_name(enum build_status s);
const char *build_phase_name(enum build_phase p);
const char *build_reason_name(enum build_reason r);
/* The reason of a word; REASON_NONE for NULL and for a word that a newer release wrote. Any thread. */
enum build_reason build_reason_of(const char *word);
/* "student", "platform"; NULL for nobody: of REASON_NONE, SUPERSEDED and CANCELLED. Any thread. */
enum build_side build_reason_side(enum build_reason r);
const char *build_side_name(enum build_side s);
const char *build_trigger_name(enum build_trigger t);

/* A build that can still change. */
static inline bool build_is_live(enum build_status s)
{
	return s == BUILD_PENDING || s == BUILD_RUNNING;
}

/* A row. Texts are the arena's and NULL where the column is; times are the database's text of a timestamptz in UTC. */
struct build {
	int64_t id, project_id, student_id, course_id;
	const char *commit_sha, *branch, *commit_message, *commit_author;
	const char *image_repo, *image_tag, *digest;
	enum build_status status;
	enum build_phase phase;
	enum build_reason reason;
	enum build_trigger trigger;
	const char *message, *evidence, *waiting_for;
	const char *message_words, *waiting_words; /* JSON, as build_words_json has it; NULL: show the text as it is */
	/* From `config`, the configuration that is built. extra_tag: a second tag, or NULL. */
	const char *repo_url, *dockerfile_path, *context_path, *builder, *extra_tag;
	int64_t registry_id;
	const char *config_digest;
	int64_t created_by, cancelled_by, superseded_by, retry_of;
	const char *created_by_name; /* of the person, NULL: nobody */
	const char *job_name, *log_object_key;
	int64_t log_bytes, log_lines, log_part_bytes[3]; /* of the archive; 0: not known */
	bool log_complete;
	const char *created_at, *started_at, *finished_at, *cancel_requested_at, *archived_at;
	int64_t duration; /* seconds; -1: not known yet */
	/* Of the project, for pages and for authorize(). */
	const char *project_name, *student_name, *course_code;
	int64_t student_user_id;
};

/* One build with its project's names by ONE query. ERR_NOT_FOUND. */
enum err model_builds_get(struct db *db, struct arena *a, int64_t id, struct build *out) MUST_CHECK;

/* What a list is to hold; 0 and NULL mean any. `user_id` restricts it to the builds of that user's own roster entries. */
struct build_filter {
	int64_t project_id, student_id, course_id, user_id;
	const char *status; /* a word of enum build_status */
	const char *branch;
	int64_t before; /* ids smaller than this: the key of the page before; 0: from the newest */
	int limit;	/* 1..200 */
};

/* A page of a list, newest first. `more`: smaller ids follow, the next page begins before rows[count - 1].id. */
struct build_list {
	struct build *rows; /* without message_words, evidence, config */
	int count;
	bool more;
};

/* Builds by filter with ONE query. */
enum err model_builds_list(struct db *db, struct arena *a, const struct build_filter *f, struct build_list *out) MUST_CHECK;

/* The builds of these ids ("{7,3}") with their projects' names, in that order; one that does not exist is left out. ONE query. */
enum err model_builds_named(struct db *db, struct arena *a, const char *ids, struct build_list *out) MUST_CHECK;

/* What the history page says of its project. */
struct build_project {
	int64_t id, student_user_id, student_id, course_id;
	const char *name, *student_name, *course_code, *app_state;
};

/* The project and a page of its builds (f->project_id is set) with ONE query. ERR_NOT_FOUND: no such project. */
enum err model_builds_history(struct db *db, struct arena *a, const struct build_filter *f, struct build_project *project,
			      struct build_list *out) MUST_CHECK;

/* A commit that is now the head of the branch that a project builds. */
struct build_want {
	int64_t project_id;
	const char *branch, *commit_sha; /* checked: git_branch_valid, git_sha_valid */
	const char *message, *author;	 /* of the commit, valid UTF-8, any length; may be NULL */
	enum build_trigger trigger;	 /* TRIGGER_PUSH or TRIGGER_POLL */
	/*
	 * What was read from the git server may be old news when it arrives: with `guarded` it counts only while the wanted
	 * commit is still seen_head (NULL: none), the one from before the reading.
	 */
	bool guarded;
	const char *seen_head;
	const char *delivery_id; /* of the webhook; one that is already recorded for the project wants nothing. NULL: none */
};

enum build_outcome {
	WANT_BUILD_CREATED, /* build_id is the new one */
	WANT_REDEPLOYED,    /* built before under the same configuration: deployment_id deploys build_id's digest */
	WANT_ALREADY_BUILT, /* the same, but auto_deploy is off or it is what was deployed last: nothing to do */
	WANT_IN_PROGRESS,   /* build_id, of this commit, is pending or running */
	WANT_DUPLICATE,	    /* was the wanted commit before; build_id is its newest build, 0: it has none */
	WANT_OTHER_BRANCH,  /* not the branch that the project builds (any more) */
	WANT_OFF,	    /* auto_build is off */
	WANT_SKIPPED,	    /* the commit's message says [skip ci] or [ci skip]: it is the head, but nothing is built */
	WANT_MOVED,	    /* guarded, and another commit was wanted meanwhile: read the branch again */
	BUILD_OUTCOME__MAX
};

struct build_wanted {
	enum build_outcome outcome;
	int64_t build_id, superseded_id, deployment_id; /* 0: none */
};

/*
 * The commit is wanted: records it as the head and makes what it needs (a build, a deployment of an earlier digest, or nothing).
 * The older pending build of the project becomes cancelled, SUPERSEDED. Runs inside the caller's transaction, under a lock on the
 * project's build_configs row; the caller commits, then notifies portal_work. ERR_NOT_FOUND: no such project or no configuration;
 * ERR_INVALID: the project has no registry to push to.
 */
enum err model_builds_want(struct db *db, struct arena *a, const struct settings *s, const struct build_want *w,
			   struct build_wanted *out) MUST_CHECK;

/* A build that somebody asked for, or that repeats a lost one. */
struct build_trigger_ask {
	int64_t project_id;
	const char *branch;	/* NULL: the configured one */
	const char *commit_sha; /* NULL: the last known head, for which ERR_NOT_FOUND is answered when there is none */
	const char *message, *author;
	enum build_trigger trigger; /* TRIGGER_MANUAL or TRIGGER_RETRY */
	int64_t user_id;	    /* 0: nobody */
	int64_t retry_of;	    /* the build that is repeated (its commit and branch count), or 0 */
};

/*
 * Always a new build, in the caller's transaction. TRIGGER_MANUAL supersedes the waiting one; a live build of the very same
 * commit is returned instead (*created false: two clicks make one build). TRIGGER_RETRY gives way to a waiting one: ERR_CONFLICT.
 */
enum err model_builds_trigger(struct db *db, struct arena *a, const struct settings *s, const struct build_trigger_ask *t,
			      int64_t *build_id, bool *created) MUST_CHECK;

/*
 * Asks a build to stop: a pending one is cancelled at once (reason CANCELLED), a running one gets cancel_requested_at, which the
 * worker obeys. One statement each; call it inside a transaction with its audit line. ERR_CONFLICT: it has ended; ERR_NOT_FOUND.
 */
enum err model_builds_cancel(struct db *db, struct arena *a, int64_t id, int64_t user_id) MUST_CHECK;

/*
 * The project's waiting build (0: none) gives way to `by`: cancelled, SUPERSEDED, with an event. *id gets it. For the worker's
 * check of the branch head as well. In the caller's transaction.
 */
enum err model_builds_supersede_pending(struct db *db, struct arena *a, int64_t project_id, int64_t by, int64_t *id) MUST_CHECK;

/* One thing that happened to a build, oldest first. */
struct build_event {
	const char *at, *kind, *value, *message;
};
enum err model_builds_events(struct db *db, struct arena *a, int64_t id, struct build_event **out, int *count) MUST_CHECK;

/* The tag that a branch keeps at its newest image: "<branch>-latest", made legal; two branches never share one. In the arena.
 * Pure. */
const char *build_branch_tag(struct arena *a, const char *branch);

/* Tells the workers that something is pending. After the commit, outside any transaction; a failure is only logged. */
void model_builds_notify(struct db *db, struct arena *a);

#endif
