/* How grave a line of a log is, by its words. */
#include "base/loglevel.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { LOOKED_AT = 2048, WORD_MAX = 16 };

static const struct {
	const char *word;
	enum loglevel level;
} words[] = {
	{ "err", LOGLEVEL_ERROR },	 { "erro", LOGLEVEL_ERROR },	     { "error", LOGLEVEL_ERROR },
	{ "errors", LOGLEVEL_ERROR },	 { "exception", LOGLEVEL_ERROR },    { "failed", LOGLEVEL_ERROR },
	{ "failure", LOGLEVEL_ERROR },	 { "fatal", LOGLEVEL_ERROR },	     { "panic", LOGLEVEL_ERROR },
	{ "traceback", LOGLEVEL_ERROR }, { "deprecated", LOGLEVEL_WARNING }, { "warn", LOGLEVEL_WARNING },
	{ "warning", LOGLEVEL_WARNING }, { "warnings", LOGLEVEL_WARNING },
};

static bool in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* The length of a colour's escape sequence at s: ESC [ ... letter. 0: there is none. */
static size_t escape_at(const char *s, size_t len)
{
	if (len < 2 || s[0] != 0x1b || s[1] != '[')
		return 0;
	size_t n = 2;
	while (n < len && strchr("0123456789;:", s[n]) && s[n])
		n++;
	return n < len ? n + 1 : n;
}

/* "0 errors", "no warnings": a count of none says the contrary. */
static bool denied(const char *before, size_t len)
{
	return (len >= 2 && !memcmp(before + len - 2, "0 ", 2) && (len == 2 || !in_word(before[len - 3]))) ||
	       (len >= 3 && !strncasecmp(before + len - 3, "no ", 3) && (len == 3 || !in_word(before[len - 4])));
}

static enum loglevel level_of_word(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i].word) == len && !strncasecmp(words[i].word, word, len))
			return words[i].level;
	return LOGLEVEL_PLAIN;
}

enum loglevel loglevel_of(const char *line, size_t len)
{
	enum loglevel level = LOGLEVEL_PLAIN;
	if (len > LOOKED_AT)
		len = LOOKED_AT;
	for (size_t at = 0; at < len && level < LOGLEVEL_ERROR;) {
		size_t skip = escape_at(line + at, len - at), n = 0;
		if (skip || !in_word(line[at])) {
			at += skip ? skip : 1;
			continue;
		}
		while (at + n < len && in_word(line[at + n]))
			n++;
		enum loglevel found = n < WORD_MAX ? level_of_word(line + at, n) : LOGLEVEL_PLAIN;
		/* A colour's last letter stands before the word. */
		if (found > level && !denied(line, at))
			level = found;
		at += n;
	}
	return level;
}
