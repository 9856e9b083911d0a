/* The images of the simulated world: what was pushed in it, and from which commit. All calls need the lock. */
#ifndef KUBESIM_IMAGES_H
#define KUBESIM_IMAGES_H

#include "kubesim/world.h"

struct image {
	struct image *next;
	char *repository, *tag; /* "registry:5000/course/ali-shop", "abc1234" */
	char *digest;		/* "sha256:..." */
	char *commit;		/* "" unknown */
};

/* Records a push of "repository:tag" (or "repository" = latest). */
void sim_images_add(struct world *w, const char *reference, const char *digest, const char *commit);
/* The pushed image that a reference by tag or digest names, or NULL. */
const struct image *sim_images_find(struct world *w, const char *reference);
void sim_images_clear(struct world *w);

/*
 * Whether a node can pull it. What this world knows must have been pushed with that tag or digest; names like "missing/x" and
 * "x/does-not-exist" never can; other names can be pulled by build Jobs (their tools) and where they have neither registry nor
 * digest (public ones).
 */
bool sim_image_pullable(struct world *w, const char *reference, bool for_job);
/* True for names that no registry has. */
bool sim_image_missing(const char *reference);
/* What the node reports as imageID; in scratch. */
const char *sim_image_id(struct world *w, const char *reference);

#endif
