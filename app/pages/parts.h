/* How a noun's row becomes values of a page: the same names in every template. */
#ifndef PAGES_PARTS_H
#define PAGES_PARTS_H

#include <stdint.h>

#include "http/request.h"
#include "http/response.h"
#include "view/view.h"

struct build;
struct deployment;
struct project;
struct settings;

/* A string of the catalogue by a prefix and a word of the database: part_word(v, a, "status", "success"). */
const char *part_word(struct view *v, struct arena *a, const char *prefix, const char *word);

/* What a row of a list shows: id, status + word, phase_word while it runs, title of its reason, commit, commit_message, branch,
 * created, duration. A value costs as much as a line of HTML: a list sets no more than it shows. */
void part_build_row(struct view *v, struct arena *a, const struct build *b);

/*
 * All of that and: phase, reason + advice, trigger_word, commit_author, tag, image_repo, digest, message, evidence, waiting, by,
 * project, project_id, student, started, finished, live, cancelling, superseded_by, retry_of.
 */
void part_build(struct view *v, struct arena *a, const struct build *b);

/* id, action_word, state + word, reason + title + advice, message, evidence, progress, image, commit, build, by, created,
 * finished. */
void part_deployment(struct view *v, struct arena *a, const struct deployment *d);

/* id, name, student, number, course, state + word + badge, message, ready, commit, image, address, drift, build.*. */
void part_project(struct view *v, struct arena *a, const struct project *p, const struct settings *s);

/* One more step of the path that the reader came by; href NULL: this page. */
void part_crumb(struct view *v, int n, const char *href, const char *text);

/* Seconds as "12 s", "3 min 05 s", "1 h 02 min", in the arena. */
const char *part_duration(struct arena *a, int64_t seconds);

/* Reads one project, checks the action on it, and answers where that fails: 0, or the status to return. */
int part_load_project(struct request *req, struct response *res, int action, struct project *out) MUST_CHECK;

#endif
