/* Projects: a student's application, what is so of it now, and who may see it. */
#ifndef MODEL_PROJECTS_H
#define MODEL_PROJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;
struct keyring;
struct settings;

/* SQL: the application of that alias takes a place: also where a new version failed and the one before goes on serving. */
#define PROJECT_IS_UP(p)                                                                                                         \
	"(" p ".app_state IN ('pending', 'deploying', 'running') OR (" p ".app_state = 'failed' AND " p ".app_ready > 0))"

/* All values of app_state, for filters. */
#define APP_STATES "none|pending|deploying|running|failed|stopped"

/* A row with its student and course. Texts are the arena's and NULL where the column is. */
struct project {
	int64_t id, student_id, course_id;
	int64_t student_user_id; /* 0: the student has never signed in */
	const char *name, *student_name, *student_number, *course_code, *course_name;
	int container_port;
	const char *health_path;
	int64_t wanted_deployment_id, serving_deployment_id; /* 0: none */
	const char *restarted_at;
	const char *app_state; /* none, pending, deploying, running, failed, stopped */
	/* What is wrong with it, as a deployment's reason, details and evidence; since when. reason NULL: nothing is known. */
	const char *app_reason, *app_details, *app_evidence, *app_reason_at;
	int app_ready;
	const char *drift;		       /* what somebody changed (JSON, see view_changes); NULL: nothing */
	const char *drift_since, *drift_error; /* why it could not be put right */
	const char *repair_at;		       /* when it is put right next; NULL: at once */
	bool repair_asked;		       /* a person wants it put right now */
	const char *observed_at, *created_at;
	int version;
	/* What serves now, from the serving deployment: its image, of which build and commit, since when. */
	const char *image, *commit_sha, *serving_since;
	int64_t serving_build_id;
	/* The newest build; 0: none. */
	int64_t build_id;
	const char *build_status, *build_commit;
	/* Of the build configuration, for "push here": NULL without one. */
	const char *repo_url, *branch;
	/* Where it is placed, and where its objects are (0: nowhere); name and domain (NULL: the setting's) of the latter, else
	 * the former. */
	int64_t cluster_id, applied_cluster_id;
	const char *cluster_name, *base_domain;
	bool cluster_away; /* it did not answer when it was looked at last, for cluster_message; cluster_seen_at: when it did */
	const char *cluster_message, *cluster_seen_at;
};

/* One project by ONE query. ERR_NOT_FOUND. */
enum err model_projects_get(struct db *db, struct arena *a, int64_t id, struct project *out) MUST_CHECK;

/* The first project of a student's roster entry; 0 in *id: none. */
enum err model_projects_first_of_student(struct db *db, struct arena *a, int64_t student_id, int64_t *id) MUST_CHECK;

/* What a list is to hold; 0 and NULL mean any. */
struct project_filter {
	const char *search; /* a part of student's name or number, or project's name */
	const char *state;  /* an app_state */
	int64_t user_id;    /* the projects of that user's own roster entries */
	int64_t student_id; /* of that entry, also of one who left, whatever is searched; else those who left have none here */
	bool left;	    /* with no other filter: also those of students who left */
	int64_t before;	    /* ids smaller than this; 0: from the newest */
	int limit;	    /* 1..200 */
};
struct project_list {
	struct project *rows;
	int count;
	bool more;
};
enum err model_projects_list(struct db *db, struct arena *a, const struct project_filter *f, struct project_list *out) MUST_CHECK;

/* Who takes a place in the cluster: of a course the first few, and how many in all. */
struct project_up {
	int64_t id;
	const char *name, *student_name;
};
enum err model_projects_up(struct db *db, struct arena *a, int64_t course_id, int limit, struct project_up **out, int *count,
			   int64_t *total) MUST_CHECK;

/* A new project with its default configuration, deploy key and webhook secret (model_build_configs_create). */
struct project_new {
	int64_t student_id;
	const char *name;	 /* [a-z0-9][a-z0-9-]{0,39} */
	int container_port;	 /* 0: 8000 */
	const char *health_path; /* NULL: none */
	const char *repo_url;
	const char *repo_schemes; /* config.repo_schemes */
};
/* In the caller's transaction. ERR_INVALID: *why (English, arena). ERR_NOT_FOUND: no such student. ERR_CONFLICT: the student has
 * one of that name. */
enum err model_projects_create(struct db *db, struct arena *a, struct keyring *k, const struct settings *s,
			       const struct project_new *p, int64_t *id, const char **why) MUST_CHECK;

/* "student-7.project.hydrosim.edu" and "https://student-7.project.hydrosim.edu/", in the arena. domain: of the project's
 * cluster; NULL or "": the setting's. */
const char *project_host(struct arena *a, const struct settings *s, const char *domain, int64_t id);
const char *project_address(struct arena *a, const struct settings *s, const char *domain, int64_t id);

/*
 * Port and health path (NULL: none) of a project that still has that version (0: whatever it has); they count from the next
 * deployment on. ERR_INVALID: they break their rules; ERR_CONFLICT: somebody else changed it meanwhile; ERR_NOT_FOUND.
 */
enum err model_projects_set_serving(struct db *db, struct arena *a, int64_t id, int port, const char *health_path,
				    int version) MUST_CHECK;
/* The rule of a health path: begins with /, letters, digits and ._~/-, at most 200 bytes. Pure. */
bool project_health_path_valid(const char *path);

#endif
