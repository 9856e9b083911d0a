/* What the pages of a cluster's objects share. */
#ifndef PAGES_RESOURCES_H
#define PAGES_RESOURCES_H

#include "auth/reach.h"
#include "http/request.h"
#include "http/response.h"
#include "kube/resources.h"
#include "view/view.h"

/* The catalogue's sentence about what a cluster answered: it refuses the portal, or is away; of an act that was sent the outcome
 * may be unknown. */
const char *resource_trouble(enum err e, bool sent);

/* The address of a kind's list, or of one object; in the arena. */
const char *resource_address(struct arena *a, const struct reach *r, const char *name);

/* Path, tabs of all kinds, title, Home, and what the cluster and the kind are called; name NULL: of the list. */
void resource_frame(struct view *v, const struct reach *r, const char *name);

/*
 * Reads the object of the path, of the place (REACH_PLACES; "": applications): 0, or the answered status. *e is what the cluster
 * said where the page is to say it, with *why.
 */
int resource_load(struct request *req, struct response *res, const char *place, struct reach *r, struct resource *o, enum err *e,
		  const char **why);

#endif
