/* What the commands of portalctl share: options, secrets from files, sentences for people. */
#include "ctl/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "config.h"
#include "model/audit.h"

enum { SECRET_MAX = 4096, CATALOGUE_LINE = 2048 };

enum ctl_exit ctl_fail(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("portalctl: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return CTL_FAILED;
}

static const char *sentence(enum err e)
{
	switch (e) {
	case ERR_NONE:
		return "nothing is wrong";
	case ERR_INVALID:
		return "a value breaks its rules or names something that does not exist";
	case ERR_UNAUTHORIZED:
		return "the credentials were refused";
	case ERR_FORBIDDEN:
		return "this is not allowed";
	case ERR_NOT_FOUND:
		return "there is none";
	case ERR_CONFLICT:
		return "it exists already";
	case ERR_GONE:
		return "it is gone";
	case ERR_TOO_LARGE:
		return "it is too large";
	case ERR_TOO_MANY:
		return "there are too many; try again later";
	case ERR_UNAVAILABLE:
		return "the server behind it does not answer; try again later";
	case ERR_TIMEOUT:
		return "it took too long; look whether it was done before trying again";
	case ERR_INTERNAL:
	case ERR__MAX:
		break;
	}
	return "an internal error, see the log above";
}

enum ctl_exit ctl_fail_err(enum err e, const char *what)
{
	return ctl_fail("cannot %s: %s", what, sentence(e));
}

static bool usage_fault(const char *what, const char *which)
{
	fprintf(stderr, "portalctl: %s%s\n", what, which);
	return false;
}

/* Takes one option at argv[*at]; moves *at to its value. */
static bool take_option(int argc, char **argv, int *at, const struct ctl_option *options)
{
	for (const struct ctl_option *o = options; o && o->name; o++) {
		if (strcmp(o->name, argv[*at]))
			continue;
		if (o->flag ? *o->flag : *o->text != NULL)
			return usage_fault("given twice: ", o->name);
		if (o->flag) {
			*o->flag = true;
			return true;
		}
		if (++*at == argc)
			return usage_fault("a value is missing behind ", o->name);
		*o->text = argv[*at];
		return true;
	}
	return usage_fault("no such option here: ", argv[*at]);
}

bool ctl_parse(int argc, char **argv, const struct ctl_option *options, const char **words, int count)
{
	int taken = 0;
	bool words_only = false;
	for (int i = 0; i < argc; i++) {
		if (!str_is_utf8(argv[i], strlen(argv[i])))
			return usage_fault("the command line is not UTF-8", "");
		if (!words_only && !strcmp(argv[i], "--")) {
			words_only = true;
		} else if (!words_only && str_starts(argv[i], "--")) {
			if (!take_option(argc, argv, &i, options))
				return false;
		} else {
			if (taken == count)
				return usage_fault("one word too many: ", argv[i]);
			words[taken++] = argv[i];
		}
	}
	return taken == count || usage_fault("a word is missing", "");
}

char *ctl_read(struct ctl *ctl, const char *path, size_t cap)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!f) {
		ctl_fail("cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	char *text = arena_alloc(ctl->arena, cap + 2);
	size_t len = fread(text, 1, cap + 1, f);
	bool broken = ferror(f) != 0;
	if (f != stdin)
		fclose(f);
	if (broken || len > cap || !str_is_utf8(text, len)) {
		ctl_fail("cannot read %s: %s", path,
			 broken	     ? "reading failed"
			 : len > cap ? "it is too large"
				     : "it is not text in UTF-8");
		return NULL;
	}
	text[len] = 0;
	return text;
}

char *ctl_read_secret(struct ctl *ctl, const char *path)
{
	char *text = ctl_read(ctl, path, SECRET_MAX);
	if (!text)
		return NULL;
	size_t len = strcspn(text, "\r\n");
	if (!len || text[len + strspn(text + len, "\r\n")]) {
		ctl_fail("%s must hold one line that is not empty", path);
		return NULL;
	}
	text[len] = 0;
	return text;
}

bool ctl_id(const char *word, int64_t *id)
{
	if (str_to_int(word, 1, INT64_MAX, id))
		return true;
	ctl_fail("%s is not an id", word);
	return false;
}

enum err ctl_audit(struct ctl *ctl, const char *action, struct audit_object object, int64_t project_id, const char *detail)
{
	const struct audit line = { .action = action, .object = object, .project_id = project_id, .detail = detail };
	return model_audit_write(ctl->db, ctl->arena, &line);
}

const char *ctl_words(struct ctl *ctl, const char *name)
{
	char line[CATALOGUE_LINE];
	size_t len = strlen(name);
	FILE *f = fopen(arena_printf(ctl->arena, "%s/templates/strings.en", ctl->config->data_dir), "re");
	const char *found = name;
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, name, len) && str_starts(line + len, " = ")) {
			line[strcspn(line, "\r\n")] = '\0';
			found = arena_strdup(ctl->arena, line + len + 3);
			break;
		}
	if (f)
		fclose(f);
	return found;
}
