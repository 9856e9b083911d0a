/* The strings of both languages, as read from the catalogues. */
#include "view/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"

enum { LINE = 4096, ENTRIES_MAX = 4096 };

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct catalogue_entry *)a)->name, ((const struct catalogue_entry *)b)->name);
}

static enum err broken(const char *path, int line, const char *why)
{
	log_event(LOG_ERROR, "catalogue_broken", LOG_STR("file", path), LOG_NUM("line", line), LOG_STR("why", why));
	return ERR_INVALID;
}

/* Takes "name = text" apart in place; false when it is not that. */
static bool split(char *line, char **name, char **text)
{
	char *equals = strchr(line, '=');
	if (!equals)
		return false;
	char *end = equals;
	while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = 0;
	*name = line;
	*text = equals + 1 + strspn(equals + 1, " \t");
	return **name && **text && str_only(*name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.") &&
	       str_is_utf8(*text, strlen(*text));
}

static enum err read_lines(struct catalogue *c, FILE *f, const char *path)
{
	char line[LINE];
	for (int n = 1; fgets(line, sizeof line, f); n++) {
		char *name, *text;
		line[strcspn(line, "\r\n")] = 0;
		if (!line[strspn(line, " \t")] || line[0] == '#')
			continue;
		if (c->count == ENTRIES_MAX || !split(line, &name, &text))
			return broken(path, n, "not \"name = text\"");
		c->entries[c->count].name = strdup(name);
		c->entries[c->count].text = strdup(text);
		if (!c->entries[c->count].name || !c->entries[c->count++].text)
			return broken(path, n, "out of memory");
	}
	qsort(c->entries, c->count, sizeof *c->entries, by_name);
	for (size_t i = 1; i < c->count; i++)
		if (!strcmp(c->entries[i - 1].name, c->entries[i].name))
			return broken(path, 0, c->entries[i].name);
	return ERR_NONE;
}

enum err catalogue_load(struct catalogue *c, const char *path)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return broken(path, 0, "cannot be read");
	c->entries = calloc(ENTRIES_MAX, sizeof *c->entries);
	enum err e = c->entries ? read_lines(c, f, path) : ERR_INTERNAL;
	fclose(f);
	return e;
}

void catalogue_free(struct catalogue *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->entries[i].name);
		free(c->entries[i].text);
	}
	free(c->entries);
	c->entries = NULL;
	c->count = 0;
}

const char *catalogue_find(const struct catalogue *c, const char *name)
{
	struct catalogue_entry key = { .name = (char *)name };
	const struct catalogue_entry *found = c->entries ? bsearch(&key, c->entries, c->count, sizeof key, by_name) : NULL;
	return found ? found->text : NULL;
}
