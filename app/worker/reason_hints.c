/* What an application's last lines speak of: the few mistakes that most first applications have, as frameworks report them. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "worker/reasons.h"

enum { LINE = 512, NAME_SHORTEST = 3, PORT_DIGITS = 5 };

struct search {
	int port;
	bool (*is_set)(void *context, const char *name);
	void *context;
	struct reason_hint *out;
};

static bool has(const char *line, const char *word)
{
	return strcasestr(line, word) != NULL;
}

/* A number of up to five digits behind `at`, and nothing that goes on like one; 0: none. */
static int port_at(const char *at)
{
	size_t n = strspn(at, "0123456789");
	return n && n <= PORT_DIGITS && !isalnum((unsigned char)at[n]) && at[n] != '.' ? (int)strtol(at, NULL, 10) : 0;
}

/* "http://127.0.0.1:5000", "0.0.0.0:80", "[::]:3000": the host before a colon with a port. */
static bool address_in(const char *line, char host[64], int *port)
{
	for (const char *colon = strchr(line, ':'); colon; colon = strchr(colon + 1, ':')) {
		const char *begin = colon;
		while (begin > line && (isalnum((unsigned char)begin[-1]) || strchr(".-[]*", begin[-1]) ||
					(begin[-1] == ':' && memchr(line, '[', (size_t)(begin - line)))))
			begin--;
		size_t n = (size_t)(colon - begin);
		bool host_like = n && n < 64 &&
				 (memchr(begin, '.', n) || *begin == '[' || *begin == '*' || !strncasecmp(begin, "localhost", n));
		*port = host_like ? port_at(colon + 1) : 0;
		if (!*port)
			continue;
		memcpy(host, begin, n);
		host[n] = '\0';
		return true;
	}
	return false;
}

static bool is_everywhere(const char *host)
{
	return !*host || !strcmp(host, "0.0.0.0") || !strcmp(host, "[::]") || !strcmp(host, "*") || !strcmp(host, "[::0]");
}

static bool is_loopback(const char *host)
{
	return !strncmp(host, "127.", 4) || !strcasecmp(host, "localhost") || !strcmp(host, "[::1]");
}

/* "Listening on http://127.0.0.1:5000", "server started on port 3000". */
static bool find_address(const char *line, struct search *s)
{
	static const char *const verbs[] = { "listen",	 "running on", "running at", "serving",	    "started",
					     "starting", "server at",  "bound to",   "available on" };
	char host[64] = "";
	int port = 0;
	bool said = false;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs && !said; i++)
		said = has(line, verbs[i]);
	if (!said)
		return false;
	if (!address_in(line, host, &port)) {
		const char *word = strcasestr(line, "port");
		port = word ? port_at(word + 4 + strspn(word + 4, " :=")) : 0;
	}
	if (!port || (port == s->port && !is_loopback(host)) || (!is_everywhere(host) && !is_loopback(host)))
		return false;
	*s->out = (struct reason_hint){ .code = "address" };
	snprintf(s->out->value, sizeof s->out->value, "%s%s%d", host, *host ? ":" : "", port);
	return true;
}

/* A variable's name at `at`, behind quotes and blanks. */
static size_t name_at(const char *at, const char **name)
{
	at += strspn(at, " :'\"`$({[");
	*name = at;
	size_t n = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	return n >= NAME_SHORTEST && isupper((unsigned char)*at) && !islower((unsigned char)at[n]) ? n : 0;
}

static bool take_variable(const char *name, size_t len, struct search *s)
{
	*s->out = (struct reason_hint){ .code = "variable" };
	if (len >= sizeof s->out->value)
		return false;
	memcpy(s->out->value, name, len);
	return !s->is_set || !s->is_set(s->context, s->out->value);
}

/* "KeyError: 'DATABASE_URL'", "Missing required environment variable: API_KEY", "API_KEY is not set". */
static bool find_variable(const char *line, struct search *s)
{
	static const char *const before[] = { "KeyError: ",   "environment variable", "env var",
					      "env variable", "os.environ[",	      "process.env." };
	static const char *const behind[] = { "is not set",  "not set",	       "is required",  "is missing",
					      "must be set", "is not defined", "is undefined", "was not provided" };
	const char *name;
	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		const char *at = strcasestr(line, before[i]);
		size_t n = at ? name_at(at + strlen(before[i]) + (at[strlen(before[i])] == 's'), &name) : 0;
		if (n && take_variable(name, n, s))
			return true;
	}
	for (size_t i = 0; i < sizeof behind / sizeof *behind; i++) {
		const char *end = strcasestr(line, behind[i]), *at = end;
		while (at && at > line && strchr(" '\"`)}]", at[-1]))
			at--;
		const char *last = at;
		while (at && at > line && (isupper((unsigned char)at[-1]) || isdigit((unsigned char)at[-1]) || at[-1] == '_'))
			at--;
		size_t n = at ? (size_t)(last - at) : 0;
		if (n >= NAME_SHORTEST && memchr(at, '_', n) && isupper((unsigned char)*at) && take_variable(at, n, s))
			return true;
	}
	return false;
}

/* "ModuleNotFoundError: No module named 'flask'", "Error: Cannot find module 'express'". */
static bool find_module(const char *line, struct search *s)
{
	static const char *const before[] = { "No module named ", "Cannot find module ", "Cannot find package " };
	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		const char *at = strstr(line, before[i]);
		if (!at)
			continue;
		at += strlen(before[i]);
		at += strspn(at, "'\"");
		size_t n = strcspn(at, "'\"\r\n ");
		*s->out = (struct reason_hint){ .code = "module" };
		snprintf(s->out->value, sizeof s->out->value, "%.*s", (int)n, at);
		return n > 0;
	}
	return false;
}

static bool find_other(const char *line, struct search *s)
{
	enum { FIRST_FREE = 1024 };
	bool denied = has(line, "permission denied") || has(line, "EACCES") || has(line, "Permission denied");
	if (denied && s->port < FIRST_FREE && (has(line, "bind") || has(line, "listen") || has(line, "PermissionError"))) {
		*s->out = (struct reason_hint){ .code = "low_port" };
		return true;
	}
	if (!has(line, "OutOfMemoryError") && !has(line, "heap out of memory") && !has(line, "MemoryError") &&
	    !has(line, "Cannot allocate memory"))
		return false;
	*s->out = (struct reason_hint){ .code = "memory" };
	return true;
}

bool reason_hint_find(const char *log, int port, bool (*is_set)(void *context, const char *name), void *context,
		      struct reason_hint *out)
{
	static bool (*const finders[])(const char *, struct search *) = { find_variable, find_module, find_other, find_address };
	struct search s = { port, is_set, context, out };
	/* What an application says last is nearest to its end: but each kind of mistake is looked for in all lines. */
	for (size_t f = 0; f < sizeof finders / sizeof *finders; f++)
		for (const char *at = log; *at;) {
			char line[LINE];
			size_t n = strcspn(at, "\n"), kept = n < sizeof line ? n : sizeof line - 1;
			memcpy(line, at, kept);
			line[kept] = '\0';
			if (finders[f](line, &s))
				return true;
			at += n + (at[n] == '\n');
		}
	*out = (struct reason_hint){ 0 };
	return false;
}
