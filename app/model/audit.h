/* The audit trail: who did what to whose project, from where, with which result. Append-only. */
#ifndef MODEL_AUDIT_H
#define MODEL_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct actor;
struct arena;
struct db;
struct request;

/* One line. Texts are copied by the statement. */
struct audit {
	const struct actor *actor;	/* NULL: "system" (worker, webhook, command line) */
	const char *ip, *request_id;	/* NULL where no request was */
	const char *action;		/* "deployment.create", "build.cancel", "login", ... */
	const char *object;		/* "project 7" */
	int64_t project_id, student_id; /* 0: none */
	bool refused;			/* else done */
	const char *detail;		/* one English sentence, or NULL; never a secret */
};

/* Writes the line; in the caller's transaction where there is one, so that act and line stand or fall together. */
enum err model_audit_write(struct db *db, struct arena *a, const struct audit *line) MUST_CHECK;

/* A line with actor, ip and request_id of the request; set the rest. */
struct audit audit_of(const struct request *req, const char *action, const char *object);

/* A row for lists. */
struct audit_row {
	int64_t id;
	const char *at, *login, *role, *action, *object, *ip, *request_id, *result, *detail;
};
/* Newest first, ids before `before` (0: from the newest), of a project (0: all); limit 1..200; *more: further ones follow. */
enum err model_audit_list(struct db *db, struct arena *a, int64_t project_id, int64_t before, int limit, struct audit_row **out,
			  int *count, bool *more) MUST_CHECK;

#endif
