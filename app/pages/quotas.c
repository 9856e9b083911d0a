/* The page that says which quota is full, what takes of it, and what to stop. */
#include "model/quotas.h"

#include "auth/authorize.h"
#include "base/arena.h"
#include "base/str.h"
#include "model/deployments.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

static void show_holder(struct view *row, const struct quota_full *f, const struct quota_holder *h)
{
	view_set_int(row, "id", h->project_id);
	view_set(row, "name", h->project_name);
	view_set(row, "student", h->student_name);
	view_set(row, "number", h->student_number);
	view_set(row, "course", h->course_code);
	view_set(row, "badge", part_app_badge(h->app_state));
	view_set(row, "word", frame_word(row, "app", h->app_state));
	view_set(row, "takes", quota_takes(view_arena(row), f->quota, &h->takes));
	view_set_time(row, "active", h->active_at);
	view_set_bool(row, "enough", h->enough);
	view_set_bool(row, "same", h->project_id == f->project_id);
}

int part_quota_full(struct request *req, struct response *res, const struct deployment_asked *asked)
{
	struct quota_holder *rows;
	int count, more;
	const struct quota_full *f = &asked->full;
	bool all = authorized(&req->actor, ACTION_LIST_ALL, object_portal());
	enum err e = model_quotas_holders(request_db(req), req->arena, f, all ? 0 : req->actor.id, &rows, &count, &more);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	view_set(v, "Page.title", view_string(v, "quota.title"));
	frame_crumb(v, arena_printf(req->arena, "/projects/%lld", (long long)f->project_id), view_string(v, "projects.project"));
	frame_crumb(v, NULL, view_string(v, "quota.title"));
	view_set(v, "Sentence", frame_word(v, "refused", deployment_refusal_name(asked->refusal)));
	view_set(v, "Numbers", quota_sentence(req->arena, view_string(v, "quota.numbers"), f));
	view_set_int(v, "Project.id", f->project_id);
	for (int i = 0; i < count; i++)
		show_holder(view_row(v, "Holders", i), f, &rows[i]);
	view_set_bool(v, "Sums", quota_is_sum(f->quota));
	const char *others = all ? "quota.more" : count ? "quota.more_others" : "quota.others";
	if (more)
		view_set(v, "More", str_fill(req->arena, view_string(v, others), "{count}", frame_number(req->arena, more)));
	return page_answer(res, 409, v, "quota_full");
}
