/* How a noun's row becomes values of a page: the same names in every template. */
#ifndef PAGES_PARTS_H
#define PAGES_PARTS_H

#include <stdint.h>

#include "auth/authorize.h"
#include "http/request.h"
#include "http/response.h"
#include "view/view.h"

struct arena;
struct build;
struct course;
struct student;
struct deployment;
struct project;
struct settings;

/* What a row of a list shows: id, status + word, phase_word while it runs, title of its reason, commit, commit_message, branch,
 * created, duration. A value costs as much as a line of HTML: a list sets no more than it shows. */
void part_build_row(struct view *v, const struct build *b);

/*
 * All of that and: phase, reason + advice, trigger_word, commit_author, tag, image_repo, digest, message, evidence, waiting, by,
 * project, project_id, student, started, finished, live, cancelling, superseded_by, retry_of.
 */
void part_build(struct view *v, const struct build *b);

/*
 * id, action_word, state + word, of a failed one reason + title + says + advice + hint + own (the portal's words) or said (the
 * cluster's) + evidence, while it is under way progress.{code, text, own, said, line, for, since}, image, commit, build, by,
 * created, finished, superseded_by
 * + superseded.{who, word}.
 */
void part_deployment(struct view *v, const struct deployment *d);

/* A sentence of the catalogue by a code of the database, its places filled from JSON: part_say(v, "dreason", "ENDS", ".says",
 * details). NULL: there is none. */
const char *part_say(const struct view *v, const char *prefix, const char *code, const char *part, const char *values);

/*
 * What a build's row says, in the reader's language: `words` as build_words_json has it, `text` the same in English, `whole` with
 * a full stop. Without words it is the text as it is, and NAME.foreign is "1". Nothing where the text is NULL.
 */
void part_words(struct view *v, const char *name, const char *words, const char *text, bool whole);

/* A text of phrases.def in the reader's language; `text` itself, which may be NULL, where it is no such text. */
const char *part_phrase(const struct request *req, const char *text);
/* The same as a value of a page, for the macro `said`: NAME, and NAME.foreign is "1" where somebody else said it. */
void part_said(struct view *v, const char *name, const char *text);
/* A line of a build's log, without its newline, that is the portal's own ("so much is left out"), in the reader's language; NULL:
 * it is the build's. */
const char *part_own_line(struct arena *a, const char *language, const char *line, size_t len);
/* Lines of a build's log, the portal's own among them in the reader's language. */
const char *part_log_lines(const struct view *v, const char *lines);
/* As part_said, of what went wrong: `why`, or where that is "" what the error means. */
void part_trouble(struct view *v, const char *name, const char *why, enum err e);

/* What a row of a list shows: id, name, student, student_id, number, course, state + word + badge, drift, build.{id, status,
 * word, commit}, and where it runs app as part_app has it. */
void part_project_row(struct view *v, const struct project *p, const struct settings *s);

/* All of that and: course_name, what is wrong as part_deployment has it and since when (trouble_at), ready, answers, serves,
 * old_serves, commit, image, app in every state, cluster, away + away_why + away_since, since, serving_build, repo_url, branch,
 * observed. */
void part_project(struct view *v, const struct project *p, const struct settings *s);

/* What somebody changed of the application, and what becomes of it: rows Drift.N.text, DriftSince, RepairAt, DriftError,
 * Repaired. */
void part_drift(struct view *v, const struct project *p, bool repaired);

/* Whose pages these are, for their frame. */
struct project_head {
	int64_t id, course_id;
	const char *name, *student_name, *course_code;
	const char *app_state; /* NULL: the page does not show it */
};
struct project_head project_head(const struct project *p);

/* The pages of a project, in the order of their tabs. */
enum project_tab { TAB_OVERVIEW, TAB_BUILDS, TAB_DEPLOYMENTS, TAB_LOG, TAB_VARIABLES, TAB_CONFIG, TAB_ACCESS, PROJECT_TAB__MAX };

/*
 * The path and the tabs of a project's page, its title, and Project.{id, name, student, course, state}. PROJECT_TAB__MAX: a page
 * of its own below the project, without tabs; the caller adds the last steps of the path.
 */
void part_project_frame(struct view *v, struct request *req, const struct project_head *p, enum project_tab tab);

/* The path to a course's page, its title, and Course.{id, code, name, archived, students, running, failed}; title NULL: its own.
 */
void part_course_frame(struct view *v, struct request *req, const struct course *c, const char *title);

/* Rows Courses.N.{value,word} to choose from: for the macro `choice`. */
void part_course_choice(struct view *v, const struct course *courses, int count);

/*
 * Place.0.{position,of,why,expected,begins,usual,from} of a waiting build, where it stands in the queue and about how long, and
 * Places, how many run at once; nothing where it does not wait any more.
 */
enum err part_queue_place(struct view *v, struct request *req, int64_t build_id) MUST_CHECK;

/* Reads the student of the path: 0, or the answered status. */
int part_load_student(struct request *req, struct response *res, struct student *out) MUST_CHECK;
/* The path to a student's page, its title (a string of the catalogue; NULL: the student's own), Home, and Student.{id, name,
 * number, course, course_id, login, has_password, left}. */
void part_student_frame(struct view *v, struct request *req, const struct student *s, const char *title);

/* Answers (409) that a quota is full: what takes of it, and what to stop; a student sees only own applications. */
struct deployment_asked;
int part_quota_full(struct request *req, struct response *res, const struct deployment_asked *asked);

/* app.address, and app.host: the host's first label, by which people tell it from its neighbours; the rest as project_host has
 * it. */
void part_app(struct view *v, const struct settings *s, const char *base_domain, int64_t project_id);

/* The badge of an application's state: one that runs looks like success, not like work under way. */
const char *part_app_badge(const char *app_state);

/* Reads one project, checks the action on it, and answers where that fails: 0, or the status to return. */
int part_load_project(struct request *req, struct response *res, enum action action, struct project *out) MUST_CHECK;

#endif
