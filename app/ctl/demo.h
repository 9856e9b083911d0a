/* Inside the room ctl: the made-up world of `portalctl demo`, planned in memory before a row of it is written. */
#ifndef CTL_DEMO_H
#define CTL_DEMO_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ctl/ctl.h"
#include "ctl/demo_calendar.h"
#include "ctl/demo_random.h"
#include "ctl/demo_texts.h"
#include "model/builds.h"
#include "model/deployments.h"
#include "model/log_bytes.h"
#include "model/users.h"

struct buf;
struct objects;
struct settings;

enum { DEMO_COURSES = 4, DEMO_VARIABLES_MAX = 3, DEMO_SEED = 20260101 };

/* Names that no server will ever have. */
#define DEMO_GIT_HOST "git.hydrology.example"
#define DEMO_REGISTRY "registry.hydrology.example"
#define DEMO_REGISTRY_NAME "demo"

/* Pointers in the order in which they were added; all of them and what they point to are the arena's. */
struct demo_list {
	void **items;
	int count, room;
};
void demo_add(struct arena *a, struct demo_list *list, void *item);

/* An account. Nobody can sign in with it. */
struct demo_person {
	int64_t id;
	const char *login, *name, *ip;
	enum role role;
	bool disabled;
	int64_t last_login; /* 0: never */
};

struct demo_course {
	const char *code, *name;
	const char *cohort; /* the beginning of its students' numbers */
	int students;
	int builds; /* of each project, in about a month */
	int due_day, due_hour;
	int archived_days; /* before now; 0: it is not archived */
	int64_t archived;
	int64_t id;
	struct demo_person *teacher;
	struct demo_calendar calendar;
};

struct demo_student {
	struct demo_course *course;
	const char *number, *name;
	struct demo_person *account; /* NULL: none yet */
	int64_t id, left;	     /* 0: still there */
};

/* How an application stands at the end. */
enum demo_finale { FINALE_ANY, FINALE_STOPPED, FINALE_FAILED, FINALE_DELETED };

struct demo_project {
	struct demo_student *student;
	const struct demo_stack *stack;
	const char *name, *branch, *repo_url, *image_repo, *image; /* image: with the registry's address */
	const char *config_digest, *extra_tag, *health_path;
	struct demo_variable variables[DEMO_VARIABLES_MAX];
	int port, builds, variable_count;
	bool auto_deploy, hopeless; /* hopeless: it never builds */
	bool key_missing;	    /* at first the deploy key was not installed */
	enum demo_finale finale;
	int64_t id, created;
	/* As it stands at the end of what is planned so far. */
	const char *head;
	int64_t head_at, restarted, drift_at;
	struct demo_deployment *wanted, *serving;
	struct demo_deployment *standing; /* the last that ended well */
	struct demo_deployment *last;	  /* whose image restart and start bring back */
	struct demo_deployment *pattern;  /* whose objects the cluster was told last */
};

struct demo_build {
	int64_t id;
	struct demo_project *project;
	const char *sha, *branch, *commit_message, *digest;
	enum build_trigger trigger;
	enum build_status status;
	const struct demo_fault *fault; /* NULL: it went well */
	const struct demo_flaw *flaw;	/* what exactly failed, where the fault is the Dockerfile's step */
	struct demo_person *by, *cancelled_by;
	struct demo_build *superseded_by, *retry_of;
	bool long_log;
	int64_t created, started, cloning, building, pushing, finished, cancel_asked; /* 0: it never came so far */
	/* Known when its log is written. */
	struct build_words words;
	const char *evidence;
	int64_t log_bytes, log_lines, log_part_bytes[LOG_PARTS];
	char log_sha256[65];
};

struct demo_deployment {
	int64_t id;
	struct demo_project *project;
	struct demo_build *build; /* NULL: stop and delete */
	enum deployment_action action;
	enum deployment_trigger trigger;
	enum deployment_state state;
	const struct demo_trouble *trouble; /* why it failed; NULL: it did not */
	struct demo_person *by;
	struct demo_deployment *superseded_by;
	struct demo_deployment *pattern; /* whose objects it applies: a stop leaves what ran before as it was */
	int64_t superseded_at;
	bool drifted;
	int64_t restarted; /* of the project, when it was applied */
	int64_t created, started, applied, finished;
};

