/* A course's roster from a table: what each line would do, and doing it. The same for a page and for the command line. */
#ifndef MODEL_ROSTER_H
#define MODEL_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;
struct keyring;
struct settings;

enum { ROSTER_MAX = 1000 };

/* What is to be done beside the roster itself. */
struct roster_options {
	bool accounts;	      /* an account for each student without one; its login is the line's, else the number */
	const char *project;  /* a project of that name for each student without one; NULL: none */
	const char *repo_url; /* of that project: "{login}", "{number}" and "{project}" are filled in */
	const char *repo_schemes;
};

enum roster_change {
	ROSTER_NEW,	/* a student who is not on the roster */
	ROSTER_BACK,	/* one who had left */
	ROSTER_RENAMED, /* another name, or another account */
	ROSTER_SAME,
	ROSTER_LEFT_OUT, /* see fault; nothing is done for the line */
	ROSTER_CHANGE__MAX
};
/* "new", "back", ...: the catalogue's roster.WORD. */
const char *roster_change_name(enum roster_change c);

/* One line. Texts are the arena's. */
struct roster_line {
	int number;					      /* of the line in the file */
	const char *student_number, *name, *login, *repo_url; /* login and repo_url: "" where the line says none */
	bool own_login; /* the line says one; else login is the account that there is, or would be */
	enum roster_change change;
	bool new_account, new_project;
	const char *fault; /* the catalogue's sentence; NULL: none */
	/* After model_roster_apply: */
	int64_t student_id, user_id, project_id;
};

struct roster {
	struct roster_line *lines;
	int count, wrong, changes; /* lines in all; with a fault; that would change something */
};

/*
 * Reads a CSV file: number, name and, where there are more columns, login and repository; a first line with such words (in
 * English or Chinese) names the columns in another order. Looks up what each line would do. ERR_INVALID, ERR_TOO_LARGE: *why is
 * the catalogue's sentence.
 */
enum err model_roster_read(struct db *db, struct arena *a, int64_t course_id, const char *bytes, size_t len,
			   const struct roster_options *o, struct roster *out, const char **why) MUST_CHECK;

/*
 * Does it, in the caller's transaction: all lines without a fault. What has changed since the reading counts as it is now.
 * An error: *why is a text of phrases.def on the line that could not be done, or ""; nothing may be kept then.
 */
enum err model_roster_apply(struct db *db, struct arena *a, struct keyring *k, const struct settings *s, int64_t course_id,
			    const struct roster_options *o, struct roster *r, const char **why) MUST_CHECK;

#endif
