/* Settings: one form of all of them, drawn from their table. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "model/admin_acts.h"
#include "model/image_users.h"
#include "model/registries.h"
#include "model/setting_kinds.h"
#include "model/settings_change.h"
#include "pages/admin.h"
#include "pages/frame.h"
#include "pages/page.h"

enum { VALUE_MAX = 65536 };

/* A value of each setting, a way back to the default of each, the version that the form shows, and the answer to its question. */
enum {
#define SETTING(key, name, group, kind, otherwise, env, min, max, choices) VALUE_##key,
#include "model/settings.def"
#undef SETTING
#define SETTING(key, name, group, kind, otherwise, env, min, max, choices) RESET_##key,
#include "model/settings.def"
#undef SETTING
	VERSION,
	CONFIRM,
	FIELDS
};
static const struct input_field fields[FIELDS] = {
#define SETTING(key, label, group, what, otherwise, env, least, most, words)                                                     \
	[VALUE_##key] = { .name = label, .kind = IN_LINES, .max = VALUE_MAX },
#include "model/settings.def"
#undef SETTING
#define SETTING(key, label, group, what, otherwise, env, least, most, words)                                                     \
	[RESET_##key] = { .name = "reset_" label, .kind = IN_BOOL },
#include "model/settings.def"
#undef SETTING
	[VERSION] = { .name = "version", .kind = IN_INT, .required = true },
	[CONFIRM] = { .name = "confirm_pod_security", .kind = IN_BOOL },
};
const struct input_set body_settings = { fields, FIELDS };

/* What was typed into a form of that version, and what came of it; of a form that is opened: all NULL. */
struct typed {
	const struct input_value *in;
	const struct input_errors *errors;
	const struct settings_changed *changed;
	const char *asks; /* which images may break, as a sentence; NULL: see ask_about_images */
};

static void show_registries(struct view *v, const struct registry *registries, int count)
{
	struct view *none = view_next(v, "Registries");
	view_set(none, "value", "0");
	view_set(none, "word", view_string(v, "setting.registry_first"));
	for (int i = 0; i < count; i++) {
		struct view *row = view_next(v, "Registries");
		view_set_int(row, "value", registries[i].id);
		view_set(row, "word", arena_printf(view_arena(v), "%s (%s)", registries[i].name, registries[i].address));
	}
}

/* How the control of a kind looks. */
static const char *control_of(enum setting_kind kind)
{
	switch (kind) {
	case SETTING_KIND_CHOICE:
		return "choice";
	case SETTING_KIND_REGISTRY:
		return "registry";
	case SETTING_KIND_LINES:
	case SETTING_KIND_VARIABLES:
	case SETTING_KIND_SERVICES:
	case SETTING_KIND_KNOWN_HOSTS:
		return "lines";
	case SETTING_KIND_NUMBER:
	case SETTING_KIND_CPU:
	case SETTING_KIND_BYTES:
	case SETTING_KIND_LABEL:
	case SETTING_KIND_DOMAIN:
	case SETTING_KIND_IMAGE:
	case SETTING_KIND_HOSTS:
	case SETTING_KIND_ZONE:
	case SETTING_KIND_TEMPLATE:
	case SETTING_KIND__MAX:
		break;
	}
	return "line";
}

/* Bounds that say something: of numbers and quantities. */
static void show_bounds(struct view *v, const struct setting_info *info)
{
	struct arena *a = view_arena(v);
	if (info->kind != SETTING_KIND_NUMBER && info->kind != SETTING_KIND_CPU && info->kind != SETTING_KIND_BYTES)
		return;
	view_set(v, "min", setting_bound(a, info, info->min));
	view_set(v, "max", setting_bound(a, info, info->max));
}

static void show_setting(struct view *v, enum setting i, const struct setting_row *row, const struct typed *t)
{
	const struct setting_info *info = setting_info(i);
	const char *words = arena_printf(view_arena(v), "setting.%s", info->name);
	bool typed = t->in && (t->in[i].present || input_error_of(t->errors, info->name));
	const char *value = typed ? str_utf8_clean(view_arena(v), t->in[i].text, strlen(t->in[i].text)) : row->value;
	view_set(v, "name", info->name);
	view_set(v, "title", frame_word(v, words, "title"));
	view_set(v, "meaning", frame_word(v, words, "meaning"));
	view_set(v, "control", control_of(info->kind));
	view_set(v, "value", value);
	view_set_int(v, "rows", strchr(value, '\n') ? 8 : 3);
	view_set(v, "otherwise", row->otherwise);
	view_set(v, "variable", info->env);
	view_set_bool(v, "stored", !strcmp(row->origin, "stored"));
	view_set_bool(v, "reset", t->in && t->in[SETTING__MAX + i].flag);
	view_set(v, "by", row->updated_by_name ? row->updated_by_name : view_string(v, "setting.by_operator"));
	view_set_time(v, "at", row->updated_at);
	if (i == SETTING_POD_SECURITY) {
		view_set(v, "link", "/admin/settings/pod-security");
		view_set_bool(v, "asks", t->asks != NULL);
		view_set_bool(v, "confirmed", t->asks && t->in[CONFIRM].flag);
	}
	show_bounds(v, info);
	if (info->choices)
		view_options(v, "choices", info->choices, NULL, value);
	if (t->errors)
		view_set(v, "error", input_error_of(t->errors, info->name));
	if (!t->changed || t->changed->outcomes[i] != SETTING_CONFLICT)
		return;
	view_set_bool(v, "conflict", true);
	view_set(v, "theirs", row->value);
}

/* The form: as it is stored, or as it was typed with what is wrong. */
static int show(struct request *req, struct response *res, const struct settings_state *state, const struct typed *t)
{
	struct registry *registries;
	int count;
	enum err e = model_registries_list(request_db(req), req->arena, &registries, &count);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_SETTINGS, NULL);
	show_registries(v, registries, count);
	/* A form that was not even tried has seen no more than before: what others changed meanwhile is still to be shown. */
	view_set_int(v, "Version", t->in && !t->changed ? t->in[VERSION].number : state->version);
	frame_wrong(v, &body_settings, t->errors);
	if (t->asks && !t->in[CONFIRM].flag)
		view_set(v, "Asks", t->asks);
	for (enum setting_group g = 0; g < SETTING_GROUP__MAX; g++) {
		struct view *group = view_row(v, "Groups", (int)g);
		view_set(group, "name", setting_group_name(g));
		view_set(group, "title", frame_word(v, "setting_group", setting_group_name(g)));
		for (enum setting i = 0; i < SETTING__MAX; i++)
			if (setting_info(i)->group == g)
				show_setting(view_next(group, "settings"), i, &state->rows[i], t);
	}
	return page_answer(res, t->errors ? 422 : 200, v, "settings");
}

/* GET /admin/settings */
int page_settings_form(struct request *req, struct response *res)
{
	struct settings_state state;
	enum err e = model_settings_state(request_db(req), req->arena, &state);
	return e ? response_err(res, e, NULL) : show(req, res, &state, &(struct typed){ 0 });
}

/*
 * Images that run as root do not start any more where they may not: who changes that is told how many these are, and asked once.
 * An image that is not known yet may be one.
 */
static enum err ask_about_images(struct request *req, const struct response *res, struct typed *t,
				 const struct settings_state *state, struct input_errors *errors)
{
	struct image_user_counts n;
	const struct input_value *in = &t->in[VALUE_POD_SECURITY];
	const struct setting_wish wish = { in->present ? in->text : NULL, t->in[RESET_POD_SECURITY].flag };
	bool set = setting_merge(&state->rows[SETTING_POD_SECURITY], &wish, t->in[VERSION].number) == SETTING_SET;
	if (!set || strcmp(wish.value, "restricted") != 0)
		return ERR_NONE;
	enum err e = model_image_users_count(request_db(req), req->arena, &n);
	if (e || (!n.breaking && !n.unknown))
		return e;
	t->asks = admin_image_users(req, res, &n);
	if (!t->in[CONFIRM].flag)
		input_fail_sentence(errors, setting_info(SETTING_POD_SECURITY)->name, t->asks);
	return ERR_NONE;
}

/* POST /admin/settings: all that was sent, or nothing. */
int page_settings_save(struct request *req, struct response *res)
{
	struct input_value in[FIELDS];
	struct input_errors errors;
	struct setting_wish wishes[SETTING__MAX];
	struct settings_changed changed;
	struct settings_state state;
	struct typed t = { in, &errors, NULL, NULL };
	bool good = input_read(req, INPUT_BODY, in, &errors);
	enum err e = model_settings_state(request_db(req), req->arena, &state);
	if (!e)
		e = ask_about_images(req, res, &t, &state, &errors);
	if (e)
		return response_err(res, e, NULL);
	if (!good || errors.count)
		return show(req, res, &state, &t);
	for (enum setting i = 0; i < SETTING__MAX; i++)
		wishes[i] = (struct setting_wish){ in[i].present ? in[i].text : NULL, in[SETTING__MAX + i].flag };
	e = model_act_settings(req, wishes, in[VERSION].number, &changed);
	if (!e)
		return page_redirect_notice(res, "/admin/settings", changed.count ? "notice.settings" : "notice.unchanged");
	if (e != ERR_INVALID && e != ERR_CONFLICT)
		return response_err(res, e, NULL);
	for (enum setting i = 0; i < SETTING__MAX; i++) {
		const struct setting_info *info = setting_info(i);
		if (changed.faults[i])
			input_fail_sentence(&errors, info->name,
					    setting_rule(req->arena, info, response_sentence(res, changed.faults[i])));
		else if (changed.outcomes[i] == SETTING_CONFLICT)
			input_fail(req, &errors, info->name, "setting.conflict");
	}
	t.changed = &changed;
	return show(req, res, &changed.before, &t);
}
