/* portalctl setting: what people change while the portal runs. */
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"
#include "model/setting_kinds.h"
#include "model/settings_change.h"

/* One line a value: line ends become \n, and what scripts split at becomes \t. */
static void print_value(const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			fputs("\\n", stdout);
		else if (*s == '\t')
			fputs("\\t", stdout);
		else if (*s == '\\')
			fputs("\\\\", stdout);
		else
			putchar(*s);
	}
}

enum ctl_exit ctl_setting_list(struct ctl *ctl, int argc, char **argv)
{
	struct settings *s;
	if (!ctl_parse(argc, argv, NULL, NULL, 0))
		return CTL_USAGE;
	enum err e = model_settings_load(ctl->db, ctl->arena, &s);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "read the settings");
	for (int i = 0; i < SETTING__MAX; i++) {
		const char *value = settings_text(s, (enum setting)i);
		printf("%s\t", setting_info((enum setting)i)->name);
		print_value(value);
		printf("\t%s\n", settings_origin(s, (enum setting)i));
	}
	return CTL_DONE;
}

/* value NULL: back to the default. */
static enum ctl_exit set(struct ctl *ctl, const char *name, const char *value)
{
	struct setting_wish wishes[SETTING__MAX] = { 0 };
	struct settings_changed changed;
	enum setting which = setting_find(name);
	if (which == SETTING__MAX)
		return ctl_fail("there is no setting %s: see `portalctl setting list`", name);
	wishes[which] = (struct setting_wish){ .value = value, .reset = !value };
	enum err e = db_begin(ctl->db);
	if (e == ERR_NONE)
		e = model_settings_change(ctl->db, ctl->arena, wishes, INT64_MAX, 0, &changed);
	if (e == ERR_NONE && changed.count)
		e = ctl_audit(ctl, value ? "setting.set" : "setting.reset", audit_object(ctl->arena, AUDIT_SETTING, name), 0,
			      setting_changed_text(ctl->arena, &changed, &wishes[which], which));
	e = db_end(ctl->db, e);
	if (e == ERR_INVALID && value) {
		const char *why = setting_fault_sentence(ctl->arena, setting_info(which), value);
		return ctl_fail("%s", why ? why : "there is no registry of that id: see `portalctl registry list`");
	}
	return e == ERR_NONE ? CTL_DONE : ctl_fail_err(e, "set it");
}

enum ctl_exit ctl_setting_reset(struct ctl *ctl, int argc, char **argv)
{
	const char *name;
	return ctl_parse(argc, argv, NULL, &name, 1) ? set(ctl, name, NULL) : CTL_USAGE;
}

enum ctl_exit ctl_setting_set(struct ctl *ctl, int argc, char **argv)
{
	const char *words[2];
	return ctl_parse(argc, argv, NULL, words, 2) ? set(ctl, words[0], words[1]) : CTL_USAGE;
}