struct demo_delivery {
	struct demo_project *project;
	struct demo_build *build;
	const char *delivery_id, *ref, *before_sha, *commit_sha, *outcome, *reason, *event;
	int64_t at;
};

/* An audit line. Its object is the build, else the project, else the person. */
struct demo_line {
	int64_t at;
	struct demo_person *who;
	const char *action, *detail;
	struct demo_build *build;
	struct demo_project *project;
	bool refused;
};

struct demo {
	struct ctl *ctl;
	struct arena *arena;
	struct settings *settings;
	int64_t now, begin;
	int students, days;
	int64_t registry_id;
	struct demo_course courses[DEMO_COURSES];
	struct demo_list people, roster, projects, builds, deployments, deliveries, lines;
	struct demo_person *teachers[2], *admin;
	struct demo_deck faults, troubles;
	struct demo_random random;
};

/* demo_plan.c: before everything else; and, last, all lists in the order of time, in which ids are given. */
void demo_plan_begin(struct demo *d);
void demo_plan_sort(struct demo *d);

/* demo_people.c: courses, people, projects; then their rows, by the same code as everybody's. CTL_DONE, or what was said. */
void demo_people_plan(struct demo *d);
enum ctl_exit demo_people_write(struct demo *d);

/* demo_walk.c: what happened to each project in those days. The projects have their ids. */
void demo_builds_plan(struct demo *d);

/*
 * demo_deployments.c: an act on the project's application at that moment; the plan is moved on to its end. `trouble` NULL: it
 * goes well. `overtakes`: an earlier one that was still under way, or NULL. An act that cannot be returns NULL.
 */
struct demo_order {
	enum deployment_action action;
	enum deployment_trigger trigger;
	struct demo_build *build; /* deploy, rollback */
	struct demo_person *by;
	const struct demo_trouble *trouble;
	struct demo_deployment *overtakes;
	bool unfinished; /* the next order overtakes it */
	int64_t at;
};
struct demo_deployment *demo_deploy(struct demo *d, struct demo_project *p, struct demo_random *r, const struct demo_order *o);
/* What people do with an application between two builds, from `at` on; when it ended. */
int64_t demo_deployments_acts(struct demo *d, struct demo_project *p, struct demo_random *r, int64_t at);
/* What decides the application's objects, as the worker writes it down; the arena's. NULL: nothing. The id is known. */
json_object *demo_deployment_snapshot(struct demo *d, const struct demo_deployment *x);

/* demo_trail.c: audit lines and deliveries. */
void demo_trail_line(struct demo *d, const struct demo_line *line);
void demo_trail_delivery(struct demo *d, const struct demo_delivery *delivery);
/* What staff did and who signed in, beside what each project brought; after the builds. */
void demo_trail_plan(struct demo *d);

/* demo_verdicts.c: message and evidence of a build that failed; `tail`: the failed container's log. The build's id is known. */
void demo_verdict(struct demo *d, struct demo_build *b, const char *tail);
/* A text with the build's words in the place of {sha}, {pod}, {image} and so on; in the arena. */
const char *demo_expand(struct arena *a, const struct demo_build *b, const char *text);

/* demo_logs.c: the log as the archive has it, and its measures in the build. Returns where the last container's part begins. */
size_t demo_log_write(struct demo *d, struct demo_build *b, struct buf *out);
/* demo_long_log.c: what a very long step prints. */
void demo_long_log_write(struct buf *out);

/* demo_archive.c. The key of a build's log; in the arena. */
const char *demo_log_key(struct arena *a, int64_t build_id);
/* All logs, and what each build that failed says of itself. *written: how many builds it came to, also after a failure. */
enum err demo_archive_write(struct demo *d, struct objects *o, int *written) MUST_CHECK;
/* Takes the logs of the first `written` builds out of the archive again. */
void demo_archive_undo(struct demo *d, struct objects *o, int written);
/* The keys of all logs that the database knows of it. */
enum err demo_archive_list(struct ctl *ctl, struct demo_list *keys) MUST_CHECK;

/* demo_rows.c: builds, deployments, deliveries, audit lines. demo_past.c: what became of courses, people and projects. */
enum err demo_rows_write(struct demo *d) MUST_CHECK;
enum err demo_past_write(struct demo *d) MUST_CHECK;

#endif
