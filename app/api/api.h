/* What the API's handlers share: objects that one may see, rows as JSON, pages of lists. */
#ifndef API_API_H
#define API_API_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "api/shape.h"
#include "auth/authorize.h"
#include "http/input.h"
#include "http/request.h"
#include "http/response.h"
#include "model/builds.h"
#include "model/deployments.h"
#include "model/projects.h"
#include "model/settings.h"
#include "routes.h" /* the prototypes of all handlers, and their sets of input */

/* Rows of a list that is not said otherwise, and at most. */
enum { API_LIMIT = 50, API_LIMIT_MAX = 200 };

/* The two fields that every list takes, for its INPUT_SET. */
#define API_CURSOR                                                                                                               \
	{                                                                                                                        \
		.name = "cursor", .kind = IN_ID, .about = "next_cursor of the page before"                                       \
	}
#define API_LIMIT_FIELD                                                                                                          \
	{                                                                                                                        \
		.name = "limit", .kind = IN_INT, .min = 1, .max = API_LIMIT_MAX, .about = "rows of a page, 50 unless said"       \
	}

/* The limit that came, or API_LIMIT. */
static inline int api_limit(const struct input_value *v)
{
	return v->present ? (int)v->number : API_LIMIT;
}

/* A string of the catalogue in the request's language. */
const char *api_string(struct request *req, const char *name);

/*
 * Reads an object and asks authorize() whether the actor may do that with it. 0: yes, *out is filled; else the status that was
 * answered (404 where it may not even be seen).
 */
int api_project(struct request *req, struct response *res, int64_t id, enum action action, struct project *out);
int api_build(struct request *req, struct response *res, int64_t id, enum action action, struct build *out);

/* Answers what a cluster said against a request of the portal; `why` is its own word ("": none). Returns the status. */
int api_cluster_trouble(struct response *res, enum err e, const char *why);

/*
 * An edit that If-Match guards: reads the header against the row's version. 0: go on, and *version is what the edit asks for (0:
 * whatever it has); else the 412 that was answered.
 */
int api_match(struct request *req, struct response *res, int *version);
/* The same against any tag, which has its quotes. *guarded: the header was there. */
int api_match_tag(struct request *req, struct response *res, const char *tag, bool *guarded);
/* Answers one row that can be edited, with its ETag. Returns status. */
int api_version(struct response *res, int status, int version, const struct shape *s, const void *row);
/* Answers the 412 of an edit that came too late. */
int api_changed(struct request *req, struct response *res);

/* The API's description (OpenAPI 3.1) of an app whose table of routes is set; the arena's. At start. */
const char *api_description(struct arena *a, const struct app *app);

/* RFC 3339 of the database's text; NULL stays NULL. The arena's. */
const char *api_time(struct arena *a, const char *text);

/* A project as the API shows it: its row, its address, and what is said of it in the reader's language. */
struct api_project {
	struct project row;
	const char *address, *message, *advice, *drift;
};
struct api_project api_project_of(struct request *req, const struct project *p, const struct settings *s);

/* A deployment likewise. */
struct api_deployment {
	struct deployment row;
	const char *message, *advice, *hint, *progress;
};
struct api_deployment api_deployment_of(struct request *req, const struct deployment *d);

/* The sentence of the catalogue for a code of the database, its places filled from JSON; NULL where the code is or has none. */
const char *api_say(struct request *req, const char *prefix, const char *code, const char *part, const char *values);

/* Answers the session that begins now, as a sign-in does. Returns 200. */
int api_session(struct response *res, const char *expires_at);

struct probe;
/* A connection test (fetch/probe.h) as shape_probe shows it, in the request's arena. */
struct api_step;
struct api_test {
	bool passed;
	const struct api_step *steps;
	int count;
};
extern const struct shape shape_probe;
struct api_test api_test_of(struct request *req, const struct probe *p);
/* Answers one. Returns the status. */
int api_probe(struct response *res, const struct probe *p);

extern const struct shape shape_build, shape_deployment, shape_project, shape_student;

/* Answers (409) that a quota is full, with what takes of it; a student sees only own applications. Returns the status. */
int api_quota_full(struct request *req, struct response *res, const struct deployment_asked *asked);

/* The word of an act's refusal (enum deployment_refusal); NULL: it was not refused. For SHAPE_WORD. */
const char *api_refusal(int refusal);

/* Answers one row. Returns status. */
int api_row(struct response *res, int status, const struct shape *s, const void *row);

/* Answers a page of rows by the route's own shape of a list; cursor NULL: the last page. Returns the status. */
int api_rows(struct response *res, const void *rows, int count, const char *cursor);

/* The cursor of a list by id: of its last row; 0: no more follow. */
const char *api_cursor(struct request *req, int64_t last);

#endif
