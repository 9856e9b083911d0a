/* Which running applications would not start where no image may run as root: the page behind the setting pod_security. */
#include "model/image_users.h"

#include <string.h>

#include "base/arena.h"
#include "model/settings.h"
#include "pages/admin.h"
#include "pages/frame.h"
#include "pages/page.h"

enum { ROWS = 50, SHORT_DIGEST = sizeof "@sha256:0123456789ab" - 1 };
enum { CURSOR, FIELDS };
INPUT_SET(query_image_users, [CURSOR] = { .name = "after", .kind = IN_ID });

static void show_row(struct view *v, const struct image_user *x)
{
	static const char *const badges[IMAGE_USER__MAX] = { [IMAGE_USER_ROOT] = "failed",
							     [IMAGE_USER_NAME] = "failed",
							     [IMAGE_USER_UNKNOWN] = "pending",
							     [IMAGE_USER_FINE] = "success" };
	const char *word = image_user_word(x->verdict);
	size_t n = strcspn(x->image, "@");
	view_set_int(v, "project_id", x->project_id);
	view_set(v, "project", x->project_name);
	view_set(v, "student", x->student_name);
	view_set_int(v, "student_id", x->student_id);
	view_set(v, "course", x->course_code);
	view_set(v, "image", x->image);
	view_set(v, "repository", arena_memdup(view_arena(v), x->image, n));
	view_set(v, "digest", arena_memdup(view_arena(v), x->image + n, strnlen(x->image + n, SHORT_DIGEST)));
	view_set_bool(v, "known", x->run_as != NULL);
	view_set(v, "run_as", x->run_as);
	view_set(v, "badge", badges[x->verdict]);
	view_set(v, "word", frame_word(v, "image_user", word));
	if (x->verdict == IMAGE_USER_UNKNOWN)
		view_set(v, "why", frame_word(v, "image_said", image_said_word(x->said)));
	else if (x->verdict != IMAGE_USER_FINE)
		view_set(v, "why", frame_word(v, arena_printf(view_arena(v), "image_user.%s", word), "why"));
}

/* GET /admin/settings/pod-security */
int page_image_users_list(struct request *req, struct response *res)
{
	struct input_value in[FIELDS];
	struct settings *s;
	struct image_user_counts n;
	struct image_user *rows;
	int count, refused = input_check(req, res, INPUT_QUERY, in);
	bool more;
	if (refused)
		return refused;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (!e)
		e = model_image_users_count(request_db(req), req->arena, &n);
	if (!e)
		e = model_image_users_list(request_db(req), req->arena, in[CURSOR].number, ROWS, &rows, &count, &more);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_SETTINGS, view_string(v, "image_users.title"));
	view_set(v, "Level", settings_text(s, SETTING_POD_SECURITY));
	view_set_int(v, "All", n.all);
	view_set_int(v, "Breaking", n.breaking);
	view_set_int(v, "Unknown", n.unknown);
	view_set(v, "Says", admin_image_users(req, res, &n));
	for (int i = 0; i < count; i++)
		show_row(view_row(v, "Images", i), &rows[i]);
	frame_pager(v, req, in, "after", more ? frame_number(req->arena, rows[count - 1].project_id) : NULL);
	return page_answer(res, 200, v, "image_users_list");
}
