/* What all pages of the administration share. */
#ifndef PAGES_ADMIN_H
#define PAGES_ADMIN_H

#include "http/input.h"
#include "http/request.h"
#include "view/view.h"

/* The pages of the administration, in the order of their tabs. */
enum admin_tab { ADMIN_SYSTEM, ADMIN_SETTINGS, ADMIN_REGISTRIES, ADMIN_GITEA, ADMIN_USERS, ADMIN_AUDIT, ADMIN_TAB__MAX };

/*
 * The path, the tabs and the title of an admin's page. `title` NULL: the tab's own page; else one below it, which is the path's
 * last step.
 */
void admin_frame(struct view *v, struct request *req, enum admin_tab tab, const char *title);

#endif
