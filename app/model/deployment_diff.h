/* What changed between two deployments: their plans compared, field by field. Pure. */
#ifndef MODEL_DEPLOYMENT_DIFF_H
#define MODEL_DEPLOYMENT_DIFF_H

#include <stdbool.h>

#include "base/err.h"

struct arena;

/* One thing that differs. Texts are the arena's; NULL: it was, or is, not there. */
struct deployment_change {
	const char *field;    /* a name of the plan: "image", "port", ...; "env" for a variable */
	const char *variable; /* its name, where the field is "env"; else NULL */
	const char *before, *after;
	bool before_secret, after_secret; /* a digest stands in for the value */
};

/*
 * Compares two plans (of model_deployments_plans, JSON text; NULL: none, which has nothing). In the order of a plan's fields,
 * then the variables by name. ERR_INVALID: one of them is no plan.
 */
enum err deployment_diff(struct arena *a, const char *before, const char *after, struct deployment_change **out,
			 int *count) MUST_CHECK;

#endif
