/* The frame of the administration's pages. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "model/image_users.h"
#include "pages/admin.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

static const struct {
	const char *path, *word;
} tabs[ADMIN_TAB__MAX] = {
	[ADMIN_SYSTEM] = { "/admin", "admin.system" },
	[ADMIN_SETTINGS] = { "/admin/settings", "admin.settings" },
	[ADMIN_REGISTRIES] = { "/admin/registries", "admin.registries" },
	[ADMIN_GITEA] = { "/admin/gitea", "admin.gitea" },
	[ADMIN_CLUSTERS] = { "/admin/clusters", "admin.clusters" },
	[ADMIN_USERS] = { "/admin/users", "admin.users" },
	[ADMIN_AUDIT] = { "/admin/audit", "admin.audit" },
};

void admin_frame(struct view *v, struct request *req, enum admin_tab tab, const char *title)
{
	const char *word = view_string(v, tabs[tab].word);
	bool first = tab == ADMIN_SYSTEM && !title;
	frame_crumb(v, first ? NULL : tabs[ADMIN_SYSTEM].path, view_string(v, "admin.title"));
	if (!first)
		frame_crumb(v, title ? tabs[tab].path : NULL, word);
	if (title)
		frame_crumb(v, NULL, title);
	for (int i = 0; i < ADMIN_TAB__MAX; i++)
		frame_tab(v, tabs[i].path, view_string(v, tabs[i].word), (int)tab == i);
	view_set(v, "Page.title", arena_printf(req->arena, "%s · %s", title ? title : word, view_string(v, "admin.title")));
	view_set(v, "Home", tabs[tab].path);
}

void admin_probe_frame(struct view *v, struct request *req, enum admin_tab tab, const char *name, const char *address,
		       const struct probe *probe)
{
	static const char *const outcomes[] = {
		[PROBE_PASSED] = "success", [PROBE_FAILED] = "failed", [PROBE_SKIPPED] = "skipped"
	};
	admin_frame(v, req, tab, arena_printf(req->arena, "%s: %s", view_string(v, "probe.title"), name));
	/* Back to what was tested, where a mistake is put right. */
	view_set(v, "Home", arena_memdup(req->arena, req->path, (size_t)(strrchr(req->path, '/') - req->path)));
	view_set(v, "Probe.name", name);
	view_set(v, "Probe.address", address);
	view_set_bool(v, "Probe.passed", probe_passed(probe));
	for (int i = 0; i < probe->count; i++) {
		const struct probe_step *step = &probe->steps[i];
		struct view *row = view_row(v, "Steps", i);
		view_set(row, "title", frame_word(v, "probe", step->name));
		view_set(row, "outcome", outcomes[step->outcome]);
		view_set(row, "word", frame_word(v, "probe_outcome", outcomes[step->outcome]));
		if (step->advice)
			view_set(row, "advice", frame_word(v, "probe_advice", step->advice));
		part_said(row, "said", step->said);
	}
}

int admin_show_probe(struct request *req, struct response *res, enum admin_tab tab, const char *name, const char *address,
		     const struct probe *probe)
{
	struct view *v = page_view(req);
	admin_probe_frame(v, req, tab, name, address, probe);
	return page_answer(res, 200, v, "admin_probe");
}

const char *admin_image_users(struct request *req, const struct response *res, const struct image_user_counts *n)
{
	struct arena *a = req->arena;
	const char *name = n->unknown	 ? "image_users.count_unknown"
			   : n->breaking ? "image_users.count"
					 : "image_users.count_none";
	const char *text = str_fill(a, response_sentence(res, name), "{breaking}", frame_number(a, n->breaking));
	text = str_fill(a, text, "{all}", frame_number(a, n->all));
	return str_fill(a, text, "{unknown}", frame_number(a, n->unknown));
}
