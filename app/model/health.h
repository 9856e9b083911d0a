/* Whether the portal's parts are there, as the database sees it. */
#ifndef MODEL_HEALTH_H
#define MODEL_HEALTH_H

#include "base/err.h"

struct arena;
struct db;

struct health {
	int workers;	    /* that beat within their lease */
	const char *schema; /* the last migration that was applied */
};

/* By one query. */
enum err model_health_read(struct db *db, struct arena *a, struct health *out) MUST_CHECK;

#endif
