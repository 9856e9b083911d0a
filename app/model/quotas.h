/* Quotas: what applications take while they are up, of a student, a course, a cluster and in all, and what they may take. */
#ifndef MODEL_QUOTAS_H
#define MODEL_QUOTAS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct cluster;
struct db;
struct settings;

/* In the order in which they are asked. */
enum quota {
	QUOTA_STUDENT_APPS,
	QUOTA_STUDENT_CPU,
	QUOTA_STUDENT_MEMORY,
	QUOTA_COURSE_APPS,
	QUOTA_CLUSTER_APPS,
	QUOTA_CLUSTER_CPU,
	QUOTA_CLUSTER_MEMORY,
	QUOTA_TOTAL_APPS,
	QUOTA__MAX
};
/* "student_apps", "cluster_cpu", ... Any thread. */
const char *quota_name(enum quota q);
/* Whether it is of cores or memory in sum; else applications are counted. Any thread. */
bool quota_is_sum(enum quota q);
enum quota_scope { QUOTA_OF_STUDENT, QUOTA_OF_COURSE, QUOTA_OF_CLUSTER, QUOTA_OF_ALL };

/* What one application takes, in thousandths of a core and in bytes; both 0: nothing. */
struct takes {
	int64_t cpu, memory;
};
/* By the settings of now, which a plan is made from. */
struct takes takes_of_settings(const struct settings *s);
/* By a plan that was written down (deployments.snapshot). False: it says nothing that can be read, or no replica is to run. */
bool takes_of_plan(struct arena *a, const char *snapshot, struct takes *out);

/* One quota as it is: a limit of 0 is none. Applications are counted, the rest is in the units of struct takes. */
struct quota_use {
	enum quota quota;
	int64_t limit, used;
};

/* An amount of a quota as people write it: "3", "2.5", "1.5Gi". In the arena. Pure. */
const char *quota_amount(struct arena *a, enum quota q, int64_t amount);

/* How much of it an application takes, in the same words. In the arena. Pure. */
const char *quota_takes(struct arena *a, enum quota q, const struct takes *t);

/* A quota that is full. */
struct quota_full {
	enum quota quota;
	int64_t limit, used, asked;			       /* asked: what would come to it */
	int64_t project_id, student_id, course_id, cluster_id; /* of the application that was to come up */
};
/* A sentence of the catalogue with the numbers in the places {limit}, {used}, {asked} and {over}. In the arena. Pure. */
const char *quota_sentence(struct arena *a, const char *sentence, const struct quota_full *f);

/* An application that is to come up, or to take more. */
struct quota_ask {
	int64_t project_id, student_id, course_id, cluster_id;
	struct takes before; /* what it takes on that cluster already */
	struct takes after;
};
/*
 * Whether it fits, in the caller's transaction: takes the locks of those quotas that have a limit, so that two that ask at once
 * cannot both have the last place. What takes no more than before always fits. ERR_CONFLICT: *full says which quota is full.
 */
enum err model_quotas_check(struct db *db, struct arena *a, const struct settings *s, const struct quota_ask *ask,
			    struct quota_full *full) MUST_CHECK;

/* What a cluster's quotas are and how far they are used; those without a limit are in it, too. */
struct quota_uses {
	struct quota_use rows[QUOTA__MAX];
	int count;
};
enum err model_quotas_cluster(struct db *db, struct arena *a, const struct settings *s, const struct cluster *c,
			      struct quota_uses *out) MUST_CHECK;

/* The limit of a cluster: its own, or the setting's. Pure. */
int64_t quota_limit_of_cluster(const struct cluster *c, const struct settings *s, enum quota q);

/* The word of the quota that kept a build from being deployed by itself; NULL: none did. */
enum err model_quotas_kept_back(struct db *db, struct arena *a, int64_t build_id, const char **refusal) MUST_CHECK;

/* An application that takes of a full quota. Texts are the arena's. */
struct quota_holder {
	int64_t project_id, student_user_id;
	const char *project_name, *student_name, *student_number, *course_code, *app_state;
	struct takes takes;
	const char *active_at;
	bool enough; /* with those before it, stopping it makes room */
};
enum { QUOTA_HOLDERS = 20 };
/*
 * Those who take of it beside the one that asked, the longest unused first, at most QUOTA_HOLDERS; user_id restricts them to that
 * user's own (0: all). *more says how many there are beside these, whoever's they are.
 */
enum err model_quotas_holders(struct db *db, struct arena *a, const struct quota_full *f, int64_t user_id,
			      struct quota_holder **out, int *count, int *more) MUST_CHECK;

#endif
