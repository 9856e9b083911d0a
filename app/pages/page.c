/* What every page begins and ends with: the frame's values, rendering, notices, errors. */
#include "pages/page.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "http/router.h"
#include "model/users.h"

#define NOTICE_PREFIX "notice."

static const char *notice_of(const struct request *req)
{
	const char *name = pairs_get(&req->cookies, NOTICE_COOKIE);
	return name && str_starts(name, NOTICE_PREFIX) ? view_catalogue(req->language, name) : NULL;
}

static void set_user(struct view *v, const struct actor *actor)
{
	if (!actor->id)
		return;
	view_set_int(v, "User.id", actor->id);
	view_set(v, "User.name", actor->name);
	view_set_bool(v, "User.staff", actor->role >= ROLE_TEACHER);
	view_set_bool(v, "User.admin", actor->role == ROLE_ADMIN);
	view_set(v, "User.timezone", actor->timezone);
}

/* Where a choice of the frame leads back to: this page; where it answers a form, the nearest address above that is a page. */
static const char *address(const struct request *req)
{
	if (!strcmp(req->method, "GET"))
		return *req->query_text ? arena_printf(req->arena, "%s?%s", req->path, req->query_text) : req->path;
	return router_page(req, req->path);
}

struct view *page_view(struct request *req)
{
	struct view *v = view_new(req->arena, req->language, req->actor.timezone);
	set_user(v, &req->actor);
	view_set(v, "Language", req->language);
	view_set(v, "Path", address(req));
	view_set(v, "Nav", arena_memdup(req->arena, req->path, 1 + strcspn(req->path + 1, "/")));
	view_set(v, "Csrf", req->csrf);
	view_set(v, "Request.id", req->id);
	view_set(v, "Notice", notice_of(req));
	if (req->session)
		view_set(v, "Idempotency", secret_token(req->arena, 16));
	return v;
}

static int render(struct response *res, struct view *v, const char *name)
{
	struct request *req = res->req;
	buf_reset(&res->body);
	res->content_type = "text/html; charset=utf-8";
	enum err e = view_render(v, name, &res->body);
	if (e == ERR_NONE && pairs_get(&req->cookies, NOTICE_COOKIE))
		response_cookie(res, NOTICE_COOKIE, "", 0);
	return e == ERR_NONE ? 0 : 500;
}

int page_answer(struct response *res, int status, struct view *v, const char *name)
{
	view_set_bool(v, "Request.failed", status >= 400);
	return render(res, v, name) ? response_error(res, 500, NULL) : status;
}

int page_redirect_notice(struct response *res, const char *path, const char *name)
{
	response_notice(res, name);
	return response_redirect(res, path);
}

int page_answer_once(struct response *res, const char *path, struct view *v, const char *name)
{
	int status = page_answer(res, 201, v, name);
	if (status == 201)
		response_header(res, "Location", path);
	return status;
}

int page_shown_before(struct response *res, const char *path)
{
	return page_redirect_notice(res, path ? path : "/", "notice.shown_once");
}

void page_error(struct response *res, int status, const char *title, const char *detail)
{
	struct view *v = page_view(res->req);
	view_set(v, "Page.title", title);
	view_set_int(v, "Error.status", status);
	view_set(v, "Error.title", title);
	view_set(v, "Error.detail", detail);
	const char *back = address(res->req);
	if (status != 404 && strcmp(res->req->method, "GET") && strcmp(back, "/"))
		view_set(v, "Error.back", back);
	if (!render(res, v, "error"))
		return;
	/* The template itself is broken, which the log says: words without a frame are still an answer. */
	buf_reset(&res->body);
	res->content_type = "text/plain; charset=utf-8";
	buf_printf(&res->body, "%s\n%s\n%s\n", title, detail, res->req->id);
}
