/* What the pages of everybody's own account share. */
#ifndef PAGES_ACCOUNT_H
#define PAGES_ACCOUNT_H

#include "view/view.h"

struct arena;
struct request;

/* The path to a page below /account, and its title. */
void account_frame(struct view *v, struct request *req, const char *title);

/* A browser's own description as people know it: "Firefox, Linux". In the arena. */
const char *account_browser(struct arena *a, const char *user_agent);

#endif
