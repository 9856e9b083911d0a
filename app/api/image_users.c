/* Which running applications would not start where no image may run as root, over the API. */
#include "model/image_users.h"

#include "api/api.h"
#include "model/settings.h"

static const char *verdict_word(int x)
{
	return image_user_word((enum image_user_verdict)x);
}

static const char *said_word(int x)
{
	return image_said_word((enum image_user_said)x);
}

SHAPE(shape_image_user, "ImageUser", struct image_user, MEMBER("project_id", SHAPE_INT64, struct image_user, project_id),
      MEMBER("project", SHAPE_STRING, struct image_user, project_name),
      MEMBER("student_id", SHAPE_INT64, struct image_user, student_id),
      MEMBER("student", SHAPE_STRING, struct image_user, student_name),
      MEMBER("course_id", SHAPE_INT64, struct image_user, course_id),
      MEMBER("course", SHAPE_STRING, struct image_user, course_code), MEMBER("image", SHAPE_STRING, struct image_user, image),
      MEMBER("user", SHAPE_TEXT, struct image_user, run_as,
	     .about = "of its configuration; empty: it names none; null: not known"),
      MEMBER("verdict", SHAPE_WORD, struct image_user, verdict, .word = verdict_word, .words = IMAGE_USER__MAX,
	     .about = "under `restricted`, root and name would not start"),
      MEMBER("read", SHAPE_WORD, struct image_user, said, .word = said_word, .words = IMAGE_SAID__MAX,
	     .about = "what came of asking the registry; waiting: not asked yet"));

/* What was found, and how to read on. */
struct api_image_users {
	const char *level;
	struct image_user_counts counts;
	struct image_user *items;
	int count;
	const char *cursor;
};
SHAPE(shape_image_users, "ImageUsers", struct api_image_users,
      MEMBER("pod_security", SHAPE_STRING, struct api_image_users, level, .about = "the setting as it is"),
      MEMBER("applications", SHAPE_INT64, struct api_image_users, counts.all, .about = "that run"),
      MEMBER("breaking", SHAPE_INT64, struct api_image_users, counts.breaking,
	     .about = "of them, would not start under `restricted` from their next deployment on"),
      MEMBER("unknown", SHAPE_INT64, struct api_image_users, counts.unknown, .about = "of them, not known yet"),
      MEMBER("items", SHAPE_ROWS, struct api_image_users, items, .of = &shape_image_user,
	     .count_at = AT(struct api_image_users, count), .about = "those that break first"),
      MEMBER("next_cursor", SHAPE_TEXT, struct api_image_users, cursor,
	     .about = "Send it as `cursor` to read on; null: this was the last page."));

enum { CURSOR, LIMIT, FIELDS };
INPUT_SET(query_api_image_users, [CURSOR] = API_CURSOR, [LIMIT] = API_LIMIT_FIELD);

/* GET /api/v1/settings/pod-security */
int api_image_users_list(struct request *req, struct response *res)
{
	struct input_value v[FIELDS];
	struct settings *s;
	struct api_image_users out = { 0 };
	bool more;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (status)
		return status;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (!e)
		e = model_image_users_count(request_db(req), req->arena, &out.counts);
	if (!e)
		e = model_image_users_list(request_db(req), req->arena, v[CURSOR].number, api_limit(&v[LIMIT]), &out.items,
					   &out.count, &more);
	if (e)
		return response_err(res, e, NULL);
	out.level = settings_text(s, SETTING_POD_SECURITY);
	out.cursor = api_cursor(req, more ? out.items[out.count - 1].project_id : 0);
	return api_row(res, 200, &shape_image_users, &out);
}
