/* Settings over the API: all of them with what they mean, and all of them changed at once. */
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "model/admin_acts.h"
#include "model/setting_kinds.h"
#include "model/settings_change.h"

struct api_setting {
	const char *name, *group, *title, *meaning, *value, *otherwise, *origin, *min, *max, *choices;
	const char *updated_by, *updated_at;
};
SHAPE(shape_setting, "Setting", struct api_setting, MEMBER("name", SHAPE_STRING, struct api_setting, name),
      MEMBER("group", SHAPE_STRING, struct api_setting, group),
      MEMBER("title", SHAPE_STRING, struct api_setting, title, .about = "in the language of the request"),
      MEMBER("meaning", SHAPE_STRING, struct api_setting, meaning),
      MEMBER("value", SHAPE_STRING, struct api_setting, value, .about = "in force; always text"),
      MEMBER("default", SHAPE_STRING, struct api_setting, otherwise, .about = "what it is without a stored value"),
      MEMBER("origin", SHAPE_STRING, struct api_setting, origin, .choices = "stored|environment|default"),
      MEMBER("min", SHAPE_STRING, struct api_setting, min, .about = "of a number or a quantity; else the length in bytes"),
      MEMBER("max", SHAPE_STRING, struct api_setting, max),
      MEMBER("choices", SHAPE_TEXT, struct api_setting, choices, .about = "the words that it may be, by |"),
      MEMBER("updated_by", SHAPE_TEXT, struct api_setting, updated_by, .about = "a login; null: never, or the command line"),
      MEMBER("updated_at", SHAPE_TIME, struct api_setting, updated_at));

struct api_settings {
	int64_t version;
	const struct api_setting *items;
	int count;
};
SHAPE(shape_settings, "Settings", struct api_settings,
      MEMBER("version", SHAPE_INT64, struct api_settings, version, .about = "also the ETag: send it as If-Match"),
      MEMBER("items", SHAPE_ROWS, struct api_settings, items, .of = &shape_setting, .count_at = AT(struct api_settings, count)));

static struct api_setting one(struct request *req, enum setting i, const struct setting_row *row)
{
	const struct setting_info *info = setting_info(i);
	struct arena *a = req->arena;
	return (struct api_setting){ .name = info->name,
				     .group = setting_group_name(info->group),
				     .title = api_string(req, arena_printf(a, "setting.%s.title", info->name)),
				     .meaning = api_string(req, arena_printf(a, "setting.%s.meaning", info->name)),
				     .value = row->value,
				     .otherwise = row->otherwise,
				     .origin = row->origin,
				     .min = setting_bound(a, info, info->min),
				     .max = setting_bound(a, info, info->max),
				     .choices = info->choices,
				     .updated_by = row->updated_by,
				     .updated_at = row->updated_at };
}

static int answer(struct request *req, struct response *res)
{
	struct settings_state state;
	enum err e = model_settings_state(request_db(req), req->arena, &state);
	if (e)
		return response_err(res, e, NULL);
	struct api_setting *items = arena_alloc(req->arena, sizeof *items * SETTING__MAX);
	for (enum setting i = 0; i < SETTING__MAX; i++)
		items[i] = one(req, i, &state.rows[i]);
	struct api_settings all = { state.version, items, SETTING__MAX };
	return api_version(res, 200, (int)state.version, &shape_settings, &all);
}

/* GET /api/v1/settings */
int api_settings_show(struct request *req, struct response *res)
{
	return answer(req, res);
}

enum { VALUE_MAX = 65536, FIELDS = 2 * SETTING__MAX };
static const struct input_field fields[FIELDS] = {
#define SETTING(key, label, group, what, otherwise, env, least, most, words)                                                     \
	[SETTING_##key] = { .name = label, .kind = IN_LINES, .max = VALUE_MAX },
#include "model/settings.def"
#undef SETTING
#define SETTING(key, label, group, what, otherwise, env, least, most, words)                                                     \
	[SETTING__MAX + SETTING_##key] = { .name = "reset_" label, .kind = IN_BOOL, .about = "true: back to the default" },
#include "model/settings.def"
#undef SETTING
};
const struct input_set body_api_settings = { fields, FIELDS };

static int refuse(struct request *req, struct response *res, const struct settings_changed *changed)
{
	struct input_errors errors = { .count = 0 };
	for (enum setting i = 0; i < SETTING__MAX; i++)
		if (changed->faults[i])
			input_fail_sentence(&errors, setting_info(i)->name,
					    setting_rule(req->arena, setting_info(i), api_string(req, changed->faults[i])));
	return input_refuse(res, &errors);
}

/* PUT /api/v1/settings: what is not named stays; one value that is wrong, and nothing is changed. */
int api_settings_change(struct request *req, struct response *res)
{
	struct input_value v[FIELDS];
	struct setting_wish wishes[SETTING__MAX];
	struct settings_changed changed;
	struct settings_state state;
	int status = input_check(req, res, INPUT_BODY, v);
	if (status)
		return status;
	enum err e = model_settings_state(request_db(req), req->arena, &state);
	if (e)
		return response_err(res, e, NULL);
	int seen = (int)state.version;
	status = api_match(req, res, &seen);
	if (status)
		return status;
	for (enum setting i = 0; i < SETTING__MAX; i++)
		wishes[i] = (struct setting_wish){ v[i].present ? v[i].text : NULL, v[SETTING__MAX + i].flag };
	e = model_act_settings(req, wishes, seen ? seen : INT64_MAX, &changed);
	if (e == ERR_INVALID)
		return refuse(req, res, &changed);
	if (e == ERR_CONFLICT)
		return api_changed(req, res);
	return e ? response_err(res, e, NULL) : answer(req, res);
}
