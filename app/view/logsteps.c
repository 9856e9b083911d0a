/* Where in a builder's log a step of the Dockerfile begins. */
#include "view/logsteps.h"

#include <string.h>

static const char *const instructions[] = { "ADD",    "ARG",	    "CMD",	   "COPY",   "ENTRYPOINT", "ENV",
					    "EXPOSE", "FROM",	    "HEALTHCHECK", "LABEL",  "ONBUILD",	   "RUN",
					    "SHELL",  "STOPSIGNAL", "USER",	   "VOLUME", "WORKDIR" };

static bool starts(const char *s, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);
	return len >= n && !memcmp(s, prefix, n);
}

static bool instruction(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof instructions / sizeof *instructions; i++) {
		size_t n = strlen(instructions[i]);
		if (len > n && s[n] == ' ' && !memcmp(s, instructions[i], n))
			return true;
	}
	return false;
}

static size_t digits(const char *s, size_t len)
{
	size_t n = 0;
	while (n < len && s[n] >= '0' && s[n] <= '9')
		n++;
	return n;
}

/* "[2/4] " or "[builder 2/4] "; 0: not that. */
static size_t bracket(const char *s, size_t len)
{
	const char *end = len && *s == '[' ? memchr(s, ']', len < 80 ? len : 80) : NULL;
	const char *slash = end ? memchr(s, '/', (size_t)(end - s)) : NULL;
	size_t n = end ? (size_t)(end - s) + 1 : 0;
	return slash && n < len && s[n] == ' ' ? n + 1 : 0;
}

/* The colours that builders put before their words. */
static size_t escapes(const char *s, size_t len)
{
	size_t n = 0;
	while (n + 2 < len && s[n] == 0x1b && s[n + 1] == '[') {
		size_t end = n + 2;
		while (end < len && (s[end] == ';' || (s[end] >= '0' && s[end] <= '9')))
			end++;
		n = end < len ? end + 1 : end;
	}
	return n;
}

/* What stands before the instruction, as each builder writes it; *found: there is such a prefix. */
static size_t prefix(const char *s, size_t len, bool *found)
{
	size_t n = escapes(s, len);
	*found = true;
	if (starts(s + n, len - n, "INFO")) {
		n += 4 + escapes(s + n + 4, len - n - 4);
		size_t d = n < len && s[n] == '[' ? digits(s + n + 1, len - n - 1) : 0;
		if (d && n + d + 2 < len && s[n + d + 1] == ']' && s[n + d + 2] == ' ')
			return n + d + 3;
	} else if (n < len && s[n] == '#') {
		size_t d = digits(s + n + 1, len - n - 1), at = n + d + 2;
		size_t b = d && at < len && s[at - 1] == ' ' ? bracket(s + at, len - at) : 0;
		if (b)
			return at + b;
	} else if (starts(s + n, len - n, "Step ")) {
		const char *colon = memchr(s + n, ':', len - n < 24 ? len - n : 24);
		if (colon && (size_t)(colon - s) + 2 < len && colon[1] == ' ')
			return (size_t)(colon - s) + 2;
	}
	*found = false;
	return 0;
}

bool logstep_begins(const char *line, size_t len, const char **title, size_t *title_len)
{
	bool found;
	size_t n = prefix(line, len, &found);
	bool group = starts(line, len, "::group::");
	if (group)
		n = strlen("::group::");
	*title = line + n;
	*title_len = len - n;
	return group ? *title_len > 0 : found && instruction(line + n, len - n);
}

bool logstep_ends(const char *line, size_t len)
{
	return starts(line, len, "::endgroup::");
}
