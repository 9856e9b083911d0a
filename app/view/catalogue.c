/* The strings of both languages, as read from the catalogues. */
#include "view/catalogue.h"

#include <json-c/linkhash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"

enum { LINE = 4096, TABLE = 4096 /* to begin with; it grows */ };

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

static void free_entry(struct lh_entry *e)
{
	free((char *)lh_entry_k(e));
	free(lh_entry_v(e));
}

static bool add(struct catalogue *c, const char *name, const char *text)
{
	char *key = strdup(name), *value = strdup(text);
	if (key && value && !lh_table_insert(c->strings, key, value))
		return true;
	free(key);
	free(value);
	return false;
}

static enum err read_lines(struct catalogue *c, FILE *f, const char *path)
{
	char line[LINE];
	for (int n = 1; fgets(line, sizeof line, f); n++) {
		char *name, *text;
		line[strcspn(line, "\r\n")] = 0;
		if (!line[strspn(line, " \t")] || line[0] == '#')
			continue;
		if (!split(line, &name, &text))
			return broken(path, n, "not \"name = text\"");
		if (catalogue_find(c, name))
			return broken(path, n, "stands twice");
		if (!add(c, name, text))
			return broken(path, n, "out of memory");
	}
	return ERR_NONE;
}

enum err catalogue_load(struct catalogue *c, const char *path)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return broken(path, 0, "cannot be read");
	c->strings = lh_kchar_table_new(TABLE, free_entry);
	enum err e = c->strings ? read_lines(c, f, path) : ERR_INTERNAL;
	fclose(f);
	return e;
}

void catalogue_free(struct catalogue *c)
{
	if (c->strings)
		lh_table_free(c->strings);
	c->strings = NULL;
}

const char *catalogue_find(const struct catalogue *c, const char *name)
{
	void *text;
	return c->strings && lh_table_lookup_ex(c->strings, name, &text) ? text : NULL;
}

enum err catalogue_each(const struct catalogue *c, enum err (*call)(void *to, const char *name, const char *text), void *to)
{
	enum err e = ERR_NONE;
	for (struct lh_entry *at = lh_table_head(c->strings); at && !e; at = lh_entry_next(at))
		e = call(to, lh_entry_k(at), lh_entry_v(at));
	return e;
}
