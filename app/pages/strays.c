/* Objects on a cluster that belong to no project or build any more: shown first, deleted when an admin says so. */
#include <string.h>

#include "base/arena.h"
#include "model/clusters.h"
#include "model/settings.h"
#include "model/stray_acts.h"
#include "pages/admin.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

enum { SHOWN_MAX = 200 };
INPUT_SET(body_strays, { .name = "seen", .kind = IN_TEXT, .required = true, .min = STRAYS_SEEN, .max = STRAYS_SEEN });

static int show(struct request *req, struct response *res, const struct stray_look *l, int status)
{
	struct view *v = page_view(req);
	struct cleanup last;
	admin_frame(v, req, ADMIN_CLUSTERS, arena_printf(req->arena, "%s: %s", view_string(v, "strays.title"), l->cluster.name));
	view_set_int(v, "Cluster.id", l->cluster.id);
	view_set(v, "Cluster.name", l->cluster.name);
	view_set_int(v, "Hours", settings_int(l->settings, SETTING_CLEANUP_HOURS));
	view_set_bool(v, "Changed", status == 409);
	if (l->e)
		part_trouble(v, "Away", l->why, l->e);
	for (int i = 0; i < l->found.count && i < SHOWN_MAX; i++) {
		const struct stray *s = &l->found.at[i];
		struct view *row = view_row(v, "Strays", i);
		view_set(row, "kind", frame_word(v, "resource_kind", s->kind->word));
		view_set(row, "name", s->object.name);
		view_set(row, "ns", s->object.ns);
		view_set_int(row, "id", s->build_id ? s->build_id : s->project_id);
		view_set_bool(row, "build", s->build_id != 0);
		view_set_time(row, "created", s->object.created_at);
	}
	view_set_int(v, "Count", l->found.count);
	view_set_bool(v, "More", l->found.count > SHOWN_MAX || l->found.more);
	view_set(v, "Hidden", l->found.hidden);
	view_set(v, "Seen", strays_fingerprint(req->arena, &l->found));
	if (!model_cleanups_get(request_db(req), req->arena, l->cluster.id, &last)) {
		view_set_bool(v, "Last.there", true);
		view_set_time(v, "Last.at", last.finished_at);
		view_set_int(v, "Last.deleted", last.deleted);
		view_set(v, "Last.message", last.message);
	}
	return page_answer(res, status, v, "strays");
}

/* GET /admin/clusters/:id/strays */
int page_strays_list(struct request *req, struct response *res)
{
	struct stray_look l;
	enum err e = model_strays_look(req, request_id_param(req, "id"), &l);
	return e ? response_err(res, e, NULL) : show(req, res, &l, 200);
}

/* POST /admin/clusters/:id/strays */
int page_strays_delete(struct request *req, struct response *res)
{
	struct input_value in[1];
	struct stray_look l;
	const char *why;
	int deleted, refused = input_check(req, res, INPUT_BODY, in);
	if (refused)
		return refused;
	enum err e = model_strays_look(req, request_id_param(req, "id"), &l);
	if (e)
		return response_err(res, e, NULL);
	if (l.e)
		return response_err(res, l.e, response_sentence(res, "resources.away"));
	/* What was shown is what is deleted. */
	if (strcmp(in[0].text, strays_fingerprint(req->arena, &l.found)))
		return show(req, res, &l, 409);
	e = model_act_strays(req, &l.cluster, l.kube, &l.found, &deleted, &why);
	if (e == ERR_FORBIDDEN)
		return response_error(res, 409, response_sentence(res, "resources.forbidden"));
	if (e)
		return response_err(res, e, response_sentence(res, "strays.part"));
	return page_redirect_notice(res, arena_printf(req->arena, "/admin/clusters/%lld/strays", (long long)l.cluster.id),
				    "notice.strays");
}
