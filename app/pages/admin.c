/* The frame of the administration's pages. */
#include "pages/admin.h"

#include "base/arena.h"
#include "pages/frame.h"
#include "pages/page.h"

static const struct {
	const char *path, *word;
} tabs[ADMIN_TAB__MAX] = {
	[ADMIN_SYSTEM] = { "/admin", "admin.system" },
	[ADMIN_SETTINGS] = { "/admin/settings", "admin.settings" },
	[ADMIN_REGISTRIES] = { "/admin/registries", "admin.registries" },
	[ADMIN_GITEA] = { "/admin/gitea", "admin.gitea" },
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
