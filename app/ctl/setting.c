/* portalctl setting: what people change while the portal runs. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "ctl/ctl.h"
#include "model/settings.h"

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

/* Where a value comes from; a stored one that equals what would be there without it counts as that. */
static const char *origin(enum setting which, const char *value, const struct settings *unstored)
{
	if (strcmp(value, settings_text(unstored, which)))
		return "stored";
	return strcmp(value, setting_info(which)->otherwise) ? "environment" : "default";
}

enum ctl_exit ctl_setting_list(struct ctl *ctl, int argc, char **argv)
{
	struct settings *s, *unstored = settings_defaults(ctl->arena);
	if (!ctl_parse(argc, argv, NULL, NULL, 0))
		return CTL_USAGE;
	enum err e = model_settings_load(ctl->db, ctl->arena, &s);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "read the settings");
	for (int i = 0; i < SETTING__MAX; i++) {
		const char *value = settings_text(s, (enum setting)i);
		printf("%s\t", setting_info((enum setting)i)->name);
		print_value(value);
		printf("\t%s\n", origin((enum setting)i, value, unstored));
	}
	return CTL_DONE;
}

/* value NULL: back to the default. */
static enum ctl_exit set(struct ctl *ctl, const char *name, const char *value)
{
	const char *why = NULL;
	enum err e = db_begin(ctl->db);
	if (e == ERR_NONE)
		e = model_settings_set(ctl->db, ctl->arena, name, value, 0, &why);
	if (e == ERR_NONE)
		e = ctl_audit(ctl, "setting.set", arena_printf(ctl->arena, "setting %s", name), 0, value);
	e = ctl_finish(ctl, e);
	if (e == ERR_NOT_FOUND)
		return ctl_fail("there is no setting %s: see `portalctl setting list`", name);
	if (e == ERR_INVALID && why)
		return ctl_fail("%s", why);
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
