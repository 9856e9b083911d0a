/* The one rule on who may do what, used by pages, API and streams alike. */
#ifndef AUTH_AUTHORIZE_H
#define AUTH_AUTHORIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "http/request.h"

enum action {
	ACTION_VIEW,   /* see the object, its history and its logs */
	ACTION_BUILD,  /* trigger or cancel a build */
	ACTION_DEPLOY, /* deploy or roll back */
	ACTION_RESTART,
	ACTION_START,
	ACTION_STOP,
	ACTION_DELETE,	  /* take the application down with everything that belongs to it */
	ACTION_CONFIGURE, /* change branch and paths, variables, port, deploy key, webhook secret */
	ACTION_GOVERN,	  /* what reaches beyond the project: repository, registry, name of the image, limits */
	ACTION_LIST_ALL,  /* lists over all students: roster, queue, deliveries */
	ACTION_ADMIN,	  /* settings, registries, clusters, users */
	ACTION__MAX
};

enum object_kind {
	OBJECT_PROJECT, /* and its builds, deployments, configuration, logs: owner is the student's user */
	OBJECT_STUDENT, /* a roster entry: owner is its user */
	OBJECT_PORTAL,	/* the portal as a whole: no owner */
	OBJECT_KIND__MAX
};

struct object {
	enum object_kind kind;
	int64_t owner; /* user id; 0: nobody's */
};

/* The object for a project or anything that belongs to one (build, deployment, configuration). */
static inline struct object object_project(int64_t student_user_id)
{
	return (struct object){ .kind = OBJECT_PROJECT, .owner = student_user_id };
}
static inline struct object object_student(int64_t user_id)
{
	return (struct object){ .kind = OBJECT_STUDENT, .owner = user_id };
}
static inline struct object object_portal(void)
{
	return (struct object){ .kind = OBJECT_PORTAL };
}

/*
 * ERR_NONE: allowed. ERR_NOT_FOUND: may not even see it. ERR_FORBIDDEN: may see it, but not do that. ERR_UNAUTHORIZED: nobody is
 * signed in. Denies by default. Teachers and admins may do everything but ACTION_ADMIN, which is the admins'; a student may view,
 * build, deploy, restart, start, stop, configure what is his own. An API token's scopes have been checked by the route. Pure; any
 * thread.
 */
enum err authorize(const struct actor *actor, enum action action, struct object object) MUST_CHECK;

/* The same as yes or no: for showing or hiding buttons. */
bool authorized(const struct actor *actor, enum action action, struct object object);

#endif
