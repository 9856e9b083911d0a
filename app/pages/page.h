/* What every page handler begins and ends with. */
#ifndef PAGES_PAGE_H
#define PAGES_PAGE_H

#include "http/app.h"
#include "http/request.h"
#include "http/response.h"
#include "routes.h" /* the prototypes of all handlers */
#include "view/view.h"

/*
 * A tree for a page of this request, in its language and zone, with what the layout needs: User.{id,login,name,role} and
 * User.staff (teacher or admin) where somebody is signed in, Csrf (the token for forms), Path (where the choice of a language
 * leads back to), Language ("zh", "en"), Request.id, Idempotency (a fresh key for forms of IDEMPOTENT routes). The catalogue is
 * S.*, static files are Static.portal_css and the like.
 */
struct view *page_view(struct request *req);

/* Renders "pages/NAME.cs" into the answer; one of 400 and above names the request at its foot (Request.failed). Returns the
 * status, or that of the error page when rendering fails. */
int page_answer(struct response *res, int status, struct view *v, const char *name);

/* A notice that the next page shows once, by a cookie: a name of the catalogue ("notice.deployed"). Then redirect. */
int page_redirect_notice(struct response *res, const char *path, const char *name);

/* Answers 201 with a page that shows a secret once; `path` is the page where what was made can be revoked or replaced. */
int page_answer_once(struct response *res, const char *path, struct view *v, const char *name);
/* The hook of struct app: leads to that page, with a notice, whoever sends the same form again. */
int page_shown_before(struct response *res, const char *path);

/* The hook of struct app: a finished page for an error. */
void page_error(struct response *res, int status, const char *title, const char *detail);

#endif
