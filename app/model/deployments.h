/* Deployments: each act on a project's application is a row; people and builds ask by rows, the worker drives them. */
#ifndef MODEL_DEPLOYMENTS_H
#define MODEL_DEPLOYMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/phrases.h"
#include "model/quotas.h"

struct arena;
struct db;
struct settings;

/* ACT_, because ACTION_ names what authorize() is asked. ACT_MOVE: what serves, brought up on another cluster. */
enum deployment_action {
	ACT_DEPLOY,
	ACT_ROLLBACK,
	ACT_RESTART,
	ACT_START,
	ACT_STOP,
	ACT_DELETE,
	ACT_MOVE,
	DEPLOYMENT_ACTION__MAX
};

enum deployment_state {
	DEPLOYMENT_PENDING,
	DEPLOYMENT_DEPLOYING,
	DEPLOYMENT_RUNNING,
	DEPLOYMENT_FAILED,
	DEPLOYMENT_STOPPED,
	DEPLOYMENT_SUPERSEDED,
	DEPLOYMENT_DELETED,
	DEPLOYMENT_STATE__MAX
};

/* idle: the application was stopped because nobody used it for long */
enum deployment_trigger { DEPLOYMENT_AUTO, DEPLOYMENT_MANUAL, DEPLOYMENT_REPAIR, DEPLOYMENT_IDLE, DEPLOYMENT_TRIGGER__MAX };

/* Those that are asked for by their name, and all: a move is asked for by its cluster. */
#define DEPLOYMENT_ASKS "deploy|rollback|restart|start|stop|delete"
#define DEPLOYMENT_ACTIONS DEPLOYMENT_ASKS "|move"

/*
 * Why a deployment failed, and what may be wrong with an application that runs (projects.app_reason). Each has a title, a
 * sentence with its particulars and an advice in the catalogues: dreason.CODE.{title,says,advice}.
 */
#define DEPLOYMENT_REASONS                                                                                                       \
	"IMAGE_MISSING|IMAGE_DENIED|IMAGE_ARCH|IMAGE_PULL|START|ENDS|CRASH_LOOP|NOT_ANSWERING|UNHEALTHY|OUT_OF_MEMORY|OUT_OF_"   \
	"DISK|"                                                                                                                  \
	"QUOTA|UNSCHEDULABLE|ADMISSION|RUNS_AS_ROOT|SECRET_MISSING|NOT_ALLOWED|REFUSED|EVICTED|NO_COPY|DEADLINE|CLUSTER_AWAY|"   \
	"OVERTAKEN|PLATFORM"

/* What a deployment waits for: dprogress.CODE. */
#define DEPLOYMENT_PROGRESS                                                                                                      \
	"AWAY|NOT_SEEN|REFUSED|NOT_ALLOWED|STARTING|QUOTA|ADMISSION|UNSCHEDULABLE|CREATING|PULLING|PULL_AGAIN|CONFIG|NOT_"       \
	"ANSWERING|"                                                                                                             \
	"STARTING_AGAIN|OLD_ENDING|STOPPING|REMOVING"

/* The words of the database and of JSON. Any thread. */
const char *deployment_action_name(enum deployment_action x);
/* What the audit trail says of who did that, with person, project and student; of a move it says where to, by model_act_move. */
enum phrase deployment_action_phrase(enum deployment_action x);
const char *deployment_state_name(enum deployment_state x);
const char *deployment_trigger_name(enum deployment_trigger x);
bool deployment_action_parse(const char *word, enum deployment_action *out);
bool deployment_state_parse(const char *word, enum deployment_state *out);

/* A row. Texts are the arena's and NULL where the column is; times are the database's text in UTC. */
struct deployment {
	int64_t id, project_id, build_id; /* build_id 0: none */
	enum deployment_action action;
	enum deployment_trigger trigger;
	enum deployment_state state;
	const char *image; /* host[:port]/path@sha256:...; NULL for stop and delete */
	const char *commit_sha;
	int replicas;
	const char *moves_to;			   /* name of the cluster that a move goes to; NULL: it is none */
	const char *reason;			   /* of DEPLOYMENT_REASONS */
	const char *details;			   /* JSON: what fills the places of its sentences */
	const char *message;			   /* the cluster's own words */
	const char *evidence;			   /* the application's last lines */
	const char *progress_code;		   /* of DEPLOYMENT_PROGRESS, while it is under way */
	const char *progress_values, *progress_at; /* likewise; since when it waits so */
	int64_t progress_seconds;		   /* so far; -1: it does not wait */
	int64_t created_by, superseded_by;
	const char *created_by_name;
	const char *superseded_by_name; /* who asked for the one that took its place; NULL: nobody did */
	enum deployment_action superseded_by_action;
	const char *created_at, *started_at, *finished_at, *retry_at;
	bool planned;	 /* what was to be applied is written down */
	bool can_return; /* it brought an image up once, and another took its place: it can be gone back to */
	/* Of the project, for pages and for authorize(). */
	const char *project_name, *student_name, *course_code;
	int64_t student_user_id, course_id;
};

