/* Terminals in containers: tickets that open one once, and the audit lines of its begin and end. */
#ifndef MODEL_TERMINALS_H
#define MODEL_TERMINALS_H

#include <stdint.h>

#include "base/err.h"
#include "http/request.h"

struct arena;
struct db;

/* A ticket lives so long: from the page to its script. */
enum { TERMINAL_TICKET_SECONDS = 60 };

/* Where a terminal leads, and for whom. Texts are the arena's. */
struct terminal {
	int64_t id, user_id, project_id, student_id, cluster_id;
	const char *login, *name; /* of whoever it was given to */
	enum role role;
	const char *ns, *pod, *container, *ip;
	int seconds;
};

/*
 * Uses a ticket, once, and writes the audit line that a terminal is opened. ERR_NOT_FOUND: it is none, was used, has expired, is
 * another user's, or its user may not sign in any more.
 */
enum err model_terminals_take(struct db *db, struct arena *a, const char *ticket, int64_t user_id,
			      struct terminal *out) MUST_CHECK;
/* While it is open: ERR_NOT_FOUND when its user is disabled, has another role by now, or is signed in nowhere any more. */
enum err model_terminals_look(struct db *db, struct arena *a, const struct terminal *t) MUST_CHECK;
/* The audit line of its end, with how long it was open. */
enum err model_terminals_close(struct db *db, struct arena *a, const struct terminal *t, int64_t seconds,
			       const char *why) MUST_CHECK;

#endif
