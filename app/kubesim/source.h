/* The sources of a build, read with git by a thread of their own: what clone, build and push talk about is really there. */
#ifndef KUBESIM_SOURCE_H
#define KUBESIM_SOURCE_H

#include "kubesim/world.h"

/* What git said about a repository and a commit. Written by the source thread before it is published; constant afterwards. */
struct source {
	int refs; /* under the lock */
	struct arena *arena;
	struct source *next;
	/* asked */
	const char *url, *sha, *branch, *dockerfile, *context, *root; /* root: where the sources lie in the container */
	const char *ns, *pod, *uid, *container;			      /* who waits */
	/* found */
	bool done;
	const char *failure; /* git's words, with '\n' between lines; NULL: the commit is there */
	const char *subject, *author, *tree;
	const char *const *paths; /* of the context, sorted; relative to it */
	size_t path_count;
	const char *dockerfile_text; /* NULL: the commit has none */
	const char *requirements;    /* of requirements.txt in the context; "" none */
	int64_t took_ms;
};

struct sources; /* the thread and its queue */

/* Starts the thread. It is ended by sources_stop, which waits for git to end (at most 30 s each). */
struct sources *sources_start(struct world *w);
void sources_stop(struct sources *s);

/* Asks for the sources of a pod's build; the pod's container is told by sim_container_source. With the lock. */
struct source *source_ask(struct world *w, struct object *pod, const char *container);
void source_put(struct source *s);

/* Whether the context has that file or folder ("." is the whole). A pattern with '*' and '?' matches path by path. */
bool source_has(const struct source *s, const char *path);

#endif