/* SQL: the deployment of that alias brought an image up once, and another one took its place: it can be gone back to. */
#define DEPLOYMENT_CAN_RETURN(d)                                                                                                 \
	d ".image IS NOT NULL AND " d ".build_id IS NOT NULL AND " d ".applied_at IS NOT NULL AND " d                            \
	  ".state IN ('superseded', 'stopped')"

/* One deployment. ERR_NOT_FOUND. */
enum err model_deployments_get(struct db *db, struct arena *a, int64_t id, struct deployment *out) MUST_CHECK;

/* A page of a project's deployments (project_id 0: all), newest first; before 0: from the newest; limit 1..200. */
struct deployment_list {
	struct deployment *rows;
	int count;
	bool more;
};
enum err model_deployments_list(struct db *db, struct arena *a, int64_t project_id, int64_t before, int limit,
				struct deployment_list *out) MUST_CHECK;

/* An act that is wanted. */
struct deployment_ask {
	int64_t project_id;
	enum deployment_action action;
	enum deployment_trigger trigger;
	int64_t build_id;    /* deploy: this build's digest; 0: the newest successful build's */
	int64_t rollback_to; /* rollback: the earlier deployment whose image is wanted */
	int64_t user_id;     /* 0: nobody */
};

/* Why an act cannot be; each is a sentence "refused.NAME" of the catalogues. */
enum deployment_refusal {
	REFUSED_NOT,
	REFUSED_NO_IMAGE,	 /* no successful build yet */
	REFUSED_BUILD_NOT_READY, /* the build that was named has no image */
	REFUSED_NOT_DEPLOYED,	 /* restart, start, stop, rollback, delete of what was never deployed, or was deleted */
	REFUSED_NOTHING_EARLIER, /* nothing that ran before to go back to */
	REFUSED_CHANGED,	 /* what was named is not there any more */
	REFUSED_QUOTA,		 /* and those behind it: REFUSED_QUOTA + that quota is full */
	DEPLOYMENT_REFUSAL__MAX = REFUSED_QUOTA + QUOTA__MAX
};
/* "no_image" and so on; "" for REFUSED_NOT. */
const char *deployment_refusal_name(enum deployment_refusal r);

struct deployment_asked {
	int64_t id;	    /* the row that does it */
	bool created;	    /* false: the same act was already waiting, or was asked for seconds ago */
	int64_t superseded; /* the waiting one that gave way, or 0 */
	enum deployment_refusal refusal;
	struct quota_full full; /* of REFUSED_QUOTA */
};

/*
 * Asks for an act, in the caller's transaction (lock on the project's row): inserts a pending row, the earlier pending one
 * becomes superseded and names it, projects.wanted_deployment_id points to it, restart sets projects.restarted_at. restart and
 * start take the image of the last deployment. What is to come up takes its room of the quotas from here on. The caller commits,
 * then calls model_builds_notify. ERR_NOT_FOUND: no such project, build or deployment of it; ERR_CONFLICT: out->refusal says why.
 */
enum err model_deployments_ask(struct db *db, struct arena *a, const struct settings *s, const struct deployment_ask *d,
			       struct deployment_asked *out) MUST_CHECK;

/*
 * A build has succeeded: deploys it where auto_deploy is on and nothing newer is wanted (its commit is still the head, or
 * somebody asked for this very build; no later build was deployed). In the caller's transaction, the one that writes the success.
 * *id 0: nothing to deploy, or a quota is full: the build then says so (builds.not_deployed) and so does the audit trail.
 */
enum err model_deployments_auto(struct db *db, struct arena *a, const struct settings *s, int64_t build_id,
				int64_t *id) MUST_CHECK;
/* The same of a build that is known to be wanted. */
enum err model_deployments_auto_build(struct db *db, struct arena *a, const struct settings *s, int64_t project_id,
				      int64_t build_id, int64_t *id) MUST_CHECK;

/*
 * What was applied by two deployments of one project (deployments.snapshot with its cluster's name as "cluster", JSON text; NULL:
 * nothing was): this one, and `with`, or where *with is 0 the last one before it that has a plan; *with gets its id, 0: there is
 * none. ERR_NOT_FOUND: one of them is none of the project's.
 */
enum err model_deployments_plans(struct db *db, struct arena *a, int64_t project_id, int64_t id, int64_t *with, const char **plan,
				 const char **with_plan) MUST_CHECK;

/* One thing that happened to a deployment; the newest DEPLOYMENT_EVENTS, oldest first: who fights the portal makes ever more. */
enum { DEPLOYMENT_EVENTS = 200 };
struct deployment_event {
	const char *at, *kind, *value, *message;
};
enum err model_deployments_events(struct db *db, struct arena *a, int64_t id, struct deployment_event **out,
				  int *count) MUST_CHECK;

#endif
