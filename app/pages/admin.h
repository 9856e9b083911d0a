/* What all pages of the administration share. */
#ifndef PAGES_ADMIN_H
#define PAGES_ADMIN_H

#include "fetch/probe.h"
#include "http/request.h"
#include "http/response.h"
#include "view/view.h"

/* The pages of the administration, in the order of their tabs. */
enum admin_tab {
	ADMIN_SYSTEM,
	ADMIN_SETTINGS,
	ADMIN_REGISTRIES,
	ADMIN_GITEA,
	ADMIN_CLUSTERS,
	ADMIN_USERS,
	ADMIN_AUDIT,
	ADMIN_TAB__MAX
};

/*
 * The path, the tabs and the title of an admin's page. `title` NULL: the tab's own page; else one below it, which is the path's
 * last step.
 */
void admin_frame(struct view *v, struct request *req, enum admin_tab tab, const char *title);

/* The frame of a connection test's page below the tab: what was tested, each step, and Home, the address whose /test this is. */
void admin_probe_frame(struct view *v, struct request *req, enum admin_tab tab, const char *name, const char *address,
		       const struct probe *probe);
/* The whole page of one that has nothing more to say. Its form leads back to this page. */
int admin_show_probe(struct request *req, struct response *res, enum admin_tab tab, const char *name, const char *address,
		     const struct probe *probe);

struct image_user_counts;
/* How many running applications would not start where no image may run as root, as a sentence in the request's arena. */
const char *admin_image_users(struct request *req, const struct response *res, const struct image_user_counts *n);

#endif
